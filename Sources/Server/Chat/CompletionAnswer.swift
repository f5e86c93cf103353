// Chat completions as OpenAI's clients read them, whole and in pieces. Thoughts come as `reasoning_content`, and cached
// tokens both where Moonshot and where OpenAI has them.
import Foundation
import Hummingbird
import Inference
import NIOCore

/// What the pieces of an answer have in common.
struct CompletionHead: Sendable {
    let id = "chatcmpl-" + UUID().uuidString.lowercased().replacing("-", with: "")
    let created = Int(Date().timeIntervalSince1970)
    let model: String

    fileprivate func object(_ kind: String, _ choices: [JSONValue], usage: JSONValue?) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("id", .string(id)), .init("object", .string(kind)), .init("created", .number("\(created)")),
            .init("model", .string(model)), .init("choices", .array(choices)),
        ]
        if let usage { members.append(.init("usage", usage)) }
        return .object(members)
    }
}

extension ChatAnswer {
    /// `chat.completion`.
    func completion(_ head: CompletionHead, tellsTokens: Bool) -> JSONValue {
        var message: [JSONValue.Member] = [
            .init("role", .string("assistant")),
            .init("content", text.isEmpty && !calls.isEmpty ? .null : .string(text)),
        ]
        if !reasoning.isEmpty { message.append(.init("reasoning_content", .string(reasoning))) }
        if !calls.isEmpty {
            message.append(.init("tool_calls", .array(calls.enumerated().map { $1.member(index: $0, arguments: nil) })))
        }
        let logprobs: JSONValue = tellsTokens ? .object([.init("content", .array(tokens.map(\.json)))]) : .null
        let choice: [JSONValue.Member] = [
            .init("index", .number("0")), .init("message", .object(message)), .init("logprobs", logprobs),
            .init("finish_reason", .string(summary.reason.finishReason)),
        ]
        return head.object("chat.completion", [.object(choice)], usage: summary.usage)
    }
}

/// Writes `chat.completion.chunk`s.
struct CompletionFrames: ChatFrames {
    let head: CompletionHead
    let tellsUsage: Bool
    let tellsUsageAlways: Bool
    private var hasBegun = false
    /// The ids of the calls that have begun, each at its index.
    private var toldCalls: [String] = []
    private var prompt: (tokens: Int, cached: Int)?
    private var written = 0
    /// Tokens whose text is not whole yet.
    private var scored: [JSONValue] = []

    init(_ head: CompletionHead, order: ChatOrder) {
        self.head = head
        tellsUsage = order.tellsUsage
        tellsUsageAlways = order.tellsUsageAlways
    }

    mutating func frames(for event: GenerationEvent) -> [ByteBuffer] {
        switch event {
        case .encoded: return []
        case .prefilled(let tokens, let reused, _):
            prompt = (tokens, reused)
            return opening()
        case .reasoning(let more):
            written += 1
            return opening() + [chunk([.init("reasoning_content", .string(more))])]
        case .text(let more):
            written += 1
            return opening() + [chunk([.init("content", .string(more))])]
        case .token(let token):
            scored.append(token.json)
            return []
        case .toolCallPart(let part): return opening() + [tell(part)]
        case .toolCall(let call):
            if toldCalls.contains(call.id) { return [] }
            return opening() + [tell(ToolCallPart(index: 0, id: call.id, name: call.name, arguments: call.arguments))]
        case .finished(let summary): return opening() + ending(summary)
        }
    }

    mutating func frames(for problem: Problem, requestID: String) -> [ByteBuffer] {
        [Self.frame(problem.openAI(requestID: requestID))]
    }

    // MARK: Pieces

    private mutating func opening() -> [ByteBuffer] {
        guard !hasBegun else { return [] }
        hasBegun = true
        return [chunk([.init("role", .string("assistant")), .init("content", .string(""))])]
    }

    /// A call begins with its id and name; after that come its arguments.
    private mutating func tell(_ part: ToolCallPart) -> ByteBuffer {
        let call = ToolCall(id: part.id, name: part.name, arguments: part.arguments)
        let index = toldCalls.firstIndex(of: part.id)
        if index == nil { toldCalls.append(part.id) }
        let member = call.member(index: index ?? toldCalls.count - 1, arguments: index == nil ? nil : part.arguments)
        return chunk([.init("tool_calls", .array([member]))])
    }

    private mutating func ending(_ summary: GenerationSummary) -> [ByteBuffer] {
        written = summary.completionTokens
        var frames = [chunk([], finishReason: summary.reason.finishReason)]
        if tellsUsage || tellsUsageAlways {
            frames.append(Self.frame(head.object("chat.completion.chunk", [], usage: summary.usage)))
        }
        frames.append(ByteBuffer(string: "data: [DONE]\n\n"))
        return frames
    }

    private mutating func chunk(_ delta: [JSONValue.Member], finishReason: String? = nil) -> ByteBuffer {
        var choice: [JSONValue.Member] = [.init("index", .number("0")), .init("delta", .object(delta))]
        if !scored.isEmpty {
            choice.append(.init("logprobs", .object([.init("content", .array(scored))])))
            scored = []
        }
        choice.append(.init("finish_reason", finishReason.map { .string($0) } ?? .null))
        return Self.frame(head.object("chat.completion.chunk", [.object(choice)], usage: usageSoFar))
    }

    // With `include_usage` every piece but the last says null.
    private var usageSoFar: JSONValue? {
        if tellsUsageAlways, let prompt {
            return GenerationSummary(
                reason: .stop, promptTokens: prompt.tokens, cachedTokens: prompt.cached, completionTokens: written,
                decodeSeconds: 0
            ).usage
        }
        return tellsUsage ? .null : nil
    }

    private static func frame(_ value: JSONValue) -> ByteBuffer {
        ByteBuffer(string: "data: \(value.text(.compact))\n\n")
    }
}

extension GenerationSummary {
    fileprivate var usage: JSONValue {
        let cached = JSONValue.number("\(cachedTokens)")
        return .object([
            .init("prompt_tokens", .number("\(promptTokens)")),
            .init("completion_tokens", .number("\(completionTokens)")),
            .init("total_tokens", .number("\(promptTokens + completionTokens)")), .init("cached_tokens", cached),
            .init("prompt_tokens_details", .object([.init("cached_tokens", cached)])),
        ])
    }
}

extension GenerationSummary.FinishReason {
    fileprivate var finishReason: String { self == .cancelled ? "stop" : rawValue }
}

extension ToolCall {
    /// The call on the wire; with `arguments`, only more of them.
    fileprivate func member(index: Int, arguments more: String?) -> JSONValue {
        if let more {
            return .object([
                .init("index", .number("\(index)")), .init("function", .object([.init("arguments", .string(more))])),
            ])
        }
        return .object([
            .init("index", .number("\(index)")), .init("id", .string(id)), .init("type", .string("function")),
            .init("function", .object([.init("name", .string(name)), .init("arguments", .string(arguments))])),
        ])
    }
}

extension ScoredToken {
    fileprivate var json: JSONValue {
        .object(chosen.members + [.init("top_logprobs", .array(likeliest.map { .object($0.members) }))])
    }
}

extension ScoredToken.Candidate {
    fileprivate var members: [JSONValue.Member] {
        // JSON has no minus infinity; OpenAI writes -9999 for what cannot be.
        let logProbability = logProbability.isFinite ? logProbability : -9999
        return [
            .init("token", .string(String(decoding: bytes, as: UTF8.self))),
            .init("logprob", .number("\(logProbability)")),
            .init("bytes", .array(bytes.map { .number("\($0)") })),
        ]
    }
}
