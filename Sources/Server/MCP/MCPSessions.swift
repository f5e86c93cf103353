// The sessions of clients that come over HTTP, kept in memory: after a restart a client is told that its session is
// gone, and begins another, as the protocol has it. What sessions made lies in the store, and is found from the next one.
import Foundation
import Synchronization

/// Sessions by their names.
final class MCPSessions: Sendable {
    /// Sessions that one caller may have; beyond, the one unused longest ends.
    static let limit = 100

    private struct Entry {
        let session: MCPSession
        /// Rises with every use of any session.
        var use: Int
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var uses = 0
    }

    private let state = Mutex(State())

    /// Keeps a session.
    ///
    /// - Returns: its name, which nobody can guess.
    func add(_ session: MCPSession) -> String {
        var random = SystemRandomNumberGenerator()
        let name = (0..<4).map { _ in
            let digits = String(random.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        let ended = state.withLock { state -> MCPSession? in
            state.uses += 1
            state.entries[name] = Entry(session: session, use: state.uses)
            let own = state.entries.filter { $0.value.session.caller.keyID == session.caller.keyID }
            guard own.count > Self.limit, let oldest = own.min(by: { $0.value.use < $1.value.use }) else { return nil }
            return state.entries.removeValue(forKey: oldest.key)?.session
        }
        ended?.end()
        return name
    }

    /// A caller's session; nil when there is none of this name, or it is another's.
    func session(_ name: String, of caller: Caller) -> MCPSession? {
        state.withLock { state in
            guard let session = state.entries[name]?.session, session.caller.keyID == caller.keyID else { return nil }
            state.uses += 1
            state.entries[name]?.use = state.uses
            return session
        }
    }

    /// Ends a caller's session and what is under way in it.
    ///
    /// - Returns: whether there was one.
    func end(_ name: String, of caller: Caller) -> Bool {
        guard let session = session(name, of: caller) else { return false }
        state.withLock { _ = $0.entries.removeValue(forKey: name) }
        session.end()
        return true
    }
}
