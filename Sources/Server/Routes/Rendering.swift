// What the routes that compare, render and capture share: who may come in, how long the work goes on, who shows pages,
// and on which threads pixels are worked on. Nothing is kept of such a request: no job, no file, no revision.
//
//     admitted? → body read → work, while the client is there and the service stays → answer
//         │ 429       │ 408         │ client gone: cancelled      │ shutting down: 503
import Hummingbird
import Logging
import Media
import NIOPosix
import Render
import ServiceLifecycle

/// Shows and compares while the client waits.
struct Rendering: Sendable {
    /// Requests that are inside at the same time; those that still send their body and those that wait for the browser
    /// are inside too.
    static let requestsAtOnce = 8

    /// Nil where there is no browser.
    let renderer: Renderer?
    let limits: UploadLimits
    private let gate = RenderGate(places: Self.requestsAtOnce)

    init(renderer: Renderer?, limits: UploadLimits) {
        self.renderer = renderer
        self.limits = limits
    }

    /// The browser.
    ///
    /// - Throws: `renderer_unavailable` where there is none.
    func required() throws(Problem) -> Renderer {
        guard let renderer else { throw .noBrowser }
        return renderer
    }

    /// Reads and answers a request, if there is a place for it.
    ///
    /// - Parameters:
    ///   - read: takes the body; begins only when there is a place.
    ///   - answer: does the work. It is cancelled when the client hangs up or the service shuts down.
    /// - Throws: `renderer_busy`, `shutting_down`, or what the two throw.
    func admit<Order: Sendable>(
        _ context: BottegaRequestContext, read: () async throws -> Order,
        answer: @escaping @Sendable (Order) async throws -> Response
    ) async throws -> Response {
        try await admitted {
            let order = try await read()
            return try await context.whileAttended { try await answer(order) }
        }
    }

    /// Does work, if there is a place for it.
    ///
    /// - Throws: `renderer_busy`, `shutting_down`, or what the work throws.
    func admitted<Outcome>(_ work: () async throws -> Outcome) async throws -> Outcome {
        if Task.isShuttingDownGracefully { throw Problem.closing }
        guard gate.enter() else {
            throw Problem(
                .rendererBusy,
                "\(gate.places) requests to compare, render or capture are being worked on; try again soon",
                retryAfterSeconds: 2)
        }
        defer { gate.leave() }
        return try await work()
    }

    /// Shows a page.
    ///
    /// - Throws: `Problem`, or the browser's `RenderError`.
    func screenshot(of page: PageFiles, in viewport: Viewport) async throws -> Screenshot {
        try check(try await required().render(page, viewport: viewport))
    }

    /// A screenshot that is not larger than what is worked on here.
    ///
    /// - Throws: `render_failed`.
    func check(_ screenshot: Screenshot) throws(Problem) -> Screenshot {
        let (width, height) = (screenshot.image.width, screenshot.image.height)
        guard width * height <= limits.measuredPixels else {
            throw Problem(
                .renderFailed, "the page is \(width) × \(height) pixels; the limit is \(limits.measuredPixels) in all")
        }
        return screenshot
    }
}

/// Threads for work on pixels. It takes seconds, and the tasks of the service must not wait behind it.
enum PixelThreads {
    /// Pieces of work that are done at the same time; a comparison of the largest pictures needs more than a gigabyte.
    static let count = 2

    private static let pool = {
        let pool = NIOThreadPool(numberOfThreads: count)
        pool.start()
        return pool
    }()

    /// Does a piece of work; first come, first served.
    ///
    /// - Throws: what the work throws, or `CancellationError` when the task is cancelled before it begins.
    static func run<Outcome: Sendable>(_ work: @escaping @Sendable () throws -> Outcome) async throws -> Outcome {
        try Task.checkCancellation()
        return try await pool.runIfActive(work)
    }
}

/// How work for a waiting client ended.
private enum Attendance<Outcome: Sendable>: Sendable {
    case done(Result<Outcome, any Error>)
    case hungUp, shuttingDown
}

extension BottegaRequestContext {
    /// Does work for as long as somebody waits for it.
    ///
    /// - Throws: what the work throws; `cancelled` when the client hung up, `shutting_down` when the service shuts down
    ///   before the work is done. Either way the work has ended when this returns.
    func whileAttended<Outcome: Sendable>(
        _ work: @escaping @Sendable () async throws -> Outcome
    ) async throws -> Outcome {
        try await whileWanted(until: await hangUpSignal(), logger: logger, work)
    }
}

/// Does work until the service shuts down, or until a signal fires.
///
/// - Throws: what the work throws; `cancelled` after the signal, `shutting_down` when the service shuts down before the
///   work is done. Either way the work has ended when this returns.
func whileWanted<Outcome: Sendable>(
    until signal: HangUpSignal? = nil, logger: Logger? = nil, _ work: @escaping @Sendable () async throws -> Outcome
) async throws -> Outcome {
    let end = await withTaskGroup(of: Attendance<Outcome>.self) { group in
        group.addTask {
            do { return .done(.success(try await work())) } catch { return .done(.failure(error)) }
        }
        group.addTask {
            await shutdownOrCancellation()
            return .shuttingDown
        }
        if let signal {
            group.addTask {
                await signal.wait()
                return .hungUp
            }
        }
        let end = await group.next() ?? .shuttingDown
        group.cancelAll()
        return end
    }
    switch end {
    case .done(let result): return try result.get()
    case .shuttingDown: throw Problem.closing
    case .hungUp:
        logger?.info("the client hung up; its request is given up")
        throw Problem(.cancelled, "the client hung up")
    }
}

extension Problem {
    /// For work that the end of the service cuts off.
    static var closing: Problem {
        Problem(.shuttingDown, "the service is shutting down; try again when it is back", retryAfterSeconds: 5)
    }
}
