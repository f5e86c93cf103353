// The pace at which a request's body must come, watched where the bytes come in: a handler in each connection's
// pipeline. When nothing of a body comes for too long, or less than the minimum during one period, whoever reads the
// body gets `request_timeout` thrown; soon after its answer the connection is closed. Only time during which the service
// was ready to read counts: a slow disk is not the client's fault.
//
// It also ends connections whose client goes on sending after its request was answered: it has a moment to notice.
//
// A handler rather than a wrapper of the body: it costs nothing per piece, needs no task that waits, and works on what
// nobody reads too. Heads are timed by Hummingbird's idle timeout, which only whole heads and body pieces restart.
package import NIOCore
package import NIOHTTPTypes

/// Times the body of each request on one connection.
package final class BodyPace: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias InboundOut = HTTPRequestPart
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = HTTPResponsePart

    package struct Limits: Sendable {
        package let idle: TimeAmount
        /// Each period of waiting must bring the minimum for its length; within one the pace is free.
        package let period: TimeAmount
        package let minimumBytesPerSecond: Int
        /// How long a client may go on sending after its answer, or stay after a timeout.
        package let linger: TimeAmount

        package init(idle: TimeAmount, period: TimeAmount, minimumBytesPerSecond: Int, linger: TimeAmount = .seconds(5))
        {
            self.idle = idle
            self.period = period
            self.minimumBytesPerSecond = minimumBytesPerSecond
            self.linger = linger
        }

        package init(_ configuration: ServerConfiguration) {
            self.init(
                idle: .nanoseconds(Int64(configuration.bodyIdleSeconds * 1e9)),
                period: .nanoseconds(Int64(configuration.bodyGraceSeconds * 1e9)),
                minimumBytesPerSecond: configuration.bodyMinimumBytesPerSecond)
        }
    }

    private let limits: Limits
    private var isReceiving = false  // a head has come, its request's end has not
    private var answersDue = 0  // heads that have come less answers that have gone
    private var waitingSince: NIODeadline?
    private var idle = TimeAmount.zero  // waited since the last piece
    private var period = Period()
    private var check: Scheduled<Void>?
    private var closing: Scheduled<Void>?

    private struct Period {
        var waited = TimeAmount.zero
        var byteCount = 0
    }

    package init(_ limits: Limits) { self.limits = limits }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            forget()
            isReceiving = true
            answersDue += 1
            (idle, period) = (.zero, Period())
        case .body(let piece):
            pause(context)
            idle = .zero
            period.byteCount += piece.readableBytes
        case .end:
            isReceiving = false
            forget()
        }
        context.fireChannelRead(data)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        pause(context)
        context.fireChannelReadComplete()
    }

    // The service asks for more: from here on it waits for its client.
    package func read(context: ChannelHandlerContext) {
        if isReceiving, waitingSince == nil {
            waitingSince = context.eventLoop.now
            schedule(context)
        }
        context.read()
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            answersDue -= 1
            if isReceiving, answersDue == 0 { closeSoon(context) }
        }
        context.write(data, promise: promise)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        forget()
        context.fireChannelInactive()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { forget() }

    private func pause(_ context: ChannelHandlerContext) {
        guard let since = waitingSince else { return }
        waitingSince = nil
        let waited = context.eventLoop.now - since
        idle = idle + waited
        period.waited = period.waited + waited
    }

    // One timer at a time; it looks how things stand and sets itself again.
    private func schedule(_ context: ChannelHandlerContext) {
        guard check == nil, closing == nil else { return }
        var delay = limits.idle - idle
        if limits.minimumBytesPerSecond > 0 { delay = min(delay, limits.period - period.waited) }
        check = context.eventLoop.assumeIsolated().scheduleTask(in: max(delay, .zero)) {
            self.check = nil
            self.look(context)
        }
    }

    private func look(_ context: ChannelHandlerContext) {
        guard isReceiving, waitingSince != nil else { return }  // `read` sets the timer again
        pause(context)
        waitingSince = context.eventLoop.now
        guard idle < limits.idle else {
            expire(context, "nothing of the body came for \(limits.idle.nanoseconds / 1_000_000_000) s")
            return
        }
        if limits.minimumBytesPerSecond > 0, period.waited >= limits.period {
            let expected = Double(limits.minimumBytesPerSecond) * Double(limits.period.nanoseconds) * 1e-9
            guard Double(period.byteCount) >= expected else {
                expire(context, "the body came slower than \(limits.minimumBytesPerSecond) bytes a second")
                return
            }
            period = Period()
        }
        schedule(context)
    }

    private func expire(_ context: ChannelHandlerContext, _ message: String) {
        isReceiving = false
        closeSoon(context)
        context.fireErrorCaught(Problem(.requestTimeout, message))
    }

    private func closeSoon(_ context: ChannelHandlerContext) {
        guard closing == nil else { return }
        closing = context.eventLoop.assumeIsolated().scheduleTask(in: limits.linger) {
            context.close(promise: nil)
        }
    }

    private func forget() {
        check?.cancel()
        closing?.cancel()
        (check, closing, waitingSince) = (nil, nil, nil)
    }
}
