// The browser's end of the guard proxy: reads one request, asks who sent it, asks the gatekeeper where it may go,
// connects to the address that was checked, and steps aside. A refused tunnel is answered 403; a refused page is not
// answered at all, so that no page is shown where there is none.
import NIOCore
import NIOHTTP1
import NIOPosix

/// Serves one connection of the browser.
///
///     head ─ authorised? ─ admitted? ─ connected? ─→ relays
///               │ 407         │ 403       │ 502
final class ProxyFront: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// What all connections of one proxy share.
    struct Surroundings: Sendable {
        let gatekeeper: Gatekeeper
        let ledger: ProxyLedger
        /// The value of `Proxy-Authorization`.
        let authorization: String
    }

    private let surroundings: Surroundings
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    private let encoder: HTTPResponseEncoder
    private var request: ProxyRequest?
    private var isDone = false
    /// What follows the head, until there is somewhere to send it.
    private var waiting: [HTTPServerRequestPart] = []
    private var admission: Task<Void, Never>?

    private init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
        decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
        encoder = HTTPResponseEncoder()
    }

    /// Makes a browser's connection ready.
    static func install(on channel: any Channel, _ surroundings: Surroundings) throws {
        surroundings.ledger.keep(channel)
        let front = ProxyFront(surroundings)
        try channel.pipeline.syncOperations.addHandlers([front.decoder, front.encoder, front])
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        let part = unwrapInboundIn(data)
        guard case .head(let head) = part else {
            waiting.append(part)
            // A tunnel opens after the whole request.
            if case .end = part, case .tunnel = request { admit(context) }
            return
        }
        guard Self.equal(head.headers.first(name: "Proxy-Authorization"), surroundings.authorization) else {
            return answer(context, .proxyAuthenticationRequired, ["Proxy-Authenticate": "Basic realm=\"capture\""])
        }
        surroundings.ledger.beginTime(on: context.eventLoop)
        guard request == nil, let request = ProxyRequest(head) else { return answer(context, .badRequest) }
        self.request = request
        if case .page = request { admit(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        admission?.cancel()
        isDone = true
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // Takes the same time for every wrong value of one length.
    private static func equal(_ given: String?, _ expected: String) -> Bool {
        guard let given, given.utf8.count == expected.utf8.count else { return false }
        return zip(given.utf8, expected.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func admit(_ context: ChannelHandlerContext) {
        guard let request else { return }
        // No more is read before there is a server that takes it.
        context.channel.setOption(.autoRead, value: false).whenFailure { _ in }
        let addresses = context.eventLoop.makePromise(of: [IPAddress].self)
        let (gatekeeper, ledger, destination) = (surroundings.gatekeeper, surroundings.ledger, request.destination)
        let channel = context.channel
        ledger.beginAdmission(of: channel)
        admission = Task {
            do {
                addresses.succeed(try await gatekeeper.admit(host: destination.host, port: destination.port))
            } catch {
                addresses.fail(error)
            }
        }
        addresses.futureResult.assumeIsolated().flatMap { addresses in
            self.connect(context, to: addresses[...], request)
        }.whenComplete { result in
            self.admission = nil
            defer { ledger.endAdmission(of: channel) }
            guard !self.isDone else { return self.abandon(result) }
            switch result {
            case .success(let server): self.join(context, server, request)
            case .failure(let error): self.turnAway(context, request, error)
            }
        }
    }

    /// Tries the addresses one after the other.
    private func connect(
        _ context: ChannelHandlerContext, to addresses: ArraySlice<IPAddress>, _ request: ProxyRequest
    ) -> EventLoopFuture<any Channel> {
        let (ledger, address) = (surroundings.ledger, request.address)
        do { try ledger.beginConnection() } catch { return context.eventLoop.makeFailedFuture(error) }
        let target: SocketAddress
        do {
            target = try SocketAddress(
                packedIPAddress: ByteBuffer(bytes: addresses.first!.bytes), port: request.destination.port)
        } catch {
            return context.eventLoop.makeFailedFuture(error)
        }
        let attempt = ClientBootstrap(group: context.eventLoop)
            .connectTimeout(.seconds(5))
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    ledger.keep(channel)
                    try channel.pipeline.syncOperations.addHandler(Meter(ledger, address: address))
                }
            }
            .connect(to: target)
        guard addresses.count > 1 else { return attempt }
        return attempt.assumeIsolated().flatMapError { _ in
            self.isDone
                ? context.eventLoop.makeFailedFuture(ChannelError.inputClosed)
                : self.connect(context, to: addresses.dropFirst(), request)
        }.nonisolated()
    }

    private func abandon(_ result: Result<any Channel, any Error>) {
        if case .success(let server) = result { server.close(promise: nil) }
    }

    private func turnAway(_ context: ChannelHandlerContext, _ request: ProxyRequest, _ error: any Error) {
        let refusal = error as? Refusal
        if let refusal {
            surroundings.ledger.refuse(request.address, reason: "\(refusal)")
        } else {
            surroundings.ledger.fault(request.destination, "\(error)")
        }
        switch request {
        case .tunnel: answer(context, refusal == nil ? .badGateway : .forbidden)
        case .page:
            isDone = true
            context.close(promise: nil)
        }
    }

    private func answer(
        _ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ headers: HTTPHeaders = [:]
    ) {
        isDone = true
        var headers = headers
        headers.add(name: "Content-Length", value: "0")
        headers.add(name: "Connection", value: "close")
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }

    /// Puts a relay on both connections and leaves.
    private func join(_ context: ChannelHandlerContext, _ server: any Channel, _ request: ProxyRequest) {
        isDone = true
        let ends = Relay.pair()
        let (browser, browserPipeline) = (context.channel, context.channel.pipeline.syncOperations)
        let waiting = self.waiting
        do {
            switch request {
            case .tunnel:
                try server.pipeline.syncOperations.addHandler(ends.server)
                try browserPipeline.addHandler(ends.browser)
                _ = browserPipeline.removeHandler(encoder)
                _ = browserPipeline.removeHandler(context: context)
                let granted = ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n")
                browser.writeAndFlush(granted, promise: nil)
                _ = browserPipeline.removeHandler(decoder)
            case .page(_, let head):
                let upstream = server.pipeline.syncOperations
                try upstream.addHTTPClientHandlers()
                try upstream.addHandlers([AnswerForwarding(), ends.server])
                try browserPipeline.addHandlers([RequestForwarding(), ends.browser])
                for part in [.head(head)] + waiting { context.fireChannelRead(NIOAny(part)) }
                context.fireChannelReadComplete()
                _ = browserPipeline.removeHandler(context: context)
            }
        } catch {
            server.close(promise: nil)
            return browser.close(promise: nil)
        }
        for channel in [browser, server] {
            channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
        }
    }
}
