// The worker's side: claiming a job, keeping it, and the ways to be done with it. Each is an UPDATE that asks for
// the state, the worker and the claim it expects; whoever finds nothing to update has lost the job to somebody else.
import Crypto
import Foundation
import GRDB
package import UIToCode

extension JobStore {
    /// Gives a worker the next job; nil when there is none to be had now.
    ///
    /// Fair between keys: the key with the fewest running jobs comes first, among those the one served longest ago, and
    /// of its jobs the oldest. A job waits while an earlier one of its conversion is not done.
    ///
    /// The lease lasts `leaseSeconds` from now or from the last `renewLease`.
    package func claimNext(worker: String) async throws(StoreError) -> Job? {
        try await claim(worker: worker).job
    }

    /// What a claim brought.
    struct Claim: Sendable {
        /// The worker's new job.
        var job: Job?
        /// Jobs whose worker fell silent, and which ended with that.
        var ended: [Job]
        /// Without a job, the seconds until one that waits for its time may be claimed, or a lease runs out; nil when
        /// nothing of the kind is ahead. As of the claim: a job whose time comes a moment later is not overlooked.
        var dueSeconds: Double?
    }

    /// `claimNext`, with what came of jobs whose worker fell silent.
    func claim(worker: String) async throws(StoreError) -> Claim {
        let time = now
        return try await database.write { database in
            let ended = try self.reclaim(database, leasesEndingBy: time, at: time)
            let rows = try Row.fetchAll(
                database, sql: Self.claimStatement,
                arguments: ["worker": worker, "lease": time + self.leaseMilliseconds, "now": time])
            guard let job = try rows.first.map({ try Job($0) }) else {
                return Claim(job: nil, ended: ended, dueSeconds: try Self.dueSeconds(database, at: time))
            }
            try database.execute(
                sql: """
                    INSERT INTO turn VALUES (?, (SELECT coalesce(max(served), 0) + 1 FROM turn))
                    ON CONFLICT DO UPDATE SET served = excluded.served
                    """, arguments: [job.keyID])
            return Claim(job: job, ended: ended, dueSeconds: nil)
        }
    }

    private static let claimStatement = """
        UPDATE job
        SET state = 'running', worker = :worker, lease_ms = :lease, attempts = attempts + 1, claims = claims + 1,
            stage = 'decode', started_ms = coalesce(started_ms, :now),
            parent_revision = coalesce(parent_revision,
                (SELECT latest_revision FROM conversion WHERE conversion.id = job.conversion_id))
        WHERE state = 'queued' AND id = (
            SELECT candidate.id
            FROM job AS candidate
            LEFT JOIN turn ON turn.key_id = candidate.key_id
            LEFT JOIN (SELECT key_id, count(*) AS running FROM job WHERE state = 'running' GROUP BY key_id) AS busy
                ON busy.key_id = candidate.key_id
            WHERE candidate.state = 'queued' AND candidate.not_before_ms <= :now
                AND NOT EXISTS (
                    SELECT 1 FROM job AS earlier
                    WHERE earlier.conversion_id = candidate.conversion_id
                        AND (earlier.state = 'running' OR earlier.state = 'queued' AND earlier.id < candidate.id))
            ORDER BY coalesce(busy.running, 0), coalesce(turn.served, 0), candidate.id
            LIMIT 1)
        RETURNING *
        """

    private var leaseMilliseconds: Int64 { Int64(options.leaseSeconds * 1000) }

    private static func dueSeconds(_ database: Database, at time: Int64) throws -> Double? {
        let due = try Int64.fetchOne(
            database,
            sql: """
                SELECT min(iif(state = 'queued', not_before_ms, lease_ms)) FROM job
                WHERE state = 'running' OR state = 'queued' AND not_before_ms > ?
                """, arguments: [time])
        return due.map { Double(max(0, $0 - time)) / 1000 }
    }

    /// Keeps a job for another `leaseSeconds` and tells what it is doing. Long silence alone loses nothing: only a
    /// worker that claims in the meantime takes the job.
    package func renewLease(_ job: Job, worker: String, stage: String?) async throws(StoreError) -> LeaseState {
        let lease = now + leaseMilliseconds
        return try await database.write { database in
            let rows = try Bool.fetchAll(
                database,
                sql: """
                    UPDATE job SET lease_ms = ?, stage = coalesce(?, stage)
                    WHERE id = ? AND state = 'running' AND worker = ? AND claims = ?
                    RETURNING is_cancel_requested
                    """, arguments: [lease, stage, job.id, worker, job.claims])
            guard let isCancelRequested = rows.first else { return .lost }
            return isCancelRequested ? .cancelRequested : .held
        }
    }

    /// Ends a job with a revision: first the files, through to the disk; then, in one transaction, the revision with
    /// its manifest, the job's end and the day's usage. A job whose cancelling was asked for meanwhile succeeds.
    ///
    /// - Parameters:
    ///   - entry: the path of the project's file that opens it.
    ///   - receipts: how faithful the pages are, in the order of the designs.
    /// - Throws: `leaseLost`, `full`, `io`. Then no file and no row is left of it, and the job is as it was.
    package func succeed(
        _ job: Job, worker: String, project: Project, entry: String, report: JobReport, receipts: [ReceiptDraft] = []
    ) async throws(StoreError) -> Revision {
        guard project[entry] != nil else { throw .io("the project of \(job.id) has no \(entry)") }
        let papers = receipts.papers
        try shelf.checkSpace(for: (project.files + papers.files).reduce(0) { $0 + $1.bytes.count })
        let number = try await nextRevision(of: job, worker: worker)
        let folder = try makeResultFolder("results/\(job.conversionID)", name: "\(number)-\(job.claims)")
        let revision = Revision(
            conversionID: job.conversionID, number: number, parent: job.parentRevision, jobID: job.id, edit: job.edit,
            entry: entry, files: project.files.map(StoredFile.init), report: report,
            receipts: receipts.map { $0.stored(in: folder + Self.receiptsSuffix) },
            createdAt: Date(milliseconds: now), folder: folder)
        do {
            try writeFiles(of: project, to: folder)
            if !papers.files.isEmpty {
                try Disk.makeNewFolder("\(directory)/\(folder)\(Self.receiptsSuffix)")
                try writeFiles(of: papers, to: folder + Self.receiptsSuffix)
            }
            try await end(job, worker: worker, with: revision)
        } catch {
            Disk.remove("\(directory)/\(folder)")
            Disk.remove("\(directory)/\(folder)\(Self.receiptsSuffix)")
            rmdir("\(directory)/results/\(job.conversionID)")
            throw error
        }
        arrivals.ring()
        return revision
    }

    /// Ends a job with a revision whose files are on the disk already: they are moved to their place.
    ///
    /// - Parameter project: read from where `stage` said, and gone from there afterwards.
    /// - Throws: as the other `succeed`.
    package func succeed(
        _ job: Job, worker: String, staged project: StagedProject, entry: String, report: JobReport, outcome: Outcome
    ) async throws(StoreError) -> Revision {
        do throws(StoreError) {
            try shelf.checkSpace(for: 0)
            try project.synchronize()
        } catch {
            unstage(job)
            throw error
        }
        let number = try await nextRevision(of: job, worker: worker)
        let folder = try makeResultFolder("results/\(job.conversionID)", name: "\(number)-\(job.claims)")
        let revision = Revision(
            conversionID: job.conversionID, number: number, parent: job.parentRevision, jobID: job.id, edit: nil,
            entry: entry, files: project.files, report: report, outcome: outcome, createdAt: Date(milliseconds: now),
            folder: folder)
        do throws(StoreError) {
            // An empty folder may be renamed over.
            guard rename(project.folder, "\(directory)/\(folder)") == 0 else { throw Disk.failure(folder) }
            for name in ["results/\(job.conversionID)", "results"] {
                try Disk.synchronize(folder: "\(directory)/\(name)")
            }
            try await end(job, worker: worker, with: revision)
        } catch {
            Disk.remove("\(directory)/\(folder)")
            rmdir("\(directory)/results/\(job.conversionID)")
            unstage(job)
            throw error
        }
        unstage(job)
        arrivals.ring()
        return revision
    }

    private func end(_ job: Job, worker: String, with revision: Revision) async throws(StoreError) {
        try await database.write { database in
            try Self.leave(
                database, job, worker, to: "state = 'succeeded', revision = ?, finished_ms = ?",
                [revision.number, revision.createdAt.milliseconds])
            try Self.insert(revision, database)
            try Self.account(for: job, revision.report, at: revision.createdAt, database)
        }
    }

    /// What the folder of a revision's receipts has more in its name than the revision's own.
    static let receiptsSuffix = ".receipts"

    // The number a job's revision will have. Jobs of a conversion run one after the other, so nobody else takes it.
    private func nextRevision(of job: Job, worker: String) async throws(StoreError) -> Int {
        try await database.read { database in
            let latest = try Int.fetchOne(
                database,
                sql: """
                    SELECT coalesce(latest_revision, 0) FROM conversion JOIN job ON job.conversion_id = conversion.id
                    WHERE job.id = ? AND job.state = 'running' AND job.worker = ? AND job.claims = ?
                    """, arguments: [job.id, worker, job.claims])
            guard let latest else { throw StoreError.leaseLost(job: job.id) }
            return latest + 1
        }
    }

    // A folder that nobody else has: a worker that lost its lease without knowing may be writing to the plain name.
    private func makeResultFolder(_ parent: String, name: String) throws(StoreError) -> String {
        try Disk.makeFolder("\(directory)/\(parent)")
        var folder = "\(parent)/\(name)"
        while Disk.exists("\(directory)/\(folder)") { folder += "+" }
        try Disk.makeNewFolder("\(directory)/\(folder)")
        return folder
    }

    private func writeFiles(of project: Project, to folder: String) throws(StoreError) {
        let path = "\(directory)/\(folder)"
        do { try project.write(to: path) } catch {
            if case .cannotWrite(_, let reason) = error, Disk.saysNoSpace(reason) { throw .full("\(error)") }
            throw .io("\(error)")
        }
        var folders = Set([directory + "/results", String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]), path])
        for file in project.files {
            var rest = file.path[...]
            while let slash = rest.lastIndex(of: "/") {
                rest = rest[..<slash]
                folders.insert("\(path)/\(rest)")
            }
        }
        for folder in folders { try Disk.synchronize(folder: folder) }
    }

    private static func insert(_ revision: Revision, _ database: Database) throws {
        try database.execute(
            sql: "INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                revision.conversionID, revision.number, revision.parent, revision.jobID,
                try revision.edit.map(JSONColumn.encode), revision.entry, revision.folder,
                revision.files.reduce(0) { $0 + $1.byteCount }
                    + revision.receipts.reduce(0) { $0 + ($1.measure?.byteCount ?? 0) },
                try JSONColumn.encode(revision.report), revision.createdAt.milliseconds,
                try JSONColumn.encode(revision.receipts), try revision.outcome.map(JSONColumn.encode),
            ])
        for (position, file) in revision.files.enumerated() {
            try database.execute(
                sql: "INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    revision.conversionID, revision.number, position, file.path, file.mediaType, file.digest,
                    file.byteCount,
                ])
        }
        try database.execute(
            sql: "UPDATE conversion SET latest_revision = ?, updated_ms = ? WHERE id = ?",
            arguments: [revision.number, revision.createdAt.milliseconds, revision.conversionID])
    }

    private static func account(for job: Job, _ report: JobReport, at time: Date, _ database: Database) throws {
        var usage = UsageDay(date: time.utcDay)
        usage.conversions = job.kind == .convert ? 1 : 0
        usage.edits = job.kind == .edit ? 1 : 0
        usage.batches = job.kind == .batch ? 1 : 0
        usage.workflows = job.kind == .workflow ? 1 : 0
        usage.visionTokens = report.visionTokens
        usage.promptTokens = report.promptTokens
        usage.cachedTokens = report.cachedTokens
        usage.completionTokens = report.completionTokens
        try usage.add(to: database, key: job.keyID)
    }

    /// Ends a job without a revision.
    ///
    /// - Throws: `leaseLost`.
    package func fail(_ job: Job, worker: String, _ failure: JobFailure) async throws(StoreError) {
        let time = surroundings.now()
        try await database.write { database in
            try Self.leave(
                database, job, worker, to: "state = 'failed', failure = ?, finished_ms = ?",
                [try JSONColumn.encode(failure), time.milliseconds])
            try Self.countFailure(of: job, at: time, database)
        }
        arrivals.ring()
    }

    /// Ends a job that was asked to end.
    ///
    /// - Throws: `leaseLost`.
    package func finishCancelled(_ job: Job, worker: String) async throws(StoreError) {
        let time = now
        try await database.write { database in
            try Self.leave(database, job, worker, to: "state = 'cancelled', finished_ms = ?", [time])
        }
        arrivals.ring()
    }

    /// Gives a job back to the queue, to be claimed again in `seconds` at the earliest; or cancels it, if that was asked
    /// for.
    ///
    /// - Parameter countsAttempt: false when the job is not to blame: a full disk, a server that stops.
    /// - Returns: the job, queued or cancelled.
    /// - Throws: `leaseLost`.
    @discardableResult
    package func release(
        _ job: Job, worker: String, after seconds: Double, countsAttempt: Bool
    ) async throws(StoreError) -> Job {
        let time = now
        let released = try await database.write { database in
            try Self.leave(
                database, job, worker,
                to: """
                    state = iif(is_cancel_requested, 'cancelled', 'queued'),
                    finished_ms = iif(is_cancel_requested, ?, NULL), not_before_ms = ?, attempts = attempts - ?
                    """,
                [time, time + Int64(seconds * 1000), countsAttempt ? 0 : 1])
            return try Job.fetch(database, job.id)
        }
        arrivals.ring()
        return released
    }

    // The way out of `running` for the worker that holds the job's current claim.
    private static func leave(
        _ database: Database, _ job: Job, _ worker: String, to assignments: String, _ values: StatementArguments
    ) throws {
        try database.execute(
            sql: """
                UPDATE job SET \(assignments), worker = NULL, lease_ms = NULL
                WHERE id = ? AND state = 'running' AND worker = ? AND claims = ?
                """,
            arguments: values + [job.id, worker, job.claims])
        guard database.changesCount == 1 else { throw StoreError.leaseLost(job: job.id) }
    }

    private static func countFailure(of job: Job, at time: Date, _ database: Database) throws {
        var usage = UsageDay(date: time.utcDay)
        usage.failed = 1
        try usage.add(to: database, key: job.keyID)
    }

    /// Takes running jobs from workers that are gone: cancelled if that was asked for, failed when they were begun as
    /// often as may be, else queued again.
    ///
    /// - Parameter leasesEndingBy: only jobs whose lease ended by then; nil for all.
    /// - Returns: the jobs that ended.
    @discardableResult
    func reclaim(_ database: Database, leasesEndingBy limit: Int64?, at time: Int64) throws -> [Job] {
        let abandoned = try Row.fetchAll(
            database, sql: "SELECT * FROM job WHERE state = 'running' AND lease_ms <= coalesce(?, lease_ms)",
            arguments: [limit])
        var ended: [Job] = []
        for row in abandoned {
            let job = try Job(row)
            let worker: String = row["worker"]
            if job.isCancelRequested {
                try Self.leave(database, job, worker, to: "state = 'cancelled', finished_ms = ?", [time])
            } else if job.attempts >= options.attempts {
                let failure = JobFailure.attemptsExhausted(job.attempts, stage: job.stage)
                try Self.leave(
                    database, job, worker, to: "state = 'failed', failure = ?, finished_ms = ?",
                    [try JSONColumn.encode(failure), time])
                try Self.countFailure(of: job, at: Date(milliseconds: time), database)
            } else {
                try Self.leave(database, job, worker, to: "state = 'queued', not_before_ms = 0", [])
                continue
            }
            ended.append(try Job.fetch(database, job.id))
        }
        return ended
    }
}

extension JobFailure {
    /// A job that was begun again and again and never came to an end.
    static func attemptsExhausted(_ attempts: Int, stage: String?) -> JobFailure {
        let times = attempts == 1 ? "once" : "\(attempts) times"
        let place = stage.map { "; it was last seen in the stage \"\($0)\"" } ?? ""
        return JobFailure(
            code: "attempts_exhausted",
            message: "the job was begun \(times) and stopped without an answer each time\(place)",
            isRetryable: false)
    }
}

extension StoredFile {
    fileprivate init(_ file: Project.File) {
        self.init(
            path: file.path, mediaType: Project.mediaType(of: file.path),
            digest: SHA256.hash(data: file.bytes).hexadecimal, byteCount: file.bytes.count)
    }
}
