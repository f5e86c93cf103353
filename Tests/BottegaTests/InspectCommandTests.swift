// `bottega inspect` on the model that ships inside, whole and broken.
import Foundation
import Testing

@testable import bottega

@Suite struct InspectCommandTests {
    private let folder: Folder
    private let model = Binary.repository + "/Fixtures/model"

    init() throws { folder = try Folder() }

    // A checkpoint like the one inside, with another number of layers in its configuration.
    private func checkpoint(layers: Int) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: model) where name != "config.json" {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/" + name, withDestinationPath: model + "/" + name)
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: model + "/config.json"))
        var config = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        var text = try #require(config["text_config"] as? [String: Any])
        text["num_hidden_layers"] = try #require(text["num_hidden_layers"] as? Int) + layers
        config["text_config"] = text
        try folder.put(try JSONSerialization.data(withJSONObject: config), at: "config.json")
    }

    @Test func theModelInsideIsWhole() async throws {
        let outcome = try await Binary.run(["inspect", model])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        let lines = outcome.output.split(separator: "\n")
        let labels = lines.map { $0.prefix(12).split(separator: " ").joined(separator: " ") }.filter { !$0.isEmpty }
        #expect(
            labels == [
                "model", "language", "experts", "attention", "vision", "parameters", "weights", "memory", "missing",
                "left over",
            ])
        #expect(lines.first == "model       kimi_k25")
        #expect(lines.suffix(2) == ["missing     none", "left over   none"])
    }

    @Test func machinesGetTheAccountAsOneObject() async throws {
        let outcome = try await Binary.run(["inspect", model, "--json"])
        let account = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(account["missing"] as? [String] == [] && account["leftover"] as? [String] == [])
        let parameters = try #require(account["parameters"] as? [String: Int])
        let (total, active) = (try #require(parameters["total"]), try #require(parameters["active"]))
        #expect(active > 0 && total > active && total > parameters["vision"] ?? .max)
        let storage = try #require(account["storage"] as? [[String: Any]])
        let memory = try #require(account["memory"] as? [String: Int])
        #expect(storage.reduce(0) { $0 + ($1["bytes"] as? Int ?? 0) } == memory["weight_bytes"])
    }

    @Test func missingTensorsAreNamedAndCode1() async throws {
        try checkpoint(layers: +1)
        let outcome = try await Binary.run(["inspect", folder.path])
        #expect(outcome.code == 1 && outcome.errors.isEmpty)
        #expect(outcome.output.contains("\nmissing     ") && !outcome.output.contains("missing     none"))
        #expect(outcome.output.contains(".layers.") && outcome.output.hasSuffix("left over   none\n"))
    }

    @Test func leftOverTensorsAreNamedAndCode1() async throws {
        try checkpoint(layers: -1)
        let outcome = try await Binary.run(["inspect", folder.path])
        #expect(outcome.code == 1 && outcome.output.contains("missing     none\nleft over   "))
        #expect(outcome.output.contains(" more\n"))
    }

    @Test func aPlanSaysWhatAPublishedCheckpointHolds() async throws {
        let outcome = try await Binary.run(["inspect", "--plan", "kimi-k2.5"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.first == "plan        kimi-k2.5, a kimi_k25")
        #expect(lines.contains("experts     207360 tensors, 531.6 GiB"))
        #expect(lines.contains("ignored     none"))
        #expect(lines.suffix(2) == ["total       208550 tensors, 554.3 GiB", "published   208550 tensors, 554.3 GiB"])
    }

    @Test func machinesGetEveryPlannedTensor() async throws {
        let outcome = try await Binary.run(["inspect", "--plan", "kimi-vl-a3b-instruct", "--json"])
        let plan = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let tensors = try #require(plan["tensors"] as? [[String: Any]])
        let total = try #require(plan["total"] as? [String: Int])
        #expect(tensors.count == total["tensors"])
        #expect(tensors.reduce(0) { $0 + ($1["bytes"] as? Int ?? 0) } == total["bytes"])
        #expect((plan["config"] as? [String: Any])?["model_type"] as? String == "kimi_vl")
        #expect((plan["unconfirmed"] as? [String])?.contains("text_config.rms_norm_eps") == true)
        let patches = try #require(tensors.first)
        #expect(patches["name"] as? String == "vision_tower.patch_embed.proj.weight")
        #expect(patches["dtype"] as? String == "BF16" && patches["shape"] as? [Int] == [1152, 3, 14, 14])
    }

    @Test func aDirectoryIsPlannedWithoutItsWeights() async throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: model + "/config.json"))
        try folder.put(data, at: "config.json")
        let bare = try await Binary.run(["inspect", "--plan", folder.path])
        let whole = try await Binary.run(["inspect", "--plan", model])
        #expect(bare.code == 0 && whole.code == 0)
        #expect(bare.output.split(separator: "\n").dropFirst() == whole.output.split(separator: "\n").dropFirst())
    }

    @Test func aPlanOfNothingIsOneLineAndCode1() async throws {
        let outcome = try await Binary.run(["inspect", "--plan", "kimi-k9"])
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("bottega: kimi-k9: ") && outcome.errors.split(separator: "\n").count == 1)
    }

    @Test func whatIsNoCheckpointIsOneLineAndCode1() async throws {
        for path in ["no-such-folder", Binary.design("sign-in.png"), folder.path] {
            let outcome = try await Binary.run(["inspect", path])
            #expect(outcome.code == 1 && outcome.output.isEmpty)
            #expect(outcome.errors.hasPrefix("bottega: \(path)") && outcome.errors.split(separator: "\n").count == 1)
        }
    }
}

@Suite struct InspectionTextTests {
    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1.00 K"), (6_812_345, "6.81 M"), (16_400_000_000, "16.4 B"),
        (1_040_000_000_000, "1.04 T"), (1_040_000_000_000_000, "1040 T"),
    ])
    func countsHaveThreeDigits(count: Int, text: String) {
        #expect(InspectionText.short(count) == text)
    }

    @Test(arguments: [
        (0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.00 KiB"), (9_911_216, "9.45 MiB"), (595 << 30, "595 GiB"),
    ])
    func sizesAreInPowersOf1024(count: Int, text: String) {
        #expect(InspectionText.bytes(count) == text)
    }
}

@Suite struct ProcessorsTests {
    @Test(
        arguments: [
            ("max 100000\n", nil), ("200000 100000\n", 2), ("150000 100000\n", 2), ("5000 100000", 1), ("", nil),
            ("0 0", nil), ("a b", nil), ("100000", nil),
        ] as [(String, Int?)])
    func aControlGroupsGrantIsRoundedUp(content: String, count: Int?) throws {
        let folder = try Folder()
        try folder.put(Array(content.utf8), at: "cpu.max")
        #expect(Processors.granted(by: folder.path + "/cpu.max") == count)
        #expect(Processors.granted(by: folder.path + "/absent") == nil)
    }

    @Test func thereIsAtLeastOne() { #expect(Processors.available >= 1) }
}

@Suite struct ProcessClockTests {
    @Test func aProcessIsAtLeastAsOldAsItsClock() async throws {
        let start = ContinuousClock.now
        try await Task.sleep(for: .milliseconds(30))
        let lived = Double((ContinuousClock.now - start).components.attoseconds) * 1e-18
        #expect(ProcessClock().seconds > lived)
    }
}
