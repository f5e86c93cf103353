// The life of `bottega mcp`: the store, the worker and the browser of the service, without its port. One client, at the
// other end of the standard streams, has all of it; when it goes, everything ends.
//
//     streams taken → logging → store → engine → worker ∥ session
//     input ends:        running tools are finished and answered
//     SIGTERM, SIGINT:   running tools are cancelled          a second signal: the process ends at once
//
// A data directory belongs to one process. Unless one is named, each has a temporary one of its own, so that any number
// of editors can have theirs, beside a service that runs.
import Dispatch
import Foundation
package import Inference
import Jobs
import Logging
import Render
import ServiceLifecycle

/// Serves the tools to the client that started the process.
package struct ToolServing: Sendable {
    /// How long a job may take to end after it was cancelled, in seconds.
    private static let graceSeconds = 5.0

    private let configuration: ServerConfiguration
    private let dataDirectory: String?
    private let localFiles: LocalFiles

    /// - Parameters:
    ///   - data: the data directory; nil for a temporary one.
    ///   - isVerbose: whether more than warnings is said on stderr.
    package init(data: String?, isVerbose: Bool, localFiles: LocalFiles) {
        var configuration = ServerConfiguration()
        configuration.logLevel = isVerbose ? .info : .warning
        configuration.logFormat = .text
        configuration.shutdownGraceSeconds = Self.graceSeconds
        self.configuration = configuration
        dataDirectory = data.map { LocalFiles.whole($0) }
        self.localFiles = localFiles
    }

    /// Serves until the client is gone or a signal ends it.
    ///
    /// May be called once in a process: its standard streams are taken.
    ///
    /// - Parameter openEngine: called once, after the store is open.
    package func run(openEngine: @Sendable () async throws -> any Engine) async throws {
        // A picture in base64, and room for the rest of the message.
        let streams = StandardStreams.take(lineLimit: configuration.limits.imageBytes / 3 * 4 + 1_000_000)
        configuration.startLogging()
        let logger = Logger(label: "bottega")
        let renderer = configuration.renderer(logger)
        let outcome = await withData { store in
            let engine = try await openEngine()
            try await run(store: store, engine: engine, renderer: renderer, streams: streams, logger: logger)
        }
        // Last, since it can take seconds on a busy machine, and clients that have gone wait no longer than that.
        await renderer?.close()
        try outcome.get()
    }

    /// Does work on the store, whose directory is gone afterwards if it is a temporary one.
    private func withData(_ work: (JobStore) async throws -> Void) async -> Result<Void, any Error> {
        do {
            let directory = try dataDirectory ?? Self.temporaryDirectory()
            defer { if dataDirectory == nil { try? FileManager.default.removeItem(atPath: directory) } }
            let store = try JobStore.open(directory, options: configuration.store)
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await work(store)) } catch { outcome = .failure(error) }
            await store.close()
            return outcome
        } catch {
            return .failure(error)
        }
    }

    private func run(
        store: JobStore, engine: any Engine, renderer: Renderer?, streams: StandardStreams, logger: Logger
    ) async throws {
        let hub = EventHub()
        let bench = try await ToolBench(
            configuration: configuration, store: store, hub: hub, abilities: engine.abilities,
            rendering: Rendering(renderer: renderer, limits: configuration.limits), localFiles: localFiles)
        let session = StandardSession(server: MCPServer(bench: bench, logger: logger), streams: streams)
        let worker = Worker(
            store: store, hub: hub, engine: engine, renderer: renderer, options: configuration.worker, logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: worker),
                    .init(service: session, successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                logger: Logger(label: "bottega.lifecycle") { _ in SwiftLogNoOpLogHandler() }))
        let signals = StopSignals { name in
            logger.notice("\(name): what is under way is cancelled; a second signal ends the process at once")
            session.stop()
        }
        defer { signals.ignore() }
        try await group.run()
    }

    private static func temporaryDirectory() throws -> String {
        var path = Array((FileManager.default.temporaryDirectory.path + "/bottega-mcp-XXXXXX").utf8CString)
        guard mkdtemp(&path) != nil else {
            throw StoreError.cannotOpen("no temporary directory: \(String(cString: strerror(errno)).lowercased())")
        }
        return String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
