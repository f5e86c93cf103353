// `bottega batch` from outside: one project of a folder, again and again, whatever ended the run before.
import Foundation
import Testing

// One after the other: each run uses all processors.
@Suite(.serialized) struct BatchCommandTests {
    private let folder: Folder

    init() throws {
        folder = try Folder()
        for (name, path) in [
            ("sign-in.png", "app/sign-in.png"), ("orders.jpg", "app/deep/2.jpg"), ("profile.webp", "10.webp"),
        ] {
            try put(name, at: path)
        }
    }

    private func put(_ design: String, at path: String) throws {
        try folder.put(try Data(contentsOf: URL(filePath: Binary.design(design))), at: "designs/" + path)
    }

    private func batch(_ arguments: String...) async throws -> Binary.Outcome {
        try await Binary.run(
            ["batch", "designs", "-o", "out", "--draft", "--max-tokens", "40"] + arguments, in: folder.path)
    }

    private func lines(_ outcome: Binary.Outcome) throws -> [[String: Any]] {
        try outcome.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    private var project: [String] {
        folder.tree.filter { $0.hasPrefix("out/") && $0.contains(".") && !$0.hasPrefix("out/.bottega") }
    }

    // MARK: Done

    @Test func aFolderBecomesOneProjectThatOpensFromDisk() async throws {
        let outcome = try await batch()
        #expect(outcome.code == 0 && outcome.output == "out/index.html\n")
        #expect(outcome.errors.contains("3 designs, 0 from earlier runs, 3 to convert\n"))
        #expect(outcome.errors.contains("[3/3] ") && outcome.errors.contains("3 pages, "))
        #expect(
            project.filter { !$0.hasPrefix("out/assets/") } == [
                "out/components.js", "out/index.html", "out/pages/10.html", "out/pages/app-deep-2.html",
                "out/pages/app-sign-in.html", "out/report.html", "out/report.json", "out/styles.css",
                "out/thumbnails/10.png", "out/thumbnails/app-deep-2.png", "out/thumbnails/app-sign-in.png",
                "out/tokens.json",
            ])
        for name in ["index.html", "report.html", "pages/10.html"] {
            let page = try #require(folder.text("out/" + name))
            for trace in ["src=\"http", "href=\"http", "url(http", "@import"] { #expect(!page.contains(trace)) }
        }
    }

    @Test(.enabled(if: Binary.hasBrowser, "needs Chromium, which .ci/setup installs"))
    func measuredPagesHaveTheirReceiptsAndSecondRunsConvertNothing() async throws {
        let arguments = ["batch", "designs", "-o", "out", "--budget", "2", "--json", "--in-flight", "2"]
        let first = try await Binary.run(arguments, in: folder.path)
        #expect(first.code == 0 && first.errors.isEmpty, "\(first.errors)")
        let end = try #require(try lines(first).last)
        #expect(end["event"] as? String == "finished" && end["pages"] as? Int == 3 && end["failed"] as? Int == 0)
        let report = try #require(folder.text("out/report.json"))
        let json = try #require(try JSONSerialization.jsonObject(with: Data(report.utf8)) as? [String: Any])
        let pages = try #require(json["pages"] as? [[String: Any]])
        for page in pages {
            #expect((page["score"] as? Double ?? 0) > 0.3)
            #expect(folder.text("out/" + (page["receipt"] as? String ?? ""))?.contains("Fidelity receipt") == true)
        }
        #expect(Set(json["files"] as? [String] ?? []) == Set(project.map { String($0.dropFirst(4)) }))
        let second = try await Binary.run(arguments, in: folder.path)
        let again = try lines(second)
        #expect(again.map { $0["event"] as? String } == ["opened", "began", "sharing", "finished"])
        #expect(again[1]["kept"] as? Int == 3 && again[1]["waiting"] as? Int == 0)
    }

    @Test func machinesGetOneObjectALineWithKeysInSnakeCase() async throws {
        try folder.put(Array("no picture".utf8), at: "designs/broken.png")
        let outcome = try await batch("--json", "--in-flight", "1")
        #expect(outcome.code == 3)
        let lines = try lines(outcome)
        let events = lines.compactMap { $0["event"] as? String }.filter { $0 != "writing" }
        #expect(events.prefix(3) == ["opened", "began", "decoded"])
        #expect(events.suffix(2) == ["sharing", "finished"])
        #expect(events.count { $0 == "done" } == 3 && events.count { $0 == "failed" } == 1)
        let keys = Set(lines.flatMap(\.keys))
        #expect(keys.allSatisfy { $0 == $0.lowercased() }, "\(keys)")
        let done = try #require(lines.last { $0["event"] as? String == "done" })
        #expect(done["design"] as? String == "app/deep/2.jpg" && done["settled"] as? Int == 4)
        #expect(done["designs"] as? Int == 4 && done["seconds_left"] as? Double == 0)
        let failed = try #require(lines.first { $0["event"] as? String == "failed" })
        #expect(failed["design"] as? String == "broken.png" && failed["is_kept"] as? Bool == false)
        #expect(outcome.errors.contains("bottega: broken.png: not a PNG, JPEG"))
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/pts/ptmx"), "needs pseudo-terminals"))
    func aTerminalGetsABarWithTheTimeThatIsLeft() async throws {
        let drawn = try await Binary.runOnTerminal(
            ["batch", "designs", "-o", "out", "--draft", "--max-tokens", "40", "--in-flight", "1"], in: folder.path)
        let frames = drawn.split(separator: "\r\u{1B}[K", omittingEmptySubsequences: false)
        #expect(frames.contains { $0.hasPrefix("░") && $0.hasSuffix("opening the model") })
        #expect(frames.contains { $0.hasPrefix("████████░") && $0.contains("1/3  under a minute left  ") })
        #expect(frames.allSatisfy { $0.contains("\n") || $0.count < 80 })
        #expect(try #require(frames.last).hasPrefix("3 pages, "))
    }

    // MARK: Not everything

    @Test func failuresAreToldSetCode3AndAreTriedAgainWhenThatIsWanted() async throws {
        try folder.put(Array("no picture".utf8), at: "designs/broken.png")
        let first = try await batch()
        #expect(first.code == 3 && first.output == "out/index.html\n")
        #expect(first.errors.contains("bottega: broken.png: not a PNG, JPEG, WebP, GIF, BMP or AVIF picture"))
        #expect(first.errors.contains("3 pages, ") && first.errors.contains(", 1 failed, in "))
        let second = try await batch()
        #expect(second.code == 3 && second.errors.contains("(in an earlier run; see --retry-failed)"))
        #expect(second.errors.contains("4 designs, 3 from earlier runs, 0 to convert"))
        let third = try await batch("--retry-failed")
        #expect(third.code == 3 && third.errors.contains("4 designs, 3 from earlier runs, 1 to convert"))
        try put("sign-in.png", at: "broken.png")
        let fourth = try await batch()
        #expect(fourth.code == 0 && folder.tree.contains("out/pages/broken.html"))
    }

    @Test func nothingButFailuresIsCode1() async throws {
        try FileManager.default.removeItem(atPath: folder.path + "/designs")
        try folder.put([], at: "designs/empty.png")
        let outcome = try await batch()
        #expect(outcome.code == 1 && outcome.errors.contains("bottega: empty.png: "))
        #expect(folder.text("out/report.html")?.contains("empty.png") == true)
    }

    // MARK: Broken off

    @Test func aRunThatIsKilledGoesOnAndConvertsNothingTwice() async throws {
        for number in 0..<8 {
            try put("sign-in.png", at: "many/\(number).png")
        }
        let arguments = [
            "batch", "designs", "-o", "out", "--draft", "--max-tokens", "150", "--in-flight", "2", "--temperature", "1",
        ]
        let running = try Binary.start(Binary.path, arguments, in: folder.path)
        while !running.errors.contains("[2/11]") {
            try #require(running.process.isRunning, "\(running.errors)")
            try await Task.sleep(for: .milliseconds(2))
        }
        kill(running.process.processIdentifier, SIGKILL)
        let killed = try await running.outcome()
        #expect(killed.code == 128 + SIGKILL && project.isEmpty)
        let told = killed.errors.split(separator: "\n").count { $0.hasPrefix("[") }
        let outcome = try await Binary.run(arguments, in: folder.path)
        #expect(outcome.code == 0)
        let converted = outcome.errors.split(separator: "\n").count { $0.hasPrefix("[") }
        #expect(told >= 2 && converted <= 11 - told && converted > 0)
        #expect(outcome.errors.contains("11 designs, \(11 - converted) from earlier runs, \(converted) to convert"))
        #expect(project.count { $0.hasPrefix("out/pages/") } == 11)
    }

    @Test func aSignalEndsTheRunAndKeepsWhatIsDone() async throws {
        let arguments = ["batch", "designs", "-o", "out", "--draft", "--in-flight", "1", "--temperature", "1"]
        let running = try Binary.start(Binary.path, arguments, in: folder.path)
        while !running.errors.contains("[1/3]") {
            try #require(running.process.isRunning, "\(running.errors)")
            try await Task.sleep(for: .milliseconds(2))
        }
        kill(running.process.processIdentifier, SIGTERM)
        let outcome = try await running.outcome()
        #expect(outcome.code == 143 && outcome.errors.hasSuffix("bottega: interrupted\n"))
        #expect(project.isEmpty && outcome.output.isEmpty)
        #expect(try await Binary.run(arguments, in: folder.path).errors.contains("3 designs, 1 from earlier runs"))
    }

    // MARK: Refused. A model that does not exist shows that the model is opened only after the checks.

    @Test(arguments: [
        (["nowhere", "-o", "out"], "bottega: nowhere: cannot be read: no such file or directory\n"),
        (["empty", "-o", "out"], "bottega: empty: there are no pictures in it\n"),
        (["designs", "-o", "theirs"], "bottega: theirs exists already and is not empty; --replace writes over it\n"),
        (
            ["designs", "-o", "designs", "--replace"],
            "bottega: designs: the project needs a folder of its own beside the designs\n"
        ),
    ])
    func whatCannotBeIsOneLineAndCode1(arguments: [String], complaint: String) async throws {
        try folder.put([1], at: "theirs/x")
        try folder.put([1], at: "empty/notes.txt")
        let before = folder.tree
        let outcome = try await Binary.run(["batch"] + arguments + ["--model", "no-such-model"], in: folder.path)
        #expect(outcome.code == 1 && outcome.output.isEmpty && outcome.errors == complaint)
        #expect(folder.tree == before)
    }

    @Test func anEngineThatIsNotThereIsNamedAndNothingIsMade() async throws {
        let outcome = try await batch("--engine", "http://127.0.0.1:1/v1")
        #expect(outcome.code == 1 && outcome.output.isEmpty && outcome.errors.contains("bottega: "))
        #expect(!folder.tree.contains { $0.hasPrefix("out") })
    }

    @Test(arguments: [(["--in-flight", "0"], "--in-flight must be from 1 to 256")])
    func wrongUsageIsCode2(arguments: [String], complaint: String) async throws {
        let outcome = try await Binary.run(["batch", "designs", "-o", "out"] + arguments, in: folder.path)
        #expect(outcome.code == 2 && outcome.errors.contains(complaint))
    }
}
