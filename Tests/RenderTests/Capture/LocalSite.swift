// A web server on this machine that tells what was asked of it, and a client that says exactly what it means.
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A server for tests.
final class LocalSite: Sendable {
    /// What a request is answered with.
    enum Answer: Sendable {
        case page(String, contentType: String = "text/html; charset=utf-8")
        case redirect(String)
        case bytes(Int)
        /// Nothing, ever.
        case silence
    }

    private struct Log {
        var requests: [String] = []
        var heads: [HTTPRequestHead] = []
        var bodies: [String] = []
        var connections = 0
    }

    private let log = Mutex(Log())
    private let listener = Mutex<(any Channel)?>(nil)
    private let answer: @Sendable (HTTPRequestHead) -> Answer

    private init(_ answer: @escaping @Sendable (HTTPRequestHead) -> Answer) { self.answer = answer }

    /// Listens on an address of this machine, on any free port unless one is named.
    static func start(
        host: String = "127.0.0.1", port: Int = 0, _ answer: @escaping @Sendable (HTTPRequestHead) -> Answer
    ) async throws -> LocalSite {
        let site = LocalSite(answer)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    site.log.withLock { $0.connections += 1 }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Conversation(site))
                }
            }
            .bind(host: host, port: port).get()
        site.listener.withLock { $0 = channel }
        return site
    }

    /// Printable bytes in which every place differs from its neighbours.
    static func pattern(_ count: Int) -> [UInt8] {
        let block = (0..<89 * 64).map { UInt8(33 + $0 % 89) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + block.count)
        while bytes.count < count { bytes += block }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Where it listens.
    var port: Int { listener.withLock { $0?.localAddress?.port ?? 0 } }
    /// `GET /path`, in order.
    var requests: [String] { log.withLock(\.requests) }
    /// The heads, in order.
    var heads: [HTTPRequestHead] { log.withLock(\.heads) }
    /// The bodies, in order.
    var bodies: [String] { log.withLock(\.bodies) }
    /// How many connections were made.
    var connections: Int { log.withLock(\.connections) }

    /// Listens no more.
    func stop() async { try? await listener.withLock { $0 }?.close().get() }

    private final class Conversation: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let site: LocalSite
        private var head: HTTPRequestHead?
        private var body = ""

        init(_ site: LocalSite) { self.site = site }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (self.head, body) = (head, "")
            case .body(let bytes): body += String(buffer: bytes)
            case .end:
                guard let head else { return }
                site.log.withLock { log in
                    log.heads.append(head)
                    log.requests.append("\(head.method.rawValue) \(head.uri)")
                    log.bodies.append(body)
                }
                answer(context, site.answer(head))
            }
        }

        private func answer(_ context: ChannelHandlerContext, _ answer: Answer) {
            var headers = HTTPHeaders()
            var status = HTTPResponseStatus.ok
            var body = ByteBuffer()
            switch answer {
            case .silence: return
            case .redirect(let location):
                status = .found
                headers.add(name: "Location", value: location)
            case .page(let text, let contentType):
                headers.add(name: "Content-Type", value: contentType)
                body = ByteBuffer(string: text)
            case .bytes(let count):
                body = ByteBuffer(bytes: LocalSite.pattern(count))
            }
            headers.add(name: "Content-Length", value: "\(body.readableBytes)")
            headers.add(name: "Access-Control-Allow-Origin", value: "*")
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            if self.head?.method != .HEAD { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
            let channel = context.channel
            let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
            if self.head?.isKeepAlive == false { written.whenComplete { _ in channel.close(promise: nil) } }
        }
    }
}

/// A connection on which a test says exactly what it means.
struct PlainConnection {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    /// Everything that came so far.
    private(set) var heard: [UInt8] = []

    /// Runs a test over a new connection to this machine, which is closed afterwards.
    static func open<Value: Sendable>(
        port: Int, _ test: (inout PlainConnection) async throws -> Value
    ) async throws -> Value {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var connection = PlainConnection(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await test(&connection)
        }
    }

    private init(
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.inbound = inbound
        self.outbound = outbound
    }

    /// Sends a text.
    func say(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

    /// Reads until a text has come, or the connection ends.
    mutating func hear(_ text: String) async throws -> String {
        while !String(decoding: heard, as: UTF8.self).contains(text), let piece = try await inbound.next() {
            heard += Array(buffer: piece)
        }
        return String(decoding: heard, as: UTF8.self)
    }

    /// Reads until the other side ends the connection, and returns everything.
    mutating func hearAll() async -> String {
        // A reset ends it too.
        while let piece = try? await inbound.next() { heard += Array(buffer: piece) }
        return String(decoding: heard, as: UTF8.self)
    }
}
