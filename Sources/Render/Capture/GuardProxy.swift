// The only way a captured page has to the network: a small forward proxy on 127.0.0.1, on a port of its own, with a
// user and a password of its own, there for one capture. It speaks `CONNECT` and plain HTTP; every connection goes past
// the gatekeeper. It reads nothing of what TLS hides, and keeps no page.
import Foundation
import NIOCore
import NIOPosix

/// A guarded way to the network, open until it is closed.
final class GuardProxy: Sendable {
    /// Where it listens on 127.0.0.1.
    let port: Int
    /// Whom it lets in.
    let user: String
    /// Random; new for every proxy.
    let password: String
    private let ledger: ProxyLedger

    /// Opens one. Its time begins with its first request.
    ///
    /// - Throws: `CaptureError.cannotGuard` when no port can be had.
    static func start(_ gatekeeper: Gatekeeper) async throws(CaptureError) -> GuardProxy {
        let ledger = ProxyLedger(gatekeeper.policy)
        let (user, password) = ("capture", secret())
        let surroundings = ProxyFront.Surroundings(
            gatekeeper: gatekeeper, ledger: ledger,
            authorization: "Basic " + Data("\(user):\(password)".utf8).base64EncodedString())
        let listener: any Channel
        do {
            listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.backlog, value: 256)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try ProxyFront.install(on: channel, surroundings) }
                }
                .bind(host: "127.0.0.1", port: 0).get()
        } catch {
            throw .cannotGuard(reason: "\(error)")
        }
        ledger.keep(listener)
        guard let port = listener.localAddress?.port else { throw .cannotGuard(reason: "the listener has no port") }
        return GuardProxy(port: port, user: user, password: password, ledger)
    }

    private init(port: Int, user: String, password: String, _ ledger: ProxyLedger) {
        self.port = port
        self.user = user
        self.password = password
        self.ledger = ledger
    }

    /// What passed so far.
    var account: ProxyLedger.Account { ledger.account }

    /// Whether nothing has passed for half a second.
    var isQuiet: Bool { ledger.isQuiet }

    /// Takes note of a request that was held back before it came here.
    func refuse(_ address: String, reason: String) { ledger.refuse(address, reason: reason) }

    /// Cuts every connection, and returns when all are closed and the port is free.
    @discardableResult
    func close() async -> ProxyLedger.Account {
        await ledger.close()
        return ledger.account
    }

    // The system's generator, which nobody can foretell.
    private static func secret() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
