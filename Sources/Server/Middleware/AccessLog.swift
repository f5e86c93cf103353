// One line and one count for every answer, when its last byte is written: an event stream is logged when it ends.
// Routes are named by their pattern and methods by their standard names, so that no client can make new series. The
// path is logged without its query; it is where names of conversions are, never keys or prompts.
//
// Hummingbird's own MetricsMiddleware counts under other names and leaves failed requests out of the times.
package import CoreMetrics
import Foundation
import HTTPTypes
package import Hummingbird
import Logging
import Metrics

/// Logs and counts requests.
package struct AccessLog<Context: ServiceRequestContext>: RouterMiddleware {
    private let metrics: any MetricsFactory
    private let inFlight: Meter

    package init(metrics: any MetricsFactory) {
        self.metrics = metrics
        inFlight = Meter(label: "bottega_http_requests_in_flight", factory: metrics)
    }

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let inbox = CallerInbox()
        inFlight.increment()
        var response: Response
        do {
            response = try await CallerInbox.$current.withValue(inbox) { try await context.answer(request, next) }
        } catch {
            inFlight.decrement()
            throw error
        }
        let status = response.status.code
        let finish: @Sendable (Bool) -> Void = { isWhole in
            inFlight.decrement()
            note(request, context, status: status, since: start, caller: inbox.keyID, isWhole: isWhole)
        }
        // A small answer is at hand already, and Hummingbird writes it in one go as long as nobody wraps it.
        let length = response.body.contentLength
        guard length ?? .max > 65_536 else {
            finish(true)
            return response
        }
        let body = response.body
        response.body = ResponseBody(contentLength: length) { writer in
            do {
                try await body.write(writer)
                finish(true)
            } catch {
                finish(false)
                throw error
            }
        }
        return response
    }

    private func note(
        _ request: Request, _ context: Context, status: Int, since start: ContinuousClock.Instant, caller: String?,
        isWhole: Bool
    ) {
        let elapsed = start.duration(to: .now).components
        let seconds = Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
        let pattern = context.endpointPath ?? "NotFound"  // Hummingbird's word for no route
        let route = pattern == "NotFound" ? "unmatched" : pattern
        let method = Self.standardMethods.contains(request.method) ? request.method.rawValue : "other"
        let labels = [("method", method), ("route", route), ("status", String(status))]
        Counter(label: "bottega_http_requests_total", dimensions: labels, factory: metrics).increment()
        Timer(label: "bottega_http_request_seconds", dimensions: [("route", route)], factory: metrics)
            .recordSeconds(seconds)
        var metadata: Logger.Metadata = [
            "method": .string(method), "path": .string(String(request.uri.path.prefix(500))), "route": .string(route),
            "status": .stringConvertible(status), "seconds": .stringConvertible((seconds * 1e6).rounded() / 1e6),
        ]
        if let caller { metadata["caller"] = .string(caller) }
        if let address = context.remoteAddress?.ipAddress { metadata["remote"] = .string(address) }
        if !isWhole { metadata["aborted"] = .stringConvertible(true) }
        // Probes and scrapes come every few seconds and say nothing while all is well.
        let isProbe = ["/healthz", "/readyz", "/metrics"].contains(route) && status < 400
        context.logger.log(level: isProbe ? .debug : .info, "request", metadata: metadata)
    }

    private static var standardMethods: Set<HTTPRequest.Method> {
        [.get, .head, .post, .put, .patch, .delete, .options, .connect, .trace]
    }
}
