// Takes an answer apart, token by token: thoughts, text, tool calls.
// Parts change where a control token stands, never where text looks like one; control tokens never reach the text.
// Only where a form marks thoughts by text (`ChatForm.Thoughts`) such marks do the same, split over tokens or not.
// What models get wrong is put right where that is safe: a section that begins inside thoughts ends them, a missing
// section end is implied, stray call ids become `functions.NAME:INDEX`, the spelled-out marker
// `<|tool_call_section_begin|>` in front of a call is dropped. Arguments that are no JSON object are reported with
// the call.
//
//     thoughts --</think>--> text --section begin--> section --call begin--> id --argument begin--> arguments
//         \__________section or call begin____________/ \_______________call end_______________________/
//     section --section end--> behind it: nothing is read, unless another section begins

/// A piece of an answer.
package enum AnswerPiece: Sendable, Equatable {
    /// More of the thoughts.
    case reasoning(String)
    /// More of the text.
    case text(String)
    /// A tool call begins whose id is of the form it should be.
    case callBegan(id: String, name: String)
    /// More of the arguments of the call that began last. All of them together are those of the call.
    case arguments(String)
    /// A tool call, and what is wrong with it.
    case toolCall(ToolCall, ToolCallFault?)
}

/// What is wrong with a tool call.
package enum ToolCallFault: Sendable, Equatable {
    /// The arguments are not a JSON object.
    case invalidArguments(String)
    /// The answer ended inside the call.
    case truncated
    /// The call names no tool, and its arguments fit none, or several.
    case unknownTool
}

/// Parses one answer.
package struct ToolCallParser: Sendable {
    private let tokenizer: Tokenizer
    private let control: ControlTokens
    /// What the form spells around thoughts, as UTF-8; nil when their marks are tokens.
    private let spelledMarks: (begin: [UInt8], end: [UInt8])?
    private let tools: [Tool]
    private var nextIndex: Int
    private var part: Part
    private var characters = UTF8Stream()
    /// Text that may be a spelled mark of thoughts, or the misspelled marker in front of a call.
    private var heldText = ""
    private var callID = ""
    private var arguments = ""
    /// How much of `arguments`, in UTF-8, was passed on; nil for a call that is told only as a whole.
    private var toldArguments: Int?

    private enum Part { case thoughts, text, section, callID, arguments, behind }

    /// Begins to parse.
    ///
    /// - Parameters:
    ///   - form: how the model marks its thoughts.
    ///   - thinking: whether the prompt ended inside of thoughts.
    ///   - tools: what may be called, to find the tool of a call that names none.
    ///   - firstCallIndex: how many calls the conversation holds already.
    package init(
        _ tokenizer: Tokenizer, _ form: ChatForm = .kimiK25, thinking: Bool, tools: [Tool] = [],
        firstCallIndex: Int = 0
    ) throws(EngineError) {
        self.tokenizer = tokenizer
        spelledMarks = form.thoughts.flatMap { $0.areTokens ? nil : (Array($0.begin.utf8), Array($0.end.utf8)) }
        self.tools = tools
        control = try ControlTokens(tokenizer)
        nextIndex = firstCallIndex
        part = thinking && (control.thoughts != nil || spelledMarks != nil) ? .thoughts : .text
    }

    /// Whether what comes next belongs to the text.
    package var isInText: Bool { part == .text }

    /// Whether what comes next belongs to the thoughts.
    package var isInThoughts: Bool { part == .thoughts }

    /// Takes the next token and returns what it completes.
    package mutating func push(token: Int) -> [AnswerPiece] {
        guard tokenizer.specialRange.contains(token) else {
            return take(characters.push(tokenizer.bytes(of: token)))
        }
        var pieces: [AnswerPiece] = []
        switch token {
        case control.thoughts?.end:
            if part == .thoughts { pieces = change(to: .text) }
        case control.thoughts?.begin:
            if part == .text { pieces = change(to: .thoughts) }
        case control.calls?.sectionBegin:
            if part == .thoughts || part == .text || part == .behind { pieces = change(to: .section) }
        case control.calls?.callBegin: pieces = change(to: .callID)
        case control.calls?.argumentBegin:
            if part == .callID { pieces = change(to: .arguments) }
        case control.calls?.callEnd:
            if part == .callID || part == .arguments { pieces = change(to: .section) }
        case control.calls?.sectionEnd:
            if part != .thoughts, part != .text { pieces = change(to: .behind) }
        default: break
        }
        return pieces
    }

    /// The answer has ended: returns what was held back, and a call that was cut off.
    package mutating func finish() -> [AnswerPiece] {
        let wasInCall = part == .callID || part == .arguments
        let pieces = change(to: .behind)
        guard wasInCall, case .toolCall(let call, let fault?)? = pieces.last, fault != .unknownTool else {
            return pieces
        }
        return pieces.dropLast() + [.toolCall(call, .truncated)]
    }

    // MARK: Parts

    /// Ends the present part and begins another.
    private mutating func change(to next: Part) -> [AnswerPiece] {
        var pieces = take(characters.flush())
        if part == .text || part == .thoughts {
            if next == .callID || next == .section { dropMisspelledMarker() }
            pieces += passOn(heldText)
            heldText = ""
        }
        let callEnds = part == .arguments || (part == .callID && next != .arguments)
        if callEnds { pieces.append(completeCall()) }
        if next == .callID {
            callID = ""
            arguments = ""
            toldArguments = nil
        }
        if next == .arguments, let known = ToolCallID(Self.trimmed(callID)) {
            toldArguments = 0
            pieces.append(.callBegan(id: Self.trimmed(callID), name: known.name))
        }
        part = next
        return pieces
    }

    /// Adds text to the present part.
    private mutating func take(_ text: String) -> [AnswerPiece] {
        guard !text.isEmpty else { return [] }
        switch part {
        case .thoughts, .text:
            heldText += text
            var pieces = passSpelledMarks()
            let kept = max(Self.possibleMarkerLength(heldText), possibleSpelledMarkLength())
            let passed = String(decoding: heldText.utf8.dropLast(kept), as: UTF8.self)
            heldText = String(decoding: heldText.utf8.suffix(kept), as: UTF8.self)
            pieces += passOn(passed)
            return pieces
        case .callID: callID += text
        case .arguments:
            arguments += text
            return tellArguments()
        case .section, .behind: break
        }
        return []
    }

    private func passOn(_ text: String) -> [AnswerPiece] {
        guard !text.isEmpty else { return [] }
        return [part == .thoughts ? .reasoning(text) : .text(text)]
    }

    // MARK: Marks spelled as text

    /// Passes on what stands before each spelled mark in the held text, and drops the mark: the first begins or ends
    /// thoughts, one in the wrong place does nothing, like a control token in the wrong place.
    private mutating func passSpelledMarks() -> [AnswerPiece] {
        guard let spelledMarks else { return [] }
        var pieces: [AnswerPiece] = []
        var rest = Array(heldText.utf8)[...]
        while let begin = rest.indices.first(where: {
            rest[$0...].starts(with: spelledMarks.begin) || rest[$0...].starts(with: spelledMarks.end)
        }) {
            pieces += passOn(String(decoding: rest[..<begin], as: UTF8.self))
            let begins = rest[begin...].starts(with: spelledMarks.begin)
            part = begins ? .thoughts : .text
            rest = rest[(begin + (begins ? spelledMarks.begin : spelledMarks.end).count)...]
        }
        heldText = String(decoding: rest, as: UTF8.self)
        return pieces
    }

    /// How many of the held bytes at the end may be the beginning of a spelled mark.
    private func possibleSpelledMarkLength() -> Int {
        guard let spelledMarks else { return 0 }
        let bytes = Array(heldText.utf8)
        return [spelledMarks.begin, spelledMarks.end].map { mark in
            (0..<min(mark.count, bytes.count + 1)).last { bytes.suffix($0).elementsEqual(mark.prefix($0)) } ?? 0
        }.max() ?? 0
    }

    // MARK: Calls

    /// What is new of the arguments. White space at their end is held back: it is no part of them if nothing follows.
    private mutating func tellArguments() -> [AnswerPiece] {
        guard let told = toldArguments else { return [] }
        let known = Self.trimmed(arguments)
        guard known.utf8.count > told else { return [] }
        toldArguments = known.utf8.count
        return [.arguments(String(decoding: known.utf8.dropFirst(told), as: UTF8.self))]
    }

    private mutating func completeCall() -> AnswerPiece {
        let id = Self.trimmed(callID)
        let arguments = Self.trimmed(arguments)
        let parsed = Result { () throws(JSONError) in try JSONValue(parsing: arguments) }
        var fault: ToolCallFault?
        switch parsed {
        case .success(.object): break
        case .success(let value): fault = .invalidArguments("expected an object, found \(value.kindName)")
        case .failure(let error): fault = .invalidArguments(error.description)
        }
        if let known = ToolCallID(id) {
            nextIndex = max(nextIndex, known.index + 1)
            return .toolCall(ToolCall(id: id, name: known.name, arguments: arguments), fault)
        }
        var name = ToolCallID.strayName(id)
        if name.isEmpty {
            if let tool = toolThatFits(try? parsed.get()) {
                name = tool
            } else {
                fault = fault ?? .unknownTool
            }
        }
        defer { nextIndex += 1 }
        return .toolCall(
            ToolCall(id: ToolCallID.text(name: name, index: nextIndex), name: name, arguments: arguments), fault)
    }

    /// The one tool that declares every argument given.
    private func toolThatFits(_ arguments: JSONValue?) -> String? {
        guard case .object(let given)? = arguments else { return nil }
        let fitting = tools.filter { tool in
            guard let schema = try? JSONValue(parsing: tool.parameters) else { return false }
            return given.allSatisfy { schema["properties"]?[$0.key] != nil }
        }
        return fitting.count == 1 ? fitting[0].name : nil
    }

    private static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    // MARK: The misspelled marker

    /// Models sometimes spell this, which is no token, in front of the token that begins a call.
    private static let misspelledMarker = Array("<|tool_call_section_begin|>".utf8)

    /// How many of the last bytes may belong to the marker and the white space behind it.
    private static func possibleMarkerLength(_ text: String) -> Int {
        let bytes = Array(text.utf8)
        guard let start = bytes.lastIndex(of: misspelledMarker[0]) else { return 0 }
        let tail = bytes[start...]
        let isBeginning = zip(tail, misspelledMarker).allSatisfy { $0 == $1 }
        let isOnlySpaceBehind = tail.dropFirst(misspelledMarker.count).allSatisfy { $0 == 0x20 || $0 == 0x0a }
        return isBeginning && isOnlySpaceBehind ? tail.count : 0
    }

    private mutating func dropMisspelledMarker() {
        if heldText.utf8.count >= Self.misspelledMarker.count { heldText = "" }
    }
}
