import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Synchronization
import Testing

@testable import Server

@Suite struct AccessLogTests {
    private final class Lines: Sendable {
        private let state = Mutex<[String]>([])
        var all: [String] { state.withLock { $0 } }
        func append(_ line: String) { state.withLock { $0.append(line) } }

        /// The lines that AccessLog wrote, as objects.
        var requests: [[String: Any]] {
            all.compactMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
                .filter { $0["message"] as? String == "request" }
        }
    }

    private struct Ring: Keyring {
        func caller(presenting secret: String) async throws -> Caller? { Caller(keyID: "one") }
        func hasKeys() async throws -> Bool { true }
    }

    private static func run(
        lines: Lines, metrics: PrometheusRegistry,
        _ test: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let router = Router(context: TestContext.self)
        router.add(middleware: RequestIdentity())
        router.add(middleware: AccessLog(metrics: metrics))
        router.add(middleware: Authentication(policy: .auto, isLoopback: true, keyring: Ring(), failureDelay: .zero))
        router.get("v1/jobs/:job") { _, _ in "job" }
        router.get("v1/missing") { _, _ -> String in throw Problem(.notFound, "nothing") }
        router.get("docs/stream") { _, _ in
            #expect(lines.requests.isEmpty)
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    #expect(lines.requests.isEmpty, "logged before its end")
                    try await writer.write(ByteBuffer(string: "all of it"))
                    try await writer.finish(nil)
                })
        }
        router.get("healthz") { _, _ in "ok" }
        let logger = Logger(label: "http") { LineLogHandler(label: $0, format: .json, write: lines.append) }
        try await Application(router: router, logger: logger).test(.router, test)
    }

    private static let key: HTTPFields = [.authorization: "Bearer bk_one_secret", .xRequestID: "r-1"]

    @Test func aLineNamesTheRouteTheStatusAndTheCaller() async throws {
        let lines = Lines()
        try await Self.run(lines: lines, metrics: PrometheusRegistry()) { client in
            _ = try await client.execute(uri: "/v1/jobs/job_7?cursor=c", method: .get, headers: Self.key)
        }
        let line = try #require(lines.requests.first)
        #expect(lines.requests.count == 1)
        #expect(line["route"] as? String == "/v1/jobs/{job}" && line["path"] as? String == "/v1/jobs/job_7")
        #expect(line["status"] as? Int == 200 && line["method"] as? String == "GET")
        #expect(line["caller"] as? String == "one" && line["remote"] as? String == "203.0.113.7")
        #expect(line["request_id"] as? String == "r-1" && line["seconds"] is Double)
        #expect(!lines.all.joined().contains("secret"))
    }

    @Test func pathsMakeNoSeries() async throws {
        let metrics = PrometheusRegistry()
        try await Self.run(lines: Lines(), metrics: metrics) { client in
            for number in 0..<3 {
                _ = try await client.execute(uri: "/v1/jobs/job_\(number)", method: .get, headers: Self.key)
                _ = try await client.execute(uri: "/made/up/\(number)", method: .get, headers: Self.key)
            }
            _ = try await client.execute(uri: "/v1/missing", method: .get, headers: Self.key)
            _ = try await client.execute(uri: "/v1/missing", method: .init("FROB") ?? .get, headers: Self.key)
        }
        let counts = metrics.exposition().split(separator: "\n").filter { $0.hasPrefix("bottega_http_requests_total{") }
        #expect(
            counts == [
                "bottega_http_requests_total{method=\"GET\",route=\"/v1/jobs/{job}\",status=\"200\"} 3",
                "bottega_http_requests_total{method=\"GET\",route=\"/v1/missing\",status=\"404\"} 1",
                "bottega_http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 3",
                "bottega_http_requests_total{method=\"other\",route=\"unmatched\",status=\"404\"} 1",
            ])
        #expect(metrics.exposition().contains("bottega_http_requests_in_flight 0\n"))
        #expect(metrics.exposition().contains("bottega_http_request_seconds_count{route=\"unmatched\"} 4\n"))
    }

    @Test func aStreamIsLoggedWhenItEnds() async throws {
        let lines = Lines()
        try await Self.run(lines: lines, metrics: PrometheusRegistry()) { client in
            let response = try await client.execute(uri: "/docs/stream", method: .get)
            #expect(String(buffer: response.body) == "all of it")
        }
        #expect(lines.requests.count == 1)
    }

    @Test func probesAreQuietWhileAllIsWell() async throws {
        let lines = Lines()
        try await Self.run(lines: lines, metrics: PrometheusRegistry()) { client in
            _ = try await client.execute(uri: "/healthz", method: .get)
        }
        #expect(lines.requests.isEmpty)
    }
}
