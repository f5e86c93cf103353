// A database of an earlier version, with work in it, under the steps that came later.
import Foundation
import GRDB
import Support
import Testing
import UIToCode

@testable import Jobs

@Suite struct MigrationTests {
    /// A data directory as the version before batches left it: a conversion with a revision, and one that is queued.
    private func earlier() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let queue = try DatabaseQueue(path: directory.file("bottega.sqlite"))
        try Schema.migrator.migrate(queue, upTo: "3 files")
        try queue.write { database in
            let request = #"{"finish":"repaired","maxTokens":8192,"seed":0,"stack":"html","temperature":0}"#
            for (name, state) in [("one", "succeeded"), ("two", "queued")] {
                try database.execute(
                    sql: "INSERT INTO conversion VALUES (?, 'local', ?, ?, 1, 2, ?, ?)",
                    arguments: ["conv_" + name, name, request, state == "queued" ? nil : 1, "job_" + name])
                try database.execute(
                    sql: "INSERT INTO design VALUES (?, 0, ?, 'image/png', ?, 9, 4, 3)",
                    arguments: ["conv_" + name, name, String(repeating: "a", count: 64)])
                try database.execute(
                    sql: """
                        INSERT INTO job (id, conversion_id, key_id, kind, state, revision, attempts, claims, created_ms,
                            finished_ms)
                        VALUES (?, ?, 'local', 'convert', ?, ?, ?, ?, 1, ?)
                        """,
                    arguments: state == "queued"
                        ? ["job_" + name, "conv_" + name, state, nil, 0, 0, nil]
                        : ["job_" + name, "conv_" + name, state, 1, 2, 3, 5])
                try database.execute(
                    sql: "INSERT INTO idempotency VALUES ('local', ?, 'digest', ?, 1)",
                    arguments: [name, "job_" + name])
            }
            try database.execute(
                sql: """
                    INSERT INTO revision VALUES ('conv_one', 1, NULL, 'job_one', NULL, 'index.html',
                        'results/conv_one/1-1', 7, ?, 3, '[]')
                    """, arguments: [try JSONColumn.encode(JobReport.sample)])
            try database.execute(
                sql: "INSERT INTO usage_day (key_id, day, conversions) VALUES ('local', '2026-11-01', 4)")
        }
        try queue.close()
        return directory
    }

    @Test func workOfEarlierVersionsIsKept() async throws {
        let directory = try earlier()
        let store = try JobStore.open(directory.path)
        let done = try await store.job("job_one", key: nil)
        #expect(done.kind == .convert && done.state == .succeeded && !done.isRetry)
        #expect(done.attempts == 2 && done.claims == 3 && done.revision == 1)
        let conversion = try await store.conversion("conv_one", key: "local")
        #expect(conversion.kind == .conversion && conversion.designs[0].item == nil && conversion.request.batch == nil)
        #expect(try await store.revision(of: "conv_one").outcome == nil)
        #expect(try await store.claimNext(worker: "w")?.id == "job_two")
        let usage = try await store.usage(key: "local", from: "2026-11-01", to: "2026-11-01")
        #expect(usage.first?.conversions == 4 && usage.first?.batches == 0)
        await store.close()
    }

    @Test func everythingStillGoesWithItsConversion() async throws {
        let directory = try earlier()
        let store = try JobStore.open(directory.path)
        let broken = try await store.database.read { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check").count }
        #expect(broken == 0)
        try await store.delete(conversion: "conv_one", key: "local")
        for table in ["job", "revision", "idempotency", "design"] {
            let count = try await store.database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") }
            #expect(count == (table == "revision" ? 0 : 1), "\(table)")
        }
        await #expect(throws: StoreError.self) {
            try await store.database.write { try $0.execute(sql: "DELETE FROM job WHERE id = 'job_two'") }
        }
        await store.close()
    }
}
