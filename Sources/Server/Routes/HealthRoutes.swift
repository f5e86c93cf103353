// Whether the service lives, whether it can work, and what it measured. `/readyz` asks the store for a real write and
// read, so that a load balancer hears of a full disk before a client does.
import HTTPTypes
import Hummingbird
import Inference
import Jobs
import Logging
import NIOCore
import ServiceLifecycle

/// `/healthz`, `/readyz` and `/metrics`.
struct HealthRoutes: Sendable {
    private struct Alive: Encodable, Sendable {
        var status = "ok"
    }

    private struct Ready: Encodable, Sendable {
        struct Queue: Encodable, Sendable {
            let queued, running: Int
        }
        var status = "ready"
        let engine: String
        let queue: Queue
    }

    private struct NotReady: Encodable, Sendable {
        var status = "not_ready"
        let reasons: [String]
    }

    let store: JobStore
    let abilities: Abilities
    let queueLimit: Int
    let metrics: PrometheusRegistry

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self)
            .get("healthz", use: alive)
            .get("readyz", use: ready)
            .get("metrics", use: measurements)
    }

    @Sendable private func alive(request: Request, context: BottegaRequestContext) async throws -> Response {
        try Wire.answer(Alive())
    }

    @Sendable private func ready(request: Request, context: BottegaRequestContext) async throws -> Response {
        var reasons: [String] = []
        var queue = Ready.Queue(queued: 0, running: 0)
        if Task.isShuttingDownGracefully { reasons.append("the service is shutting down") }
        do {
            try await store.probe()
            let counts = try await store.counts()
            queue = Ready.Queue(queued: counts.queued, running: counts.running)
            if counts.queued >= queueLimit { reasons.append("the queue is full") }
        } catch {
            context.logger.error("the store does not answer", metadata: ["error": "\(error)"])
            reasons.append(error.problem.message)
        }
        guard reasons.isEmpty else {
            return try Wire.answer(NotReady(reasons: reasons), status: .serviceUnavailable, headers: [.retryAfter: "5"])
        }
        return try Wire.answer(Ready(engine: abilities.modelName, queue: queue))
    }

    @Sendable private func measurements(request: Request, context: BottegaRequestContext) async throws -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.exposition())))
    }
}
