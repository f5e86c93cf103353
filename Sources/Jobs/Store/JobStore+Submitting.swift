// How work comes in. One transaction asks every question (was this asked before, is there space, may this key have
// more, is there a place in the queue) and writes every row, so that two requests cannot both take the last place.
import Foundation
import GRDB
package import UIToCode

extension JobStore {
    /// Stores a conversion and enqueues its job. When this returns, both survive a loss of power.
    ///
    /// - Parameters:
    ///   - key: whose conversion it is.
    ///   - activeJobLimit: jobs the key may have queued and running, this one included.
    ///   - idempotency: the name the client gave the request, if any.
    /// - Throws: `idempotencyMismatch`, `full`, `activeJobLimit`, `queueFull`, asked in this order; `notFound` when a
    ///   design was never uploaded or waited too long.
    package func create(
        _ draft: ConversionDraft, key: String, activeJobLimit: Int, idempotency: IdempotencyRequest? = nil
    ) async throws(StoreError) -> Submission {
        precondition(!draft.designs.isEmpty, "a conversion has at least one design")
        let time = surroundings.now()
        let conversion = "conv_" + identifiers.next(at: time)
        let entry = QueueEntry(
            job: "job_" + identifiers.next(at: time), conversion: conversion, key: key, time: time,
            activeJobLimit: activeJobLimit, idempotency: idempotency)
        let digests = draft.designs.map(\.digest)
        let awaited = draft.isOfKeptFiles ? [] : digests
        return try await enqueue(entry) { database in
            try self.admit(database, entry)
            for digest in digests where !Disk.exists(self.shelf.path(digest)) {
                throw StoreError.notFound("upload \(digest)")
            }
            try Self.insert(draft, as: entry, database)
            try Self.insertJob(database, entry, draft.kind.firstJob)
            var usage = UsageDay(date: time.utcDay)
            // A kept file was counted when it came.
            usage.uploadBytes = draft.isOfKeptFiles ? 0 : draft.designs.reduce(0) { $0 + $1.byteCount }
            try usage.add(to: database, key: key)
        } afterCommit: {
            self.shelf.settle(awaited)
        }
    }

    /// Enqueues an edit. Jobs of one conversion run one after the other, in the order they came.
    ///
    /// - Parameters:
    ///   - parent: the revision to start from; nil for the latest when the edit's turn comes.
    ///   - file: the path of the file to change; nil for the revision's entry.
    /// - Throws: as `create`; `notFound` for a conversion of another key too; `revisionMissing` when `parent`, or any
    ///   revision at all, does not exist yet.
    package func createEdit(
        _ edit: Edit, of conversion: String, parent: Int? = nil, file: String? = nil, key: String, activeJobLimit: Int,
        idempotency: IdempotencyRequest? = nil
    ) async throws(StoreError) -> Submission {
        let time = surroundings.now()
        let entry = QueueEntry(
            job: "job_" + identifiers.next(at: time), conversion: conversion, key: key, time: time,
            activeJobLimit: activeJobLimit, idempotency: idempotency)
        return try await enqueue(entry) { database in
            let latest = try Conversion.fetch(database, conversion, key: key).latestRevision ?? 0
            guard latest >= 1, (1...latest).contains(parent ?? latest) else {
                throw StoreError.revisionMissing(parent ?? 1)
            }
            try self.admit(database, entry)
            try Self.insertJob(database, entry, .edit, edit: edit, parent: parent, file: file)
            try Self.enqueued(entry, database)
        }
    }

    /// Enqueues another job of a batch, which converts what is not yet converted, the designs that failed included.
    ///
    /// - Throws: as `create`; `notFound` for another key's and for what is no batch; `busy` while a job of it is queued or
    ///   running.
    package func createRetry(
        of batch: String, key: String, activeJobLimit: Int, idempotency: IdempotencyRequest? = nil
    ) async throws(StoreError) -> Submission {
        let time = surroundings.now()
        let entry = QueueEntry(
            job: "job_" + identifiers.next(at: time), conversion: batch, key: key, time: time,
            activeJobLimit: activeJobLimit, idempotency: idempotency)
        return try await enqueue(entry) { database in
            let conversion = try Conversion.fetch(database, batch, key: key)
            guard conversion.kind == .batch else { throw StoreError.notFound("batch \(batch)") }
            guard try Job.fetch(database, conversion.latestJobID).state.isFinal else {
                throw StoreError.busy(job: conversion.latestJobID)
            }
            try self.admit(database, entry)
            try Self.insertJob(database, entry, .batch, isRetry: true)
            try Self.enqueued(entry, database)
        }
    }

    /// Writes a new job with all that comes with it. A request that was made before gets the job that it then made.
    private func enqueue(
        _ entry: QueueEntry, _ insert: @escaping @Sendable (Database) throws -> Void,
        afterCommit settle: @escaping @Sendable () -> Void = {}
    ) async throws(StoreError) -> Submission {
        let submission = try await database.write { database in
            if let job = try self.earlierJob(database, for: entry) { return Submission.replayed(job) }
            try insert(database)
            return .created(try Job.fetch(database, entry.job))
        } afterCommit: { _, submission in
            if case .created = submission { settle() }
        }
        if case .created = submission { arrivals.ring() }
        return submission
    }

    // The conversion has a new latest job.
    private static func enqueued(_ entry: QueueEntry, _ database: Database) throws {
        try database.execute(
            sql: "UPDATE conversion SET latest_job = ?, updated_ms = ? WHERE id = ?",
            arguments: [entry.job, entry.time.milliseconds, entry.conversion])
    }

    /// What every new job brings.
    private struct QueueEntry: Sendable {
        let job, conversion, key: String
        let time: Date
        let activeJobLimit: Int
        let idempotency: IdempotencyRequest?
    }

    // The job the same request made before, while that is remembered.
    private func earlierJob(_ database: Database, for entry: QueueEntry) throws -> Job? {
        guard let request = entry.idempotency else { return nil }
        let row = try Row.fetchOne(
            database, sql: "SELECT digest, job_id, created_ms FROM idempotency WHERE key_id = ? AND key = ?",
            arguments: [entry.key, request.key])
        guard let row, row["created_ms"] as Int64 > entry.time.milliseconds - idempotencyMilliseconds else {
            return nil
        }
        guard row["digest"] == request.digest else { throw StoreError.idempotencyMismatch }
        return try Job.fetch(database, row["job_id"])
    }

    /// How long requests are remembered.
    var idempotencyMilliseconds: Int64 { Int64(options.idempotencySeconds * 1000) }

    private func admit(_ database: Database, _ entry: QueueEntry) throws {
        try shelf.checkSpace()
        let active = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM job WHERE state IN ('queued', 'running') AND key_id = ?",
            arguments: [entry.key])
        guard active ?? 0 < entry.activeJobLimit else { throw StoreError.activeJobLimit(entry.activeJobLimit) }
        let queued = try Int.fetchOne(database, sql: "SELECT count(*) FROM job WHERE state = 'queued'")
        guard queued ?? 0 < options.queueLimit else {
            throw StoreError.queueFull(retryAfter: try Self.secondsUntilPlace(database))
        }
    }

    // A place in the queue is free when a running job ends: the mean time of the last 20, by how many run. 1…60.
    private static func secondsUntilPlace(_ database: Database) throws -> Double {
        let seconds = try Double.fetchOne(
            database,
            sql: """
                SELECT avg(finished_ms - started_ms) / 1000.0
                       / max(1, (SELECT count(*) FROM job WHERE state = 'running'))
                FROM (SELECT * FROM job WHERE state = 'succeeded' ORDER BY id DESC LIMIT 20)
                """)
        return min(60, max(1, seconds ?? 1))
    }

    private static func insert(_ draft: ConversionDraft, as entry: QueueEntry, _ database: Database) throws {
        let time = entry.time.milliseconds
        try database.execute(
            sql: """
                INSERT INTO conversion (id, key_id, kind, name, request, created_ms, updated_ms, latest_job)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                entry.conversion, entry.key, draft.kind.rawValue, draft.name, try JSONColumn.encode(draft.request),
                time,
                time, entry.job,
            ])
        for (position, design) in draft.designs.enumerated() {
            try database.execute(
                sql: "INSERT INTO design VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
                arguments: [
                    entry.conversion, position, design.name, design.mediaType, design.digest, design.byteCount,
                    design.width, design.height,
                ])
        }
    }

    private static func insertJob(
        _ database: Database, _ entry: QueueEntry, _ kind: Job.Kind, edit: Edit? = nil, parent: Int? = nil,
        file: String? = nil, isRetry: Bool = false
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO job (id, conversion_id, key_id, kind, state, edit, file, is_retry, parent_revision, created_ms)
                VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?)
                """,
            arguments: [
                entry.job, entry.conversion, entry.key, kind.rawValue, try edit.map(JSONColumn.encode), file, isRetry,
                parent, entry.time.milliseconds,
            ])
        guard let request = entry.idempotency else { return }
        try database.execute(
            sql: "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?)",
            arguments: [entry.key, request.key, request.digest, entry.job, entry.time.milliseconds])
    }
}

extension Conversion.Kind {
    /// What the job that comes with a new one does.
    fileprivate var firstJob: Job.Kind {
        switch self {
        case .conversion: .convert
        case .batch: .batch
        case .workflow: .workflow
        }
    }
}
