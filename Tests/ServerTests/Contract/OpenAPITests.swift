// The OpenAPI document against the program: what is served is what is written, every route and every error code stands in
// it and nothing else does, and the limits it states are those the service starts with. Whether answers look as the
// document says is tried on a running server: Tests/Trials/contract.py.
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Jobs
import Support
import Testing
import Yams

@testable import Server

@Suite struct OpenAPITests {
    @Test func theServedDocumentSaysWhatIsWrittenInItsOrder() async throws {
        let written = try OpenAPIDocument.text()
        try await TestService.run(works: false) { service in
            let answer = try await service.send(.get, "/openapi.json")
            #expect(answer.headers[.contentType] == "application/json")
            // JSON is YAML too, so both are read alike.
            let isSame = try Yams.compose(yaml: answer.text) == Yams.compose(yaml: written)
            #expect(isSame)
        }
    }

    @Test func everyRouteIsDocumentedAndTheOtherWayRound() async throws {
        let documented = try OpenAPIDocument().methods
        let registered = try await registeredMethods()
        #expect(Set(registered.keys).symmetricDifference(documented.keys) == [])
        for (path, methods) in documented { #expect(registered[path] == methods, "\(path)") }
    }

    @Test func everyErrorCodeIsDocumentedAndTheOtherWayRound() throws {
        let document = try OpenAPIDocument()
        let codes = try document.strings("components", "schemas", "ErrorCode", "enum")
        #expect(codes == Problem.Code.allCases.map(\.rawValue))
        let kinds = try document.strings("components", "schemas", "ErrorType", "enum")
        #expect(Set(kinds) == Set(Problem.Code.allCases.map(\.kind.rawValue)))
    }

    @Test func everyCodeIsDocumentedUnderItsStatus() throws {
        let document = try OpenAPIDocument()
        var statuses = try document.statusesByCode()
        // Too many bytes are 413 as the table says; too many pixels are 422.
        #expect(statuses["image_too_large"] == [413, 422])
        statuses["image_too_large"] = [413]
        for code in Problem.Code.allCases {
            #expect(statuses[code.rawValue] == [code.status], "\(code.rawValue)")
        }
    }

    @Test func theLimitsStatedAreThoseTheServiceStartsWith() throws {
        let document = try OpenAPIDocument()
        let stated = try #require(try document.value("x-limits") as? [String: Int])
        let limits = ServerConfiguration().limits
        #expect(
            stated == [
                "images": limits.images, "image_bytes": limits.imageBytes, "image_side": limits.imageSide,
                "image_pixels": limits.imagePixels, "archive_entries": limits.archiveEntries,
                "archive_bytes": limits.archiveBytes, "json_bytes": limits.jsonBytes,
                "measured_pixels": limits.measuredPixels, "video_bytes": limits.videoBytes,
                "kept_files": limits.keptFiles, "kept_file_bytes": limits.keptFileBytes,
                "chat_bytes": limits.chatBytes, "body_bytes": limits.bodyBytes,
                "queue": ServerConfiguration().queueLimit,
            ])
        let list = try document.value("components", "schemas", "JobList", "properties", "data", "maxItems")
        #expect(list as? Int == 100)
        let pictures = try document.value("components", "schemas", "ConvertRequest", "properties", "images", "maxItems")
        #expect(pictures as? Int == limits.images)
    }

    @Test func everyOperationHasExamplesOfItsBodyAndOfItsSuccess() throws {
        let document = try OpenAPIDocument()
        for operation in try document.operations {
            if let body = operation.content["requestBody"] as? [String: Any] {
                #expect(try document.hasExamples(body), "\(operation.name): the body")
            }
            let responses = try #require(operation.content["responses"] as? [String: [String: Any]])
            let successes = responses.filter { $0.key.hasPrefix("2") }
            #expect(!successes.isEmpty, "\(operation.name) cannot succeed")
            // What has no body has no example of one.
            for (status, response) in successes where response["content"] != nil || response["$ref"] != nil {
                #expect(try document.hasExamples(response), "\(operation.name): \(status)")
            }
        }
    }

    /// The methods of every route, as an address itself tells them: by `Allow`, where a method is refused.
    private func registeredMethods() async throws -> [String: Set<String>] {
        let directory = try TemporaryDirectory()
        var configuration = ServerConfiguration()
        configuration.dataDirectory = directory.path
        let store = try JobStore.open(directory.path)
        let router = try await buildRouter(
            configuration: configuration, store: store, hub: EventHub(), engine: ScriptedEngine(),
            renderer: nil, metrics: PrometheusRegistry())
        let paths = Set(router.routes.map(\.path.description))
        let found = try await Application(router: router).test(.router) { client in
            var found: [String: Set<String>] = [:]
            for path in paths {
                let address = path.split(separator: "/").map { $0.contains("{") || $0 == "**" ? "x" : $0 }
                let answer = try await client.execute(uri: "/" + address.joined(separator: "/"), method: .put) { $0 }
                #expect(answer.status == .methodNotAllowed, "PUT \(path)")
                let allowed = (answer.headers[.allow] ?? "").split(separator: ", ").map(String.init)
                // `HEAD` is wherever `GET` is, and is not written down.
                #expect(allowed.contains("HEAD") == allowed.contains("GET"), "\(path)")
                found[OpenAPIDocument.shape(path)] = Set(allowed).subtracting(["HEAD"])
            }
            return found
        }
        await store.close()
        return found
    }
}

/// `openapi.yaml` as it is written.
private struct OpenAPIDocument {
    struct Operation {
        let path: String
        let method: String
        let content: [String: Any]
        var name: String { "\(method) \(path)" }
    }

    let root: [String: Any]

    init() throws { root = try #require(try Yams.load(yaml: Self.text()) as? [String: Any]) }

    static func text() throws -> String {
        let repository = URL(filePath: #filePath).appending(path: "../../../..").standardized
        return try String(contentsOf: repository.appending(path: "Sources/Server/openapi.yaml"), encoding: .utf8)
    }

    /// A path whose parameters have no names; `**` is one too.
    static func shape(_ path: String) -> String {
        let parts = path.split(separator: "/").map { $0.hasPrefix("{") || $0 == "**" ? "{}" : $0 }
        return "/" + parts.joined(separator: "/")
    }

    var operations: [Operation] {
        get throws {
            let paths = try #require(root["paths"] as? [String: [String: Any]])
            return paths.flatMap { path, item in
                ["get", "post", "put", "patch", "delete"].compactMap { method in
                    (item[method] as? [String: Any]).map {
                        Operation(path: path, method: method.uppercased(), content: $0)
                    }
                }
            }
        }
    }

    /// Methods by the shape of their path.
    var methods: [String: Set<String>] {
        get throws {
            try operations.reduce(into: [:]) { $0[Self.shape($1.path), default: []].insert($1.method) }
        }
    }

    func value(_ keys: String...) throws -> Any { try value(at: keys) }

    func strings(_ keys: String...) throws -> [String] { try #require(try value(at: keys) as? [String]) }

    private func value(at keys: [String]) throws -> Any {
        try keys.reduce(root as Any) { node, key in
            try #require((node as? [String: Any])?[key], "\(keys.joined(separator: " › ")) is missing at \(key)")
        }
    }

    /// Whether a body or an answer has an example in one media type at least.
    func hasExamples(_ node: [String: Any]) throws -> Bool {
        var node = node
        if let reference = node["$ref"] as? String {
            let keys = reference.split(separator: "/").dropFirst().map(String.init)
            node = try #require(try value(at: keys) as? [String: Any])
        }
        let content = try #require(node["content"] as? [String: [String: Any]])
        return content.values.contains { !(($0["examples"] as? [String: Any]) ?? [:]).isEmpty }
    }

    /// Under which statuses each code is documented, over all operations.
    func statusesByCode() throws -> [String: Set<Int>] {
        var statuses: [String: Set<Int>] = [:]
        for operation in try operations {
            let responses = try #require(operation.content["responses"] as? [String: [String: Any]])
            for (status, response) in responses {
                guard let name = (response["$ref"] as? String)?.split(separator: "/").last else { continue }
                for code in try codes(ofResponse: String(name)) {
                    statuses[code, default: []].insert(try #require(Int(status)))
                }
            }
        }
        return statuses
    }

    /// The codes a shared answer may carry; none when it is no error.
    private func codes(ofResponse name: String) throws -> [String] {
        let response = try value("components", "responses", name) as? [String: Any]
        let media = (response?["content"] as? [String: [String: Any]])?["application/json"]
        guard let parts = (media?["schema"] as? [String: Any])?["allOf"] as? [[String: Any]] else { return [] }
        let error = (parts.last?["properties"] as? [String: [String: Any]])?["error"]
        let code = (error?["properties"] as? [String: [String: Any]])?["code"]
        return try #require(code?["enum"] as? [String], "\(name) names no codes")
    }
}
