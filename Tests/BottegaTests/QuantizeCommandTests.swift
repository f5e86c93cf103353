// `bottega quantize` as a process: what it says, how it ends, and how it goes on after being killed.
import Foundation
import Testing

@testable import bottega

@Suite struct QuantizeCommandTests {
    private let folder: Folder
    private let source = Binary.repository + "/Fixtures/checkpoints/k25-dequantized"

    init() throws { folder = try Folder() }

    private var target: String { folder.path + "/int4" }

    @Test func theSummarySaysWhatItCost() async throws {
        let outcome = try await Binary.run(["quantize", source, "-o", target])
        #expect(outcome.code == 0)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.first == "quantised   48 tensors to INT4, scales least-squares")
        #expect(lines.contains { $0.hasPrefix("weights     ") && $0.hasSuffix(" in 1 shard") })
        #expect(lines.count { $0.hasSuffix("_proj.weight") } == 10)
        #expect(lines.last == "written     \(target)")
        let inspection = try await Binary.run(["inspect", target])
        #expect(inspection.code == 0 && inspection.output.contains("INT4 in groups of 32"))
    }

    @Test func machinesGetTheSummaryAsTheLastLine() async throws {
        let outcome = try await Binary.run(["quantize", source, "-o", target, "--scales", "minmax", "--json"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        let line = try #require(outcome.output.split(separator: "\n").last)
        let summary = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(summary["event"] as? String == "finished" && summary["scales"] as? String == "minmax")
        #expect(summary["tensors"] as? Int == 48 && (summary["worst"] as? [Any])?.count == 10)
    }

    // A process that writes more to a file than it may ends there, in the middle of the first shard: killed, or, where
    // that signal is ignored, by the error.
    @Test func aKilledRunGoesOn() async throws {
        let arguments = "quantize \(source) -o \(target) --shard-size 150KB"
        let killed = try await Binary.shell("ulimit -f 120 && exec $bottega \(arguments)", in: folder.path)
        #expect(killed.code != 0 && killed.output.isEmpty)
        #expect(folder.tree.contains { $0.hasPrefix("int4/.quantize/model-00001") })
        #expect(!folder.tree.contains { $0.hasPrefix("int4/") && $0.hasSuffix(".json") && !$0.contains(".quantize") })

        let other = folder.path + "/whole"
        let whole = try await Binary.shell("$bottega \(arguments.replacing(target, with: other))", in: folder.path)
        let resumed = try await Binary.shell("$bottega \(arguments)", in: folder.path)
        #expect(whole.code == 0 && resumed.code == 0)
        let difference = try await Binary.shell("diff -r int4 whole", in: folder.path)
        #expect(difference.code == 0 && difference.output.isEmpty)
    }

    @Test func whatCannotBeWrittenIsOneLineAndCode1() async throws {
        let full = try await Binary.shell(
            "trap '' XFSZ && ulimit -f 120 && $bottega quantize \(source) -o \(target) --shard-size 150KB",
            in: folder.path)
        #expect(full.code == 1 && full.output.isEmpty)
        #expect(full.errors.hasPrefix("bottega: \(target)/.quantize/model-00001"))
        #expect(full.errors.hasSuffix(": File too large\n"))
        let taken = try await Binary.run(["quantize", source, "-o", folder.path])
        #expect(taken.code == 1 && taken.errors == "bottega: \(folder.path): is not empty\n")
    }

    @Test func int4IsOneLineAndCode1() async throws {
        let model = Binary.repository + "/Fixtures/model"
        let outcome = try await Binary.run(["quantize", model, "-o", target])
        #expect(outcome.code == 1 && outcome.output.isEmpty && folder.tree.isEmpty)
        #expect(outcome.errors == "bottega: \(model): its experts are INT4 already\n")
    }

    @Test(
        arguments: [
            ("5GB", 5_000_000_000), ("10MB", 10_000_000), ("7kb", 7000), ("1048576", 1_048_576), ("", nil),
            ("-1GB", nil),
            ("1.5GB", nil), ("GB", nil), ("9999999999GB", nil),
        ] as [(String, Int?)])
    func sizesAreReadAsPeopleWriteThem(text: String, count: Int?) {
        #expect(ByteSize(argument: text)?.count == count)
        if let count { #expect(ByteSize(argument: ByteSize(count: count).description)?.count == count) }
    }
}
