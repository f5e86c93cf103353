// What a tool is, what it is called with, and what it gives: words and pictures for a model, an object for a program.
// A tool that fails says so in its result, with the service's own code and message, so that a model can do better.
import Foundation
import Inference
import Media

/// Something a client can have done.
protocol MCPTool: Sendable {
    var description: ToolDescription { get }

    /// Does it.
    ///
    /// - Throws: what `Problem` understands; `CancellationError` when the task was cancelled.
    func run(_ call: ToolOrder) async throws -> ToolResult
}

/// A tool as it is listed.
struct ToolDescription: Sendable {
    let name, title, description: String
    /// JSON Schemas of objects.
    let input, output: JSONValue
    /// Whether nothing is changed or made by it.
    let isReadOnly: Bool

    /// The tool as a revision of the protocol lists it.
    func json(for version: ProtocolVersion) -> JSONValue {
        var members: [JSONValue.Member] = [.init("name", .string(name))]
        if version.hasStructuredContent { members.append(.init("title", .string(title))) }
        members += [.init("description", .string(description)), .init("inputSchema", input)]
        if version.hasStructuredContent { members.append(.init("outputSchema", output)) }
        if version.hasAnnotations {
            members.append(
                .init(
                    "annotations",
                    [
                        "title": .string(title), "readOnlyHint": .bool(isReadOnly), "destructiveHint": false,
                        "openWorldHint": false,
                    ]))
        }
        return .object(members)
    }
}

/// One use of a tool.
struct ToolOrder: Sendable {
    /// An object.
    let arguments: JSONValue
    let caller: Caller
    let progress: ProgressTeller
}

/// What a tool gives.
struct ToolResult: Sendable {
    /// A piece of it.
    enum Content: Sendable {
        case text(String)
        /// A PNG.
        case picture([UInt8])
        /// A file that can be read as a resource.
        case link(address: String, name: String, mediaType: String, byteCount: Int)
    }

    var content: [Content]
    /// An object that fits the tool's `output`.
    var structured: JSONValue

    /// The result as a revision of the protocol has it.
    func json(for version: ProtocolVersion) -> JSONValue {
        let content = content.compactMap { $0.json(for: version) }
        guard version.hasStructuredContent else { return ["content": .array(content), "isError": false] }
        return ["content": .array(content), "structuredContent": structured, "isError": false]
    }

    /// The result of a tool that failed.
    static func failure(_ problem: Problem) -> JSONValue {
        [
            "content": [["type": "text", "text": .string("\(problem.code.rawValue): \(problem.message)")]],
            "isError": true,
            "_meta": [
                "error": [
                    "type": .string(problem.code.kind.rawValue), "code": .string(problem.code.rawValue),
                    "message": .string(problem.message), "param": .optional(problem.param),
                    "retryable": .bool(problem.retryable),
                ]
            ],
        ]
    }
}

extension ToolResult.Content {
    fileprivate func json(for version: ProtocolVersion) -> JSONValue? {
        switch self {
        case .text(let text): return ["type": "text", "text": .string(text)]
        case .picture(let bytes):
            return ["type": "image", "data": .string(Data(bytes).base64EncodedString()), "mimeType": "image/png"]
        case .link(let address, let name, let mediaType, let byteCount):
            guard version.hasStructuredContent else { return nil }
            return [
                "type": "resource_link", "uri": .string(address), "name": .string(name),
                "mimeType": .string(mediaType), "size": .integer(byteCount),
            ]
        }
    }
}

/// Pictures of a size that models look at.
enum ModelPicture {
    /// Longer sides only cost tokens.
    static let longestSide = 1568
    /// Bytes of a PNG that are sent.
    static let byteLimit = 1_500_000

    /// A picture as it is sent: as it is, or made smaller. Takes a while, and belongs on `PixelThreads`.
    static func fitted(_ png: [UInt8]) throws -> [UInt8] {
        let image = try Image.decode(png, name: "the picture")
        var side = max(image.width, image.height)
        var bytes = png
        while side > longestSide || bytes.count > byteLimit {
            side = min(longestSide, side * 3 / 4)
            let share = Double(side) / Double(max(image.width, image.height))
            let width = max(1, Int((Double(image.width) * share).rounded()))
            let height = max(1, Int((Double(image.height) * share).rounded()))
            bytes = try image.resized(width: width, height: height).encodedPNG()
        }
        return bytes
    }
}
