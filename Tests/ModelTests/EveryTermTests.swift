// Each term of the model, seen missing: transformers was run once without every term (`ablated/…` in the goldens,
// `Fixtures/parity/model/terms.py`), and an output that lacks the term would fail the tolerance it is held to here.

import Support
import Synchronization
import Testing

@testable import Model

@Suite struct EveryTermTests {
    /// One term of one checkpoint and the output in which it shows.
    struct Term: Sendable, CustomTestStringConvertible {
        let checkpoint: String
        let observation: String
        let name: String

        var testDescription: String { "\(checkpoint), \(observation): \(name)" }
    }

    static let terms: [Term] = LanguageParityTests.checkpoints.flatMap { checkpoint -> [Term] in
        let names = (try? Goldens(checkpoint).names(under: "ablated/")) ?? []
        return names.compactMap { name -> Term? in
            guard let slash = name.firstIndex(of: "/") else { return nil }
            return Term(
                checkpoint: checkpoint, observation: String(name[..<slash]),
                name: String(name[name.index(after: slash)...]))
        }
    }

    @Test(arguments: terms)
    func anOutputWithoutTheTermWouldFail(term: Term) throws {
        let tiny = try TinyModel.named(term.checkpoint)
        let found = try Self.observe(term.observation, tiny)
        let expected = try tiny.goldens.floats("sampled/\(term.observation)")
        let without = try tiny.goldens.floats("ablated/\(term.observation)/\(term.name)")
        let isFeatures = ["image", "clip"].contains(term.observation)
        let tolerance = isFeatures ? Tolerances.features * Distance(found, expected).scale : Tolerances.logits
        #expect(Distance(found, expected).greatest <= tolerance)
        #expect(Distance(found, without).greatest >= Tolerances.termMargin * tolerance)
    }

    @Test func everyKnownTermIsRecorded() {
        let counts = Dictionary(grouping: Self.terms, by: \.checkpoint).mapValues(\.count)
        #expect(counts == ["k25": 82, "moonlight": 27, "kimi-vl": 63, "k2-fp8": 34, "k2-thinking": 35])
    }

    private static let observed = Mutex<[String: [Float]]>([:])

    /// The sampled output of our model in which a term shows; computed once.
    private static func observe(_ observation: String, _ tiny: TinyModel) throws -> [Float] {
        try observed.withLock { observed in
            let key = "\(tiny.name) \(observation)"
            if let output = observed[key] { return output }
            let output = sampled(try compute(observation, tiny))
            observed[key] = output
            return output
        }
    }

    private static func compute(_ observation: String, _ tiny: TinyModel) throws -> [Float] {
        switch observation {
        case "image": return try tiny.encoded("wide", .exact).projected
        case "clip": return try tiny.encoded("clip", .exact).projected
        case "prompt": return tiny.logits(try tiny.prompt(.exact))
        case "long":
            return tiny.rows(try tiny.goldens.ints("long/rows"), of: tiny.logits(try tiny.spans("long/ids")))
        case "far":
            return tiny.logits(try tiny.spans("text/ids"), position: try tiny.goldens.ints("far/position")[0])
        case "grouped":
            let model = try LanguageParityTests.grouped()
            return model.forwardAll(try tiny.spans("grouped/ids"), cache: model.makeCache())
        default: return tiny.logits(try tiny.spans("text/ids"))  // text, int4, fp8
        }
    }
}
