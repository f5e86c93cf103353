// How bytes move once a connection is allowed: two relays, one on the browser's connection and one on the server's, each
// handing what comes in to the other, no faster than the other side takes it. A meter on the server's connection counts.
import NIOCore
import NIOHTTP1

/// One end of a connection between a browser and a server. Both ends live on one event loop.
final class Relay: ChannelDuplexHandler {
    typealias InboundIn = NIOAny
    typealias OutboundIn = NIOAny
    typealias OutboundOut = NIOAny

    private var partner: Relay?
    private var context: ChannelHandlerContext?
    private var waitsToRead = false
    private var lastWrite: EventLoopFuture<Void>?

    /// Two ends that hand each other what comes in.
    static func pair() -> (browser: Relay, server: Relay) {
        let (browser, server) = (Relay(), Relay())
        browser.partner = server
        server.partner = browser
        return (browser, server)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        partner = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { partner?.write(data) }

    func channelReadComplete(context: ChannelHandlerContext) { partner?.context?.flush() }

    func channelInactive(context: ChannelHandlerContext) {
        partner?.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { partner?.readAgain() }
    }

    func read(context: ChannelHandlerContext) {
        if let other = partner?.context, !other.channel.isWritable {
            waitsToRead = true
        } else {
            context.read()
        }
    }

    private func readAgain() {
        guard waitsToRead else { return }
        waitsToRead = false
        context?.read()
    }

    private func write(_ data: NIOAny) {
        guard let context else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        context.write(data, promise: promise)
        lastWrite = promise.futureResult
    }

    /// Closes once everything that was written has left.
    private func finish() {
        guard let context else { return }
        context.flush()
        let channel = context.channel
        guard let lastWrite else { return channel.close(promise: nil) }
        lastWrite.whenComplete { _ in channel.close(promise: nil) }
    }
}

/// Counts the bytes of a connection to a server.
final class Meter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let ledger: ProxyLedger
    private let address: String

    init(_ ledger: ProxyLedger, address: String) {
        self.ledger = ledger
        self.address = address
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        ledger.count(received: unwrapInboundIn(data).readableBytes, of: context.channel, for: address)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        ledger.count(sent: unwrapOutboundIn(data).readableBytes, of: context.channel, for: address)
        context.write(data, promise: promise)
    }
}

/// Passes one request's body on, and ends the connection should another request follow.
final class RequestForwarding: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPClientRequestPart

    private var isComplete = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isComplete else { return context.close(promise: nil) }
        switch unwrapInboundIn(data) {
        case .head(let head): context.fireChannelRead(wrapInboundOut(.head(head)))
        case .body(let bytes): context.fireChannelRead(wrapInboundOut(.body(.byteBuffer(bytes))))
        case .end(let trailers):
            isComplete = true
            context.fireChannelRead(wrapInboundOut(.end(trailers)))
        }
    }
}

/// Passes one answer on, and ends the connection after it.
final class AnswerForwarding: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(var head):
            head.headers.removeConnectionFields()
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.fireChannelRead(wrapInboundOut(.head(head)))
        case .body(let bytes): context.fireChannelRead(wrapInboundOut(.body(.byteBuffer(bytes))))
        case .end(let trailers):
            context.fireChannelRead(wrapInboundOut(.end(trailers)))
            context.fireChannelReadComplete()
            context.close(promise: nil)
        }
    }
}
