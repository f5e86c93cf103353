// How work goes away: cancelled by those who sent it, deleted with its files, or swept when it is old or room is
// needed. Rows go first and files after, so that nothing is ever promised that is not there.
package import Foundation
import GRDB

extension JobStore {
    /// Asks for a job to end. A queued job is cancelled at once; a running one soon, by its worker; one that has ended
    /// stays as it is. Whoever cancels a queued job tells the `EventHub` of its end.
    ///
    /// - Returns: the job as it is now.
    /// - Throws: `notFound`, also when `key` is given and the job is another's.
    package func cancel(job id: String, key: String?) async throws(StoreError) -> Job {
        let time = now
        let job = try await database.write { database in
            _ = try Job.fetch(database, id, key: key)
            try database.execute(
                sql: "UPDATE job SET state = 'cancelled', finished_ms = ? WHERE id = ? AND state = 'queued'",
                arguments: [time, id])
            try database.execute(
                sql: "UPDATE job SET is_cancel_requested = 1 WHERE id = ? AND state = 'running'", arguments: [id])
            return try Job.fetch(database, id)
        }
        if job.state == .running { cancellations.ring() } else { arrivals.ring() }
        return job
    }

    /// Removes a conversion with its jobs, revisions and files. A worker on one of them finds its lease lost and tells
    /// the `EventHub`; of queued ones, whoever deletes tells it.
    ///
    /// - Throws: `notFound`, also when it is another key's.
    package func delete(conversion id: String, key: String) async throws(StoreError) {
        try await remove([id]) { database in _ = try Conversion.fetch(database, id, key: key) }
        cancellations.ring()
    }

    /// Removes what is too old or too much, and never a conversion with a queued or running job.
    ///
    /// In this order: conversions untouched for `retentionSeconds`, and files kept for as long; the conversions
    /// untouched longest, until designs and results take `retentionBytes`; uploads that waited an hour for a conversion;
    /// remembered requests.
    package func sweep(now time: Date) async throws(StoreError) -> SweepReport {
        var report = SweepReport()
        if let seconds = options.retentionSeconds {
            let limit = time.addingTimeInterval(-seconds).milliseconds
            while case let old = try await idle(untouchedSince: limit, atMost: 100), !old.isEmpty {
                report.expiredConversions += try await remove(old)
            }
            report.expiredFiles = try await removeMedia("created_ms <= ?", [limit])
        }
        try await removeStrayShelves { () throws(StoreError) in
            try await database.read { try Set(String.fetchAll($0, sql: "SELECT id FROM conversion")) }
        }
        report.keptBytes = try await keptBytes()
        while let bytes = options.retentionBytes, report.keptBytes > bytes,
            case let oldest = try await idle(untouchedSince: nil, atMost: 1), !oldest.isEmpty
        {
            report.evictedConversions += try await remove(oldest)
            report.keptBytes = try await keptBytes()
        }
        let waited = shelf.expire(before: time.addingTimeInterval(-3600))
        let forgottenBefore = time.milliseconds - idempotencyMilliseconds
        let (removed, forgotten) = try await database.write { database in
            try database.execute(
                sql: "DELETE FROM idempotency WHERE created_ms <= ?", arguments: [forgottenBefore])
            let forgotten = database.changesCount
            return (self.shelf.remove(try Self.unreferenced(waited, database)), forgotten)
        }
        report.removedUploads = removed
        report.forgottenRequests = forgotten
        return report
    }

    /// Bytes of all designs (the same content counts once), results and shelves.
    private func keptBytes() async throws(StoreError) -> Int {
        let rows = try await database.read { database in
            try Int.fetchOne(
                database,
                sql: """
                    SELECT (SELECT coalesce(sum(byte_count), 0) FROM (SELECT DISTINCT digest, byte_count FROM design))
                         + (SELECT coalesce(sum(byte_count), 0) FROM revision)
                    """) ?? 0
        }
        return rows + shelvedBytes()
    }

    // Conversions without a queued or running job, those untouched longest first.
    private func idle(untouchedSince limit: Int64?, atMost count: Int) async throws(StoreError) -> [String] {
        try await database.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT id FROM conversion
                    WHERE updated_ms <= coalesce(?, updated_ms) AND \(Self.isIdle)
                    ORDER BY updated_ms, id LIMIT ?
                    """, arguments: [limit, count])
        }
    }

    private static let isIdle = """
        NOT EXISTS (SELECT 1 FROM job WHERE job.conversion_id = conversion.id AND job.state IN ('queued', 'running'))
        """

    // Removes those of the conversions that have nothing to do meanwhile either.
    private func remove(_ idle: [String]) async throws(StoreError) -> Int {
        try await remove(idle, where: "AND \(Self.isIdle)") { _ in }
    }

    /// Removes conversions, rows first.
    ///
    /// - Parameter check: asked inside the transaction; what it throws keeps everything.
    /// - Returns: how many were removed.
    @discardableResult
    private func remove(
        _ ids: [String], where condition: String = "", check: @escaping @Sendable (Database) throws -> Void
    ) async throws(StoreError) -> Int {
        let removed = try await database.write { database in
            try check(database)
            var removed: (conversions: [String], digests: Set<String>) = ([], [])
            for id in ids {
                let digests = try String.fetchAll(
                    database, sql: "SELECT digest FROM design WHERE conversion_id = ?", arguments: [id])
                try database.execute(sql: "DELETE FROM conversion WHERE id = ? \(condition)", arguments: [id])
                guard database.changesCount == 1 else { continue }
                removed.conversions.append(id)
                removed.digests.formUnion(digests)
            }
            return removed
        } afterCommit: { database, removed in
            self.shelf.remove(try Self.unreferenced(removed.digests, database))
        }
        for id in removed.conversions {
            Disk.remove("\(directory)/results/\(id)")
            Disk.remove(shelfFolder(of: id))
        }
        return removed.conversions.count
    }

    /// The digests that no conversion and no file refers to.
    static func unreferenced(_ digests: some Sequence<String>, _ database: Database) throws -> [String] {
        let statement = try database.cachedStatement(
            sql: "SELECT 1 FROM design WHERE digest = :digest UNION ALL SELECT 1 FROM media_file WHERE digest = :digest"
        )
        return try digests.filter { try Int.fetchOne(statement, arguments: ["digest": $0]) == nil }
    }
}
