// Turns a conversation into a prompt, in the layout that K2.5 was trained on:
//
//     tools      <|im_system|>tool_declare<|im_middle|>DECLARATIONS<|im_end|>
//     system     <|im_system|>NAME<|im_middle|>CONTENT<|im_end|>
//     user       <|im_user|>NAME<|im_middle|>CONTENT<|im_end|>
//     assistant  <|im_assistant|>NAME<|im_middle|><think>THOUGHTS</think>CONTENT CALLS<|im_end|>
//     tool       <|im_system|>NAME<|im_middle|>## Return of CALL\nCONTENT<|im_end|>
//     answer     <|im_assistant|>assistant<|im_middle|><think>       …followed by </think> when it shall not think
//
// Control tokens are placed by id and texts are encoded without them, so no content can forge a turn.
import Media
import Model

/// Renders conversations with one tokenizer.
package struct ChatTemplate: Sendable {
    private let tokenizer: Tokenizer
    private let control: ControlTokens

    /// Frames of a video that become one chunk of vision tokens.
    package static let framesPerChunk = 4

    /// Looks up the control tokens.
    package init(_ tokenizer: Tokenizer) throws(EngineError) {
        self.tokenizer = tokenizer
        control = try ControlTokens(tokenizer)
    }

    /// The prompt of a conversation, up to where the assistant's answer begins.
    ///
    /// Thoughts of the past are dropped up to the last assistant message without tool calls; behind it a tool loop
    /// is running, which keeps them all. Without `thinking` none is kept. Call ids that are not of the form
    /// `functions.NAME:INDEX` are replaced by such, here and in the answers to them.
    ///
    /// - Parameter continuesLastMessage: the answer goes on where the last message, one of the assistant's, stops: in its
    ///   thoughts when it has nothing else and `thinking` is on, else in its text.
    /// - Returns: pieces that begin and end with tokens; media stand alone between them.
    /// - Throws: `.unsupported` for a last message that cannot be continued, for tools whose parameters are not JSON, for videos without frames or with frames of
    ///   several sizes, and for content whose control tokens the tokenizer lacks.
    package func render(
        _ conversation: Conversation, thinking: Bool, continuesLastMessage: Bool = false
    ) throws(EngineError) -> [PromptPiece] {
        var writer = PromptWriter(tokenizer)
        let declarations = try ToolDeclarations.text(conversation.tools)
        if !declarations.isEmpty {
            writer.turn(control.system, name: "tool_declare", control)
            writer.text(declarations)
            writer.token(control.end)
        }
        let lastAnswer = conversation.messages.lastIndex { $0.role == .assistant && $0.toolCalls.isEmpty } ?? -1
        var callIDs = ToolCallIDs()
        let finished = continuesLastMessage ? conversation.messages.dropLast() : conversation.messages[...]
        for (index, message) in finished.enumerated() {
            let name = message.name.flatMap { $0.isEmpty ? nil : $0 } ?? message.role.rawValue
            switch message.role {
            case .system: writer.turn(control.system, name: name, control)
            case .user: writer.turn(control.user, name: name, control)
            case .assistant:
                writer.turn(control.assistant, name: name, control)
                writeThoughts(thinking && index > lastAnswer ? message.reasoning : "", to: &writer)
            case .tool:
                writer.turn(control.system, name: name, control)
                writer.text("## Return of \(callIDs.answered(message.toolCallID ?? ""))\n")
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
        if let thoughts = control.thoughts {
            writer.token(thoughts.begin)
            if !thinking { writer.token(thoughts.end) }
        }
        return writer.finish()
    }

    /// Whether a message that is continued is continued in its thoughts.
    package static func continuesThoughts(_ message: Message?, thinking: Bool) -> Bool {
        guard thinking, let message, !message.reasoning.isEmpty else { return false }
        return message.content.allSatisfy { $0 == .text("") }
    }

    private func writeBeginning(
        _ message: Message?, thinking: Bool, to writer: inout PromptWriter
    ) throws(EngineError) {
        guard let message, message.role == .assistant, message.toolCalls.isEmpty,
            message.content.allSatisfy({ if case .text = $0 { true } else { false } })
        else { throw .unsupported("only a last message of the assistant's that is text alone can be continued") }
        let name = message.name.flatMap { $0.isEmpty ? nil : $0 } ?? Message.Role.assistant.rawValue
        writer.turn(control.assistant, name: name, control)
        if Self.continuesThoughts(message, thinking: thinking), let thoughts = control.thoughts {
            writer.token(thoughts.begin)
            writer.text(message.reasoning)
            return
        }
        writeThoughts(thinking ? message.reasoning : "", to: &writer)
        for part in message.content { try write(part, to: &writer) }
    }

    private func writeThoughts(_ reasoning: String, to writer: inout PromptWriter) {
        guard let thoughts = control.thoughts else { return }
        writer.token(thoughts.begin)
        writer.text(reasoning)
        writer.token(thoughts.end)
    }

    private func write(
        _ calls: [ToolCall], ids: inout ToolCallIDs, to writer: inout PromptWriter
    ) throws(EngineError) {
        guard !calls.isEmpty else { return }
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

    private func write(_ part: Message.Part, to writer: inout PromptWriter) throws(EngineError) {
        switch part {
        case .text(let text): writer.text(text)
        case .image(let image):
            let tokens = try control.required(control.media, "pictures")
            writer.media(.image(image), kind: "image", tokens)
            writer.text("\n")
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
            writer.text("\n")
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
