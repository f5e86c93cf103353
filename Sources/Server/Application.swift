// The service put together: one router, its middlewares from the outside in, one collection of routes for each noun, and
// the worker that does what the routes leave in the store. Whatever the service reads from its own bundle is read here,
// once, so that a file that is missing stops the start and not a request.
import Foundation
package import Hummingbird
import HummingbirdCore
package import Inference
package import Jobs
package import Logging
import Media
package import Render

/// Builds the service.
///
/// - Parameter renderer: shows pages; nil where there is no browser. Whoever made it closes it.
/// - Throws: when a file of the service itself cannot be read, the certificate cannot be used, or the store does not
///   answer.
package func buildApplication(
    configuration: ServerConfiguration, store: JobStore, hub: EventHub, engine: any Engine, renderer: Renderer?,
    logger: Logger, metrics: PrometheusRegistry
) async throws -> some ApplicationProtocol {
    let router = try await buildRouter(
        configuration: configuration, store: store, hub: hub, engine: engine, renderer: renderer, logger: logger,
        metrics: metrics)
    return Application(
        router: router, server: try configuration.server(),
        configuration: configuration.application,
        services: [
            Worker(
                store: store, hub: hub, engine: engine, renderer: renderer, options: configuration.worker,
                logger: logger)
        ],
        logger: logger)
}

/// The routes of the service behind its middlewares.
func buildRouter(
    configuration: ServerConfiguration, store: JobStore, hub: EventHub, engine: any Engine, renderer: Renderer?,
    logger: Logger = Logger(label: "bottega"), metrics: PrometheusRegistry
) async throws -> Router<BottegaRequestContext> {
    let router = Router(context: BottegaRequestContext.self, options: .autoGenerateHeadEndpoints)
    router.addMiddlewares(configuration: configuration, store: store, metrics: metrics)
    let abilities = engine.abilities
    let reader = ConversionReader(
        store: store, previews: PreviewSigner(secret: try await store.secret(named: "previews")),
        retentionSeconds: store.options.retentionSeconds)
    let files = FileAnswers(store: store)
    let events = EventAnswers(hub: hub, reader: reader)
    let submissions = Submissions(
        store: store, hub: hub, reader: reader, files: files, events: events,
        pace: Pace(store: store, workers: configuration.workers), activeJobs: configuration.activeJobs,
        waitSeconds: configuration.waitSeconds)
    let uploads = UploadReader(store: store, limits: configuration.limits, abilities: abilities)
    let folders = FolderReader(store: store, limits: configuration.limits, abilities: abilities)
    let rendering = Rendering(renderer: renderer, limits: configuration.limits)
    let bench = ToolBench(
        store: store, reader: reader, submissions: submissions, rendering: rendering, limits: configuration.limits,
        abilities: abilities)
    let bundle = Bundle.module.bundleURL

    router.group("v1")
        .addRoutes(ConversionRoutes(store: store, reader: reader, submissions: submissions, uploads: uploads).endpoints)
        .addRoutes(
            EditRoutes(store: store, reader: reader, submissions: submissions, abilities: abilities).endpoints,
            atPath: "conversions/:conversion"
        )
        .addRoutes(FileRoutes(store: store, reader: reader, files: files).endpoints, atPath: "conversions/:conversion")
        .addRoutes(EventRoutes(store: store, events: events).endpoints, atPath: "conversions/:conversion")
        .addRoutes(
            BatchRoutes(store: store, reader: reader, submissions: submissions, folders: folders).endpoints,
            atPath: "batches"
        )
        .addRoutes(
            EventRoutes(store: store, events: events, kind: .batch).endpoints, atPath: "batches/:conversion"
        )
        .addRoutes(
            WorkflowRoutes(store: store, reader: reader, submissions: submissions, folders: folders).endpoints,
            atPath: "workflows"
        )
        .addRoutes(
            EventRoutes(store: store, events: events, kind: .workflow).endpoints, atPath: "workflows/:conversion"
        )
        .addRoutes(JobRoutes(store: store, reader: reader, submissions: submissions).endpoints, atPath: "jobs")
        .addRoutes(CompareRoutes(rendering: rendering).endpoints, atPath: "compare")
        .addRoutes(RenderRoutes(rendering: rendering).endpoints, atPath: "render")
        .addRoutes(CaptureRoutes(rendering: rendering, policy: configuration.capture).endpoints, atPath: "capture")
        .addRoutes(
            MediaFileRoutes(store: store, files: files, limits: configuration.limits).endpoints, atPath: "files"
        )
        .addRoutes(StackRoutes().endpoints, atPath: "stacks")
        .addRoutes(UsageRoutes(store: store).endpoints, atPath: "usage")
        .addRoutes(
            EngineRoutes(
                abilities: abilities, measures: renderer != nil, limits: configuration.limits,
                queueLimit: configuration.queueLimit
            ).endpoints, atPath: "engine")
    let chat = ChatEngine(engine: engine)
    router.group("v1")
        .addRoutes(CompletionRoutes(chat: chat, store: store, limits: configuration.limits).endpoints)
        .addRoutes(MessageRoutes(chat: chat, store: store, limits: configuration.limits).endpoints, atPath: "messages")
        .addRoutes(ModelRoutes(abilities: abilities).endpoints, atPath: "models")
    router
        .addRoutes(
            MCPRoutes(server: MCPServer(bench: bench, logger: logger), limits: configuration.limits).endpoints,
            atPath: "mcp"
        )
        .addRoutes(
            HealthRoutes(store: store, abilities: abilities, queueLimit: configuration.queueLimit, metrics: metrics)
                .endpoints
        )
        .addRoutes(
            try DocumentRoutes(
                description: bundle.appending(path: "openapi.yaml"), page: bundle.appending(path: "docs/index.html")
            ).endpoints
        )
        .addRoutes(
            try PageRoutes(page: bundle.appending(path: "page"), documentation: bundle.appending(path: "docs"))
                .endpoints
        )
        .addRoutes(
            PreviewRoutes(
                store: store, files: files, signer: reader.previews,
                selectScript: try String(contentsOf: bundle.appending(path: "page/select.js"), encoding: .utf8)
            ).endpoints)
    router.addMethodFallback()
    return router
}

extension Router<BottegaRequestContext> {
    /// From the outside in: every answer is named and dressed, then logged; strangers are turned away before keys are
    /// looked at, and callers are known before their requests are counted.
    fileprivate func addMiddlewares(configuration: ServerConfiguration, store: JobStore, metrics: PrometheusRegistry) {
        add(middleware: RequestIdentity())
        add(middleware: AccessLog(metrics: metrics))
        add(
            middleware: OriginGuard(
                isLoopback: configuration.isLoopback, hosts: configuration.hosts, origins: configuration.corsOrigins))
        add(
            middleware: Authentication(
                policy: configuration.auth, isLoopback: configuration.isLoopback, keyring: StoreKeyring(store: store)))
        add(middleware: RateLimiter(requestsPerMinute: configuration.requestsPerMinute))
    }
}

extension ServerConfiguration {
    /// How connections are served.
    func server() throws -> HTTPServerBuilder {
        let largestBody = max(
            limits.bodyBytes, limits.folderBodyBytes, limits.fileBodyBytes, limits.jsonBytes, limits.chatBytes,
            2 * limits.imageBytes + 1_000_000)
        return try connections { [HangUpWatch(), ExpectationAnswer(largestBody: largestBody)] }
    }

    /// How jobs are run.
    var worker: WorkerOptions {
        var options = WorkerOptions()
        options.concurrency = workers
        options.graceSeconds = shutdownGraceSeconds
        options.measuredPixels = limits.measuredPixels
        options.imageLimits = ImageLimits(maxSide: limits.imageSide, maxPixels: limits.imagePixels)
        options.videoLimits.maxFileBytes = limits.videoBytes
        options.videoLimits.maxPixels = min(options.videoLimits.maxPixels, limits.imagePixels)
        return options
    }
}

/// The store's keys, as the middleware asks for them.
private struct StoreKeyring: Keyring {
    let store: JobStore

    func caller(presenting secret: String) async throws -> Caller? {
        guard let key = try await store.key(presenting: secret) else { return nil }
        return Caller(keyID: key.id, requestsPerMinute: key.requestsPerMinute, activeJobs: key.activeJobs)
    }

    func hasKeys() async throws -> Bool { try await store.hasKeys() }
}
