// Turns the tokens of an answer into the events that callers see: parses them, watches for stop strings in the text,
// counts the calls.

/// Writes one answer.
struct AnswerWriter {
    private var parser: ToolCallParser
    private var stops: StopMatcher
    /// Calls passed on so far.
    private(set) var callCount = 0
    /// The call that is being written.
    private var openCall: (id: String, name: String)?

    /// Whether what comes next belongs to the text, to the thoughts.
    var isInText: Bool { parser.isInText }
    var isInThoughts: Bool { parser.isInThoughts }

    /// Whether a stop string ended the answer.
    var isStopped: Bool { stops.isStopped }

    /// That stop string.
    var stopString: String? { stops.found }

    init(_ parser: ToolCallParser, stop: [String]) {
        self.parser = parser
        stops = StopMatcher(stop)
    }

    /// Takes a token and returns what it completes.
    mutating func push(_ token: Int) -> [GenerationEvent] { events(parser.push(token: token)) }

    /// The answer has ended: returns what was held back. A call that was cut off is dropped.
    mutating func finish() -> [GenerationEvent] {
        guard !isStopped else { return [] }
        return events(parser.finish()) + text(stops.flush())
    }

    private mutating func events(_ pieces: [AnswerPiece]) -> [GenerationEvent] {
        var events: [GenerationEvent] = []
        for piece in pieces where !isStopped {
            switch piece {
            case .reasoning(let reasoning): events.append(.reasoning(reasoning))
            case .text(let more): events += text(stops.push(more))
            case .callBegan(let id, let name):
                events += text(stops.flush())
                openCall = (id, name)
                events.append(.toolCallPart(ToolCallPart(index: callCount, id: id, name: name, arguments: "")))
            case .arguments(let more):
                guard let (id, name) = openCall else { continue }
                events.append(.toolCallPart(ToolCallPart(index: callCount, id: id, name: name, arguments: more)))
            case .toolCall(_, .truncated?): break
            case .toolCall(let call, _):
                events += text(stops.flush())
                events.append(.toolCall(call))
                callCount += 1
            }
        }
        return events
    }

    private func text(_ text: String) -> [GenerationEvent] { text.isEmpty ? [] : [.text(text)] }
}
