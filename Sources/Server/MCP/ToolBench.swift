// What the tools work with: the service's own store, worker and browser. A tool that converts or edits leaves a job in
// the store and follows it; what it gives is read from the store, like any other answer of the service.
//
//     submit → job on disk → follow its events → succeeded: the revision
//                              │ cancelled by the client: the job is cancelled
//                              │ the service shuts down: the job stays, and is taken up again
import Foundation
import Inference
import Jobs
import NIOPosix
import ServiceLifecycle
import UIToCode

/// The tools' own means.
struct ToolBench: Sendable {
    let store: JobStore
    let reader: ConversionReader
    let submissions: Submissions
    let rendering: Rendering
    let limits: UploadLimits
    let abilities: Abilities
    /// Nil where clients are elsewhere.
    var localFiles: LocalFiles?

    var resources: ConversionResources { ConversionResources(store: store, reader: reader) }

    /// Waits for a job, telling how far it is.
    ///
    /// - Returns: what it made.
    /// - Throws: the problem that ended it, `shutting_down`, or `CancellationError` when the task is cancelled: then the
    ///   job is cancelled too.
    func result(of submission: Submission, for call: ToolOrder) async throws -> (Conversion, Revision) {
        let job = submission.job
        submissions.hub.open(job: job.id)
        await follow(job, call.progress)
        if Task.isCancelled {
            // What follows must not end with the task that was cancelled.
            try await Task { _ = try await submissions.cancel(job.id, caller: call.caller) }.value
            throw CancellationError()
        }
        let ended = try await store.job(job.id, key: call.caller.keyID)
        if let problem = Problem(ended) { throw problem }
        guard ended.state == .succeeded else { throw Problem.closing }
        let conversion = try await store.conversion(job.conversionID, key: call.caller.keyID)
        return (conversion, try await store.revision(ended.revision, of: conversion.id))
    }

    /// Returns when the job has told its last event, when the task is cancelled or when the service shuts down.
    private func follow(_ job: Job, _ progress: ProgressTeller) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var way = JobProgress()
                func tell(_ event: JobEvent.Body) {
                    if let (value, words) = way.take(event) { progress.tell(value, words) }
                }
                if let place = try? await store.position(of: job.id) { tell(.status(.queued, position: place)) }
                guard let events = submissions.hub.events(of: job.id) else { return }
                for await event in events { tell(event.body) }
            }
            group.addTask { await shutdownOrCancellation() }
            await group.next()
            group.cancelAll()
        }
    }
}

extension ToolBench {
    /// The means of tools that have a store to themselves.
    init(
        configuration: ServerConfiguration, store: JobStore, hub: EventHub, abilities: Abilities,
        rendering: Rendering, localFiles: LocalFiles
    ) async throws {
        let reader = ConversionReader(
            store: store, previews: PreviewSigner(secret: try await store.secret(named: "previews")),
            retentionSeconds: store.options.retentionSeconds)
        self.init(
            store: store, reader: reader,
            submissions: Submissions(
                store: store, hub: hub, reader: reader, files: FileAnswers(store: store),
                events: EventAnswers(hub: hub, reader: reader),
                pace: Pace(store: store, workers: configuration.workers), activeJobs: configuration.activeJobs,
                waitSeconds: configuration.waitSeconds),
            rendering: rendering, limits: configuration.limits, abilities: abilities, localFiles: localFiles)
    }
}

extension JSONMembers {
    /// Those of these names that are given.
    func members(named names: [String]) -> [JSONValue.Member] {
        names.compactMap { name in self[name].map { JSONValue.Member(name, $0) } }
    }

    /// A truth value; nil when it is not given.
    func truth(_ key: String) throws(Problem) -> Bool? {
        guard let value = self[key] else { return nil }
        guard case .bool(let truth) = value else {
            throw Problem(.invalidParameter, "\(key) is true or false, not \(value.kindName)", param: key)
        }
        return truth
    }
}

/// A picture in a tool's arguments.
enum PictureArgument {
    /// Reads a data URL, or base64 alone.
    ///
    /// - Throws: `invalid_parameter`, `image_too_large`.
    static func bytes(_ text: String, _ name: String, limits: UploadLimits) throws(Problem) -> [UInt8] {
        let isURL = text.prefix(5).lowercased() == "data:"
        var bytes: [UInt8] = []
        do {
            let url = try DataURL(isURL ? text : "data:application/octet-stream;base64," + text)
            try url.decode(atMost: limits.imageBytes) { bytes += $0 }
        } catch {
            guard let error = error as? DataURLError else { throw .unforeseen }
            guard isURL else {
                throw Problem(.invalidParameter, "\(name) is a data: URL or base64 of a picture's file", param: name)
            }
            throw Problem(error, in: name)
        }
        return bytes
    }
}
