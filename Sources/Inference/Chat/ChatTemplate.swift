// Turns a conversation into a prompt, in the layout that a model of the family was trained on; K2.5's is
//
//     tools      <|im_system|>tool_declare<|im_middle|>DECLARATIONS<|im_end|>
//     system     <|im_system|>NAME<|im_middle|>CONTENT<|im_end|>
//     user       <|im_user|>NAME<|im_middle|>CONTENT<|im_end|>
//     assistant  <|im_assistant|>NAME<|im_middle|><think>THOUGHTS</think>CONTENT CALLS<|im_end|>
//     tool       <|im_system|>NAME<|im_middle|>## Return of CALL\nCONTENT<|im_end|>
//     answer     <|im_assistant|>assistant<|im_middle|><think>       …followed by </think> when it shall not think
//
// and its relatives differ in what `ChatForm` says.
// Control tokens are placed by id and texts are encoded without them, so no content can forge a turn.
import Media
import Model

/// Renders conversations with one tokenizer in one form.
package struct ChatTemplate: Sendable {
    private let tokenizer: Tokenizer
    private let form: ChatForm
    private let control: ControlTokens

    /// Frames of a video that become one chunk of vision tokens.
    package static let framesPerChunk = 4

    /// Looks up the control tokens.
    package init(_ tokenizer: Tokenizer, _ form: ChatForm = .kimiK25) throws(EngineError) {
        self.tokenizer = tokenizer
        self.form = form
        control = try ControlTokens(tokenizer)
    }

    /// The prompt of a conversation, up to where the assistant's answer begins.
    ///
    /// Thoughts of the past are dropped up to the last assistant message without tool calls; behind it a tool loop
    /// is running, which keeps them all, in the forms that have thoughts in their history. Without `thinking` none is
    /// kept, unless the model alone decides whether it thinks. Call ids that are not of the form
    /// `functions.NAME:INDEX` are replaced by such, here and in the answers to them.
    ///
    /// - Parameter continuesLastMessage: the answer goes on where the last message, one of the assistant's, stops: in its
    ///   thoughts when it has nothing else and `thinking` is on, else in its text.
    /// - Returns: pieces that begin and end with tokens; media stand alone between them.
    /// - Throws: `.unsupported` for a last message that cannot be continued, for tools whose parameters are not JSON, for
    ///   videos without frames or with frames of several sizes, for content whose control tokens the tokenizer lacks, and
    ///   for tools, calls and their results where the form knows none.
    package func render(
        _ conversation: Conversation, thinking: Bool, continuesLastMessage: Bool = false
    ) throws(EngineError) -> [PromptPiece] {
        var writer = PromptWriter(tokenizer)
        try declare(conversation.tools, to: &writer)
        if let system = form.defaultSystem, conversation.messages.first?.role != .system {
            writer.turn(control.system, name: Message.Role.system.rawValue, control)
            writer.text(system)
            writer.token(control.end)
        }
        let lastAnswer = conversation.messages.lastIndex { $0.role == .assistant && $0.toolCalls.isEmpty } ?? -1
        let keepsThoughts = thinking || form.thoughts?.areOpenedByPrompt == false
        var callIDs = ToolCallIDs()
        let finished = continuesLastMessage ? conversation.messages.dropLast() : conversation.messages[...]
        for (index, message) in finished.enumerated() {
            let name = speaker(of: message)
            switch message.role {
            case .system: writer.turn(control.system, name: name, control)
            case .user: writer.turn(control.user, name: name, control)
            case .assistant:
                writer.turn(control.assistant, name: name, control)
                writeThoughts(keepsThoughts && index > lastAnswer ? message.reasoning : "", to: &writer)
            case .tool:
                let tools = try toolForm()
                writer.turn(control.system, name: name, control)
                if let behind = tools.behindCallName {
                    writer.text("## Return of \(callIDs.answered(message.toolCallID ?? ""))" + behind)
                }
            }
            for part in message.content { try write(part, to: &writer) }
            try write(message.toolCalls, ids: &callIDs, to: &writer)
            writer.token(control.end)
        }
        if continuesLastMessage {
            try writeBeginning(conversation.messages.last, thinking: thinking, to: &writer)
            return writer.finish()
        }
        writer.turn(control.assistant, name: Message.Role.assistant.rawValue, control)
        if let marks = thoughtMarks, form.thoughts?.areOpenedByPrompt == true {
            writer.mark(marks.begin)
            if !thinking { writer.mark(marks.end) }
        }
        return writer.finish()
    }

    /// Whether a message that is continued is continued in its thoughts.
    package func continuesThoughts(_ message: Message?, thinking: Bool) -> Bool {
        guard thinking, thoughtMarks != nil, let message, !message.reasoning.isEmpty else { return false }
        return message.content.allSatisfy { $0 == .text("") }
    }

    private func writeBeginning(
        _ message: Message?, thinking: Bool, to writer: inout PromptWriter
    ) throws(EngineError) {
        guard let message, message.role == .assistant, message.toolCalls.isEmpty,
            message.content.allSatisfy({ if case .text = $0 { true } else { false } })
        else { throw .unsupported("only a last message of the assistant's that is text alone can be continued") }
        writer.turn(control.assistant, name: speaker(of: message), control)
        if continuesThoughts(message, thinking: thinking), let marks = thoughtMarks {
            writer.mark(marks.begin)
            writer.text(message.reasoning)
            return
        }
        writeThoughts(thinking ? message.reasoning : "", to: &writer)
        for part in message.content { try write(part, to: &writer) }
    }

    /// The name in a turn's header.
    private func speaker(of message: Message) -> String {
        let ownName = form.namesSpeakers ? message.name.flatMap { $0.isEmpty ? nil : $0 } : nil
        return ownName ?? message.role.rawValue
    }

    /// Whether a prompt ends inside of thoughts.
    package func opensThoughts(thinking: Bool) -> Bool {
        thinking && thoughtMarks != nil && form.thoughts?.areOpenedByPrompt == true
    }

    // MARK: Thoughts

    /// What stands around thoughts; nil when the form has none, or names tokens that the tokenizer lacks.
    private var thoughtMarks: (begin: PromptWriter.Mark, end: PromptWriter.Mark)? {
        guard let thoughts = form.thoughts else { return nil }
        guard thoughts.areTokens else { return (.text(thoughts.begin), .text(thoughts.end)) }
        return control.thoughts.map { (.token($0.begin), .token($0.end)) }
    }

    private func writeThoughts(_ reasoning: String, to writer: inout PromptWriter) {
        guard let marks = thoughtMarks, form.thoughts?.areInHistory == true else { return }
        writer.mark(marks.begin)
        writer.text(reasoning)
        writer.mark(marks.end)
    }

    // MARK: Tools

    private func declare(_ tools: [Tool], to writer: inout PromptWriter) throws(EngineError) {
        guard !tools.isEmpty else { return }
        let toolForm = try toolForm()
        writer.turn(control.system, name: "tool_declare", control)
        writer.text(toolForm.lead)
        writer.text(try ToolDeclarations.text(tools, toolForm.declaration))
        writer.token(control.end)
    }

    private func toolForm() throws(EngineError) -> ChatForm.Tools {
        guard let tools = form.tools else { throw .unsupported("the model's chat layout knows no tools") }
        return tools
    }

    private func write(
        _ calls: [ToolCall], ids: inout ToolCallIDs, to writer: inout PromptWriter
    ) throws(EngineError) {
        guard !calls.isEmpty else { return }
        _ = try toolForm()
        let tokens = try control.required(control.calls, "tool calls")
        writer.token(tokens.sectionBegin)
        for call in calls {
            writer.token(tokens.callBegin)
            writer.text(ids.called(call))
            writer.token(tokens.argumentBegin)
            writer.text(call.arguments)
            writer.token(tokens.callEnd)
        }
        writer.token(tokens.sectionEnd)
    }

    // MARK: Content

    private func write(_ part: Message.Part, to writer: inout PromptWriter) throws(EngineError) {
        switch part {
        case .text(let text): writer.text(text)
        case .image(let image):
            let tokens = try control.required(control.media, "pictures")
            writer.media(.image(image), kind: "image", tokens)
            writer.text(form.behindMedia)
        case .video(let clip):
            let tokens = try control.required(control.media, "pictures")
            guard let first = clip.frames.first else { throw .unsupported("a video without frames") }
            guard clip.frames.allSatisfy({ $0.width == first.width && $0.height == first.height }) else {
                throw .unsupported("a video whose frames differ in size")
            }
            for start in stride(from: 0, to: clip.frames.count, by: Self.framesPerChunk) {
                let end = min(start + Self.framesPerChunk, clip.frames.count)
                writer.text(Self.timestamp(clip.seconds[start]))
                writer.media(.chunk(Array(clip.frames[start..<end])), kind: "video", tokens)
            }
            writer.text(form.behindMedia)
        }
    }

    /// `hh:mm:ss.fff`, milliseconds cut off; wraps after 24 hours. Negative times count as 0.
    static func timestamp(_ seconds: Double) -> String {
        let whole = seconds.isFinite ? max(0, seconds) : 0
        let milliseconds = Int(whole.truncatingRemainder(dividingBy: 1) * 1000)
        let second = Int(whole.truncatingRemainder(dividingBy: 86_400))
        func digits(_ value: Int, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: count - text.count) + text
        }
        return digits(second / 3600, 2) + ":" + digits(second / 60 % 60, 2) + ":" + digits(second % 60, 2) + "."
            + digits(milliseconds, 3)
    }
}
