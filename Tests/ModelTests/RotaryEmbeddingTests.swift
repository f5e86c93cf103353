// Rotary frequencies and factors against transformers, for every published configuration.

import Foundation
import Support
import Testing

@testable import Model

@Suite struct RotaryEmbeddingTests {
    struct Case: Sendable {
        let name: String
        let rotary: RotaryEmbedding
        let inverseFrequencies: [Float]
        let magnitude: Float
        let scoreScale: Float
    }

    static func cases() throws -> [Case] {
        let file = "parity/model/goldens/rotary.json"
        let root = try JSONSerialization.jsonObject(with: Fixtures.data(file)) as? [String: [String: Any]] ?? [:]
        return try root.map { name, fields in
            let config = fields["config"] as? [String: Any] ?? [:]
            let dimensions = fields["dimensions"] as? Int ?? 0
            func number(_ name: String) -> Float { (fields[name] as? NSNumber)?.floatValue ?? .nan }
            return Case(
                name: name,
                rotary: RotaryEmbedding(
                    try RotaryConfig(JSONFields(file: file, path: name, fields: config)), dim: dimensions),
                inverseFrequencies: (fields["inverse_frequencies"] as? [NSNumber] ?? []).map(\.floatValue),
                magnitude: number("magnitude"), scoreScale: number("score_scale"))
        }
    }

    /// transformers forms a frequency in five float32 steps and a power, each off by half a unit in the last place or
    /// a little more, so it may be off by four units itself.
    @Test func frequenciesMatchTransformers() throws {
        let cases = try Self.cases()
        #expect(cases.count == 7)
        for one in cases {
            #expect(one.rotary.inverseFrequencies.count == one.inverseFrequencies.count)
            for (pair, (found, expected)) in zip(one.rotary.inverseFrequencies, one.inverseFrequencies).enumerated() {
                #expect(abs(found - expected) <= 4 * expected.ulp, "\(one.name), pair \(pair): \(found), \(expected)")
            }
        }
    }

    @Test func factorsMatchTransformers() throws {
        for one in try Self.cases() {
            // 128 + 64 dimensions a head, as published.
            let scale = one.rotary.scoreFactor / Float(192).squareRoot()
            #expect(abs(scale - one.scoreScale) <= 4 * one.scoreScale.ulp, "\(one.name)")
            #expect(abs(one.rotary.magnitude - one.magnitude) <= 2 * one.magnitude.ulp, "\(one.name)")
        }
    }

    /// Computed in float64 from the formula, by hand.
    @Test(arguments: [
        ("Kimi-K2.5", [8: 0.0668740305, 9: 0.0437766560, 12: 0.0116191599, 19: 0.000158374991, 31: 4.38220646e-7]),
        ("Kimi-K2-Thinking", [9: 0.0476886124, 16: 0.00447213595, 19: 0.00162175991, 20: 1.80702339e-5]),
        ("Kimi-K2-Instruct", [12: 0.0172936334, 20: 3.61404677e-5, 31: 8.76441291e-7]),
    ])
    func frequenciesMatchTheFormula(name: String, expected: [Int: Double]) throws {
        let rotary = try #require(try Self.cases().first { $0.name == name }).rotary
        #expect(rotary.inverseFrequencies[0] == 1)
        for (pair, value) in expected {
            #expect(abs(Double(rotary.inverseFrequencies[pair]) - value) <= 5e-7 * value, "pair \(pair)")
        }
    }

    @Test func anglesAreFloat32Products() throws {
        let rotary = try #require(try Self.cases().first { $0.name == "Kimi-K2.5" }).rotary
        let workspace = Workspace()
        let angles = rotary.angles(from: 200_000, count: 2, workspace)
        withExtendedLifetime(workspace) {
            for pair in 0..<32 {
                let angle = Float(200_001) * rotary.inverseFrequencies[pair]
                #expect(abs(angles.cosines[32 + pair] - Float(cos(Double(angle)))) <= 1e-7)
                #expect(abs(angles.sines[32 + pair] - Float(sin(Double(angle)))) <= 1e-7)
            }
        }
    }

    @Test func newerAndOlderSpellingsMeanTheSame() throws {
        let scaling: [String: Any] = [
            "factor": 64.0, "original_max_position_embeddings": 4096, "beta_fast": 32.0, "beta_slow": 1.0,
            "mscale": 1.0, "mscale_all_dim": 1.0,
        ]
        func config(_ fields: [String: Any]) throws -> RotaryConfig {
            try RotaryConfig(JSONFields(file: "config.json", path: "", fields: fields))
        }
        let theta = 50_000.0
        let older = try config(["rope_theta": theta, "rope_scaling": scaling.merging(["type": "yarn"]) { $1 }])
        let mixed = try config(["rope_theta": theta, "rope_scaling": scaling.merging(["rope_type": "yarn"]) { $1 }])
        let newer = try config([
            "rope_parameters": scaling.merging(["rope_type": "yarn", "rope_theta": theta]) { $1 }
        ])
        #expect(older == mixed)
        #expect(older == newer)
        #expect(older.yarn?.factor == 64)
        #expect(try config(["rope_theta": theta, "rope_scaling": NSNull()]).yarn == nil)
    }
}
