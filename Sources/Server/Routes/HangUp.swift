// Tells a waiting request that its client has gone. The handler sits in every connection's pipeline and fires once, when
// the client closes its side or the connection breaks; a request asks its connection for the signal. Unlike reading on
// for more of the request, this leaves a connection that is still there fit for the next request.
import NIOCore
import ServiceLifecycle
import Synchronization

/// Fires once, when the other side of a connection is gone.
final class HangUpSignal: Sendable {
    private struct State {
        var hasFired = false
        var waiting: [UInt64: AsyncStream<Never>.Continuation] = [:]
        var nextKey: UInt64 = 0
    }
    private let state = Mutex(State())

    /// Wakes all who wait, now and later.
    func fire() {
        let waiting = state.withLock { state in
            state.hasFired = true
            defer { state.waiting = [:] }
            return state.waiting.values.map { $0 }
        }
        for continuation in waiting { continuation.finish() }
    }

    /// Returns when the client is gone, or when the task is cancelled.
    func wait() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        let key = state.withLock { state -> UInt64? in
            guard !state.hasFired else { return nil }
            defer { state.nextKey += 1 }
            state.waiting[state.nextKey] = continuation
            return state.nextKey
        }
        guard let key else { return }
        for await _ in stream {}
        state.withLock { state in _ = state.waiting.removeValue(forKey: key) }
    }
}

/// Returns when the service begins to shut down, or when the task is cancelled.
///
/// ServiceLifecycle's `gracefulShutdown()` does the same, but never returns when the cancellation comes before it waits.
func shutdownOrCancellation() async {
    let signal = HangUpSignal()
    await withTaskCancellationOrGracefulShutdownHandler {
        await signal.wait()
    } onCancelOrGracefulShutdown: {
        signal.fire()
    }
}

/// Watches one connection.
final class HangUpWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    let signal = HangUpSignal()

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { signal.fire() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        signal.fire()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { signal.fire() }
}

extension BottegaRequestContext {
    /// The signal of this request's connection; nil when the request came over none.
    func hangUpSignal() async -> HangUpSignal? {
        let channel = self.channel
        return try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: HangUpWatch.self).signal
        }.get()
    }
}
