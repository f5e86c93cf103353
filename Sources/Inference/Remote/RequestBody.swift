// Writes a request as the body of `POST /chat/completions`, in the form that a server takes.
//
// Texts alone become a string; with a picture, the content becomes a list of parts. Empty texts are left out, since
// Moonshot refuses them. Call ids of a foreign form become `functions.NAME:INDEX`, the only form that Kimi knows; to
// other servers an id is only a name.
import Foundation
import Media

/// The body of one request.
package struct RequestBody {
    private let request: GenerationRequest
    private let form: RequestForm
    private let reasoningKey: RequestForm.ReasoningKey
    private let messages: JSONValue

    /// Writes what does not depend on the server: pictures are encoded once, however many servers are tried.
    ///
    /// - Parameter reasoningKey: the name under which the servers send thoughts, as far as that is known.
    /// - Throws: `.unsupported` for tools whose parameters are not a JSON object, extra fields that are not JSON, a
    ///   `topK` that the server does not take, and pictures that cannot be encoded.
    package init(
        _ request: GenerationRequest, form: RequestForm, reasoningKey: RequestForm.ReasoningKey?
    ) throws(EngineError) {
        self.request = request
        self.form = form
        self.reasoningKey = form.reasoningKey ?? reasoningKey ?? .reasoningContent
        guard form.sendsTopK || request.sampling.topK == 0 else {
            throw .unsupported("the server takes no top_k; ask for topK 0")
        }
        var ids = ToolCallIDs()
        var messages: [JSONValue] = []
        let writer = MessageWriter(form: form, reasoningKey: self.reasoningKey, thinking: request.thinking)
        for message in request.conversation.messages { messages.append(try writer.value(of: message, ids: &ids)) }
        self.messages = .array(messages)
        _ = try fields(model: "", maxTokens: 1)
    }

    /// The body for one server.
    ///
    /// - Parameters:
    ///   - model: what the server calls the model.
    ///   - maxTokens: the most that the answer may have.
    package func bytes(model: String, maxTokens: Int) throws(EngineError) -> [UInt8] {
        Array(JSONValue.object(try fields(model: model, maxTokens: maxTokens)).text(.compact).utf8)
    }

    private func fields(model: String, maxTokens: Int) throws(EngineError) -> [JSONValue.Member] {
        var fields: [JSONValue.Member] = [
            .init("model", .string(model)), .init("messages", messages), .init("stream", .bool(true)),
            .init(form.lengthKey.rawValue, .number("\(maxTokens)")),
        ]
        fields += usageFields + samplingFields + thinkingFields
        if form.sendsStop, !request.stop.isEmpty {
            fields.append(.init("stop", .array(request.stop.map { .string($0) })))
        }
        fields += try toolFields()
        for (key, text) in form.extraFields.sorted(by: { $0.key < $1.key }) {
            fields.removeAll { $0.key == key }
            do { fields.append(.init(key, try JSONValue(parsing: text))) } catch {
                throw .unsupported("the extra field \(key) is not JSON: \(error)")
            }
        }
        return fields
    }

    private var usageFields: [JSONValue.Member] {
        guard form.asksUsage else { return [] }
        var options = [JSONValue.Member("include_usage", .bool(true))]
        if form.asksContinuousUsage { options.append(.init("continuous_usage_stats", .bool(true))) }
        return [.init("stream_options", .object(options))]
    }

    private var samplingFields: [JSONValue.Member] {
        let sampling = request.sampling
        var fields: [JSONValue.Member] = []
        if form.sendsSampling {
            fields.append(.init("temperature", .number("\(sampling.temperature)")))
            fields.append(.init("top_p", .number("\(sampling.topP)")))
        }
        // 0 means “all” here, and something else to each server.
        if sampling.topK > 0 { fields.append(.init("top_k", .number("\(sampling.topK)"))) }
        if form.sendsSeed, sampling.temperature > 0 {
            // llama-server holds 32 bits, and takes the largest value for “any”.
            let folded = UInt32(truncatingIfNeeded: sampling.seed ^ sampling.seed >> 32) & 0x7fff_ffff
            fields.append(.init("seed", .number("\(folded)")))
        }
        return fields
    }

    private var thinkingFields: [JSONValue.Member] {
        var fields: [JSONValue.Member] = []
        if !form.thinkingArgument.isEmpty {
            let arguments = [JSONValue.Member(form.thinkingArgument, .bool(request.thinking))]
            fields.append(.init("chat_template_kwargs", .object(arguments)))
        }
        if form.sendsThinkingField {
            let type = request.thinking ? "enabled" : "disabled"
            fields.append(.init("thinking", .object([.init("type", .string(type))])))
        }
        return fields
    }

    private func toolFields() throws(EngineError) -> [JSONValue.Member] {
        let tools = request.conversation.tools
        guard !tools.isEmpty else { return [] }
        var values: [JSONValue] = []
        for tool in tools {
            let function: [JSONValue.Member] = [
                .init("name", .string(tool.name)), .init("description", .string(tool.description)),
                .init("parameters", try ToolDeclarations.parameters(of: tool)),
            ]
            values.append(.object([.init("type", .string("function")), .init("function", .object(function))]))
        }
        let choice = form.toolChoice
        return [.init("tools", .array(values))]
            + (choice == .unsaid ? [] : [.init("tool_choice", .string(choice.rawValue))])
    }
}

/// Writes messages.
private struct MessageWriter {
    let form: RequestForm
    let reasoningKey: RequestForm.ReasoningKey
    let thinking: Bool

    func value(of message: Message, ids: inout ToolCallIDs) throws(EngineError) -> JSONValue {
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
