// Rows of the database as values, and values as columns.
import Foundation
import GRDB
import UIToCode

/// Compound values in one column.
enum JSONColumn {
    static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ text: String?) throws -> Value? {
        guard let text else { return nil }
        return try decode(type, text) as Value
    }
}

extension Row {
    fileprivate func time(_ column: String) -> Date? { (self[column] as Int64?).map { Date(milliseconds: $0) } }
    fileprivate func requiredTime(_ column: String) -> Date { Date(milliseconds: self[column]) }
}

extension Job {
    /// A whole row of `job`.
    init(_ row: Row) throws {
        guard let kind = Kind(rawValue: row["kind"]), let state = State(rawValue: row["state"]) else {
            throw StoreError.corrupt("a job of unknown kind or state")
        }
        self.init(
            id: row["id"], conversionID: row["conversion_id"], keyID: row["key_id"], kind: kind, state: state,
            stage: state == .running ? row["stage"] : nil,
            edit: try JSONColumn.decode(Edit.self, row["edit"] as String?),
            file: row["file"], isRetry: row["is_retry"], parentRevision: row["parent_revision"],
            revision: row["revision"],
            attempts: row["attempts"], claims: row["claims"], createdAt: row.requiredTime("created_ms"),
            startedAt: row.time("started_ms"), finishedAt: row.time("finished_ms"),
            failure: try JSONColumn.decode(JobFailure.self, row["failure"] as String?),
            isCancelRequested: row["is_cancel_requested"])
    }

    /// The job of an id.
    ///
    /// - Throws: `StoreError.notFound`, also when `key` is given and it is another's.
    static func fetch(_ database: Database, _ id: String, key: String? = nil) throws -> Job {
        let statement = try database.cachedStatement(
            sql: "SELECT * FROM job WHERE id = ? AND key_id = coalesce(?, key_id)")
        let row = try Row.fetchOne(statement, arguments: [id, key])
        guard let row else { throw StoreError.notFound("job \(id)") }
        return try Job(row)
    }
}

extension Conversion {
    private init(_ row: Row, designs: [StoredDesign]) throws {
        guard let kind = Kind(rawValue: row["kind"]) else { throw StoreError.corrupt("a conversion of unknown kind") }
        self.init(
            id: row["id"], keyID: row["key_id"], kind: kind, name: row["name"],
            request: try JSONColumn.decode(ConversionRequest.self, row["request"] as String), designs: designs,
            createdAt: row.requiredTime("created_ms"), updatedAt: row.requiredTime("updated_ms"),
            latestRevision: row["latest_revision"], latestJobID: row["latest_job"])
    }

    /// The conversions of rows of `conversion`, in their order, with their designs.
    static func fetch(_ database: Database, _ rows: [Row]) throws -> [Conversion] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT * FROM design WHERE conversion_id IN (SELECT value FROM json_each(?))
                ORDER BY conversion_id, position
                """)
        let ids = try JSONColumn.encode(rows.map { $0["id"] as String })
        let designs = try Row.fetchAll(statement, arguments: [ids])
        let byConversion = Dictionary(grouping: designs) { $0["conversion_id"] as String }
        return try rows.map { try Conversion($0, designs: (byConversion[$0["id"]] ?? []).map { try StoredDesign($0) }) }
    }

    /// The conversion of an id.
    ///
    /// - Throws: `StoreError.notFound`, also when `key` is given and it is another's.
    static func fetch(_ database: Database, _ id: String, key: String? = nil) throws -> Conversion {
        let statement = try database.cachedStatement(
            sql: "SELECT * FROM conversion WHERE id = ? AND key_id = coalesce(?, key_id)")
        let rows = try Row.fetchAll(statement, arguments: [id, key])
        guard let conversion = try fetch(database, rows).first else { throw StoreError.notFound("conversion \(id)") }
        return conversion
    }
}

extension StoredDesign {
    fileprivate init(_ row: Row) throws {
        self.init(
            name: row["name"], mediaType: row["media_type"], digest: row["digest"], byteCount: row["byte_count"],
            width: row["width"], height: row["height"])
        item = try JSONColumn.decode(BatchItem.self, row["outcome"] as String?)
    }
}

extension Revision {
    /// Every revision of a conversion, or the one of a number, lowest first.
    static func fetch(_ database: Database, of conversion: String, number: Int? = nil) throws -> [Revision] {
        let condition = "WHERE conversion_id = ?"
        let revisions = try database.cachedStatement(
            sql: "SELECT * FROM revision \(condition) AND number = coalesce(?, number) ORDER BY number")
        let manifests = try database.cachedStatement(
            sql: "SELECT * FROM file \(condition) AND revision = coalesce(?, revision) ORDER BY revision, position")
        let rows = try Row.fetchAll(revisions, arguments: [conversion, number])
        let files = try Row.fetchAll(manifests, arguments: [conversion, number])
        let byRevision = Dictionary(grouping: files) { $0["revision"] as Int }
        return try rows.map { try Revision($0, files: (byRevision[$0["number"]] ?? []).map(StoredFile.init)) }
    }

    private init(_ row: Row, files: [StoredFile]) throws {
        self.init(
            conversionID: row["conversion_id"], number: row["number"], parent: row["parent"], jobID: row["job_id"],
            edit: try JSONColumn.decode(Edit.self, row["edit"] as String?), entry: row["entry"], files: files,
            report: try JSONColumn.decode(JobReport.self, row["report"] as String),
            receipts: try JSONColumn.decode([StoredReceipt].self, row["receipts"] as String),
            outcome: try JSONColumn.decode(Outcome.self, row["outcome"] as String?),
            createdAt: row.requiredTime("created_ms"), folder: row["folder"])
    }
}

extension StoredFile {
    fileprivate init(_ row: Row) {
        self.init(
            path: row["path"], mediaType: row["media_type"], digest: row["digest"], byteCount: row["byte_count"])
    }
}

extension UsageDay {
    /// A whole row of `usage_day`.
    init(_ row: Row) {
        self.init(date: row["day"])
        conversions = row["conversions"]
        edits = row["edits"]
        batches = row["batches"]
        workflows = row["workflows"]
        failed = row["failed"]
        visionTokens = row["vision_tokens"]
        promptTokens = row["prompt_tokens"]
        cachedTokens = row["cached_tokens"]
        completionTokens = row["completion_tokens"]
        uploadBytes = row["upload_bytes"]
    }

    /// Adds this to what `key` used on the day.
    func add(to database: Database, key: String) throws {
        try database.execute(
            sql: """
                INSERT INTO usage_day VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET
                    conversions = conversions + excluded.conversions, edits = edits + excluded.edits,
                    failed = failed + excluded.failed, vision_tokens = vision_tokens + excluded.vision_tokens,
                    prompt_tokens = prompt_tokens + excluded.prompt_tokens,
                    cached_tokens = cached_tokens + excluded.cached_tokens,
                    completion_tokens = completion_tokens + excluded.completion_tokens,
                    upload_bytes = upload_bytes + excluded.upload_bytes, batches = batches + excluded.batches,
                    workflows = workflows + excluded.workflows
                """,
            arguments: [
                key, date, conversions, edits, failed, visionTokens, promptTokens, cachedTokens, completionTokens,
                uploadBytes, batches, workflows,
            ])
    }
}
