// One conversation: what was said, how the next answer is asked for, and the talk at a terminal. An answer that fails
// leaves the conversation as it was; one that is broken off stays as far as it went.
import Foundation
import Inference

/// How answers are asked for.
struct ChatOptions: Sendable {
    var thinking: Bool
    var sampling: Sampling
    var maxTokens: Int
}

/// A conversation with an engine.
struct ChatSession {
    private let engine: any Engine
    private let options: ChatOptions
    private let printer: any ChatPrinter
    private let system: String?
    private var turns: [Turn] = []

    /// A message and the files that were shown with it.
    private struct Turn {
        var message: Message
        var files: [String] = []
    }

    init(engine: any Engine, options: ChatOptions, system: String?, printer: any ChatPrinter) {
        self.engine = engine
        self.options = options
        self.system = system
        self.printer = printer
    }

    /// Says what an engine without instructions is not told.
    func sayWhatIsLeftOut() {
        guard !engine.abilities.followsInstructions else { return }
        Output.complain("\(engine.abilities.modelName) follows no instructions: it is shown the picture alone")
    }

    /// Asks for one answer and prints it.
    ///
    /// - Returns: false when Ctrl-C ended it.
    /// - Throws: `MediaError`, `EngineError`, `ChatError`; the conversation is then as before.
    mutating func answer(
        _ text: String, _ attachments: ChatAttachments, _ signals: ChatSignals
    ) async throws -> Bool {
        let abilities = engine.abilities
        let media = try attachments.parts(for: abilities)
        let asked = Message(.user, media + (text.isEmpty ? [] : [.text(text)]))
        let request = try self.request(asked, media, abilities)
        let (engine, printer) = (self.engine, self.printer)
        let answer = try await signals.run {
            try await Answer.make(request, engine, printer)
        }
        if !(answer.isBrokenOff && answer.isEmpty) {
            turns.append(Turn(message: asked, files: attachments.paths))
            turns.append(Turn(message: answer.message))
        }
        return !answer.isBrokenOff
    }

    /// Talks until the person ends it.
    mutating func converse(_ signals: ChatSignals, _ first: ChatAttachments) async {
        var attachments = first
        let empty = first.cleared
        Output.tell("/help lists the commands")
        while let input = await ChatInput.next() {
            do {
                switch input {
                case .message(let text):
                    guard !text.isEmpty || !attachments.isEmpty else { continue }
                    let shown = attachments
                    attachments = empty
                    _ = try await answer(text, shown, signals)
                case .image(let path): try attachments.addImage(path)
                case .video(let path): try attachments.addVideo(path)
                case .reset:
                    turns = []
                    attachments = empty
                case .save(let path): try save(to: path)
                case .help: Output.tell(ChatInput.commands)
                case .quit: return
                case .unknown(let what): Output.complain(what)
                }
            } catch {
                printer.failed("\(error)")
            }
        }
        Output.draw("\n")
    }

    private func request(
        _ asked: Message, _ media: [Message.Part], _ abilities: Abilities
    ) throws(ChatError) -> GenerationRequest {
        guard abilities.followsInstructions else {
            guard !media.isEmpty else { throw .noPicture(model: abilities.modelName) }
            return GenerationRequest(
                Conversation([Message(.user, media)]), sampling: options.sampling, maxTokens: options.maxTokens)
        }
        let opening = system.map { [Message(.system, $0)] } ?? []
        return GenerationRequest(
            Conversation(opening + turns.map(\.message) + [asked]), thinking: options.thinking,
            sampling: options.sampling, maxTokens: options.maxTokens)
    }

    /// Writes what was said as JSON; pictures and videos by the paths they came from.
    private func save(to path: String) throws(ChatError) {
        struct Saved: Encodable {
            let role, text: String
            let reasoning: String?
            let files: [String]?
        }
        let opening = system.map { [Turn(message: Message(.system, $0))] } ?? []
        let saved = (opening + turns).map { turn in
            Saved(
                role: turn.message.role.rawValue, text: turn.message.text,
                reasoning: turn.message.reasoning.isEmpty ? nil : turn.message.reasoning,
                files: turn.files.isEmpty ? nil : turn.files)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try (encoder.encode(["messages": saved]) + Data("\n".utf8)).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw .unwritable(path: path, reason: (error as NSError).localizedDescription)
        }
    }
}

extension Message {
    /// The texts of a message, joined.
    fileprivate var text: String {
        content.map { part in if case .text(let text) = part { text } else { "" } }.joined()
    }
}

/// An answer as it came.
private struct Answer: Sendable {
    var text = ""
    var reasoning = ""
    var calls: [ToolCall] = []
    var isBrokenOff = false

    var isEmpty: Bool { text.isEmpty && reasoning.isEmpty && calls.isEmpty }
    var message: Message {
        Message(.assistant, text.isEmpty ? [] : [.text(text)], reasoning: reasoning, toolCalls: calls)
    }

    /// Listens to an engine until the answer ends or the task is cancelled.
    static func make(_ request: GenerationRequest, _ engine: any Engine, _ printer: any ChatPrinter) async throws
        -> Answer
    {
        var (answer, cost) = (Answer(), ChatCost())
        let clock = ProcessClock()
        let startSeconds = clock.seconds
        do {
            for try await event in engine.generate(request) {
                cost.count(event)
                printer.happened(event)
                switch event {
                case .text(let text): answer.text += text
                case .reasoning(let text): answer.reasoning += text
                case .toolCall(let call): answer.calls.append(call)
                case .encoded, .prefilled, .token, .toolCallPart, .finished: break
                }
            }
        } catch  where Task.isCancelled {
            // An engine may call the end that was asked for an error.
        }
        cost.totalSeconds = clock.seconds - startSeconds
        answer.isBrokenOff = Task.isCancelled
        printer.ended(cost)
        return answer
    }
}
