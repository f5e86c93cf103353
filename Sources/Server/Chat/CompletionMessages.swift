// The messages of a chat completion, in order: what each may hold, and that calls and their results belong together.
import Inference

/// Reads messages one after the other.
struct CompletionMessages {
    let media: ChatMedia
    /// Whether the last message is to be continued.
    private(set) var isPartial = false
    /// Calls that have no result yet.
    private var openCalls: [String] = []

    init(media: ChatMedia) { self.media = media }

    private static let roles: [String: Message.Role] = [
        "system": .system, "developer": .system, "user": .user, "assistant": .assistant, "tool": .tool,
    ]

    /// The next message.
    mutating func message(_ place: RequestPlace, isLast: Bool) async throws -> Message {
        let roleName = try place.required("role")
        guard let role = Self.roles[try roleName.string()] else {
            throw roleName.wrong("system, developer, user, assistant or tool")
        }
        var known: Set = ["role", "content", "name"]
        if role == .assistant {
            // What answers carry and clients send back.
            known.formUnion([
                "reasoning_content", "reasoning", "tool_calls", "partial", "refusal", "annotations", "audio",
                "function_call",
            ])
        }
        if role == .tool { known.insert("tool_call_id") }
        try place.only(known)
        var message = Message(role, try await content(place, role), name: try place["name"]?.string())
        switch role {
        case .assistant: try readAnswer(place, into: &message, isLast: isLast)
        case .tool:
            let id = try place.required("tool_call_id")
            guard let open = openCalls.firstIndex(of: try id.string()) else {
                throw id.wrong("the id of a call before it that has no result yet")
            }
            message.toolCallID = openCalls.remove(at: open)
        case .user, .system: break
        }
        if role == .user || role == .assistant, !openCalls.isEmpty, message.toolCalls.isEmpty {
            throw Problem(
                .invalidParameter,
                "\(place.name): the call \(openCalls[0].quotedBriefly) before it needs a result, a message of role tool",
                param: place.name)
        }
        return message
    }

    // MARK: The assistant's

    private mutating func readAnswer(_ place: RequestPlace, into message: inout Message, isLast: Bool) throws(Problem) {
        for key in ["audio", "function_call"] {
            if let other = place[key] { throw other.wrong("left out: nothing is served here for it") }
        }
        message.reasoning = try (place["reasoning_content"] ?? place["reasoning"])?.string() ?? ""
        if let refusal = try place["refusal"]?.string() { message.content.append(.text(refusal)) }
        if let calls = place["tool_calls"] {
            for call in try calls.items() { message.toolCalls.append(try Self.call(call)) }
        }
        if !openCalls.isEmpty, !message.toolCalls.isEmpty {
            throw Problem(
                .invalidParameter,
                "\(place.name): calls \(openCalls[0].quotedBriefly) of a message before it is unanswered",
                param: place.name)
        }
        openCalls += message.toolCalls.map(\.id)
        guard try place["partial"]?.bool() ?? false, let partial = place["partial"] else { return }
        guard isLast else { throw partial.wrong("given with the last message alone") }
        isPartial = true
    }

    private static func call(_ place: RequestPlace) throws(Problem) -> ToolCall {
        try place.only(["id", "type", "function", "index"])
        let function = try place.required("function")
        let arguments = function["arguments"]
        return ToolCall(
            id: try place.required("id").string(), name: try function.required("name").string(),
            arguments: arguments?.isObject == true
                ? arguments?.value.text(.spaced) ?? "" : try arguments?.string() ?? "{}")
    }

    // MARK: Content

    private func content(_ place: RequestPlace, _ role: Message.Role) async throws -> [Message.Part] {
        guard let content = place["content"] else {
            guard role == .assistant || role == .tool else { throw try place.required("content").wrong("") }
            return []
        }
        if content.isString { return [.text(try content.string())] }
        var parts: [Message.Part] = []
        for part in try content.items() { parts.append(try await self.part(part, role)) }
        return parts
    }

    private func part(_ place: RequestPlace, _ role: Message.Role) async throws -> Message.Part {
        let type = try place.required("type")
        switch try type.string() {
        case "text":
            try place.only(["type", "text"])
            return .text(try place.required("text").string())
        case "image_url":
            return try await medium(place, "image_url", ["url", "detail"]) { try await media.image($0) }
        case "video_url":
            return try await medium(place, "video_url", ["url"]) { try await media.video($0) }
        default: throw type.wrong("text, image_url or video_url")
        }
    }

    // OpenAI has an object with a URL; a URL alone is understood too.
    private func medium(
        _ place: RequestPlace, _ key: String, _ known: Set<String>,
        _ read: (RequestPlace) async throws -> Message.Part
    ) async throws -> Message.Part {
        try place.only(["type", key])
        let holder = try place.required(key)
        if holder.isString { return try await read(holder) }
        try holder.only(known)
        return try await read(try holder.required("url"))
    }
}
