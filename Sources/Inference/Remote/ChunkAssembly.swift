// Makes the events of an engine out of the pieces of a stream. Text and thoughts pass through as they come; tool calls
// are put together and passed on whole, in order, when the answer ends.

/// One answer being put together.
package struct ChunkAssembly {
    private var stops: StopMatcher
    private var calls: [PartialCall] = []
    private var callIDs: CallNumbering
    private var finishReason: String?
    /// The last account of tokens.
    package private(set) var usage: ChatChunk.Usage?

    private struct PartialCall {
        var index: Int?
        var id: String
        var name: String
        var arguments: String
    }

    /// Begins an answer to a conversation.
    ///
    /// - Parameter stop: strings at which the answer is cut here, for servers that are not told of them.
    package init(after conversation: Conversation, stop: [String] = []) {
        callIDs = CallNumbering(after: conversation)
        stops = StopMatcher(stop)
    }

    /// Whether a stop string ended the answer here.
    package var isStopped: Bool { stops.isStopped }

    /// Whether the server has said how the answer ended.
    package var isFinished: Bool { finishReason != nil }

    /// Takes a piece and returns what it tells.
    package mutating func push(_ chunk: ChatChunk) -> [GenerationEvent] {
        guard !isStopped else { return [] }
        var events: [GenerationEvent] = chunk.reasoning.isEmpty ? [] : [.reasoning(chunk.reasoning)]
        let text = stops.push(chunk.text)
        if !text.isEmpty { events.append(.text(text)) }
        for piece in chunk.calls { add(piece) }
        finishReason = chunk.finishReason ?? finishReason
        usage = chunk.usage ?? usage
        return events
    }

    /// The stream has ended.
    ///
    /// - Returns: what was held back, then the calls; and why the answer ended. A call that the limit cut off, whose
    ///   arguments are no whole JSON, is dropped, as the local engine drops it.
    /// - Throws: when the server has not said that the answer is whole.
    package mutating func finish() throws(RemoteFault) -> ([GenerationEvent], GenerationSummary.FinishReason) {
        guard !isStopped else { return ([], .stop) }
        let reason = try reason()
        let text = stops.flush()
        if reason == .length, let last = calls.last, (try? JSONValue(parsing: last.arguments)) == nil {
            calls.removeLast()
        }
        var events: [GenerationEvent] = text.isEmpty ? [] : [.text(text)]
        for call in calls {
            guard !call.name.isEmpty else { throw RemoteFault(.malformed, "sends a tool call without a name") }
            let id = callIDs.next(id: call.id, name: call.name)
            events.append(.toolCall(ToolCall(id: id, name: call.name, arguments: call.arguments)))
        }
        return (events, calls.isEmpty || reason == .length ? reason : .toolCalls)
    }

    /// A piece belongs to the call of its index; without an index to the one before, unless it brings a new id.
    private mutating func add(_ piece: ChatChunk.CallPiece) {
        let known =
            if let index = piece.index {
                calls.lastIndex { $0.index == index }
            } else if let last = calls.last, piece.id.isEmpty || piece.id == last.id {
                calls.indices.last
            } else {
                Int?.none
            }
        guard let known else {
            calls.append(
                PartialCall(index: piece.index, id: piece.id, name: piece.name, arguments: piece.arguments))
            return
        }
        if calls[known].id.isEmpty { calls[known].id = piece.id }
        if calls[known].name.isEmpty { calls[known].name = piece.name }
        calls[known].arguments += piece.arguments
    }

    private func reason() throws(RemoteFault) -> GenerationSummary.FinishReason {
        switch finishReason {
        case "stop"?: return .stop
        case "length"?: return .length
        case "tool_calls"?, "function_call"?: return .toolCalls
        case "content_filter"?: throw RemoteFault(.broken, "withholds the rest of the answer (content_filter)")
        case let other?: throw RemoteFault(.broken, "ended the answer for another reason than its end: \(other)")
        case nil: throw RemoteFault(.unreachable, "ended the stream before the answer was finished")
        }
    }
}

/// Numbers the calls of a conversation on: ids of the form `functions.NAME:INDEX` that are not taken are kept, others
/// are replaced, so that what a conversation holds has one form whichever engine wrote it.
struct CallNumbering {
    private var taken: Set<String>
    private var ids = ToolCallIDs()

    init(after conversation: Conversation) {
        taken = []
        for call in conversation.messages.flatMap(\.toolCalls) { taken.insert(ids.called(call)) }
    }

    /// The id of the next call.
    mutating func next(id: String, name: String) -> String {
        let kept = ToolCallID(id) != nil && !taken.contains(id) ? id : ""
        let given = ids.called(ToolCall(id: kept, name: name, arguments: ""))
        taken.insert(given)
        return given
    }
}
