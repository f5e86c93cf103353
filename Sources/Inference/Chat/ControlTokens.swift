// The special tokens that structure a prompt and an answer, looked up once by name.
// Turn marks are required; a model may lack thoughts, tool calls or pictures, and then has no tokens for them.

/// Ids of the tokens that structure a chat.
struct ControlTokens: Sendable {
    let system: Int
    let user: Int
    let assistant: Int
    /// Ends a turn's header.
    let middle: Int
    /// Ends a turn.
    let end: Int
    /// Ends a text; nil when the tokenizer has no such token.
    let endOfText: Int?
    let thoughts: Thoughts?
    let calls: Calls?
    let media: Media?

    /// Around the assistant's thoughts.
    struct Thoughts: Sendable {
        let begin: Int
        let end: Int
    }

    /// Around tool calls.
    struct Calls: Sendable {
        let sectionBegin: Int
        let sectionEnd: Int
        let callBegin: Int
        let argumentBegin: Int
        let callEnd: Int
    }

    /// Around pictures.
    struct Media: Sendable {
        let begin: Int
        let content: Int
        let end: Int
    }

    /// Looks the tokens up.
    init(_ tokenizer: Tokenizer) throws(EngineError) {
        func required(_ name: String) throws(EngineError) -> Int {
            guard let id = tokenizer.specialID(name) else {
                throw .unavailable("the tokenizer has no token named \(name), which every chat needs")
            }
            return id
        }
        system = try required("<|im_system|>")
        user = try required("<|im_user|>")
        assistant = try required("<|im_assistant|>")
        middle = try required("<|im_middle|>")
        end = try required("<|im_end|>")
        let optional = tokenizer.specialID
        endOfText = optional("[EOS]")
        if let begin = optional("<think>"), let end = optional("</think>") {
            thoughts = Thoughts(begin: begin, end: end)
        } else {
            thoughts = nil
        }
        if let sectionBegin = optional("<|tool_calls_section_begin|>"),
            let sectionEnd = optional("<|tool_calls_section_end|>"), let callBegin = optional("<|tool_call_begin|>"),
            let argumentBegin = optional("<|tool_call_argument_begin|>"), let callEnd = optional("<|tool_call_end|>")
        {
            calls = Calls(
                sectionBegin: sectionBegin, sectionEnd: sectionEnd, callBegin: callBegin,
                argumentBegin: argumentBegin, callEnd: callEnd)
        } else {
            calls = nil
        }
        // Older tokenizers of the family call the same token `<|media_start|>`.
        if let begin = optional("<|media_begin|>") ?? optional("<|media_start|>"),
            let content = optional("<|media_content|>"), let end = optional("<|media_end|>")
        {
            media = Media(begin: begin, content: content, end: end)
        } else {
            media = nil
        }
    }

    /// Tokens of an optional kind, for content that cannot do without them.
    func required<Tokens>(_ tokens: Tokens?, _ what: String) throws(EngineError) -> Tokens {
        guard let tokens else { throw .unsupported("the model's tokenizer has no tokens for \(what)") }
        return tokens
    }
}
