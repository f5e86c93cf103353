// What is told about one job, event by event. While the job's log is held, its events are put into words as they come;
// afterwards the same ending is told from the store: the state, the files, the cost, the result.
import Foundation
import HTTPTypes
import Jobs
import NIOCore

/// Puts the events of one job into frames.
struct EventStory: Sendable {
    let reader: ConversionReader
    let job: Job
    /// Names the stream in the error that may end it.
    let requestID: String

    /// The frame of an event of the log; nil for a file that is gone by now.
    func frame(_ event: JobEvent) async throws -> ByteBuffer? {
        switch event.body {
        case .status(let state, let position):
            return try EventFrame.event("status", id: event.id, data: status(state, position: position))
        case .stage(let stage): return try EventFrame.event("stage", id: event.id, data: stage)
        case .delta(let path, let text):
            return try EventFrame.event("delta", id: event.id, data: DeltaEvent(path: path, text: text))
        case .draft(let path, let html):
            return try EventFrame.event("draft", id: event.id, data: DraftEvent(path: path, html: html))
        case .scored(let score): return try EventFrame.event("score", id: event.id, data: ScoreFrame(score))
        case .repaired(let repair): return try EventFrame.event("repair", id: event.id, data: RepairFrame(repair))
        case .item(let item): return try EventFrame.event("item", id: event.id, data: ItemFrame(item))
        case .progress(let progress):
            return try EventFrame.event("progress", id: event.id, data: ProgressFrame(progress))
        case .receipt(let design): return try await receipt(of: design, id: event.id)
        case .file(let path): return try await file(path, id: event.id)
        case .usage(let report):
            return try EventFrame.event("usage", id: event.id, data: TokenRepresentation(report))
        case .restart(let attempt):
            return try EventFrame.event("restart", id: event.id, data: RestartEvent(attempt: attempt))
        case .succeeded(let revision): return try await done(revision: revision, id: event.id)
        case .failed(let failure): return error(Problem(failure), id: event.id)
        case .cancelled: return error(Problem(.cancelled, "the job was cancelled"), id: event.id)
        }
    }

    /// The job's place in the queue, 1 for the next; nil when it does not wait.
    func place() async throws -> Int? { try await reader.store.position(of: job.id) }

    /// The frame that tells a waiting job's place. Nobody goes on from it: a place is told anew to whoever comes.
    func waiting(at place: Int) throws -> ByteBuffer {
        try EventFrame.event("status", id: nil, data: status(.queued, position: place))
    }

    /// The ending of a job whose log is gone.
    func ending() async throws -> [ByteBuffer] {
        var frames = [try EventFrame.event("status", id: nil, data: status(job.state, position: nil))]
        if job.kind == .batch { frames += try await items() }
        if let problem = Problem(job) { return frames + [error(problem, id: nil)] }
        guard let number = job.revision else { return frames }
        let revision = try await reader.store.revision(number, of: job.conversionID)
        // A batch and a workflow have too many files to tell of each.
        let files =
            job.kind.ofConversion == .conversion
            ? try await reader.store.representations(of: revision, withText: true) : []
        for file in files { frames.append(try EventFrame.event("file", id: nil, data: file)) }
        for receipt in revision.receiptRepresentations(withDifferences: true) {
            frames.append(try EventFrame.event("receipt", id: nil, data: receipt))
        }
        frames.append(try EventFrame.event("usage", id: nil, data: TokenRepresentation(revision.report)))
        frames.append(try await done(revision: number, id: nil))
        return frames
    }

    private func items() async throws -> [ByteBuffer] {
        let conversion = try await reader.store.conversion(job.conversionID, key: job.keyID)
        return try conversion.designs.enumerated().compactMap { index, design in
            try design.item.map { item in
                try EventFrame.event("item", id: nil, data: ItemFrame(ItemEvent(index: index, item: item)))
            }
        }
    }

    /// The event that ends a stream which cannot go on.
    func error(_ problem: Problem, id: JobEvent.ID?) -> ByteBuffer {
        var problem = problem
        problem.details = ["conversion": .text(job.conversionID), "job": .text(job.id)]
        return EventFrame.event("error", id: id, data: ByteBuffer(bytes: problem.envelope(requestID: requestID)))
    }

    private func status(_ state: Job.State, position: Int?) -> StatusEvent {
        StatusEvent(status: state, position: position, conversion: job.conversionID, job: job.id)
    }

    private func receipt(of design: Int, id: JobEvent.ID) async throws -> ByteBuffer? {
        guard let revision = try await revision(),
            let receipt = revision.receipts.first(where: { $0.design == design })
        else { return nil }
        let object = ReceiptRepresentation(receipt, of: revision, withDifferences: true)
        return try EventFrame.event("receipt", id: id, data: object)
    }

    /// What the job made; nil while it has made nothing.
    private func revision() async throws -> Revision? {
        guard let number = try await reader.store.job(job.id, key: job.keyID).revision else { return nil }
        return try await reader.store.revision(number, of: job.conversionID)
    }

    private func file(_ path: String, id: JobEvent.ID) async throws -> ByteBuffer? {
        guard let revision = try await revision() else { return nil }
        guard let file = revision.files.first(where: { $0.path == path }) else { return nil }
        let text = try await reader.store.inlineText(of: file, in: revision)
        return try EventFrame.event("file", id: id, data: FileRepresentation(file, of: revision, text: text))
    }

    private func done(revision: Int, id: JobEvent.ID?) async throws -> ByteBuffer {
        let conversion = try await reader.store.conversion(job.conversionID, key: job.keyID)
        let job = try await reader.store.job(job.id, key: job.keyID)
        let object = try await reader.object(of: conversion, job: job, revision: revision)
        return try EventFrame.event("done", id: id, data: object)
    }
}
