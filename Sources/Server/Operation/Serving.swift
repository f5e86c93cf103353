// The life of the service: opened in order, run until it is told to stop, closed in order.
//
//     limits of the process → logging, metrics → store → may it listen there? → engine → application → "listening"
//     SIGTERM or SIGINT: no new connections or jobs, running jobs get their grace, then everything is closed
//     a second signal:   the process ends at once; what was running is taken up again at the next start
import CoreMetrics
import Dispatch
import Foundation
import Hummingbird
import HummingbirdCore
package import Inference
import Jobs
import Logging
import NIOCore
import Render
import ServiceLifecycle

/// What keeps the service from starting.
package enum ServingError: Error, Equatable {
    /// Other machines could reach the service, and nothing would ask them who they are.
    case unprotected(host: String)
    case cannotListen(address: String, reason: String)
}

extension ServingError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unprotected(let host):
            "host \(host) can be reached from other machines and there is no key; make one with "
                + "'bottega keys create NAME', or set auth to off if something else keeps strangers out"
        case .cannotListen(let address, let reason): "\(address): cannot listen: \(reason)"
        }
    }
}

/// Runs the service with a configuration.
package struct Serving: Sendable {
    private let configuration: ServerConfiguration
    private let unknownVariables: [String]
    private let metrics = PrometheusRegistry()

    package init(_ loaded: LoadedConfiguration) {
        configuration = loaded.configuration
        unknownVariables = loaded.unknownVariables
    }

    /// Serves until a signal ends it.
    ///
    /// May be called once in a process: it is where the process's logs and metrics begin.
    ///
    /// - Parameters:
    ///   - openEngine: called once, after everything that fails fast.
    ///   - ready: is told, once, in one line, that requests are answered, and where.
    package func run(
        openEngine: @Sendable () async throws -> any Engine, ready: @escaping @Sendable (String) -> Void
    ) async throws {
        configuration.startLogging()
        MetricsSystem.bootstrap(metrics)
        var configuration = configuration
        let logger = Logger(label: "bottega")
        for name in unknownVariables { logger.warning("variable \(name) names no setting") }
        configuration.connectionLimit = OpenFiles.connections(wanted: configuration.connectionLimit, logger: logger)
        _ = try configuration.connections()  // a certificate that cannot be used is told before anything is opened

        let renderer = configuration.renderer(logger)
        let store = try JobStore.open(configuration.dataDirectory, options: configuration.store)
        do {
            let hasKeys = try await store.hasKeys()
            guard configuration.isLoopback || hasKeys || configuration.auth == .off else {
                throw ServingError.unprotected(host: configuration.host)
            }
            let application = try await buildApplication(
                configuration: configuration, store: store, hub: EventHub(), engine: try await openEngine(),
                renderer: renderer, logger: logger, metrics: metrics)
            let needsKey =
                configuration.auth == .required
                || (configuration.auth == .auto && (hasKeys || !configuration.isLoopback))
            let announced = AnnouncedApplication(base: application) { [configuration] port in
                ready(configuration.announcement(port: port, needsKey: needsKey))
            }
            try await run(announced, logger)
        } catch {
            await renderer?.close()
            await store.close()
            throw error
        }
        await renderer?.close()
        await store.close()
        logger.info("stopped")
    }

    private func run(_ application: some ApplicationProtocol, _ logger: Logger) async throws {
        var options = ServiceGroupConfiguration(
            services: [.init(service: application, successTerminationBehavior: .gracefullyShutdownGroup)],
            logger: Logger(label: "bottega.lifecycle") { _ in SwiftLogNoOpLogHandler() })
        // What is left after the jobs' grace are slow uploads and slow readers.
        options.maximumGracefulShutdownDuration = .seconds(configuration.shutdownGraceSeconds + 10)
        let group = ServiceGroup(configuration: options)
        let signals = StopSignals { name in
            logger.notice("\(name): shutting down; a second signal ends the process at once")
            Task { await group.triggerGracefulShutdown() }
        }
        defer { signals.ignore() }
        let address = configuration.address(port: configuration.port)
        do { try await group.run() } catch let error as IOError {
            throw ServingError.cannotListen(address: address, reason: String(cString: strerror(error.errnoCode)))
        } catch let error where error is SocketAddressError || error is SocketAddressError.UnknownHost {
            throw ServingError.cannotListen(address: address, reason: "there is no such address")
        } catch is CancellationError {
            logger.warning("what did not end in time was cut off")
        }
    }
}

extension ServerConfiguration {
    /// Begins the process's logs, on stderr.
    func startLogging() {
        let format: LineLogHandler.Format =
            switch logFormat {
            case .json: .json
            case .text: .text
            case .auto: isatty(STDERR_FILENO) == 1 ? .text : .json
            }
        let level = logLevel
        LoggingSystem.bootstrap { label in LineLogHandler(label: label, level: level, format: format) }
    }

    /// Opens the browser that shows pages; nil, with a word in the log, where there is none.
    func renderer(_ logger: Logger) -> Renderer? {
        var options = RenderOptions()
        options.pagePixels = limits.measuredPixels
        do { return try Renderer(options: options) } catch {
            logger.warning("pages are not measured: \(error)")
            return nil
        }
    }

    /// How the store behaves.
    var store: StoreOptions {
        var options = StoreOptions()
        options.queueLimit = queueLimit
        options.attempts = attempts
        options.retentionSeconds = retentionDays > 0 ? retentionDays * 86_400 : nil
        options.retentionBytes = retentionBytes > 0 ? retentionBytes : nil
        return options
    }

    /// The line that says where the service is and who may use it.
    func announcement(port: Int, needsKey: Bool) -> String {
        let access =
            needsKey ? "a key is needed" : isLoopback ? "no key needed on this machine only" : "no key needed by anyone"
        return "listening on \(address(port: port)) (\(access))"
    }
}

/// An application that says when it is running.
private struct AnnouncedApplication<Base: ApplicationProtocol>: ApplicationProtocol {
    typealias Responder = Base.Responder

    let base: Base
    let announce: @Sendable (_ port: Int) -> Void

    var responder: Base.Responder { get async throws { try await base.responder } }
    var server: HTTPServerBuilder { base.server }
    var eventLoopGroup: any EventLoopGroup { base.eventLoopGroup }
    var configuration: ApplicationConfiguration { base.configuration }
    var logger: Logger { base.logger }
    var services: [any Service] { base.services }
    var processesRunBeforeServerStart: [@Sendable () async throws -> Void] { base.processesRunBeforeServerStart }

    func onServerRunning(_ channel: any Channel) async {
        await base.onServerRunning(channel)
        announce(channel.localAddress?.port ?? 0)
    }
}

/// SIGTERM and SIGINT: the first is told, the second does what it always does.
struct StopSignals {
    private let sources: [any DispatchSourceSignal]

    init(_ stop: @escaping @Sendable (String) -> Void) {
        signal(SIGPIPE, SIG_IGN)  // a client or a log reader that has gone is no reason to stop
        sources = [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")].map { number, name in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                signal(SIGTERM, SIG_DFL)
                signal(SIGINT, SIG_DFL)
                stop(name)
            }
            source.resume()
            return source
        }
    }

    func ignore() { for source in sources { source.cancel() } }
}

/// The process's limit of open files: every connection takes one, an upload a second.
enum OpenFiles {
    // The database, the engine's weights, results that are being written.
    private static let reserve = 128

    /// Raises the limit as far as it goes.
    ///
    /// - Returns: the connections that are wanted, or as many as there are files for, which is logged.
    static func connections(wanted: Int, logger: Logger) -> Int {
        let needed = wanted * 2 + reserve
        var limits = rlimit()
        guard getrlimit(resource, &limits) == 0 else { return wanted }
        if limits.rlim_cur < needed {
            limits.rlim_cur = min(limits.rlim_max, rlim_t(needed))
            guard setrlimit(resource, &limits) == 0, getrlimit(resource, &limits) == 0 else { return wanted }
        }
        guard limits.rlim_cur < needed else { return wanted }
        let possible = max(1, (Int(limits.rlim_cur) - reserve) / 2)
        logger.warning("only \(limits.rlim_cur) files may be open: \(possible) connections instead of \(wanted)")
        return min(wanted, possible)
    }

    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
}
