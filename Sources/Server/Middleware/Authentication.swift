// Who sends a request. A key is presented as `Authorization: Bearer bk_<id>_<secret>`, or as `x-api-key`, which is what
// Anthropic's clients send; whether one is needed is the
// configuration's word, and with `auto` that of the circumstances: it is as soon as a key exists or other machines can
// reach the service.
//
// A wrong key costs its sender a moment, whatever is wrong with it, and an address that keeps trying is told to wait. A
// right key is served at any time: behind a proxy all senders have one address.
import Foundation
import HTTPTypes
package import Hummingbird
import Logging
import Synchronization

/// Knows the keys.
package protocol Keyring: Sendable {
    /// The caller whose key this is; nil when it is no key, unknown or revoked. Takes the same time for every wrong key.
    func caller(presenting secret: String) async throws -> Caller?
    /// Whether a key exists that is not revoked.
    func hasKeys() async throws -> Bool
}

/// Finds out who calls, and refuses who may not.
package struct Authentication<Context: ServiceRequestContext>: RouterMiddleware {
    private final class Shared: Sendable {
        let failures = Mutex(TokenBuckets())
    }

    private let policy: ServerConfiguration.Authorization
    private let isLoopback: Bool
    private let keyring: any Keyring
    private let failureDelay: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let shared = Shared()

    // So many wrong keys a minute, and at once, before an address is told to wait.
    private static var failuresPerMinute: Int { 20 }

    /// - Parameter failureDelay: how long the answer to a wrong key takes.
    package init(
        policy: ServerConfiguration.Authorization, isLoopback: Bool, keyring: any Keyring,
        failureDelay: Duration = .milliseconds(250),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.policy = policy
        self.isLoopback = isLoopback
        self.keyring = keyring
        self.failureDelay = failureDelay
        self.now = now
    }

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard !Self.isOpen(request.uri.path), try await isRequired() else { return try await next(request, context) }
        let plain = request.headers[.apiKey].map { "Bearer \($0)" }
        guard let presented = request.headers[.authorization] ?? plain else {
            throw Problem(.unauthorized, "a key is needed: Authorization: Bearer bk_…")
        }
        guard let secret = Self.secret(in: presented), let caller = try await keyring.caller(presenting: secret) else {
            throw try await refusal(context)
        }
        var context = context
        context.caller = caller
        CallerInbox.current?.put(caller.keyID)
        return try await next(request, context)
    }

    /// Whether a path is served without a key: the page, the documentation, the probes, and previews, whose address is
    /// their credential. The path is taken apart as the router does it.
    static func isOpen(_ path: String) -> Bool {
        guard let first = path.split(separator: "/").first else { return true }
        return ["assets", "docs", "openapi.json", "healthz", "readyz", "preview"].contains(first)
    }

    private func isRequired() async throws -> Bool {
        switch policy {
        case .required: true
        case .off: false
        case .auto: !isLoopback ? true : try await keyring.hasKeys()
        }
    }

    // `Bearer`, in any case, and one token that has a key's form.
    private static func secret(in header: String) -> String? {
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].hasPrefix("bk_"), parts[1].utf8.count <= 200
        else { return nil }
        return String(parts[1])
    }

    private func refusal(_ context: Context) async throws -> Problem {
        let address = context.remoteAddress?.ipAddress ?? "unknown"
        let outcome = shared.failures.withLock { $0.take(address, .perMinute(Self.failuresPerMinute), now: now()) }
        context.logger.warning("wrong key", metadata: ["remote": .string(address)])
        guard outcome.isGranted else {
            let seconds = Int(outcome.waitSeconds.rounded(.up))
            return Problem(
                .rateLimited, "too many wrong keys from this address; try again in \(max(1, seconds)) s",
                retryAfterSeconds: seconds)
        }
        try await Task.sleep(for: failureDelay)
        return Problem(.unauthorized, "the key is unknown or revoked")
    }
}

/// Where `AccessLog`, which comes before `Authentication`, finds out who called.
final class CallerInbox: Sendable {
    @TaskLocal static var current: CallerInbox?

    private let stored = Mutex<String?>(nil)

    var keyID: String? { stored.withLock { $0 } }

    func put(_ keyID: String) { stored.withLock { $0 = keyID } }
}
