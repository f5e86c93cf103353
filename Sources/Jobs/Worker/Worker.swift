// The service that does the work: claims jobs while there are any, keeps their leases, tells the hub what happens, and
// brings every job it claimed to one of its ends. Nothing that goes wrong with a job, the disk or the database ends the
// worker; only a shutdown or a cancelled task does.
//
//     slot (× concurrency):   claim → JobWork ∥ heartbeat → settle → claim …      waits for `JobStore.arrivals`
//     sweep, every few minutes
//     graceful shutdown:      no new claims → `graceSeconds` → running jobs are released, not counted
package import Inference
package import Logging
package import Media
package import Render
import ServiceLifecycle
import UIToCode

/// How a worker works.
package struct WorkerOptions: Sendable {
    /// The name its leases carry; two workers on one store have different ones.
    package var name = "worker"
    /// Jobs at once.
    package var concurrency = 1
    /// How long running jobs may go on after a graceful shutdown began.
    package var graceSeconds = 20.0
    /// The first pause before an engine that was unavailable is asked again, or a full disk is tried again; doubled
    /// each time, up to `longestPauseSeconds`.
    package var pauseSeconds = 2.0
    package var longestPauseSeconds = 60.0
    /// Time between two sweeps of the store.
    package var sweepSeconds = 300.0
    /// Larger pictures are refused.
    package var imageLimits = ImageLimits()
    /// Larger recordings are refused.
    package var videoLimits = RecordingObserver().limits
    /// Pages of designs and screens with more pixels are not shown and scored, which takes many bytes a pixel.
    package var measuredPixels = 16_000_000

    /// One job at a time, 20 s of grace, pauses of 2 s to 60 s.
    package init() {}
}

/// Does the jobs of a store.
package struct Worker: Service {
    let store: JobStore
    let hub: EventHub
    let engine: any Engine
    let renderer: (any PageRendering)?
    let options: WorkerOptions
    let logger: Logger
    let metrics = WorkerMetrics()

    /// Prepares a worker; `run` starts it.
    ///
    /// - Parameter renderer: shows the pages, so that they are scored and repaired; nil for drafts.
    package init(
        store: JobStore, hub: EventHub, engine: any Engine, renderer: (any PageRendering)? = nil,
        options: WorkerOptions, logger: Logger
    ) {
        precondition(options.concurrency > 0, "a worker does at least one job at a time")
        self.store = store
        self.hub = hub
        self.engine = engine
        self.renderer = renderer
        self.options = options
        self.logger = logger
    }

    /// Works until the service is shut down gracefully.
    ///
    /// - Throws: `CancellationError` when the task was cancelled, after the running jobs were released.
    package func run() async throws {
        let shift = Shift(bell: store.arrivals)
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await work(shift)
            } onGracefulShutdown: {
                shift.close()
            }
        } onCancel: {
            shift.interrupt()
        }
        try Task.checkCancellation()
    }

    private func work(_ shift: Shift) async {
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<options.concurrency {
                group.addTask {
                    await workInSlot(shift)
                    return true
                }
            }
            group.addTask {
                await endAfterGrace(shift)
                return false
            }
            group.addTask {
                await sweep(shift)
                return false
            }
            var slots = options.concurrency
            while slots > 0, let isSlot = await group.next() { slots -= isSlot ? 1 : 0 }
            group.cancelAll()
        }
    }

    private func endAfterGrace(_ shift: Shift) async {
        await shift.waitForClose()
        try? await Task.sleep(for: .seconds(options.graceSeconds))
        if !Task.isCancelled { shift.interrupt() }
    }

    private func sweep(_ shift: Shift) async {
        while !shift.isClosed {
            do {
                let report = try await store.sweep(now: store.surroundings.now())
                logger.debug("swept", metadata: ["report": "\(report)"])
            } catch {
                logger.error("sweeping failed", metadata: ["error": "\(error)"])
            }
            await shift.pause(options.sweepSeconds)
        }
    }

    private func workInSlot(_ shift: Shift) async {
        var pauses = Pauses(first: options.pauseSeconds, longest: options.longestPauseSeconds)
        while !shift.isClosed {
            let seen = (arrivals: store.arrivals.count, cancellations: store.cancellations.count)
            do {
                let claim = try await store.claim(worker: options.name)
                for job in claim.ended { tellEnd(of: job) }
                if let job = claim.job {
                    let running = RunningJob(job, cancellationsSeen: seen.cancellations)
                    let isDiskFull = await run(running, shift, retryAfter: pauses.upcoming)
                    if isDiskFull { await shift.pause(pauses.next()) } else { pauses.reset() }
                } else {
                    let seconds = min(60, max(0.01, claim.dueSeconds ?? 60))
                    await store.arrivals.wait(since: seen.arrivals, atMost: seconds)
                }
            } catch {
                logger.error("no job can be claimed", metadata: ["error": "\(error)"])
                await shift.pause(pauses.next())
            }
        }
    }

    // A job whose worker fell silent and which ended with that.
    private func tellEnd(of job: Job) {
        let failure = job.failure
        logger.error("job ended without its worker", metadata: ["job": "\(job.id)", "state": "\(job.state)"])
        metrics.ended(job.kind, job.state, code: failure?.code)
        hub.publish(failure.map { .failed($0) } ?? .cancelled, job: job.id, attempt: job.claims)
    }

    /// Does one job.
    ///
    /// - Returns: whether the disk was full.
    private func run(_ running: RunningJob, _ shift: Shift, retryAfter seconds: Double) async -> Bool {
        let job = running.job
        hub.open(job: job.id)
        if job.claims > 1 { hub.publish(.restart(attempt: job.claims), job: job.id, attempt: job.claims) }
        hub.publish(.status(.running, position: nil), job: job.id, attempt: job.claims)
        await countQueue()
        let start = ContinuousClock.now
        let work = JobWork(
            running: running, store: store, hub: hub, engine: engine, renderer: renderer, options: options,
            metrics: metrics)
        let task = Task(executorPreference: JobThreads.shared) { try await work.run() }
        running.begin(task)
        shift.add(running)
        let heart = Task { await keepLease(of: running) }
        let result = await task.result
        heart.cancel()
        await heart.value
        var settlement = Settlement(
            running: running, shift: shift, worker: self, retryAfter: seconds, start: start)
        await settlement.settle(result)
        shift.remove(running)
        await countQueue()
        return settlement.isDiskFull
    }

    // Renews a third of the lease before it would be the last chance, and at once when the stage changed (at most once
    // a second) or somebody cancelled something.
    private func keepLease(of running: RunningJob) async {
        let interval = store.options.leaseSeconds / 3
        var seen = running.cancellationsSeen
        var (stage, renewed) = (running.stage, ContinuousClock.now)
        while !Task.isCancelled {
            await store.cancellations.wait(since: seen, atMost: min(1, interval))
            let rang = store.cancellations.count != seen
            seen = store.cancellations.count
            let current = running.stage
            guard rang || current != stage || renewed.duration(to: .now) >= .seconds(interval), !Task.isCancelled
            else { continue }
            do {
                switch try await store.renewLease(running.job, worker: options.name, stage: current) {
                case .held: break
                case .cancelRequested: running.interrupt(.cancelled)
                case .lost: running.interrupt(.leaseLost)
                }
                (stage, renewed) = (current, .now)
            } catch {
                logger.warning(
                    "a lease cannot be renewed", metadata: ["job": "\(running.job.id)", "error": "\(error)"])
            }
        }
    }

    private func countQueue() async {
        do { metrics.queue(try await store.counts()) } catch {
            logger.warning("the queue cannot be counted", metadata: ["error": "\(error)"])
        }
    }
}
