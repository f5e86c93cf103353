// A client of the Model Context Protocol for tests, over HTTP: a session, and messages in it.
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Server

/// One session.
struct MCPTestClient: Sendable {
    static let plain = "application/json"
    static let both = "application/json, text/event-stream"

    let service: TestService
    let session: String
    var headers: HTTPFields = [:]

    /// Opens a session.
    static func open(
        _ service: TestService, version: String = "2025-06-18", headers: HTTPFields = [:]
    ) async throws -> MCPTestClient {
        let answer = try await post(service, initialize(version), headers: headers)
        #expect(answer.status == .ok)
        let session = try #require(answer.headers[.mcpSessionID])
        return MCPTestClient(service: service, session: session, headers: headers)
    }

    /// The message that opens one.
    static func initialize(_ version: String) -> String {
        let client = #""capabilities":{},"clientInfo":{"name":"test","version":"1"}"#
        let params = #"{"protocolVersion":"\#(version)",\#(client)}"#
        return #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":\#(params)}"#
    }

    /// Sends a message that belongs to no session, or whose session is among the headers.
    static func post(
        _ service: TestService, _ message: String, accept: String = plain, headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        headers[.accept] = accept
        return try await service.post("/mcp", json: message, headers: headers)
    }

    /// Sends a message.
    func post(_ message: String, accept: String = plain) async throws -> TestResponse {
        var headers = headers
        headers[.mcpSessionID] = session
        return try await Self.post(service, message, accept: accept, headers: headers)
    }

    /// Sends a request.
    func request(_ method: String, _ params: String = "{}", id: Int = 1) async throws -> TestResponse {
        try await post(#"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#)
    }

    /// Uses a tool.
    func call(
        _ tool: String, _ arguments: String, id: Int = 1, token: String? = nil, accept: String = plain
    ) async throws -> TestResponse {
        let meta = token.map { #","_meta":{"progressToken":\#($0)}"# } ?? ""
        return try await post(
            #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(tool)","#
                + #""arguments":\#(arguments)\#(meta)}}"#,
            accept: accept)
    }

    /// Converts a picture.
    func convert(_ options: String = "", token: String? = nil, accept: String = plain) async throws -> TestResponse {
        try await call("convert", #"{"image":"\#(Self.picture)"\#(options)}"#, token: token, accept: accept)
    }

    /// A picture as base64.
    static var picture: String { Data(Picture.png()).base64EncodedString() }
}

extension TestResponse {
    /// The messages of an event stream.
    var messages: [[String: Any]] {
        text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.compactMap { line in
            (try? JSONSerialization.jsonObject(with: Data(line.dropFirst(6).utf8))) as? [String: Any]
        }
    }

    /// The code of a JSON-RPC error.
    var fault: Int? { value("error", "code") as? Int }
}
