// The database as SQLite keeps it. A change of `Schema` shows here as a diff.
import GRDB
import Testing

@testable import Jobs

@Suite struct SchemaTests {
    @Test func theSchemaIsTheOneThatWasReviewed() async throws {
        let bench = try Workbench()
        let schema = try await bench.store.database.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT sql FROM sqlite_master
                    WHERE sql IS NOT NULL AND name NOT LIKE 'grdb_%' AND name NOT LIKE 'sqlite_%' ORDER BY name
                    """
            ).joined(separator: ";\n") + ";\n"
        }
        #expect(schema == SchemaSnapshot.text, "the schema is now:\n\(schema)")
    }

    @Test func everyTableIsStrict() async throws {
        let bench = try Workbench()
        let loose = try await bench.store.database.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT name FROM pragma_table_list
                    WHERE type = 'table' AND schema = 'main' AND NOT strict
                        AND name NOT LIKE 'grdb_%' AND name NOT LIKE 'sqlite_%'
                    """)
        }
        #expect(loose.isEmpty)
    }

    @Test func whatIsAcknowledgedIsThroughToTheDisk() async throws {
        let bench = try Workbench()
        let settings = try await bench.store.database.write { database in
            try ["synchronous", "journal_mode", "foreign_keys", "busy_timeout"].map { name in
                try String.fetchOne(database, sql: "PRAGMA \(name)") ?? ""
            }
        }
        #expect(settings == ["2", "wal", "1", "10000"])
    }

    @Test(arguments: [
        "UPDATE job SET state = 'lost'", "UPDATE job SET state = 'running'", "UPDATE job SET state = 'failed'",
        "UPDATE job SET state = 'succeeded', finished_ms = 1", "UPDATE job SET finished_ms = 1",
        "UPDATE job SET worker = 'w'", "UPDATE job SET kind = 'edit'", "UPDATE job SET attempts = -1",
        "UPDATE job SET attempts = 1", "UPDATE job SET conversion_id = 'none'",
        "UPDATE conversion SET latest_job = 'none'", "UPDATE conversion SET created_ms = 'today'",
        "UPDATE design SET digest = 'short'",
    ])
    func theDatabaseRefusesWhatCannotBe(statement: String) async throws {
        let bench = try Workbench()
        let job = try await bench.submit()
        await #expect(throws: StoreError.self) {
            try await bench.store.database.write { try $0.execute(sql: statement) }
        }
        #expect(try await bench.store.job(job.id, key: nil) == job)
    }

    @Test func aDatabaseOfANewerVersionIsNotOpened() async throws {
        let bench = try Workbench()
        try await bench.store.database.write { database in
            try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('9 from the future')")
        }
        await bench.store.close()
        let expected = StoreError.cannotOpen("\(bench.directory)/bottega.sqlite was written by a newer bottega")
        #expect(throws: expected) { try JobStore.open(bench.directory) }
    }
}
