// The Model Context Protocol over HTTP, as its revisions call it "Streamable HTTP": every message of a client is a POST,
// and its answer one JSON object or a stream of events that ends with it. There is nothing that the server tells
// unasked, so there is no stream to GET.
//
// What is wrong with the HTTP request is answered as everywhere in the service; what is wrong with the message, in the
// protocol's own terms. A client that hangs up has cancelled nothing: it says so in a message, or ends its session.
import AsyncAlgorithms
import HTTPTypes
import Hummingbird
import Inference
import NIOCore

/// `/mcp`.
struct MCPRoutes: Sendable {
    /// The shapes of an answer.
    private enum Shape: OfferedShape, CaseIterable {
        case json, events

        var mediaType: String { self == .json ? "application/json" : "text/event-stream" }
    }

    let server: MCPServer
    let limits: UploadLimits
    /// Seconds between two comments that keep a stream open.
    var keepAliveSeconds = 15.0
    private let sessions = MCPSessions()

    init(server: MCPServer, limits: UploadLimits) {
        self.server = server
        self.limits = limits
    }

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self)
            .post(use: message)
            .delete(use: end)
    }

    @Sendable private func message(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let accept = Accept(request.headers)
        let shape = try accept.required(among: Shape.allCases)
        try checkVersion(request)
        let type = request.headers.mediaType
        guard type == "application/json" else {
            throw Problem(
                .unsupportedMedia, "a message is application/json, not \"\(type.prefix(100))\"", param: "Content-Type")
        }
        let body = try await request.wholeBody(upTo: limits.jsonBytes)
        let value: JSONValue
        do { value = try JSONValue(parsing: body) } catch {
            return refusal(.parse("the body is not JSON: \(error)"), for: nil)
        }
        let isFirst = value["method"] == "initialize"
        let session =
            isFirst ? MCPSession(server: server, caller: context.caller) : try self.session(of: request, context)
        if case .object = value {
            do throws(RPCFault) { _ = try RPCMessage(value) } catch { return refusal(error, for: RPC.id(in: value)) }
        }
        guard let messages = session.take(value) else { return Response(status: .accepted) }
        var headers: HTTPFields = [.cacheControl: "no-store"]
        if isFirst, session.version != nil { headers[.mcpSessionID] = sessions.add(session) }
        // Progress can be told in a stream only; everything but a tool is answered at once.
        let canStream = accept.choice(among: [Shape.events]) != nil
        if shape == .events || canStream && value["method"] == "tools/call" {
            return await stream(messages, headers: headers, context: context)
        }
        return await answer(messages, headers: headers, context: context)
    }

    @Sendable private func end(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        try checkVersion(request)
        guard let name = request.headers[.mcpSessionID] else { throw Problem.noSession }
        guard sessions.end(name, of: context.caller) else { throw Problem.sessionGone }
        return Response(status: .noContent)
    }

    // MARK: Requests

    private func session(of request: Request, _ context: BottegaRequestContext) throws(Problem) -> MCPSession {
        guard let name = request.headers[.mcpSessionID] else { throw .noSession }
        guard let session = sessions.session(name, of: context.caller) else { throw .sessionGone }
        return session
    }

    private func checkVersion(_ request: Request) throws(Problem) {
        let header = request.headers[.mcpProtocolVersion]
        guard let wanted = header, ProtocolVersion(rawValue: wanted) == nil else { return }
        let known = ProtocolVersion.names
        throw Problem(
            .invalidParameter,
            "MCP-Protocol-Version is one of \(known.joined(separator: ", ")), not \(wanted.quotedBriefly)",
            param: "MCP-Protocol-Version", details: ["supported": .list(known)])
    }

    // MARK: Answers

    private func refusal(_ fault: RPCFault, for id: RPCID?) -> Response {
        Response(
            status: .badRequest, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: RPC.error(fault, for: id).line))
    }

    /// The last message alone.
    private func answer(
        _ messages: AsyncStream<JSONValue>, headers: HTTPFields, context: BottegaRequestContext
    ) async -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        let signal = await context.hangUpSignal()
        let last = await withTaskGroup(of: JSONValue?.self) { group in
            group.addTask { await messages.reduce(nil) { $1 } }
            if let signal {
                group.addTask {
                    await signal.wait()
                    return nil
                }
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        // Whoever cancelled the request waits for it no more; an answer there must be.
        let body = last ?? RPC.error(.cancelled, for: nil)
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body.line))
    }

    /// Every message as an event.
    private func stream(
        _ messages: AsyncStream<JSONValue>, headers: HTTPFields, context: BottegaRequestContext
    ) async -> Response {
        var headers = headers
        headers[.contentType] = "text/event-stream"
        headers[.accelBuffering] = "no"
        let signal = await context.hangUpSignal()
        let keepAlive = keepAliveSeconds
        let body = ResponseBody { writer in
            let frames = AsyncChannel<ByteBuffer>()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await message in messages {
                        await frames.send(EventFrame.event("message", id: nil, data: message.line))
                    }
                    frames.finish()
                }
                group.addTask {
                    while true {
                        try await Task.sleep(for: .seconds(keepAlive))
                        await frames.send(EventFrame.keepAlive)
                    }
                }
                if let signal {
                    group.addTask {
                        await signal.wait()
                        frames.finish()
                    }
                }
                defer { group.cancelAll() }
                for await frame in frames { try await writer.write(frame) }
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }
}

extension Problem {
    /// For requests outside of any session.
    fileprivate static var noSession: Problem {
        Problem(
            .invalidRequest, "Mcp-Session-Id is missing; the answer to initialize gives one", param: "Mcp-Session-Id")
    }

    /// For sessions that are not, or no more.
    fileprivate static var sessionGone: Problem {
        Problem(.notFound, "there is no such session; initialize begins another", param: "Mcp-Session-Id")
    }
}
