// The ids of tool calls, `functions.NAME:INDEX`: taken apart, made, and counted over a conversation.
// The name is everything between the prefix and the last colon, so it may hold dots, dashes and colons. The model
// knows no other form: ids that came from elsewhere are replaced before it sees them.

/// A well-formed call id.
struct ToolCallID {
    var name: String
    /// Counts calls over the whole conversation, from 0.
    var index: Int

    private static let prefix = "functions."

    /// Takes an id apart; nil when it is not of that form.
    init?(_ id: String) {
        guard id.hasPrefix(Self.prefix), let split = Self.splitIndex(id.dropFirst(Self.prefix.count), separator: ":")
        else { return nil }
        name = String(split.name)
        index = split.index
    }

    /// Writes an id.
    static func text(name: String, index: Int) -> String { "\(prefix)\(name):\(index)" }

    /// What a model that strays from the form calls: the tool's name, empty when the id is a bare number.
    ///
    /// Understands `NAME:0`, `functions_NAME_0`, `functions.NAME` and the bare name.
    static func strayName(_ id: String) -> String {
        if Int(id) != nil { return "" }
        if id.hasPrefix("functions_") {
            let rest = id.dropFirst("functions_".count)
            return String(splitIndex(rest, separator: "_")?.name ?? rest)
        }
        let rest = id.hasPrefix(prefix) ? id.dropFirst(prefix.count) : id[...]
        return String(splitIndex(rest, separator: ":")?.name ?? rest)
    }

    /// Cuts at the last separator when a plain number follows it and something stands before it.
    private static func splitIndex(_ text: Substring, separator: Character) -> (name: Substring, index: Int)? {
        guard let cut = text.lastIndex(of: separator), cut > text.startIndex else { return nil }
        let digits = text[text.index(after: cut)...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let index = Int(digits), index < Int.max else {
            return nil
        }
        return (text[..<cut], index)
    }
}

/// The calls of a conversation under the ids that the model sees.
struct ToolCallIDs {
    private var next = 0
    /// What a caller's own id became; a later call of the same id takes the earlier one's place.
    private var replaced: [String: String] = [:]

    /// The id under which a call is rendered: its own when well-formed, else the next index.
    mutating func called(_ call: ToolCall) -> String {
        if let index = ToolCallID(call.id)?.index {
            next = max(next, index + 1)
            replaced[call.id] = call.id
            return call.id
        }
        let id = ToolCallID.text(name: call.name, index: next)
        next += 1
        replaced[call.id] = id
        return id
    }

    /// The rendered id of the call that a tool message answers; unknown ids stay as they are.
    func answered(_ id: String) -> String { replaced[id] ?? id }

    /// The index of the first call that would follow a conversation.
    static func nextIndex(after conversation: Conversation) -> Int {
        var ids = ToolCallIDs()
        for call in conversation.messages.flatMap(\.toolCalls) { _ = ids.called(call) }
        return ids.next
    }
}
