// One client's conversation: what was agreed with it, and its requests that are under way. A request is answered unless
// the client cancels it; then its job is cancelled too, and nothing more is said.
//
//     new ──initialize──► open ──end──► over         before `initialize` only `ping` is answered
//
// Messages are taken one after the other, and answered as soon as each is done, in any order.
import Foundation
import Inference
import Logging
import Synchronization

/// A client and its requests.
final class MCPSession: Sendable {
    /// Messages in one array: all their answers are held until the last is there, and they count as one request.
    static let batchLimit = 20

    private struct State {
        var version: ProtocolVersion?
        var underWay: [RPCID: Task<JSONValue?, Never>] = [:]
        var isOver = false
    }

    let server: MCPServer
    let caller: Caller
    private let state = Mutex(State())

    init(server: MCPServer, caller: Caller) {
        self.server = server
        self.caller = caller
    }

    /// What was agreed; nil before.
    var version: ProtocolVersion? { state.withLock { $0.version } }

    /// Takes what a client sent.
    ///
    /// - Returns: what it is answered, as it comes: notifications, and last the answer, or an array of answers to an
    ///   array of messages. Nothing at all for a request that the client cancels. Nil when nothing is to be answered.
    func take(_ value: JSONValue) -> AsyncStream<JSONValue>? {
        let (stream, continuation) = AsyncStream<JSONValue>.makeStream()
        let tell: @Sendable (JSONValue) -> Void = { continuation.yield($0) }
        guard case .array(let items) = value else {
            guard let answer = begin(value, tell) else { return nil }
            Task {
                if let answer = await answer.value { tell(answer) }
                continuation.finish()
            }
            return stream
        }
        guard version?.hasBatches == true, !items.isEmpty else {
            tell(RPC.error(.invalidRequest("messages come one by one, each an object"), for: nil))
            continuation.finish()
            return stream
        }
        guard items.count <= Self.batchLimit else {
            tell(RPC.error(.invalidRequest("at most \(Self.batchLimit) messages come at once"), for: nil))
            continuation.finish()
            return stream
        }
        let answers = items.compactMap { begin($0, tell) }
        guard !answers.isEmpty else { return nil }
        Task {
            var values: [JSONValue] = []
            for answer in answers { if let value = await answer.value { values.append(value) } }
            if !values.isEmpty { tell(.array(values)) }
            continuation.finish()
        }
        return stream
    }

    /// Cancels what is under way. Nothing is taken afterwards.
    func end() {
        let tasks = state.withLock { state in
            state.isOver = true
            return state.underWay.values.map { $0 }
        }
        for task in tasks { task.cancel() }
    }

    /// Returns when nothing is under way.
    func settled() async {
        while let task = state.withLock({ $0.underWay.values.first }) { _ = await task.value }
    }

    /// Begins to answer one message; nil when it wants no answer.
    private func begin(_ value: JSONValue, _ tell: @escaping @Sendable (JSONValue) -> Void) -> Task<JSONValue?, Never>?
    {
        do throws(RPCFault) {
            switch try RPCMessage(value) {
            case .request(let request): return try begin(request, tell)
            case .notification(let method, let parameters):
                hear(method, parameters)
                return nil
            case .answer: return nil
            }
        } catch {
            let refusal = RPC.error(error, for: RPC.id(in: value))
            return Task { refusal }
        }
    }

    private func begin(
        _ request: RPCRequest, _ tell: @escaping @Sendable (JSONValue) -> Void
    ) throws(RPCFault) -> Task<JSONValue?, Never> {
        if request.method == "initialize" {
            let answer = RPC.result(try open(request), for: request.id)
            return Task { answer }
        }
        let (server, caller) = (server, caller)
        let begun = state.withLock { state -> Result<Task<JSONValue?, Never>, RPCFault> in
            guard !state.isOver else { return .failure(.invalidRequest("the session is over")) }
            guard let version = state.version ?? (request.method == "ping" ? .latest : nil) else {
                return .failure(.invalidRequest("initialize comes before \(request.method.quotedBriefly)"))
            }
            guard state.underWay[request.id] == nil else {
                return .failure(.invalidRequest("a request of this id is under way"))
            }
            let task = Task { () -> JSONValue? in
                defer { self.state.withLock { _ = $0.underWay.removeValue(forKey: request.id) } }
                do {
                    let client = MCPClient(version: version, caller: caller)
                    return RPC.result(try await server.answer(request, for: client, tell: tell), for: request.id)
                } catch let fault as RPCFault {
                    return RPC.error(fault, for: request.id)
                } catch is CancellationError {
                    return nil
                } catch {
                    server.logger.error(
                        "a request failed", metadata: ["method": "\(request.method)", "error": "\(error)"])
                    return RPC.error(.unforeseen, for: request.id)
                }
            }
            state.underWay[request.id] = task
            return .success(task)
        }
        return try begun.get()
    }

    private func open(_ request: RPCRequest) throws(RPCFault) -> JSONValue {
        guard case .string(let wanted)? = request.parameters["protocolVersion"] else {
            throw RPCFault.invalidParameters("protocolVersion is the revision of the protocol that is wanted")
        }
        let version = ProtocolVersion.negotiated(wanted)
        let isFirst = state.withLock { state in
            guard state.version == nil else { return false }
            state.version = version
            return true
        }
        guard isFirst else { throw .invalidRequest("this session was initialized before") }
        return server.introduction(for: version)
    }

    // Notifications that mean nothing here are passed over, as JSON-RPC wants it.
    private func hear(_ method: String, _ parameters: JSONValue) {
        guard method == "notifications/cancelled", let id = parameters["requestId"].flatMap({ RPCID($0) }) else {
            return
        }
        state.withLock { $0.underWay[id] }?.cancel()
    }
}
