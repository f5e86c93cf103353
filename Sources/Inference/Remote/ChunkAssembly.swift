// Makes the events of an engine out of the pieces of a stream. Text, thoughts and parts of tool calls pass through as they
// come; whole calls are passed on in order when the answer ends. Servers do not always do what they are asked: an answer
// that calls no tool though it had to, or another, or one though it must not, is a fault.

/// One answer being put together.
package struct ChunkAssembly {
    private var stops: StopMatcher
    private var tokens: TextTokens
    private var calls: [PartialCall] = []
    private var callIDs: CallNumbering
    private let toolChoice: ToolChoice
    /// Calls that are passed on; further ones are dropped.
    private let callLimit: Int
    private var finishReason: String?
    /// The last account of tokens.
    package private(set) var usage: ChatChunk.Usage?

    private struct PartialCall {
        var index: Int?
        /// What the server calls it.
        var serverID: String
        var name: String
        var arguments: String
        /// What it is called here, once its first part was told.
        var id: String?
    }

    /// Begins the answer to a request.
    ///
    /// - Parameter stop: strings at which the answer is cut here, for servers that are not told of them.
    package init(_ request: GenerationRequest, stop: [String] = []) {
        callIDs = CallNumbering(after: request.conversation)
        stops = StopMatcher(stop)
        tokens = TextTokens(request)
        toolChoice = request.toolChoice
        callLimit = request.allowsSeveralCalls ? .max : 1
    }

    /// Whether a stop string ended the answer here.
    package var isStopped: Bool { stops.isStopped }

    /// Whether the server has said how the answer ended.
    package var isFinished: Bool { finishReason != nil }

    /// Takes a piece and returns what it tells.
    ///
    /// - Throws: `.refused` when the server does not do what it was asked.
    package mutating func push(_ chunk: ChatChunk) throws(RemoteFault) -> [GenerationEvent] {
        guard !isStopped else { return [] }
        var events: [GenerationEvent] = chunk.reasoning.isEmpty ? [] : [.reasoning(chunk.reasoning)]
        events += try tokens.push(chunk).map { .token($0) }
        events += text(stops.push(chunk.text))
        if !chunk.calls.isEmpty, !isStopped {
            guard toolChoice != .none else { throw RemoteFault(.refused, "calls a tool though it must not") }
            events += text(stops.flush())
            for piece in chunk.calls { events += add(piece) }
        }
        finishReason = chunk.finishReason ?? finishReason
        usage = chunk.usage ?? usage
        return events
    }

    /// The stream has ended.
    ///
    /// - Returns: what was held back, then the calls; and why the answer ended. A call that the limit cut off, whose
    ///   arguments are no whole JSON, is dropped, as the local engine drops it.
    /// - Throws: when the server has not said that the answer is whole, or did not call what it had to.
    package mutating func finish() throws(RemoteFault) -> ([GenerationEvent], GenerationSummary.FinishReason) {
        guard !isStopped else { return ([], .stop) }
        let reason = try reason()
        if reason == .length, let last = calls.last, (try? JSONValue(parsing: last.arguments)) == nil {
            calls.removeLast()
        }
        let whole = calls.prefix(callLimit)
        if reason != .length { try checkForced(whole.map(\.name)) }
        var events = text(stops.flush())
        for call in whole {
            guard let id = call.id else { throw RemoteFault(.malformed, "sends a tool call without a name") }
            events.append(.toolCall(ToolCall(id: id, name: call.name, arguments: call.arguments)))
        }
        return (events, calls.isEmpty || reason == .length ? reason : .toolCalls)
    }

    private func text(_ text: String) -> [GenerationEvent] { text.isEmpty ? [] : [.text(text)] }

    private func checkForced(_ names: [String]) throws(RemoteFault) {
        switch toolChoice {
        case .auto, .none: break
        case .required:
            guard !names.isEmpty else { throw RemoteFault(.refused, "calls no tool though it must") }
        case .named(let name):
            guard names == [name] else {
                throw RemoteFault(.refused, "calls \(names.first ?? "no tool") though it must call \(name)")
            }
        }
    }

    /// A piece belongs to the call of its index; without an index to the one before, unless it brings a new id.
    ///
    /// - Returns: the parts that it tells. Before a call has a name, nothing of it is told.
    private mutating func add(_ piece: ChatChunk.CallPiece) -> [GenerationEvent] {
        let known =
            if let index = piece.index {
                calls.lastIndex { $0.index == index }
            } else if let last = calls.last, piece.id.isEmpty || piece.id == last.serverID {
                calls.indices.last
            } else {
                Int?.none
            }
        let place = known ?? calls.endIndex
        if known == nil { calls.append(PartialCall(index: piece.index, serverID: "", name: "", arguments: "")) }
        if calls[place].serverID.isEmpty { calls[place].serverID = piece.id }
        if calls[place].name.isEmpty { calls[place].name = piece.name }
        calls[place].arguments += piece.arguments
        guard place < callLimit else { return [] }
        return tell(place, piece.arguments)
    }

    private mutating func tell(_ place: Int, _ more: String) -> [GenerationEvent] {
        let call = calls[place]
        guard !call.name.isEmpty else { return [] }
        func part(_ id: String, _ arguments: String) -> GenerationEvent {
            .toolCallPart(ToolCallPart(index: place, id: id, name: call.name, arguments: arguments))
        }
        if let id = call.id { return more.isEmpty ? [] : [part(id, more)] }
        let id = callIDs.next(id: call.serverID, name: call.name)
        calls[place].id = id
        return [part(id, "")] + (call.arguments.isEmpty ? [] : [part(id, call.arguments)])
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
