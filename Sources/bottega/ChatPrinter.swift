// What a chat shows: text for people and pipes, or JSON lines for machines.
import Foundation
import Inference
import Synchronization

/// Is told what happens, in order.
protocol ChatPrinter: Sendable {
    /// The engine is open.
    func opened(_ modelName: String, seconds: Double)
    /// A step of an answer.
    func happened(_ event: GenerationEvent)
    /// The answer has ended, as a whole or because it was to end.
    func ended(_ cost: ChatCost)
    /// Something came to nothing.
    func failed(_ message: String)
}

/// What an answer cost.
struct ChatCost: Sendable {
    /// Seconds of looking at pictures; nil where the engine does not tell.
    var encodeSeconds: Double?
    /// Seconds of reading the prompt; nil where the engine does not tell.
    var prefillSeconds: Double?
    /// Seconds from asking to the end of the answer.
    var totalSeconds = 0.0
    /// Nil when the answer was broken off.
    var summary: GenerationSummary?

    /// Counts what an event says.
    mutating func count(_ event: GenerationEvent) {
        switch event {
        case .encoded(_, let seconds, _): encodeSeconds = (encodeSeconds ?? 0) + seconds
        case .prefilled(_, _, let seconds): prefillSeconds = seconds
        case .finished(let summary): self.summary = summary
        case .reasoning, .text, .token, .toolCallPart, .toolCall: break
        }
    }
}

extension GenerationSummary {
    /// Tokens written in a second, the first not counted: its cost is the prompt's.
    var tokensPerSecond: Double {
        decodeSeconds > 0 ? Double(max(0, completionTokens - 1)) / decodeSeconds : 0
    }
}

/// The answer on stdout; thoughts, calls and figures on stderr, faint where that is a terminal.
final class ChatTextPrinter: ChatPrinter {
    private let last = Mutex(Last())

    func opened(_ modelName: String, seconds: Double) {
        Output.tell(faint("model \(modelName), opened in \(seconds.short)"))
    }

    func happened(_ event: GenerationEvent) {
        switch event {
        case .reasoning(let text):
            Output.draw(faint(text))
            last.withLock { $0.thoughts = text }
        case .text(let text):
            let thoughts = last.withLock { last in
                defer { last = Last(answer: text) }
                return last.thoughts
            }
            // Two streams on one screen: the answer begins on a line of its own.
            if !thoughts.isEmpty { Output.draw(thoughts.hasSuffix("\n") ? "\n" : "\n\n") }
            Output.say(text)
        case .toolCall(let call): Output.tell(faint("calls \(call.name) \(call.arguments)"))
        case .encoded, .prefilled, .token, .toolCallPart, .finished: break
        }
    }

    func ended(_ cost: ChatCost) {
        let last = last.withLock { last in
            defer { last = Last() }
            return last
        }
        if !last.thoughts.isEmpty { Output.draw("\n") }
        if !last.answer.isEmpty, !last.answer.hasSuffix("\n") { Output.say("\n") }
        guard let summary = cost.summary else { return }
        if summary.reason == .length {
            Output.complain("cut after \(summary.completionTokens) tokens; see --max-tokens")
        }
        let stages = [("encode", cost.encodeSeconds), ("prefill", cost.prefillSeconds)]
            .compactMap { name, seconds in seconds.map { "\(name) \($0.short), " } }.joined()
        Output.tell(
            faint(
                "\(summary.promptTokens) tokens of prompt (\(summary.cachedTokens) known), \(stages)"
                    + "\(summary.completionTokens) tokens written, \(summary.tokensPerSecond.whole) tokens/s"))
    }

    func failed(_ message: String) { Output.complain(message) }

    private func faint(_ text: String) -> String { Output.isTerminal ? "\u{1B}[2m\(text)\u{1B}[22m" : text }

    /// The piece that was shown last.
    private struct Last {
        var thoughts = ""
        var answer = ""
    }
}

/// One JSON object a line on stdout; errors on stderr too.
struct ChatJSONPrinter: ChatPrinter {
    func opened(_ modelName: String, seconds: Double) {
        put(Event(event: "opened", model: modelName, seconds: seconds.micro))
    }

    func happened(_ event: GenerationEvent) {
        switch event {
        case .encoded(let tokens, let seconds, let isReused):
            put(Event(event: "encoded", tokens: tokens, reused: isReused ? tokens : 0, seconds: seconds.micro))
        case .prefilled(let tokens, let reused, let seconds):
            put(Event(event: "prefilled", tokens: tokens, reused: reused, seconds: seconds.micro))
        case .reasoning(let text): put(Event(event: "reasoning", text: text))
        case .text(let text): put(Event(event: "text", text: text))
        case .toolCall(let call):
            put(Event(event: "tool_call", id: call.id, name: call.name, arguments: call.arguments))
        case .token, .toolCallPart, .finished: break  // the whole call comes, and `ended` says the rest
        }
    }

    func ended(_ cost: ChatCost) { put(Finished(cost)) }

    func failed(_ message: String) {
        Output.complain(message)
        put(Event(event: "failed", message: message))
    }

    private struct Event: Encodable {
        var event: String
        var model: String?
        var tokens: Int?
        var reused: Int?
        var seconds: Double?
        var text: String?
        var id: String?
        var name: String?
        var arguments: String?
        var message: String?
    }

    private struct Finished: Encodable {
        struct Seconds: Encodable {
            let encode, prefill, decode: Double?
            let total: Double
        }

        let event = "finished"
        let reason: String
        let promptTokens, cachedTokens, tokens: Int?
        let tokensPerSecond: Double?
        let seconds: Seconds

        init(_ cost: ChatCost) {
            let summary = cost.summary
            reason = (summary?.reason ?? .cancelled).rawValue
            promptTokens = summary?.promptTokens
            cachedTokens = summary?.cachedTokens
            tokens = summary?.completionTokens
            tokensPerSecond = summary?.tokensPerSecond.micro
            seconds = Seconds(
                encode: cost.encodeSeconds?.micro, prefill: cost.prefillSeconds?.micro,
                decode: summary?.decodeSeconds.micro, total: cost.totalSeconds.micro)
        }
    }

    private func put(_ line: some Encodable) { Output.result(JSONText.line(line)) }
}
