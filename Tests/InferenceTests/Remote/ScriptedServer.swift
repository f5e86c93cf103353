// A small HTTP server on 127.0.0.1 that says what a test tells it to, byte by byte if need be, and remembers what it was
// asked.
import Foundation
import Inference
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A server that follows a script.
final class ScriptedServer: Sendable {
    /// What was asked.
    struct Request: Sendable {
        /// Which request of the server this is, from 0.
        var number: Int
        var method: String
        var path: String
        var headers: HTTPHeaders
        var body: [UInt8]
        /// Which connection it came on.
        var connection: Int

        /// The body, when it is JSON.
        var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
    }

    /// One answer being given.
    struct Exchange: Sendable {
        let channel: any Channel

        /// Sends the head of an answer. Without a length the body goes in chunks.
        func head(_ status: Int = 200, _ headers: HTTPHeaders = ["Content-Type": "text/event-stream"]) async throws {
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
            try await channel.writeAndFlush(HTTPServerResponsePart.head(head))
        }

        /// Sends a piece of the body, at once.
        func write(_ bytes: some Sequence<UInt8>) async throws {
            try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))))
        }

        /// Ends the answer; the connection stays.
        func end() async throws { try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)) }

        /// Closes the connection in the middle of whatever it is.
        func cut() async throws { try await channel.close() }

        /// Returns when the connection is closed.
        func untilClosed() async throws { try await channel.closeFuture.get() }

        /// A whole answer, sent at once: a client that has the last byte may ask again on the same connection, where an
        /// answer that is not at its end must not stand in the way.
        func answer(_ status: Int = 200, _ body: some Sequence<UInt8>, _ headers: HTTPHeaders = [:]) async throws {
            var headers = headers
            let bytes = ByteBuffer(bytes: body)
            headers.replaceOrAdd(name: "Content-Length", value: "\(bytes.readableBytes)")
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.write(HTTPServerResponsePart.body(.byteBuffer(bytes)), promise: nil)
            try await end()
        }

        /// A whole stream.
        func stream(_ body: some Sequence<UInt8>) async throws {
            try await head()
            try await write(body)
            try await end()
        }
    }

    typealias Script = @Sendable (Request, Exchange) async throws -> Void

    private struct State {
        var requests: [Request] = []
        var connections = 0
        var closed: Set<Int> = []
    }

    private let channel: any Channel
    private let state: Shared

    private final class Shared: Sendable {
        let value = Mutex(State())
        let script: Script
        init(_ script: @escaping Script) { self.script = script }
    }

    /// Where it listens.
    var port: Int { channel.localAddress?.port ?? 0 }

    /// Its address, as a configuration names it.
    var address: String { "http://127.0.0.1:\(port)/v1" }

    /// What was asked so far.
    var requests: [Request] { state.value.withLock { $0.requests } }

    /// What was asked of the completions, without looks and probes.
    var completions: [Request] { requests.filter { $0.path == "/v1/chat/completions" } }

    /// Connections that were closed.
    var closedConnections: Set<Int> { state.value.withLock { $0.closed } }

    /// Starts one.
    init(_ script: @escaping Script) async throws {
        let shared = Shared(script)
        state = shared
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = shared.value.withLock { state in
                        state.connections += 1
                        return state.connections
                    }
                    channel.closeFuture.whenComplete { _ in
                        shared.value.withLock { _ = $0.closed.insert(number) }
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try channel.pipeline.syncOperations.addHandler(Front(shared, number))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    deinit { channel.close(promise: nil) }

    /// Stops listening; connections that are open stay.
    func stop() async throws { try await channel.close() }

    /// Gathers one request after the other.
    private final class Front: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        private let shared: Shared
        private let connection: Int
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(_ shared: Shared, _ connection: Int) {
            self.shared = shared
            self.connection = connection
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
            case .body(let part): body += part.readableBytesView
            case .end:
                guard let head else { return }
                let (body, channel, connection) = (body, context.channel, connection)
                let request = shared.value.withLock { state in
                    let request = Request(
                        number: state.requests.count, method: head.method.rawValue, path: head.uri,
                        headers: head.headers, body: body, connection: connection)
                    state.requests.append(request)
                    return request
                }
                let script = shared.script
                // A script that cannot go on because the client has gone is a script that was followed.
                Task { try? await script(request, Exchange(channel: channel)) }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
