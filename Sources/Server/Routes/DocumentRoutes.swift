// The description of the interface, for people and for programs. It is written by hand as YAML and turned into JSON once,
// when the service starts, with keys in the order of writing.
import Foundation
import Hummingbird
import NIOCore
import Yams

/// `/openapi.json` and `/docs`.
struct DocumentRoutes: Sendable {
    private let description: WebFile
    private let page: WebFile

    /// - Parameters:
    ///   - description: the place of `openapi.yaml`.
    ///   - page: the place of the page that shows it.
    init(description: URL, page: URL) throws {
        let yaml = String(decoding: try Data(contentsOf: description), as: UTF8.self)
        self.description = WebFile(try Self.json(yaml: yaml), mediaType: "application/json")
        self.page = try WebFile(page)
    }

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self)
            .get("openapi.json", use: describe)
            .get("docs", use: show)
    }

    @Sendable private func describe(request: Request, context: BottegaRequestContext) async throws -> Response {
        description.answer(request)
    }

    @Sendable private func show(request: Request, context: BottegaRequestContext) async throws -> Response {
        page.answer(request, headers: .ownPage)
    }

    /// A YAML document as JSON. Keys that look like numbers stay text, as JSON wants them.
    static func json(yaml: String) throws -> Data {
        guard let root = try Yams.compose(yaml: yaml) else { return Data("null".utf8) }
        return Data(try json(root).utf8)
    }

    private static func json(_ node: Node) throws -> String {
        switch node {
        case .mapping(let mapping):
            let members = try mapping.map { key, value in
                "\(try text(key.scalar?.string ?? "")):\(try json(value))"
            }
            return "{\(members.joined(separator: ","))}"
        case .sequence(let sequence): return "[\(try sequence.map(json).joined(separator: ","))]"
        case .scalar(let scalar):
            if scalar.style != .plain { return try text(scalar.string) }
            if node.null != nil { return "null" }
            if let truth = node.bool { return truth ? "true" : "false" }
            if let number = node.int { return String(number) }
            if let number = node.float, number.isFinite { return "\(number)" }
            return try text(scalar.string)
        case .alias(let alias): preconditionFailure("composing puts the node in the place of \(alias.anchor.rawValue)")
        }
    }

    private static func text(_ string: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return String(decoding: try encoder.encode(string), as: UTF8.self)
    }
}
