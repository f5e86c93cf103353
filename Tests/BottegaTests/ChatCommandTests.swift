// `bottega chat` from outside, with a tiny random checkpoint and with the model that is built in.
import Foundation
import Testing

@testable import bottega

// One after the other: each run uses all processors.
@Suite(.serialized) struct ChatCommandTests {
    private let folder: Folder
    private let tiny = Binary.repository + "/Fixtures/checkpoints/k25"
    private let design = Binary.design("sign-in.png")

    init() throws { folder = try Folder() }

    private func chat(_ arguments: String..., input: String = "") async throws -> Binary.Outcome {
        try await Binary.run(["chat"] + arguments, in: folder.path, input: input)
    }

    /// The tiny model, always the same way.
    private func tinyChat(_ arguments: String..., input: String = "") async throws -> Binary.Outcome {
        try await Binary.run(
            ["chat", "--model", tiny, "--temperature", "0", "--max-tokens", "12"] + arguments, in: folder.path,
            input: input)
    }

    private func video(_ name: String) -> String { Binary.repository + "/Fixtures/media/video/" + name }

    /// A tiny model of text alone, with the vocabulary of the other.
    private var modelWithoutVision: String {
        Binary.repository + "/Fixtures/checkpoints/moonlight"
    }

    private func events(_ outcome: Binary.Outcome) throws -> [[String: Any]] {
        try outcome.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    private func complaints(_ outcome: Binary.Outcome) -> [String] {
        outcome.errors.split(separator: "\n").filter { $0.hasPrefix("bottega: ") }.map(String.init)
    }

    // MARK: Answers

    @Test func anAnswerGoesToStdoutAndEverythingElseToStderr() async throws {
        let outcome = try await tinyChat("--no-thinking", "Write.")
        #expect(outcome.code == 0 && outcome.output.count > 1 && outcome.output.hasSuffix("\n"))
        #expect(outcome.errors.hasPrefix("model k25, opened in ") && outcome.errors.contains(" tokens written, "))
        #expect(complaints(outcome) == ["bottega: cut after 12 tokens; see --max-tokens"])
    }

    @Test func whatComesThroughAPipeIsOneMessage() async throws {
        let typed = try await tinyChat("--no-thinking", "Write.\nMore.")
        let piped = try await tinyChat("--no-thinking", input: "Write.\nMore.\n")
        let other = try await tinyChat("--no-thinking", "--system", "Short.", input: "Write.\nMore.\n")
        #expect(piped.code == 0 && piped.output == typed.output && other.output != typed.output)
    }

    @Test func thoughtsStayOutOfTheAnswer() async throws {
        // A random model never ends its thoughts within a few tokens.
        let outcome = try await tinyChat("Write.")
        let lines = try events(try await tinyChat("--json", "Write."))
        let thoughts = lines.filter { $0["event"] as? String == "reasoning" }.compactMap { $0["text"] as? String }
        #expect(outcome.code == 0 && outcome.output.isEmpty && !thoughts.isEmpty)
        #expect(outcome.errors.contains(thoughts.joined()))
    }

    @Test func theSameSeedGivesTheSameAnswer() async throws {
        let arguments = ["chat", "--model", tiny, "--no-thinking", "--max-tokens", "20", "Write.", "--seed"]
        let outputs = try await [7, 7, 8].asyncMap { seed in
            try await Binary.run(arguments + ["\(seed)"]).output
        }
        #expect(outputs[0] == outputs[1] && outputs[1] != outputs[2])
    }

    @Test func machinesGetEveryStageAndItsSeconds() async throws {
        let outcome = try await tinyChat(
            "--json", "--no-thinking", "--image", design, "--video", video("h264.mp4"), "Look.")
        #expect(outcome.code == 0)
        let lines = try events(outcome)
        let names = lines.compactMap { $0["event"] as? String }
        #expect(names.count == lines.count)
        // Five frames of the video are two chunks.
        #expect(names.filter { $0 != "text" } == ["opened", "encoded", "encoded", "encoded", "prefilled", "finished"])
        #expect(lines[2]["tokens"] as? Int == 12 && lines[3]["tokens"] as? Int == 12)
        let end = try #require(lines.last)
        #expect(end["reason"] as? String == "length" && end["tokens"] as? Int == 12)
        #expect((end["prompt_tokens"] as? Int ?? 0) > 24 && end["cached_tokens"] as? Int == 0)
        let seconds = try #require(end["seconds"] as? [String: Double])
        #expect(Set(seconds.keys) == ["encode", "prefill", "decode", "total"])
        let parts = ["encode", "prefill", "decode"].compactMap { seconds[$0] }
        #expect(parts.allSatisfy { $0 > 0 } && parts.reduce(0, +) <= (seconds["total"] ?? 0) + 0.05)
    }

    @Test func aModelWithoutInstructionsIsShownThePictureAlone() async throws {
        let plain = try await chat("--image", design, "--max-tokens", "40")
        let told = try await chat("--image", design, "--max-tokens", "40", "--system", "Be brief.", "Make it blue.")
        #expect(plain.code == 0 && plain.output.hasPrefix("<body") && plain.output == told.output)
        #expect(
            complaints(told) == [
                "bottega: embedded follows no instructions: it is shown the picture alone",
                "bottega: cut after 40 tokens; see --max-tokens",
            ])
    }

    // MARK: Refused

    @Test func whatIsNotThereIsOneLineAndCode1() async throws {
        try folder.put(try Data(contentsOf: URL(filePath: design)).prefix(2000), at: "cut.png")
        for (arguments, complaint) in [
            (["--image", "nowhere.png"], "nowhere.png: cannot be read: No such file or directory"),
            (["--image", "cut.png"], "cut.png: damaged PNG: "),
            (
                ["--image", video("vp9.webm")],
                video("vp9.webm") + ": not a PNG, JPEG, WebP, GIF, BMP or AVIF picture: "
            ),
            (["--video", "nowhere.mp4"], "nowhere.mp4: cannot be read: No such file or directory"),
            (["--video", design], design + ": not an MP4, QuickTime, "),
            (["--video", video("sound.mp4")], video("sound.mp4") + ": this MP4 file cannot be shown: "),
            ([], "there is nothing to say"),
        ] {
            let outcome = try await Binary.run(["chat", "--model", "no-such-model"] + arguments, in: folder.path)
            #expect(outcome.code == 1 && outcome.output.isEmpty)
            #expect(outcome.errors.hasPrefix("bottega: " + complaint), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
        }
    }

    @Test func whatTheEngineCannotTakeIsOneLineAndCode1() async throws {
        let text = modelWithoutVision
        for (arguments, complaint) in [
            (["--model", "no-such-model", "x"], "no-such-model: no such model directory"),
            (["--model", text, "--image", design, "x"], "moonlight reads no pictures"),
            (["--model", text, "--video", video("h264.mp4"), "x"], "moonlight reads no video"),
            (["--model", tiny, "--video", video("cut.mp4"), "x"], video("cut.mp4") + ": damaged MP4 file: truncated"),
            (["Hello"], "embedded follows no instructions, so it needs a picture; see --image"),
            (["--engine", "http://127.0.0.1:1", "x"], ""),
        ] {
            let outcome = try await Binary.run(["chat"] + arguments, in: folder.path)
            #expect(outcome.code == 1 && outcome.output.isEmpty)
            let said = complaints(outcome).filter { !$0.hasSuffix("it is shown the picture alone") }
            #expect(said.count == 1 && said[0].hasPrefix("bottega: " + complaint), "\(outcome.errors)")
        }
    }

    @Test func aPromptThatIsTooLongIsOneLineAndCode1() async throws {
        let designs = Array(repeating: ["--image", Binary.design("dashboard.png")], count: 40).flatMap { $0 }
        let outcome = try await Binary.run(["chat", "--json"] + designs, in: folder.path)
        #expect(outcome.code == 1)
        let complaint = try #require(complaints(outcome).last)
        #expect(complaint.contains("the prompt has ") && complaint.contains(" and the model holds "))
        #expect(try events(outcome).last?["event"] as? String == "failed")
    }

    @Test(arguments: [
        (["--temperature=-1"], "--temperature must be 0 or more"),
        (["--top-p", "0"], "--top-p must be above 0 and at most 1"),
        (["--max-tokens", "0"], "--max-tokens must be 1 or more"),
        (["--frames", "0"], "--frames must be 1 or more"),
        (["--model", "a", "--engine", "http://b"], "--model and --engine exclude each other"),
    ])
    func wrongUsageIsCode2(arguments: [String], complaint: String) async throws {
        let outcome = try await Binary.run(["chat", "x"] + arguments)
        #expect(outcome.code == 2 && outcome.errors == "bottega: \(complaint) (see 'bottega chat --help')\n")
    }

    // MARK: Broken off

    @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func aSignalEndsTheOnlyAnswerAndTheProgram(signal: Int32, code: Int32) async throws {
        let running = try Binary.start(
            Binary.path, ["chat", "--image", Binary.design("dashboard.png"), "--threads", "1"], in: folder.path)
        while !running.errors.contains("opened in") {
            try #require(running.process.isRunning)
            try await Task.sleep(for: .milliseconds(2))
        }
        kill(running.process.processIdentifier, signal)
        let outcome = try await running.outcome()
        #expect(outcome.code == code && outcome.errors.hasSuffix("bottega: interrupted\n"))
    }

    // MARK: At a terminal

    private static let hasTerminals = FileManager.default.fileExists(atPath: "/dev/pts/ptmx")

    @Test(.enabled(if: hasTerminals, "needs pseudo-terminals"))
    func aConversationGoesOnUntilItIsEnded() async throws {
        let drawn = try await Binary.runOnTerminal(
            [
                "chat", "--model", tiny, "--temperature", "0", "--no-thinking", "--max-tokens", "4", "--system",
                "Short.",
            ],
            in: folder.path,
            typed: """
                /help
                Write.\\
                More.
                /image nowhere.png
                /image \(design)
                What is it?
                /dance
                /save
                /save said.json
                /reset
                /save empty.json
                /quit
                never said

                """)
        #expect(drawn.contains("/save FILE    write what was said as JSON"))
        #expect(drawn.contains("bottega: nowhere.png: cannot be read: No such file or directory"))
        #expect(drawn.contains("bottega: /dance is no command; /help lists them"))
        #expect(drawn.contains("bottega: /save needs a file"))
        struct Saved: Decodable {
            struct Line: Decodable {
                var role, text: String
                var files: [String]?
            }
            var messages: [Line]
        }
        let said = try JSONDecoder().decode(Saved.self, from: Data(try #require(folder.text("said.json")).utf8))
            .messages
        #expect(said.map(\.role) == ["system", "user", "assistant", "user", "assistant"])
        #expect(said[0].text == "Short." && said[1].text == "Write.\nMore." && said[3].text == "What is it?")
        #expect(said[3].files == [design] && said[1].files == nil)
        let empty = try JSONDecoder().decode(Saved.self, from: Data(try #require(folder.text("empty.json")).utf8))
        #expect(empty.messages.map(\.role) == ["system"])
    }

    @Test(.enabled(if: hasTerminals, "needs pseudo-terminals"))
    func thoughtsAreFaintOnATerminal() async throws {
        let drawn = try await Binary.runOnTerminal(
            ["chat", "--model", tiny, "--temperature", "0", "--max-tokens", "4", "Write."], in: folder.path)
        #expect(drawn.contains("\u{1B}[2mmodel k25") && drawn.components(separatedBy: "\u{1B}[2m").count > 3)
    }
}

@Suite struct ChatInputTests {
    @Test(
        arguments: [
            ("Hello", .message("Hello")), ("  two\nlines ", .message("two\nlines")), ("", .message("")),
            ("//etc is a folder", .message("/etc is a folder")), ("/image a b.png", .image("a b.png")),
            ("/video  v.mp4 ", .video("v.mp4")), ("/save x.json", .save("x.json")), ("/reset", .reset),
            ("/help", .help), ("/quit", .quit), ("/image", .unknown("/image needs a file")),
            ("/quit now", .unknown("/quit is no command; /help lists them")),
        ] as [(String, ChatInput)])
    func whatIsTypedIsAMessageOrACommand(typed: String, input: ChatInput) {
        #expect(ChatInput(typed) == input)
    }
}

extension Sequence {
    /// `map`, one after the other.
    fileprivate func asyncMap<Value>(_ change: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await change(element)) }
        return values
    }
}
