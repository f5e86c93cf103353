// A conversation as callers write it: who said what, with pictures, thoughts and tool calls in place.
// Nothing here knows tokens; `ChatTemplate` turns a conversation into a prompt.
public import Media

/// One message of a conversation.
public struct Message: Sendable, Equatable {
    /// Who speaks.
    public enum Role: String, Sendable { case system, user, assistant, tool }

    /// One piece of a message's content, in reading order.
    public enum Part: Sendable, Equatable {
        /// Plain text. Never becomes a control token, whatever it spells.
        case text(String)
        /// A still picture.
        case image(Image)
        /// A video as the frames already sampled from it.
        case video(VideoClip)
    }

    /// Who speaks.
    public var role: Role
    /// The speaker's name in the prompt; the role's own name when nil.
    public var name: String?
    /// What is said, in order.
    public var content: [Part]
    /// The assistant's thoughts before its answer; empty when there were none.
    public var reasoning: String
    /// The tools that the assistant called in this message, in order.
    public var toolCalls: [ToolCall]
    /// For role `.tool`: which call this message answers.
    public var toolCallID: String?

    /// Makes a message from its parts.
    public init(
        _ role: Role, _ content: [Part], name: String? = nil, reasoning: String = "", toolCalls: [ToolCall] = [],
        toolCallID: String? = nil
    ) {
        self.role = role
        self.name = name
        self.content = content
        self.reasoning = reasoning
        self.toolCalls = toolCalls
        self.toolCallID = toolCallID
    }

    /// Makes a message of text alone.
    public init(_ role: Role, _ text: String) { self.init(role, [.text(text)]) }
}

/// Frames of one video at the times they were shown.
public struct VideoClip: Sendable, Equatable {
    /// Sampled frames in order, all of one size.
    public var frames: [Image]
    /// When each frame is shown, in seconds from the start; as many as `frames`.
    public var seconds: [Double]

    /// Pairs frames with their times.
    public init(frames: [Image], seconds: [Double]) {
        precondition(frames.count == seconds.count, "every frame has a time")
        self.frames = frames
        self.seconds = seconds
    }
}

/// A call that the assistant made.
public struct ToolCall: Sendable, Equatable {
    /// `functions.NAME:INDEX`, the index counting calls over the whole conversation from 0.
    public var id: String
    /// The tool's name.
    public var name: String
    /// The arguments as the model wrote them: meant to be JSON, kept verbatim.
    public var arguments: String

    /// Makes a call.
    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// A tool that the assistant may call.
public struct Tool: Sendable, Equatable {
    /// The function's name.
    public var name: String
    /// What it does, for the model to read.
    public var description: String
    /// JSON Schema of the arguments, as JSON text.
    public var parameters: String

    /// Declares a tool.
    public init(name: String, description: String, parameters: String) {
        self.name = name
        self.description = description
        self.parameters = parameters
    }
}

/// Everything said so far, and the tools at hand.
public struct Conversation: Sendable, Equatable {
    /// The messages, oldest first.
    public var messages: [Message]
    /// The tools the assistant may call, in the order they are declared.
    public var tools: [Tool]

    /// Starts from messages.
    public init(_ messages: [Message], tools: [Tool] = []) {
        self.messages = messages
        self.tools = tools
    }
}
