// Reads the cases of Fixtures/parity/chat/template.json and forms.json back into conversations.
import Inference
import Media

/// A conversation as it was recorded, with its prompt.
struct RecordedConversation: Decodable {
    struct RecordedMessage: Decodable {
        var role: String
        var name: String?
        var content: Content?
        var reasoning: String?
        var toolCalls: [Call]?
        var toolCallID: String?

        enum CodingKeys: String, CodingKey {
            case role, name, content
            case reasoning = "reasoning_content"
            case toolCalls = "tool_calls"
            case toolCallID = "tool_call_id"
        }
    }

    struct Call: Decodable { var id, name, arguments: String }

    struct RecordedTool: Decodable { var name, description, parameters: String }

    enum Content: Decodable {
        case text(String)
        case parts([Part])

        struct Part: Decodable {
            var type: String
            var text: String?
            var seconds: [Double]?
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .parts(try container.decode([Part].self))
            }
        }

        var parts: [Message.Part] {
            switch self {
            case .text(let text): [.text(text)]
            case .parts(let parts):
                parts.map { part in
                    let picture = Image(width: 2, height: 2, fill: (1, 2, 3))
                    if let text = part.text { return .text(text) }
                    guard let seconds = part.seconds else { return .image(picture) }
                    return .video(VideoClip(frames: seconds.map { _ in picture }, seconds: seconds))
                }
            }
        }
    }

    var name: String
    /// Whose layout it is, in forms.json.
    var form: String?
    var messages: [RecordedMessage]
    var tools: [RecordedTool]
    /// Nil where the layout has no such switch: the prompt is the same either way.
    var thinking: Bool?
    var text: String
    var ids: [Int]

    var conversation: Conversation {
        Conversation(
            messages.map { message in
                Message(
                    Message.Role(rawValue: message.role) ?? .user, message.content?.parts ?? [], name: message.name,
                    reasoning: message.reasoning ?? "",
                    toolCalls: (message.toolCalls ?? []).map {
                        ToolCall(id: $0.id, name: $0.name, arguments: $0.arguments)
                    },
                    toolCallID: message.toolCallID)
            },
            tools: tools.map { Tool(name: $0.name, description: $0.description, parameters: $0.parameters) })
    }
}
