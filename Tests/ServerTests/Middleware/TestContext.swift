// The smallest context the middlewares work with, and requests that no client would send by itself.
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded

@testable import Server

struct TestContext: ServiceRequestContext {
    var coreContext: CoreRequestContextStorage
    var requestID = ""
    var caller = Caller.local
    var remoteAddress: SocketAddress? = try? SocketAddress(ipAddress: "203.0.113.7", port: 5000)

    init(source: ApplicationRequestContextSource) { coreContext = CoreRequestContextStorage(source: source) }

    /// A context outside of any server.
    static var alone: TestContext {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return TestContext(source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: logger))
    }
}

extension RouterMiddleware where Context == TestContext, Input == Request, Output == Response {
    /// What becomes of a request behind which everything is well.
    func outcome(
        _ method: HTTPRequest.Method = .get, _ path: String, host: String? = "localhost:8080",
        headers: HTTPFields = [:]
    ) async throws -> Response {
        let head = HTTPRequest(method: method, scheme: "http", authority: host, path: path, headerFields: headers)
        return try await handle(Request(head: head, body: RequestBody(buffer: ByteBuffer())), context: .alone) { _, _ in
            Response(status: .ok)
        }
    }
}
