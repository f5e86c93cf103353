// Writes the messages of a request.
//
// Texts alone become a string; with a picture, the content becomes a list of parts. Empty texts are left out, since
// Moonshot refuses them. Call ids of a foreign form become `functions.NAME:INDEX`, the only form that Kimi knows; to
// other servers an id is only a name.
import Foundation
import Media

/// Writes messages.
struct MessageWriter {
    let form: RequestForm
    let reasoningKey: RequestForm.ReasoningKey
    let thinking: Bool

    /// Writes a message.
    ///
    /// - Parameter isPartial: whether the answer goes on where it stops, and it says so.
    func value(of message: Message, isPartial: Bool, ids: inout ToolCallIDs) throws(EngineError) -> JSONValue {
        var fields: [JSONValue.Member] = [.init("role", .string(message.role.rawValue))]
        if let name = message.name, !name.isEmpty { fields.append(.init("name", .string(name))) }
        let content = try content(of: message)
        fields.append(.init("content", content == .string("") && !message.toolCalls.isEmpty ? .null : content))
        if message.role == .assistant {
            let isFilled = thinking && form.fillsMissingReasoning && !message.toolCalls.isEmpty
            if !message.reasoning.isEmpty || isFilled {
                fields.append(.init(reasoningKey.rawValue, .string(message.reasoning)))
            }
            let calls = message.toolCalls.map { call in
                let function: [JSONValue.Member] = [
                    .init("name", .string(call.name)), .init("arguments", .string(call.arguments)),
                ]
                return JSONValue.object([
                    .init("id", .string(ids.called(call))), .init("type", .string("function")),
                    .init("function", .object(function)),
                ])
            }
            if !calls.isEmpty { fields.append(.init("tool_calls", .array(calls))) }
        }
        if let id = message.toolCallID { fields.append(.init("tool_call_id", .string(ids.answered(id)))) }
        if isPartial { fields.append(.init("partial", .bool(true))) }
        return .object(fields)
    }

    private func content(of message: Message) throws(EngineError) -> JSONValue {
        var texts = ""
        var parts: [JSONValue] = []
        var hasMedia = false
        for part in message.content {
            switch part {
            case .text(let text):
                texts += text
                if !text.isEmpty { parts.append(Self.text(text)) }
            case .image(let image):
                hasMedia = true
                parts.append(Self.media("image_url", url: "data:image/png;base64,\(try Self.base64(image))"))
            case .video(let clip):
                hasMedia = true
                parts += try self.parts(of: clip)
            }
        }
        return hasMedia ? .array(parts) : .string(texts)
    }

    private func parts(of clip: VideoClip) throws(EngineError) -> [JSONValue] {
        guard !clip.frames.isEmpty else { throw .unsupported("a video without frames") }
        var parts: [JSONValue] = []
        switch form.videoForm {
        case .keyframes:
            for (frame, seconds) in zip(clip.frames, clip.seconds) {
                parts.append(Self.text(ChatTemplate.timestamp(seconds)))
                parts.append(Self.media("image_url", url: "data:image/png;base64,\(try Self.base64(frame))"))
            }
        case .frameList:
            var frames: [String] = []
            for frame in clip.frames { frames.append(try Self.base64(frame)) }
            parts.append(Self.media("video_url", url: "data:video/jpeg;base64," + frames.joined(separator: ",")))
        }
        return parts
    }

    private static func text(_ text: String) -> JSONValue {
        .object([.init("type", .string("text")), .init("text", .string(text))])
    }

    private static func media(_ type: String, url: String) -> JSONValue {
        .object([.init("type", .string(type)), .init(type, .object([.init("url", .string(url))]))])
    }

    private static func base64(_ image: Image) throws(EngineError) -> String {
        do { return Data(try image.encodedPNG()).base64EncodedString() } catch {
            throw .unsupported("a picture cannot be sent: \(error)")
        }
    }
}
