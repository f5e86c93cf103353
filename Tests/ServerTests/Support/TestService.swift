// A whole service for one test: its own data directory, its own keys, an engine that plays a script, and a client. The
// same test runs against the router alone or over a socket.
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Inference
import Jobs
import Logging
import Media
import NIOCore
import Render
import Support

@testable import Server

/// What a test holds in its hands.
struct TestService: Sendable {
    let client: any TestClientProtocol
    let store: JobStore
    let hub: EventHub
    let engine: ScriptedEngine

    /// Runs a test against a service that is gone afterwards.
    ///
    /// - Parameters:
    ///   - chat: takes the place of `engine` in the service.
    ///   - renderer: shows the pages of jobs; nil for drafts.
    ///   - works: whether jobs are run; without, they stay queued.
    ///   - configure: changes the configuration before the start.
    static func run(
        _ setup: TestingSetup = .router, engine: ScriptedEngine = ScriptedEngine(), chat: (any Engine)? = nil,
        renderer: (any PageRendering)? = nil, works: Bool = true,
        options: StoreOptions = StoreOptions(), configure: (inout ServerConfiguration) -> Void = { _ in },
        _ test: @escaping @Sendable (TestService) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        var configuration = ServerConfiguration()
        configuration.dataDirectory = directory.path
        configuration.waitSeconds = 20
        configuration.shutdownGraceSeconds = 0
        configure(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let store = try JobStore.open(directory.path, options: options)
        let hub = EventHub()
        let router = try await buildRouter(
            configuration: configuration, store: store, hub: hub, engine: chat ?? engine,
            renderer: renderer as? Renderer,
            metrics: PrometheusRegistry())
        var application = Application(
            router: router, server: try configuration.server(),
            configuration: configuration.application, logger: logger)
        if works {
            application.addServices(
                Worker(
                    store: store, hub: hub, engine: engine, renderer: renderer, options: configuration.worker,
                    logger: logger))
        }
        try await application.test(setup) { client in
            try await test(TestService(client: client, store: store, hub: hub, engine: engine))
            engine.release()
        }
        await store.close()
    }

    /// A request and its answer.
    @discardableResult
    func send(
        _ method: HTTPRequest.Method = .get, _ uri: String, headers: HTTPFields = [:], body: ByteBuffer? = nil
    ) async throws -> TestResponse {
        try await client.execute(uri: uri, method: method, headers: headers, body: body) { $0 }
    }

    /// Sends a picture as a raw body.
    @discardableResult
    func convert(
        _ query: String = "", headers: HTTPFields = [:], picture: [UInt8] = Picture.png()
    ) async throws -> TestResponse {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "image/png" }
        return try await send(.post, "/v1/convert\(query)", headers: headers, body: ByteBuffer(bytes: picture))
    }

    /// Sends JSON.
    @discardableResult
    func post(_ uri: String, json: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = "application/json"
        return try await send(.post, uri, headers: headers, body: ByteBuffer(string: json))
    }
}

/// Pictures to send.
enum Picture {
    /// A PNG of one colour; another colour is another file.
    static func png(width: Int = 8, height: Int = 6, red: UInt8 = 200) -> [UInt8] {
        let image = Image(width: width, height: height, fill: (red, 100, 50))
        do { return try image.encodedPNG() } catch { preconditionFailure("a small picture can be written: \(error)") }
    }
}

extension TestResponse {
    /// The body as text.
    var text: String { String(buffer: body) }

    /// The body as a JSON object.
    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body.readableBytesView))) as? [String: Any] ?? [:]
    }

    /// A value inside the body, by keys and indices: `value("error", "code")`.
    func value(_ keys: Any...) -> Any? {
        keys.reduce(object as Any?) { value, key in
            if let index = key as? Int {
                let items = value as? [Any] ?? []
                return items.indices.contains(index) ? items[index] : nil
            }
            return (value as? [String: Any])?["\(key)"]
        }
    }

    /// A text inside the body.
    func string(_ keys: String...) -> String? {
        keys.reduce(object as Any?) { ($0 as? [String: Any])?[$1] } as? String
    }

    /// The code of an error.
    var code: String? { string("error", "code") }
}
