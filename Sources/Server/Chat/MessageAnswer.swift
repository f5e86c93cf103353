// Messages as Anthropic's clients read them, whole and as the events of a stream: blocks of thoughts, text and calls, each
// opened, filled and closed in order.
import Foundation
import Inference
import NIOCore

/// What an answer is called.
struct MessageHead: Sendable {
    let id = "msg_" + UUID().uuidString.lowercased().replacing("-", with: "")
    let model: String

    fileprivate func object(_ content: [JSONValue], _ summary: GenerationSummary?, usage: JSONValue) -> JSONValue {
        .object([
            .init("id", .string(id)), .init("type", .string("message")), .init("role", .string("assistant")),
            .init("model", .string(model)), .init("content", .array(content)),
            .init("stop_reason", summary.map { .string($0.stopReason) } ?? .null),
            .init("stop_sequence", summary?.stopString.map { .string($0) } ?? .null), .init("usage", usage),
        ])
    }
}

extension ChatAnswer {
    /// A whole message.
    func message(_ head: MessageHead) -> JSONValue {
        var blocks: [JSONValue] = []
        if !reasoning.isEmpty { blocks.append(MessageBlock.thinking.json(reasoning)) }
        if !text.isEmpty { blocks.append(MessageBlock.text.json(text)) }
        for call in calls { blocks.append(MessageBlock.toolUse(id: call.id, name: call.name).json(call.arguments)) }
        return head.object(blocks, summary, usage: summary.messageUsage)
    }
}

/// One kind of block.
private enum MessageBlock: Equatable {
    case thinking, text
    case toolUse(id: String, name: String)

    /// A block with its whole content; empty, as a stream opens it.
    func json(_ content: String) -> JSONValue {
        switch self {
        case .thinking:
            .object([
                .init("type", .string("thinking")), .init("thinking", .string(content)),
                .init("signature", .string("")),
            ])
        case .text: .object([.init("type", .string("text")), .init("text", .string(content))])
        case .toolUse(let id, let name):
            .object([
                .init("type", .string("tool_use")), .init("id", .string(id)), .init("name", .string(name)),
                .init("input", Self.input(content)),
            ])
        }
    }

    func delta(_ more: String) -> JSONValue {
        let (type, key) =
            switch self {
            case .thinking: ("thinking_delta", "thinking")
            case .text: ("text_delta", "text")
            case .toolUse: ("input_json_delta", "partial_json")
            }
        return .object([.init("type", .string(type)), .init(key, .string(more))])
    }

    // Arguments that are no object are handed on under a name that says so.
    private static func input(_ arguments: String) -> JSONValue {
        guard !arguments.isEmpty else { return .object([]) }
        guard let value = try? JSONValue(parsing: arguments), case .object = value else {
            return .object([.init("invalid_json", .string(arguments))])
        }
        return value
    }
}

/// Writes the events of a message.
struct MessageFrames: ChatFrames {
    let head: MessageHead
    private var hasBegun = false
    private var index = -1
    private var open: MessageBlock?
    private var toldCalls: Set<String> = []
    private var prompt = GenerationSummary(
        reason: .stop, promptTokens: 0, cachedTokens: 0, completionTokens: 0, decodeSeconds: 0)

    init(_ head: MessageHead) { self.head = head }

    mutating func frames(for event: GenerationEvent) -> [ByteBuffer] {
        switch event {
        case .encoded, .token: return []
        case .prefilled(let tokens, let reused, _):
            prompt.promptTokens = tokens
            prompt.cachedTokens = reused
            return opening()
        case .reasoning(let more): return opening() + tell(more, in: .thinking)
        case .text(let more): return opening() + tell(more, in: .text)
        case .toolCallPart(let part):
            toldCalls.insert(part.id)
            return opening() + tell(part.arguments, in: .toolUse(id: part.id, name: part.name))
        case .toolCall(let call):
            guard toldCalls.insert(call.id).inserted else { return [] }
            return opening() + tell(call.arguments, in: .toolUse(id: call.id, name: call.name))
        case .finished(let summary): return opening() + close() + ending(summary)
        }
    }

    mutating func frames(for problem: Problem, requestID: String) -> [ByteBuffer] {
        [Self.frame("error", problem.anthropic(requestID: requestID))]
    }

    // MARK: Events

    private mutating func opening() -> [ByteBuffer] {
        guard !hasBegun else { return [] }
        hasBegun = true
        let message = head.object([], nil, usage: prompt.messageUsage)
        return [
            Self.event("message_start", [.init("message", message)]),
            Self.event("ping", []),
        ]
    }

    private mutating func tell(_ more: String, in block: MessageBlock) -> [ByteBuffer] {
        var frames: [ByteBuffer] = []
        if open != block {
            frames += close()
            index += 1
            open = block
            frames.append(event("content_block_start", .init("content_block", block.json(""))))
        }
        if !more.isEmpty { frames.append(event("content_block_delta", .init("delta", block.delta(more)))) }
        return frames
    }

    private mutating func close() -> [ByteBuffer] {
        guard let block = open else { return [] }
        open = nil
        var frames: [ByteBuffer] = []
        if block == .thinking {
            let signature: [JSONValue.Member] = [
                .init("type", .string("signature_delta")), .init("signature", .string("")),
            ]
            frames.append(event("content_block_delta", .init("delta", .object(signature))))
        }
        frames.append(event("content_block_stop"))
        return frames
    }

    private func ending(_ summary: GenerationSummary) -> [ByteBuffer] {
        let delta: [JSONValue.Member] = [
            .init("stop_reason", .string(summary.stopReason)),
            .init("stop_sequence", summary.stopString.map { .string($0) } ?? .null),
        ]
        return [
            Self.event(
                "message_delta", [.init("delta", .object(delta)), .init("usage", summary.messageUsage)]),
            Self.event("message_stop", []),
        ]
    }

    private func event(_ type: String, _ member: JSONValue.Member? = nil) -> ByteBuffer {
        Self.event(type, [.init("index", .number("\(index)"))] + (member.map { [$0] } ?? []))
    }

    private static func event(_ type: String, _ members: [JSONValue.Member]) -> ByteBuffer {
        frame(type, .object([.init("type", .string(type))] + members))
    }

    private static func frame(_ type: String, _ value: JSONValue) -> ByteBuffer {
        ByteBuffer(string: "event: \(type)\ndata: \(value.text(.compact))\n\n")
    }
}

extension GenerationSummary {
    fileprivate var stopReason: String {
        if stopString != nil { return "stop_sequence" }
        return switch reason {
        case .stop, .cancelled: "end_turn"
        case .length: "max_tokens"
        case .toolCalls: "tool_use"
        }
    }

    // What is read from the cache is counted apart from the rest of the prompt.
    fileprivate var messageUsage: JSONValue {
        .object([
            .init("input_tokens", .number("\(promptTokens - cachedTokens)")),
            .init("cache_creation_input_tokens", .number("0")),
            .init("cache_read_input_tokens", .number("\(cachedTokens)")),
            .init("output_tokens", .number("\(completionTokens)")),
        ])
    }
}
