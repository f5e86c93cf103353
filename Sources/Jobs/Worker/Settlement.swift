// How a claimed job comes to its end, whatever its work came to. The store decides, the hub is told after; a full disk
// means waiting, never forgetting.
import Logging
import UIToCode

/// The end of one claim.
struct Settlement {
    private let running: RunningJob
    private let shift: Shift
    private let worker: Worker
    private let retryAfter: Double
    private let start: ContinuousClock.Instant
    /// The disk had no space for the result, or for a note of the end.
    private(set) var isDiskFull = false

    private var job: Job { running.job }
    private var store: JobStore { worker.store }
    private var name: String { worker.options.name }

    /// - Parameters:
    ///   - retryAfter: seconds until the job is tried again, if it is.
    ///   - start: when the work began.
    init(running: RunningJob, shift: Shift, worker: Worker, retryAfter: Double, start: ContinuousClock.Instant) {
        self.running = running
        self.shift = shift
        self.worker = worker
        self.retryAfter = retryAfter
        self.start = start
    }

    /// Brings the job to its end, or back to the queue.
    mutating func settle(_ result: Result<JobWork.Product, any Error>) async {
        switch (result, running.interruption) {
        case (.success(let product), _):
            await save(product)
        case (.failure, .cancelled):
            await finishCancelled()
        case (.failure, .shutdown):
            await release(after: 0, countsAttempt: false, because: "the server stops")
        case (.failure, .leaseLost):
            await tellLoss()
        case (.failure(let error), nil):
            await fail(error)
        }
    }

    private mutating func save(_ product: JobWork.Product) async {
        running.enter(.save)
        let saveStart = ContinuousClock.now
        do throws(StoreError) {
            let revision = try await revision(of: product)
            let seconds = saveStart.duration(to: .now).seconds
            publish(.stage(StageEvent(stage: .save, design: 0, seconds: seconds)))
            // A batch and a workflow have too many files to tell of each.
            if product.staged == nil { for file in revision.files { publish(.file(path: file.path)) } }
            for receipt in revision.receipts { publish(.receipt(design: receipt.design)) }
            publish(.usage(revision.report))
            publish(.succeeded(revision: revision.number))
            worker.metrics.stage(.save, seconds: seconds)
            worker.metrics.succeeded(product, job.kind, seconds: start.duration(to: .now).seconds)
            log(.info, "job succeeded", ["revision": "\(revision.number)"])
        } catch {
            await fail(error)
        }
    }

    private func revision(of product: JobWork.Product) async throws(StoreError) -> Revision {
        if let staged = product.staged {
            return try await store.succeed(
                job, worker: name, staged: staged.project, entry: product.entry, report: product.report,
                outcome: staged.outcome)
        }
        return try await store.succeed(
            job, worker: name, project: product.project, entry: product.entry, report: product.report,
            receipts: product.receipts)
    }

    private mutating func fail(_ error: any Error) async {
        if case .leaseLost = error as? StoreError { return await tellLoss() }
        let failure = JobFailure(error)
        if failure.code == "storage_full" {
            isDiskFull = true
            return await release(after: retryAfter, countsAttempt: false, because: failure.message)
        }
        if failure.code == "engine_unavailable", running.attempts < store.options.attempts {
            let pause = worker.options.pauseSeconds * Double(1 << min(16, running.attempts - 1))
            let seconds = min(worker.options.longestPauseSeconds, pause)
            return await release(after: seconds, countsAttempt: true, because: failure.message)
        }
        // What nobody foresaw is told to the log alone in full.
        log(
            failure.code == "internal" ? .error : .notice, "job failed",
            ["code": "\(failure.code)", "error": "\(error)"])
        let (store, job, name) = (store, job, name)
        guard await persist({ () throws(StoreError) in try await store.fail(job, worker: name, failure) }) else {
            return
        }
        publish(.failed(failure))
        worker.metrics.ended(job.kind, .failed, code: failure.code)
    }

    private mutating func finishCancelled() async {
        let (store, job, name) = (store, job, name)
        guard await persist({ () throws(StoreError) in try await store.finishCancelled(job, worker: name) }) else {
            return
        }
        publish(.cancelled)
        worker.metrics.ended(job.kind, .cancelled, code: nil)
        log(.info, "job cancelled")
    }

    private mutating func release(after seconds: Double, countsAttempt: Bool, because reason: String) async {
        let (store, job, name) = (store, job, name)
        var released: Job?
        let isDone = await persist { () throws(StoreError) in
            released = try await store.release(job, worker: name, after: seconds, countsAttempt: countsAttempt)
        }
        guard isDone else { return }
        if released?.state == .cancelled {
            publish(.cancelled)
            worker.metrics.ended(job.kind, .cancelled, code: nil)
        } else {
            publish(.status(.queued, position: nil))
        }
        log(.notice, "job released", ["reason": "\(reason)", "seconds": "\(seconds)"])
    }

    // The job is another's, or nobody's: a conversion that was deleted takes its jobs along.
    private func tellLoss() async {
        log(.notice, "lease lost")
        do { _ = try await store.job(job.id, key: nil) } catch StoreError.notFound {
            publish(.cancelled)
        } catch {
            log(.error, "a lost job cannot be looked at", ["error": "\(error)"])
        }
    }

    /// Tries until the store has taken note, pausing while it cannot. Gives up when the shift closes: the job is then
    /// found running at the next start.
    ///
    /// - Returns: whether it has.
    private mutating func persist(_ note: () async throws(StoreError) -> Void) async -> Bool {
        var pauses = Pauses(first: worker.options.pauseSeconds, longest: worker.options.longestPauseSeconds)
        while true {
            do throws(StoreError) {
                try await note()
                return true
            } catch {
                if case .leaseLost = error {
                    await tellLoss()
                    return false
                }
                if case .full = error { isDiskFull = true }
                log(.error, "the end of a job cannot be noted", ["error": "\(error)"])
            }
            guard !shift.isClosed else { return false }
            await shift.pause(pauses.next())
        }
    }

    private func publish(_ body: JobEvent.Body) {
        worker.hub.publish(body, job: job.id, attempt: job.claims)
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata = [:]) {
        let about: Logger.Metadata = [
            "job": "\(job.id)", "conversion": "\(job.conversionID)", "kind": "\(job.kind)",
            "attempt": "\(job.attempts)",
            "stage": "\(running.stage)",
        ]
        worker.logger.log(level: level, message, metadata: about.merging(metadata) { _, new in new })
    }
}
