// Which idempotency keys have a request under way that was not answered yet. Answered ones are the store's memory; this
// set is gone with the process, and so are the requests.
import Synchronization

/// The keys of requests that are being answered.
final class IdempotencyKeys: Sendable {
    private struct Entry: Hashable {
        let caller, key: String
    }
    private let entries = Mutex<Set<Entry>>([])

    /// Does the work unless the same caller's request with the same key is under way. A nil key always goes ahead.
    ///
    /// - Throws: `idempotency_in_flight`, or what `work` throws.
    func exclusively<Value: Sendable>(
        _ key: String?, caller: Caller, isolation: isolated (any Actor)? = #isolation,
        _ work: () async throws -> Value
    ) async throws -> Value {
        guard let key else { return try await work() }
        let entry = Entry(caller: caller.keyID, key: key)
        guard entries.withLock({ $0.insert(entry).inserted }) else {
            throw Problem(
                .idempotencyInFlight, "the first request with this Idempotency-Key is not answered yet",
                param: "Idempotency-Key", retryAfterSeconds: 1)
        }
        defer { entries.withLock { _ = $0.remove(entry) } }
        return try await work()
    }
}
