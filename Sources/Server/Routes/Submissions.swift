// From a job on disk to an answer: waits as long as the client wants, and answers with the result, or with where to ask
// for it. A client that hangs up while it waits takes its job with it, unless it said that it need not be there. Nothing
// is started here; the routes do that.
import Foundation
import HTTPTypes
import Hummingbird
import Jobs
import Logging
import ServiceLifecycle

/// Answers requests that started a job.
struct Submissions: Sendable {
    let store: JobStore
    let hub: EventHub
    let reader: ConversionReader
    let files: FileAnswers
    let events: EventAnswers
    let pace: Pace
    /// Jobs a caller may have queued or running, unless its key says otherwise.
    let activeJobs: Int
    /// Seconds to wait for a request that does not say.
    let waitSeconds: Double
    let underWay = IdempotencyKeys()

    /// What became of a wait.
    private enum Wait {
        case finished, timeIsUp, hungUp, shuttingDown
    }

    /// Refuses work that could not be finished.
    func requireOpen() throws(Problem) {
        if Task.isShuttingDownGracefully { throw .closing }
    }

    /// What the store is told to do a request once; nil without a key.
    func idempotency(_ terms: AnswerTerms, digest: String) -> IdempotencyRequest? {
        terms.idempotencyKey.map { IdempotencyRequest(key: $0, digest: digest) }
    }

    /// The answer to a request whose job is on disk.
    ///
    /// - Parameter waitSeconds: how long to wait for a request that does not say; nil for as long as configured.
    func answer(
        _ submission: Submission, terms: AnswerTerms, waitSeconds: Double? = nil, context: BottegaRequestContext
    ) async throws -> Response {
        let (job, isReplay) =
            switch submission {
            case .created(let job): (job, false)
            case .replayed(let job): (job, true)
            }
        hub.open(job: job.id)
        // A replayed job may have ended before its log was opened, and will then not be told of in it.
        let current = isReplay ? try await store.job(job.id, key: job.keyID) : job
        var response = try await answer(
            current, isReplay: isReplay, terms: terms, waitSeconds: waitSeconds ?? self.waitSeconds, context: context)
        response.headers[.location] = Links.home(of: job.conversionID, job.kind.ofConversion)
        if isReplay { response.headers[.idempotencyReplayed] = "true" }
        if let applied = terms.prefer.applied { response.headers[.preferenceApplied] = applied }
        return response
    }

    private func answer(
        _ job: Job, isReplay: Bool, terms: AnswerTerms, waitSeconds: Double, context: BottegaRequestContext
    ) async throws -> Response {
        if terms.shape == .events { return try await events.answer(job, after: nil, context: context) }
        var job = job
        let seconds = terms.prefer.wait(standard: waitSeconds)
        if !job.state.isFinal, seconds > 0 {
            let outcome = await wait(for: job, seconds: seconds, context: context)
            if outcome == .hungUp, !isReplay, !terms.prefer.respondsAsync {
                context.logger.info("the client hung up; its job is cancelled", metadata: ["job": "\(job.id)"])
                job = try await cancel(job.id, caller: context.caller)
            }
            job = try await store.job(job.id, key: context.caller.keyID)
        }
        guard job.state.isFinal else { return try await pending(job) }
        if let problem = Problem(job) { throw problem }
        return try await finished(job, accept: terms.accept, context: context)
    }

    /// Cancels a job and tells those who follow it; a job that has ended is left as it is.
    func cancel(_ id: String, caller: Caller) async throws -> Job {
        let job = try await store.job(id, key: caller.keyID)
        guard !job.state.isFinal else { return job }
        let cancelled = try await store.cancel(job: id, key: caller.keyID)
        // A job that no worker holds has nobody else to tell of its end.
        if cancelled.state == .cancelled { hub.publish(.cancelled, job: id, attempt: cancelled.claims) }
        return cancelled
    }

    /// The result of a job that succeeded, in the shape the client likes best.
    ///
    /// A page is offered only where it is the whole result.
    func finished(_ job: Job, accept: Accept, context: BottegaRequestContext) async throws -> Response {
        let conversion = try await store.conversion(job.conversionID, key: context.caller.keyID)
        return try await answer(conversion, job: job, revision: job.revision, accept: accept, context: context)
    }

    /// A conversion in the shape the client likes best; as JSON while it has no files.
    func answer(
        _ conversion: Conversion, job: Job?, revision number: Int?, accept: Accept, withText: Bool = true,
        context: BottegaRequestContext
    ) async throws -> Response {
        if number == nil, conversion.latestRevision == nil {
            return try Wire.answer(try await reader.object(of: conversion, job: job, withText: withText))
        }
        let revision = try await reader.revision(number, of: conversion)
        let isPage = revision.files.count == 1 && conversion.kind == .conversion
        let offered: [AnswerShape] = isPage ? [.json, .archive, .page] : [.json, .archive]
        switch try accept.required(among: offered) {
        case .archive: return try files.archive(of: revision, named: conversion.name)
        case .page:
            return try await files.answer(revision.entry, in: revision, context: context, headers: revision.scoreHeader)
        case .json, .events:
            let object = try await reader.object(
                of: conversion, job: job, revision: revision.number, withText: withText)
            return try Wire.answer(object, headers: revision.scoreHeader)
        }
    }

    private func pending(_ job: Job) async throws -> Response {
        let conversion = try await store.conversion(job.conversionID, key: job.keyID)
        let object = try await reader.object(of: conversion, job: job)
        let seconds = try await pace.secondsUntilFinished(job, position: try await store.position(of: job.id))
        return try Wire.answer(object, status: .accepted, headers: [.retryAfter: String(seconds)])
    }

    /// Waits until the job is finished, the time is up, the client is gone or the service shuts down.
    private func wait(for job: Job, seconds: Double, context: BottegaRequestContext) async -> Wait {
        let signal = await context.hangUpSignal()
        return await withTaskGroup(of: Wait.self) { group in
            group.addTask {
                await hub.waitUntilFinished(job.id)
                return .finished
            }
            group.addTask {
                do { try await Task.sleep(for: .seconds(seconds)) } catch { return .shuttingDown }
                return .timeIsUp
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
            let outcome = await group.next() ?? .timeIsUp
            group.cancelAll()
            return Task.isCancelled ? .shuttingDown : outcome
        }
    }
}

extension Revision {
    /// `X-Fidelity-Score`, where something was measured.
    var scoreHeader: HTTPFields { shownScore.map { [.fidelityScore: $0.headerText] } ?? [:] }
}

/// Tells clients when to ask again.
struct Pace: Sendable {
    let store: JobStore
    /// Jobs that run at once.
    let workers: Int

    /// Whole seconds, 1 to 60: the jobs before this one and itself, at the mean time of the caller's last 20 jobs.
    func secondsUntilFinished(_ job: Job, position: Int?) async throws -> Int {
        let recent = try await store.jobs(key: job.keyID, state: .succeeded, limit: 20, cursor: nil).items
        let times = recent.compactMap { job -> Double? in
            guard let started = job.startedAt, let finished = job.finishedAt else { return nil }
            return finished.timeIntervalSince(started)
        }
        guard !times.isEmpty else { return 1 }
        let mean = times.reduce(0, +) / Double(times.count)
        let rounds = (Double((position ?? 0) + 1) / Double(max(1, workers))).rounded(.up)
        return Int(min(60, max(1, (mean * rounds).rounded(.up))))
    }
}
