// How often one caller may ask. Each key has a bucket of as many requests as it may send in a minute; answers under /v1
// and of /mcp say what is left of it, refusals when to try again.
import HTTPTypes
package import Hummingbird
import Synchronization

/// Limits the requests of each key.
package struct RateLimiter<Context: ServiceRequestContext>: RouterMiddleware {
    // The buckets are shared by the copies of the middleware.
    private final class Shared: Sendable {
        let buckets = Mutex(TokenBuckets())
    }

    private let requestsPerMinute: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private let shared = Shared()

    /// - Parameter requestsPerMinute: for callers whose key has no limit of its own.
    package init(
        requestsPerMinute: Int, now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.requestsPerMinute = requestsPerMinute
        self.now = now
    }

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let first = request.uri.path.split(separator: "/").first, ["v1", "mcp"].contains(first) else {
            return try await next(request, context)
        }
        let limit = context.caller.requestsPerMinute ?? requestsPerMinute
        let keyID = context.caller.keyID
        let outcome = shared.buckets.withLock { $0.take(keyID, .perMinute(limit), now: now()) }
        var response = try await context.answer(request) { request, context in
            guard outcome.isGranted else {
                let seconds = Int(outcome.waitSeconds.rounded(.up))
                throw Problem(
                    .rateLimited, "more than \(limit) requests a minute; try again in \(max(1, seconds)) s",
                    retryAfterSeconds: seconds)
            }
            return try await next(request, context)
        }
        response.headers[.rateLimitLimit] = String(limit)
        response.headers[.rateLimitRemaining] = String(outcome.remaining)
        response.headers[.rateLimitReset] = String(Int(outcome.fullSeconds.rounded(.up)))
        return response
    }
}
