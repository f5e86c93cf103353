// Files that clients refer to: kept, looked up, listed, deleted. What belongs to another key is not found. A file is one
// row that points at the shelf of uploads; `recover`, `sweep` and deleting count it among the reasons to keep an upload.
import Foundation
import GRDB

extension JobStore {
    /// Keeps an upload as a file. When this returns, it survives a loss of power; when it throws, the upload is given up.
    ///
    /// - Throws: `full`, `fileLimit` and `fileByteLimit`, asked in this order; `notFound` when the upload waited too
    ///   long.
    package func keep(_ draft: MediaDraft, key: String, limits: MediaLimits) async throws(StoreError) -> MediaFile {
        let time = surroundings.now()
        let id = MediaFile.idPrefix + identifiers.next(at: time)
        let upload = draft.upload
        do {
            try await database.write { database in
                try self.shelf.checkSpace()
                try Self.requireRoom(database, for: upload.byteCount, key: key, limits)
                guard Disk.exists(upload.path) else { throw StoreError.notFound("upload \(upload.digest)") }
                try database.execute(
                    sql: "INSERT INTO media_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    arguments: [
                        id, key, draft.name, draft.purpose, draft.kind.rawValue, draft.mediaType, upload.digest,
                        upload.byteCount, time.milliseconds,
                    ])
                var usage = UsageDay(date: time.utcDay)
                usage.uploadBytes = upload.byteCount
                try usage.add(to: database, key: key)
            } afterCommit: { _, _ in
                self.shelf.settle([upload.digest])
            }
        } catch {
            try? await giveUp(upload)
            throw error
        }
        return try await media(id, key: key)
    }

    /// Removes a finished upload that nothing will be made of, unless others have sent the same content.
    private func giveUp(_ upload: StoredUpload) async throws(StoreError) {
        try await database.write { _ in
            self.shelf.settle([upload.digest])
        } afterCommit: { database, _ in
            self.shelf.remove(try Self.unreferenced([upload.digest], database))
        }
    }

    /// Asks whether a key may keep one more file at all, before its bytes are taken in. `keep` asks again, knowing them.
    ///
    /// - Throws: `fileLimit`, `fileByteLimit`.
    package func requireRoomForMedia(key: String, limits: MediaLimits) async throws(StoreError) {
        try await database.read { try Self.requireRoom($0, for: 1, key: key, limits) }
    }

    private static func requireRoom(
        _ database: Database, for byteCount: Int, key: String, _ limits: MediaLimits
    ) throws {
        let kept = try Row.fetchOne(
            database,
            sql: "SELECT count(*) AS files, coalesce(sum(byte_count), 0) AS bytes FROM media_file WHERE key_id = ?",
            arguments: [key])
        guard let kept, kept["files"] < limits.files else { throw StoreError.fileLimit(limits.files) }
        guard kept["bytes"] <= limits.bytes - byteCount else { throw StoreError.fileByteLimit(limits.bytes) }
    }

    /// A file of a key; what an `ms://ID` refers to.
    ///
    /// - Throws: `notFound`.
    package func media(_ id: String, key: String) async throws(StoreError) -> MediaFile {
        try await database.read { database in
            let statement = try database.cachedStatement(sql: "SELECT * FROM media_file WHERE id = ? AND key_id = ?")
            guard let row = try Row.fetchOne(statement, arguments: [id, key]) else {
                throw StoreError.notFound("file \(id)")
            }
            return try self.mediaFile(row)
        }
    }

    /// The files of a key.
    ///
    /// - Parameters:
    ///   - purpose: nil for every purpose.
    ///   - limit: files at most, 1…10,000.
    ///   - last: the id behind which the list goes on, whether or not there still is a file of it; nil from the start.
    ///   - oldestFirst: the order; newest first unless said.
    package func media(
        key: String, purpose: String? = nil, limit: Int, after last: String? = nil, oldestFirst: Bool = false
    ) async throws(StoreError) -> MediaPage {
        let limit = min(10_000, max(1, limit))
        let (comparison, order) = oldestFirst ? (">", "ASC") : ("<", "DESC")
        return try await database.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM media_file
                    WHERE key_id = :key AND purpose = coalesce(:purpose, purpose)
                        AND (:last IS NULL OR id \(comparison) :last)
                    ORDER BY id \(order) LIMIT :limit
                    """,
                arguments: ["key": key, "purpose": purpose, "last": last, "limit": limit + 1])
            return MediaPage(files: try rows.prefix(limit).map(self.mediaFile), hasMore: rows.count > limit)
        }
    }

    /// Deletes a file; its bytes too, unless something else has the same.
    ///
    /// - Throws: `notFound`, also when it is another key's.
    package func delete(media id: String, key: String) async throws(StoreError) {
        let removed = try await removeMedia("id = ? AND key_id = ?", [id, key])
        guard removed == 1 else { throw .notFound("file \(id)") }
    }

    /// Removes the files that a condition names, rows first.
    ///
    /// - Returns: how many.
    func removeMedia(_ condition: String, _ values: StatementArguments) async throws(StoreError) -> Int {
        try await database.write { database in
            try String.fetchAll(
                database, sql: "DELETE FROM media_file WHERE \(condition) RETURNING digest", arguments: values)
        } afterCommit: { database, digests in
            self.shelf.remove(try Self.unreferenced(Set(digests), database))
        }.count
    }

    private func mediaFile(_ row: Row) throws -> MediaFile {
        guard let kind = MediaFile.Kind(rawValue: row["kind"]) else {
            throw StoreError.corrupt("a file of unknown kind")
        }
        let digest: String = row["digest"]
        return MediaFile(
            id: row["id"], keyID: row["key_id"], name: row["name"], purpose: row["purpose"], kind: kind,
            mediaType: row["media_type"], digest: digest, byteCount: row["byte_count"],
            createdAt: Date(milliseconds: row["created_ms"]), path: shelf.path(digest))
    }
}
