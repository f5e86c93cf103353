// How work is looked at. What belongs to another key is not found; lists go from new to old, by id.
import GRDB
package import UIToCode

extension JobStore {
    /// A conversion of a key.
    ///
    /// - Throws: `notFound`.
    package func conversion(_ id: String, key: String) async throws(StoreError) -> Conversion {
        try await database.read { try Conversion.fetch($0, id, key: key) }
    }

    /// The conversions of a key and a kind, newest first.
    ///
    /// - Parameters:
    ///   - limit: conversions at most, 1…1000.
    ///   - cursor: `nextCursor` of the page before; nil for the first.
    /// - Throws: `invalidCursor`.
    package func conversions(
        key: String, kind: Conversion.Kind = .conversion, limit: Int, cursor: String? = nil
    ) async throws(StoreError) -> ListPage<Conversion> {
        let before = try Self.id(in: cursor, kind: "conv")
        let limit = min(1000, max(1, limit))
        return try await database.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT * FROM conversion WHERE key_id = ? AND kind = ? AND id < ? ORDER BY id DESC LIMIT ?",
                arguments: [key, kind.rawValue, before, limit + 1])
            return Self.page(try Conversion.fetch(database, rows), limit: limit, id: \.id)
        }
    }

    /// A job, of a key or (nil) of anyone.
    ///
    /// - Throws: `notFound`.
    package func job(_ id: String, key: String?) async throws(StoreError) -> Job {
        try await database.read { try Job.fetch($0, id, key: key) }
    }

    /// The jobs of a key, those in a state or (nil) all, newest first. See `conversions`.
    package func jobs(
        key: String, state: Job.State? = nil, limit: Int, cursor: String? = nil
    ) async throws(StoreError) -> ListPage<Job> {
        let before = try Self.id(in: cursor, kind: "job")
        let limit = min(1000, max(1, limit))
        return try await database.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM job WHERE key_id = ? AND state = coalesce(?, state) AND id < ?
                    ORDER BY id DESC LIMIT ?
                    """,
                arguments: [key, state?.rawValue, before, limit + 1])
            return Self.page(try rows.map { try Job($0) }, limit: limit, id: \.id)
        }
    }

    // Every id sorts before "~".
    private static func id(in cursor: String?, kind: String) throws(StoreError) -> String {
        guard let cursor else { return "~" }
        return try Cursor.id(in: cursor, kind: kind)
    }

    private static func page<Item>(_ items: [Item], limit: Int, id: (Item) -> String) -> ListPage<Item> {
        let kept = Array(items.prefix(limit))
        return ListPage(items: kept, nextCursor: items.count > limit ? kept.last.map { Cursor.after(id($0)) } : nil)
    }

    /// The place of a job in the queue, 1 for the next; nil unless it is queued.
    ///
    /// Places follow the order of `claimNext` as if jobs ended in the order they began; jobs that come meanwhile can
    /// push a place back, but never by more than one job of each other key for each job of this key before it.
    package func position(of job: String) async throws(StoreError) -> Int? {
        let time = now
        return try await database.read { database in
            try Int.fetchOne(
                database,
                sql: """
                    WITH waiting AS (
                        SELECT job.id, job.not_before_ms > :now AS is_held, coalesce(turn.served, 0) AS served,
                               row_number() OVER (PARTITION BY job.key_id ORDER BY job.not_before_ms > :now, job.id)
                               + (SELECT count(*) FROM job AS other
                                  WHERE other.state = 'running' AND other.key_id = job.key_id) AS round
                        FROM job LEFT JOIN turn ON turn.key_id = job.key_id
                        WHERE job.state = 'queued'
                    ), placed AS (
                        SELECT id, row_number() OVER (ORDER BY is_held, round, served, id) AS place FROM waiting
                    )
                    SELECT place FROM placed WHERE id = :job
                    """,
                arguments: ["now": time, "job": job])
        }
    }

    /// A revision of a conversion; nil for the latest.
    ///
    /// - Throws: `revisionMissing`, with 1 when there is none at all.
    package func revision(_ number: Int? = nil, of conversion: String) async throws(StoreError) -> Revision {
        try await database.read { database in
            let statement = try database.cachedStatement(sql: "SELECT latest_revision FROM conversion WHERE id = ?")
            let latest = try Int.fetchOne(statement, arguments: [conversion])
            let wanted = number ?? latest ?? 1
            guard let revision = try Revision.fetch(database, of: conversion, number: wanted).first else {
                throw StoreError.revisionMissing(wanted)
            }
            return revision
        }
    }

    /// Every revision of a conversion, lowest first.
    package func revisions(of conversion: String) async throws(StoreError) -> [Revision] {
        try await database.read { try Revision.fetch($0, of: conversion) }
    }

    /// Where a file of a revision lies; nil for a path that its manifest does not have.
    package func filePath(_ path: String, of revision: Revision) -> String? {
        guard revision.files.contains(where: { $0.path == path }) else { return nil }
        return "\(folder(of: revision))/\(path)"
    }

    /// Where a file of a receipt lies; nil when it has none of that name.
    package func path(_ name: ReceiptFiles.Name, of receipt: StoredReceipt) -> String? {
        guard let measure = receipt.measure, measure.files.contains(name.rawValue) else { return nil }
        return "\(directory)/\(measure.folder)/\(name.rawValue)"
    }

    /// Where the files of a revision lie.
    func folder(of revision: Revision) -> String { "\(directory)/\(revision.folder)" }
}
