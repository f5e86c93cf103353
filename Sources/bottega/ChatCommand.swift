// `bottega chat`: reads its arguments and decides whether there is one message or a conversation at a terminal. The
// conversation itself is in `ChatSession.swift`.
import ArgumentParser
import Foundation
import Inference

struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Talks with a checkpoint or a server.",
        discussion: """
            With a message, or with one on stdin, there is one answer. At a terminal without a message there is a \
            conversation: each line is a message, a backslash at the end of a line continues it, /help lists the \
            commands. The answer goes to stdout, everything else to stderr, thoughts included.

            Ctrl-C ends the answer that is being written, a second one the program. The model that is built in \
            follows no instructions: it is shown the pictures alone, and writes pages.

            Examples:
              bottega chat --image sign-in.png
              bottega chat --model ~/models/k2.5 --image shot.png 'What is wrong here?'
              bottega chat --engine http://gpu-1:8000/v1 --video demo.mp4 'List the steps.'
              bottega chat --engine http://gpu-1:8000/v1 --system 'Answer in one sentence.'
              git diff | bottega chat --engine http://gpu-1:8000/v1 --no-thinking
              bottega chat --image sign-in.png --json | jq -r '.text // empty'
            """)

    @Argument(help: ArgumentHelp("What to say.", valueName: "message"))
    var message: String?

    @Option(
        help: ArgumentHelp("A picture to show with the first message; repeat it for several.", valueName: "picture"),
        completion: .file())
    var image: [String] = []

    @Option(
        help: ArgumentHelp("A video to show with the first message; repeat it for several.", valueName: "video"),
        completion: .file())
    var video: [String] = []

    @Option(help: ArgumentHelp("Most frames taken of a video.", valueName: "count"))
    var frames = VideoClip.usualMaxFrames

    @Option(help: ArgumentHelp("What the model is to keep in mind.", valueName: "text"))
    var system: String?

    @OptionGroup var engine: EngineOptions

    @Flag(inversion: .prefixedNo, help: "Whether the model thinks before it answers.")
    var thinking = true

    @Option(
        help: ArgumentHelp(
            "0 always takes the likeliest token; more gives variety. (default: 1.0 with thoughts, 0.6 without, 0 for a "
                + "model that follows no instructions)", valueName: "number"))
    var temperature: Double?

    @Option(help: ArgumentHelp("Keeps the likeliest tokens that have this probability together.", valueName: "number"))
    var topP = 0.95

    @Option(help: ArgumentHelp("The same seed gives the same answer. (default: a new one)", valueName: "number"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("An answer is cut after this many tokens, thoughts included.", valueName: "count"))
    var maxTokens = 8192

    @Flag(help: "Print events and timings as JSON, one object a line, on stdout.")
    var json = false

    func validate() throws {
        guard temperature.map({ $0 >= 0 && $0.isFinite }) ?? true else {
            throw ValidationError("--temperature must be 0 or more")
        }
        guard topP > 0, topP <= 1 else { throw ValidationError("--top-p must be above 0 and at most 1") }
        guard maxTokens >= 1 else { throw ValidationError("--max-tokens must be 1 or more") }
        guard frames >= 1 else { throw ValidationError("--frames must be 1 or more") }
    }

    func run() async throws {
        let signals = ChatSignals()
        let printer: any ChatPrinter = json ? ChatJSONPrinter() : ChatTextPrinter()
        let isConversation = message == nil && isatty(STDIN_FILENO) == 1
        var attachments = ChatAttachments(maxFrames: frames)
        do {
            // What can be wrong without a model is said before one is opened.
            for path in image { try attachments.addImage(path) }
            for path in video { try attachments.addVideo(path) }
            let text = try isConversation ? "" : message ?? ChatInput.everything()
            guard isConversation || !text.isEmpty || !attachments.isEmpty else { throw ChatError.nothingToSay }
            let clock = ProcessClock()
            let startSeconds = clock.seconds
            let opened = try await engine.choice.open()
            printer.opened(opened.abilities.modelName, seconds: clock.seconds - startSeconds)
            var session = ChatSession(
                engine: opened, options: options(for: opened.abilities), system: system, printer: printer)
            session.sayWhatIsLeftOut()
            if isConversation {
                await session.converse(signals, attachments)
            } else {
                guard try await session.answer(text, attachments, signals) else { signals.endProgram() }
            }
        } catch {
            printer.failed("\(error)")
            throw ExitCode.failure
        }
    }

    private func options(for abilities: Abilities) -> ChatOptions {
        let usual = !abilities.followsInstructions ? 0 : thinking ? 1 : 0.6
        return ChatOptions(
            thinking: thinking,
            sampling: Sampling(
                temperature: temperature ?? usual, topP: topP, seed: seed ?? .random(in: 0...UInt64(Int64.max))),
            maxTokens: maxTokens)
    }
}

/// Why there is nothing to answer.
enum ChatError: Error, CustomStringConvertible {
    case nothingToSay
    case noPicture(model: String)
    case unreadableInput
    case unwritable(path: String, reason: String)

    var description: String {
        switch self {
        case .nothingToSay: "there is nothing to say: no message, no picture, no video"
        case .noPicture(let model): "\(model) follows no instructions, so it needs a picture; see --image"
        case .unreadableInput: "stdin is no UTF-8 text"
        case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
        }
    }
}
