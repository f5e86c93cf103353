// `bottega convert` from outside: what it prints, what it leaves on disk, how it ends when things go wrong.
import Foundation
import Testing

// One after the other: each run uses all processors.
@Suite(.serialized) struct ConvertCommandTests {
    private let folder: Folder
    private let design = Binary.design("sign-in.png")

    init() throws { folder = try Folder() }

    private func convert(_ arguments: String...) async throws -> Binary.Outcome {
        try await Binary.run(["convert", "--draft"] + arguments, in: folder.path)
    }

    // MARK: Done

    @Test func aDesignBecomesAPageThatOpensFromDisk() async throws {
        let outcome = try await convert(design, "--output", "a/out")
        #expect(outcome.code == 0)
        #expect(outcome.output == "a/out/index.html\n")
        #expect(outcome.errors.contains("\(design): 448 × 448 pixels, decoded in "))
        #expect(outcome.errors.contains(" tokens/s\n") && !outcome.errors.contains("bottega:"))
        #expect(folder.tree == ["a", "a/out", "a/out/index.html"])
        let page = try #require(folder.text("a/out/index.html"))
        #expect(page.hasPrefix("<!doctype html>\n<html lang=\"en\">\n<head>") && page.hasSuffix("</body>\n</html>\n"))
        for trace in ["http:", "https:", "<script", "<link", "src=", "@import"] { #expect(!page.contains(trace)) }
    }

    @Test(.enabled(if: Binary.hasBrowser, "needs Chromium, which .ci/setup installs"))
    func aMeasuredPageIsNoWorseThanItsDraftAndHasItsReceipt() async throws {
        let arguments = ["convert", design, "-o", "out", "--budget", "6", "--json"]
        let outcome = try await Binary.run(arguments, in: folder.path)
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(folder.tree == ["out", "out/index.html", "out/report.html", "out/report.json"])
        let line = try #require(outcome.output.split(separator: "\n").last)
        let page = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let fidelity = try #require(page["fidelity"] as? [String: Any])
        let (total, draft) = (fidelity["total"] as? Double ?? 0, fidelity["draft"] as? Double ?? 2)
        #expect(draft > 0.3 && total >= draft && total <= 1)
        #expect(fidelity["receipt"] as? String == "report.html" && fidelity["is_estimate"] as? Bool == true)
        let report = try #require(folder.text("out/report.json"))
        #expect(report.contains("\"schema\""))
        let receipt = try #require(folder.text("out/report.html"))
        for trace in ["src=\"http", "href=\"http", "url(http", "@import"] { #expect(!receipt.contains(trace)) }
    }

    @Test func withoutABrowserThePageIsItsDraftAndOneLineSaysSo() async throws {
        let outcome = try await Binary.shell(
            "BOTTEGA_CHROMIUM=/no/such/browser $bottega convert '\(design)' -o out --max-tokens 60", in: folder.path)
        #expect(outcome.code == 0 && outcome.output == "out/index.html\n")
        let complaints = outcome.errors.split(separator: "\n").filter { $0.contains("browser") }
        #expect(complaints.count == 1 && complaints[0].hasPrefix("bottega: no browser was found"))
        #expect(folder.tree == ["out", "out/index.html"])
    }

    @Test(arguments: [
        (
            ["--engine", "gpu-1:8000"],
            "bottega: \"gpu-1:8000\" is no server such as http://gpu-1:8000/v1 and no JSON file\n"
        ),
        (["--engine", "nowhere.json"], "bottega: nowhere.json: "),
        (["--engine", "http://127.0.0.1:1/v1"], "bottega: "),
    ])
    func anEngineThatIsNotThereIsNamed(arguments: [String], complaint: String) async throws {
        let outcome = try await Binary.run(["convert", "--draft", design, "-o", "out"] + arguments, in: folder.path)
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.contains(complaint), "\(outcome.errors)")
        #expect(folder.tree.isEmpty)
    }

    @Test func theStylesheetOfAnEngineStandsBesideItsFile() async throws {
        let engine = #"{"endpoints": [{"address": "http://127.0.0.1:1"}], "knowledge": {"dialect": "pages.css"}}"#
        try folder.put(Array(engine.utf8), at: "engines/own.json")
        let outcome = try await convert(design, "-o", "out", "--engine", "engines/own.json")
        #expect(outcome.code == 1)
        #expect(outcome.errors.contains("engines/pages.css: cannot be read as UTF-8 text"), "\(outcome.errors)")
    }

    @Test func anEngineIsChosenOnce() async throws {
        let both = try await convert(design, "-o", "out", "--model", "x", "--engine", "http://127.0.0.1:1")
        #expect(both.code == 2 && both.errors.contains("--model and --engine exclude each other"))
        let none = try await convert(design, "-o", "out", "--engine-model", "x")
        #expect(none.code == 2 && none.errors.contains("--engine-model needs --engine"))
    }

    @Test func twoRunsGiveTheSamePage() async throws {
        let first = try await convert(design, "-o", "first", "--max-tokens", "60")
        let second = try await convert(design, "-o", "second", "--max-tokens", "60", "--threads", "1")
        #expect(first.code == 0 && second.code == 0)
        #expect(folder.text("first/index.html") == folder.text("second/index.html"))
    }

    @Test func machinesGetOneObjectALineAndAllTimings() async throws {
        let outcome = try await convert(design, "-o", "out", "--json", "--max-tokens", "4")
        #expect(outcome.code == 0)
        let lines = try outcome.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        let events = lines.compactMap { $0["event"] as? String }
        #expect(events.count == lines.count)
        try #require(events.filter { $0 != "writing" } == ["opened", "decoded", "encoded", "prefilled", "written"])
        #expect(lines[1]["width"] as? Int == 448 && lines[1]["height"] as? Int == 448)
        let page = try #require(lines.last)
        // Lines that were not read are shown as they are.
        let files = try #require(page["files"] as? [String])
        #expect(files.first == "index.html" && files.dropFirst().allSatisfy { $0.hasPrefix("assets/") })
        #expect(files.count > 1 && page["output"] as? String == "out")
        let tokens = try #require(page["tokens"] as? Int)
        #expect(page["finish_reason"] as? String == "length" && tokens > 0 && tokens % 4 == 0)
        let seconds = try #require(page["seconds"] as? [String: Double])
        let parts = ["start", "load", "decode", "encode", "prefill", "generate", "write"]
        #expect(Set(seconds.keys) == Set(parts + ["per_token", "total"]))
        #expect(seconds.values.allSatisfy { $0 >= 0 })
        let total = try #require(seconds["total"])
        // `start` counts the decoding too, since pictures are checked before the model is opened.
        #expect(parts.filter { $0 != "decode" }.reduce(0) { $0 + (seconds[$1] ?? 0) } <= total + 0.05)
        #expect(
            outcome.errors == "bottega: \(design): cut after \(tokens) tokens and closed there; see --max-tokens\n")
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/pts/ptmx"), "needs pseudo-terminals"))
    func aTerminalGetsABarThatIsWipedAtTheEnd() async throws {
        let drawn = try await Binary.runOnTerminal(
            ["convert", "--draft", design, "-o", "out", "--max-tokens", "40"], in: folder.path)
        let frames = drawn.split(separator: "\r\u{1B}[K", omittingEmptySubsequences: false)
        #expect(frames.contains { $0.hasPrefix("░") && $0.hasSuffix("opening the model") })
        #expect(frames.contains { $0.hasPrefix("█████████░") && $0.hasSuffix("sign-in.png  writing") })
        #expect(frames.allSatisfy { $0.contains("\n") || $0.count < 80 })
        let last = try #require(frames.last)
        #expect(last.contains("\(design)  ") && last.contains(" tokens  "))
    }

    @Test func severalDesignsGetFoldersAndOneThatFailsDoesNotStopTheOthers() async throws {
        try folder.put(Array("no picture".utf8), at: "notes.png")
        try FileManager.default.copyItem(atPath: design, toPath: folder.path + "/sign-in.png")
        let outcome = try await convert("sign-in.png", "notes.png", design, "nowhere.png", "-o", "out")
        #expect(outcome.code == 1)
        #expect(outcome.output == "out/sign-in/index.html\nout/sign-in-2/index.html\n")
        #expect(
            folder.tree.filter { $0.hasPrefix("out") } == [
                "out", "out/sign-in", "out/sign-in-2", "out/sign-in-2/index.html", "out/sign-in/index.html",
            ])
        let complaints = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("bottega: no") }
        #expect(
            complaints == [
                "bottega: notes.png: not a PNG, JPEG, WebP, GIF, BMP or AVIF picture: it begins with \"no picture\"",
                "bottega: nowhere.png: cannot be read: No such file or directory",
            ])
    }

    @Test func replacingKeepsWhatIsNotPartOfThePage() async throws {
        try folder.put(Array("mine".utf8), at: "out/notes.txt")
        try folder.put(Array("old".utf8), at: "out/index.html")
        let outcome = try await convert(design, "-o", "out", "--replace")
        #expect(outcome.code == 0)
        #expect(folder.tree == ["out", "out/index.html", "out/notes.txt"])
        #expect(folder.text("out/notes.txt") == "mine" && folder.text("out/index.html")?.hasPrefix("<!doctype") == true)
    }

    // MARK: Refused. A model that does not exist shows that the model is opened only after the checks.

    @Test(arguments: ["nowhere.png", "/", "/dev/null", "cut.png", "empty.png"])
    func anUnreadableDesignIsOneLineAndCode1(name: String) async throws {
        try folder.put(try Data(contentsOf: URL(fileURLWithPath: design)).prefix(2000), at: "cut.png")
        try folder.put([], at: "empty.png")
        let outcome = try await convert(name, "-o", "out", "--model", "no-such-model")
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("bottega: \(name): "))
        #expect(outcome.errors.split(separator: "\n").count == 1)
        #expect(folder.tree == ["cut.png", "empty.png"])
    }

    @Test func anOutputThatExistsIsOneLineAndCode1() async throws {
        try folder.put([1], at: "out/x")
        let outcome = try await convert(design, "-o", "out", "--model", "no-such-model")
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(
            outcome.errors
                == "bottega: \(design): out exists already and is not empty; --replace writes over it\n")
        #expect(folder.tree == ["out", "out/x"])
    }

    @Test(arguments: ["file", "file/out", "/dev/null/out"])
    func anOutputThatCannotBeIsOneLineAndCode1(output: String) async throws {
        try folder.put([1], at: "file")
        let outcome = try await convert(design, "-o", output, "--model", "no-such-model")
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.hasPrefix("bottega: \(design): ") && outcome.errors.split(separator: "\n").count == 1)
        #expect(folder.tree == ["file"])
    }

    @Test func anUnknownModelIsOneLineAndCode1() async throws {
        let outcome = try await convert(design, "-o", "out", "--model", "no-such-model")
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(outcome.errors == "bottega: no-such-model: no such model directory\n")
        #expect(folder.tree.isEmpty)
    }

    @Test func machinesAreToldOfFailuresToo() async throws {
        let outcome = try await convert("nowhere.png", "-o", "out", "--json")
        #expect(outcome.code == 1)
        #expect(
            outcome.output
                == "{\"design\":\"nowhere.png\",\"event\":\"failed\",\"message\":"
                + "\"nowhere.png: cannot be read: No such file or directory\"}\n")
        #expect(outcome.errors == "bottega: nowhere.png: cannot be read: No such file or directory\n")
    }

    // MARK: Broken off

    // A limit on the size of files stands for a full disk: the write fails in the middle.
    @Test func aWriteThatFailsLeavesNothing() async throws {
        let outcome = try await Binary.shell(
            "trap '' XFSZ; (ulimit -f 1; \"$bottega\" convert '\(design)' -o a/out --max-tokens 60) 2>&1 | cat",
            in: folder.path)
        #expect(outcome.output.contains("bottega: \(design): cannot write a/"))
        #expect(outcome.output.contains(": file too large\n"))
        #expect(folder.tree.isEmpty)
    }

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func aSignalEndsTheWorkAndLeavesNothing(signal: Int32, code: Int32) async throws {
        let designs = Array(repeating: design, count: 50)
        let running = try Binary.start(
            Binary.path, ["convert", "--draft"] + designs + ["-o", "a/out", "--temperature", "1"], in: folder.path)
        while !running.errors.contains("tokens of prompt") {
            try #require(running.process.isRunning)
            try await Task.sleep(for: .milliseconds(2))
        }
        kill(running.process.processIdentifier, signal)
        let outcome = try await running.outcome()
        #expect(outcome.code == code)
        #expect(outcome.errors.hasSuffix("bottega: interrupted\n"))
        let pages = outcome.output.split(separator: "\n").count
        #expect(folder.tree.filter { $0.hasSuffix("index.html") }.count == pages)
        #expect(!folder.tree.contains { $0.contains(".bottega") })
        #expect(pages > 0 || folder.tree.isEmpty)
    }
}
