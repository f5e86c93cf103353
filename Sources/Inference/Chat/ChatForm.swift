// How one checkpoint wants its conversations written, and how it marks its thoughts: the differences within the
// family, as one value. All share the turns (`<|im_user|>NAME<|im_middle|>CONTENT<|im_end|>`); the rest differs:
//
//                          K2.5         K2-Thinking   K2-Instruct   Moonlight, Kimi-VL
//     without a system     nothing      “You are Kimi, an AI…”      “You are a helpful assistant”
//     speakers' names      written      written       written       not written
//     tools                TypeScript   compact JSON  compact JSON  none
//     past thoughts        since the last answer      none          none
//     answer begins with   <think>      nothing: the model opens its thoughts itself, if it thinks
//     marks of thoughts    tokens       tokens        none          Kimi-VL: ◁think▷ ◁/think▷, plain text
//     behind a picture     a line end   –             –             nothing
//
// Sources, two at least for each line unless it says UNCONFIRMED: the published templates as llama.cpp, vLLM and others
// carry them, the renderers of tinker-cookbook, ms-swift and LLaMA-Factory, vLLM's placeholders, tool parser and
// reasoning parser, Moonshot's notes on tool calls. `Fixtures/parity/chat/README.md` lists them line by line.

/// A checkpoint's chat layout, where it may differ from that of its relatives.
package struct ChatForm: Sendable, Equatable {
    /// What the system says when the conversation does not begin with it; nothing when nil. Behind the tools.
    package var defaultSystem: String?
    /// Whether a message's own name stands in the place of its role's.
    package var namesSpeakers: Bool
    /// How tools stand in a prompt; nil when the layout knows none, and the model was not taught to call them.
    package var tools: Tools?
    /// How thoughts are marked; nil when the layout knows none.
    package var thoughts: Thoughts?
    /// What follows a picture or a video.
    package var behindMedia: String

    /// How tools stand in a prompt. Their keys are sorted in every form, as the K2 family's own tokenizer does before
    /// it renders; UNCONFIRMED for K2-Instruct, where copies of the template alone leave them as they were written.
    package struct Tools: Sendable, Equatable {
        /// How they are declared.
        package enum Declaration: Sendable, Equatable {
            /// As TypeScript types; as compact JSON when a schema has no such form.
            case typeScript
            /// As a JSON list of OpenAI's function objects.
            case json(JSONValue.Spacing)
        }

        /// How they are declared.
        package var declaration: Declaration
        /// What stands between the turn's header and the declarations.
        package var lead: String
        /// What stands between the line that names the call and its result; nil when no line names it.
        package var behindCallName: String?

        package init(_ declaration: Declaration, lead: String = "", behindCallName: String? = "\n") {
            self.declaration = declaration
            self.lead = lead
            self.behindCallName = behindCallName
        }
    }

    /// How thoughts are marked.
    package struct Thoughts: Sendable, Equatable {
        /// What stands before and behind them.
        package var begin, end: String
        /// Whether the marks are control tokens. Other marks are text: the model may split them over tokens.
        package var areTokens: Bool
        /// Whether past turns of the assistant carry the marks, and its thoughts since the last answer without calls.
        package var areInHistory: Bool
        /// Whether the prompt opens them, and closes them at once when the model shall not think. Otherwise the model
        /// decides, and opens them itself.
        package var areOpenedByPrompt: Bool

        package init(
            _ begin: String = "<think>", _ end: String = "</think>", areTokens: Bool = true,
            areInHistory: Bool = true, areOpenedByPrompt: Bool
        ) {
            self.begin = begin
            self.end = end
            self.areTokens = areTokens
            self.areInHistory = areInHistory
            self.areOpenedByPrompt = areOpenedByPrompt
        }
    }

    package init(
        defaultSystem: String? = nil, namesSpeakers: Bool = true, tools: Tools? = nil, thoughts: Thoughts? = nil,
        behindMedia: String = "\n"
    ) {
        self.defaultSystem = defaultSystem
        self.namesSpeakers = namesSpeakers
        self.tools = tools
        self.thoughts = thoughts
        self.behindMedia = behindMedia
    }
}

// MARK: - As published

extension ChatForm {
    private static let kimiSystem = "You are Kimi, an AI assistant created by Moonshot AI."

    /// Kimi-K2.5, since its template of 29 January 2026.
    package static let kimiK25 = ChatForm(tools: Tools(.typeScript), thoughts: Thoughts(areOpenedByPrompt: true))

    /// Kimi-K2-Thinking, since its default system message was corrected. It has no switch: it always thinks.
    package static let kimiK2Thinking = ChatForm(
        defaultSystem: kimiSystem, tools: Tools(.json(.compact)), thoughts: Thoughts(areOpenedByPrompt: false))

    /// Kimi-K2-Instruct, with the template that knows tools (August 2025). The first one, and that of the 0905 release
    /// (UNCONFIRMED: one copy of it, and a test of another project), write tools differently; both are understood
    /// where the file is there to be read.
    package static let kimiK2 = ChatForm(defaultSystem: kimiSystem, tools: Tools(.json(.compact)))

    /// Moonlight-16B-A3B-Instruct. The base model has the same tokenizer and was taught no chat.
    package static let moonlight = ChatForm(
        defaultSystem: "You are a helpful assistant", namesSpeakers: false, behindMedia: "")

    /// Kimi-VL-A3B-Instruct and -Thinking, also -2506: nothing in their files tells them apart, and the first never
    /// writes the marks of the second.
    package static let kimiVL = ChatForm(
        defaultSystem: "You are a helpful assistant", namesSpeakers: false, thoughts: kimiVLThoughts, behindMedia: "")

    /// What Kimi-VL-Thinking writes around its thoughts. No token has these names, and no template mentions them.
    static let kimiVLThoughts = Thoughts(
        "◁think▷", "◁/think▷", areTokens: false, areInHistory: false, areOpenedByPrompt: false)
}
