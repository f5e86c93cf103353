// What passes through a guard proxy: which connections are open, how much was moved, what was refused. When a limit is
// passed, or the proxy closes, every connection is cut and none is accepted any more.
import NIOCore
import Synchronization

/// The account of one guard proxy. Any thread may use it.
final class ProxyLedger: Sendable {
    /// What was counted.
    struct Account: Sendable, Equatable {
        /// Refused requests in the order of their first refusal, each once, at most 1,000.
        var refused: [RefusedRequest] = []
        /// Why a server could not be reached, by `host:port`.
        var faults: [String: String] = [:]
        /// Bytes from servers.
        var received = 0
        /// Bytes to servers.
        var sent = 0
        /// Connections made to servers.
        var connections = 0
        /// The time was over before it was closed.
        var isLate = false
    }

    private struct State {
        var account = Account()
        var channels: [ObjectIdentifier: any Channel] = [:]
        /// The clock; nil before the first request.
        var deadline: Scheduled<Void>?
        /// When something last passed.
        var lastMovement = ContinuousClock.now
        /// Connections of the browser that ask for a server and have none yet, and connections to servers that have not
        /// said a word since they were last sent one.
        var unanswered: Set<ObjectIdentifier> = []
        /// Why nothing passes any more.
        var end: End?
    }

    private enum End {
        case closed
        case limit(Refusal)
    }

    private static let refusedLimit = 1_000
    private let state = Mutex(State())
    private let policy: CapturePolicy

    init(_ policy: CapturePolicy) { self.policy = policy }

    /// What was counted so far.
    var account: Account { state.withLock(\.account) }

    /// Whether nobody is owed an answer and nothing has passed for half a second, the time that browsers' tools call a
    /// network idle after. Inside an encrypted connection a browser may have the last word: whoever waits for quiet needs
    /// a limit.
    var isQuiet: Bool {
        state.withLock { $0.unanswered.isEmpty && $0.lastMovement.duration(to: .now) > .milliseconds(500) }
    }

    /// Takes note of a request that was not let through.
    func refuse(_ address: String, reason: String) {
        state.withLock { Self.note(address, reason, in: &$0) }
    }

    /// Takes note of a server that could not be reached.
    func fault(_ destination: Destination, _ reason: String) {
        state.withLock { state in
            guard state.account.faults.count < Self.refusedLimit else { return }
            state.account.faults["\(destination)"] = reason
        }
    }

    /// Keeps a connection, to cut it when the time comes; cuts it at once when that has come already.
    func keep(_ channel: any Channel) {
        let isOpen = state.withLock { state in
            if state.end == nil { state.channels[ObjectIdentifier(channel)] = channel }
            return state.end == nil
        }
        guard isOpen else { return channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { state in
                state.channels[ObjectIdentifier(channel)] = nil
                state.unanswered.remove(ObjectIdentifier(channel))
            }
        }
    }

    /// Takes note that a connection of the browser, one that is kept, asks for a server. Its name may take long to look up.
    func beginAdmission(of channel: any Channel) {
        state.withLock { state in
            state.lastMovement = .now
            state.unanswered.insert(ObjectIdentifier(channel))
        }
    }

    /// Takes note that a connection of the browser has its server, or its refusal.
    func endAdmission(of channel: any Channel) {
        state.withLock { state in
            state.lastMovement = .now
            state.unanswered.remove(ObjectIdentifier(channel))
        }
    }

    /// Counts one more connection to a server, or throws why there must be none.
    func beginConnection() throws {
        try state.withLock { state in
            switch state.end {
            case .limit(let refusal): throw refusal
            case .closed: throw ChannelError.alreadyClosed
            case nil: break
            }
            guard state.account.connections < policy.connectionLimit else {
                throw Refusal.tooManyConnections(limit: policy.connectionLimit)
            }
            state.account.connections += 1
            state.lastMovement = .now
        }
    }

    /// Counts bytes of one connection to a server. Too many, and everything ends.
    ///
    /// - Parameters:
    ///   - channel: the connection, one that is kept.
    ///   - address: whose bytes they are; it is the one that is listed as refused.
    func count(received: Int = 0, sent: Int = 0, of channel: any Channel, for address: String) {
        let isTooMuch = state.withLock { state in
            state.lastMovement = .now
            if sent > 0 { state.unanswered.insert(ObjectIdentifier(channel)) }
            if received > 0 { state.unanswered.remove(ObjectIdentifier(channel)) }
            state.account.received += received
            state.account.sent += sent
            return state.account.received + state.account.sent > policy.byteLimit
        }
        if isTooMuch { end(.limit(.tooManyBytes(limit: policy.byteLimit)), address) }
    }

    /// Starts the clock, unless it runs already. When the time is over, everything ends.
    func beginTime(on eventLoop: any EventLoop) {
        let seconds = policy.seconds
        state.withLock { state in
            guard state.deadline == nil, state.end == nil else { return }
            state.deadline = eventLoop.scheduleTask(in: .nanoseconds(Int64(max(0, min(seconds, 1e9)) * 1e9))) {
                _ = self.end(.limit(.tooLate(seconds: seconds)), nil)
            }
        }
    }

    /// Ends everything and returns when every connection is closed.
    func close() async {
        state.withLock { $0.deadline }?.cancel()
        for closed in end(.closed, nil) { try? await closed.get() }
    }

    @discardableResult
    private func end(_ end: End, _ address: String?) -> [EventLoopFuture<Void>] {
        let channels = state.withLock { state in
            if state.end == nil {
                state.end = end
                if case .limit(.tooLate) = end { state.account.isLate = true }
                if let address, case .limit(let refusal) = end { Self.note(address, "\(refusal)", in: &state) }
            }
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(promise: nil) }
        return channels.map(\.closeFuture)
    }

    private static func note(_ address: String, _ reason: String, in state: inout State) {
        let request = RefusedRequest(address: String(address.prefix(500)), reason: reason)
        guard state.account.refused.count < refusedLimit, !state.account.refused.contains(request) else { return }
        state.account.refused.append(request)
    }
}
