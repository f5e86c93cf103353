// Who may use the service. A key's secret is shown once and only its SHA-256 is kept. Several processes may work on the
// keys of one data directory at the same time, so that keys can be made and revoked while a server runs.
import Crypto
package import Foundation
import GRDB

/// Somebody who may use the service.
package struct ApiKey: Sendable, Equatable {
    /// 12 characters, no secret.
    package var id: String
    /// What its maker calls it.
    package var name: String
    package var createdAt: Date
    /// From then on it opens nothing; nil for a key in use.
    package var revokedAt: Date?
    /// Exact to a minute; nil for a key never used.
    package var lastUsedAt: Date?
    /// Nil for the server's default.
    package var requestsPerMinute: Int?
    /// Jobs that may be queued or running; nil for the server's default.
    package var activeJobs: Int?
}

/// The keys of a data directory.
package final class KeyStore: Sendable {
    private let database: StoreDatabase
    private let now: @Sendable () -> Date

    init(_ database: StoreDatabase, now: @escaping @Sendable () -> Date) {
        self.database = database
        self.now = now
    }

    /// Opens the keys of a data directory alone, which needs no lock and disturbs no server.
    package static func open(_ directory: String) throws(StoreError) -> KeyStore {
        try Disk.makeFolder(directory)
        return KeyStore(try StoreDatabase(directory: directory), now: { Date() })
    }

    /// Makes a key.
    ///
    /// - Returns: the key, and its secret: `bk_`, the id, `_`, and 43 characters for 32 random bytes.
    package func createKey(
        name: String, requestsPerMinute: Int? = nil, activeJobs: Int? = nil
    ) async throws(StoreError) -> (key: ApiKey, secret: String) {
        let key = ApiKey(
            id: Identifiers.random(count: 12), name: name, createdAt: Date(milliseconds: now().milliseconds),
            requestsPerMinute: requestsPerMinute, activeJobs: activeJobs)
        let secret = "bk_\(key.id)_\(Base64URL.encode(Self.randomBytes()))"
        let digest = Data(SHA256.hash(data: Array(secret.utf8)))
        try await database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO api_key (id, name, digest, created_ms, requests_per_minute, active_jobs)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [key.id, name, digest, key.createdAt.milliseconds, requestsPerMinute, activeJobs])
        }
        return (key, secret)
    }

    /// Every key, revoked ones too, oldest first.
    package func keys() async throws(StoreError) -> [ApiKey] {
        try await database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM api_key ORDER BY created_ms, id").map(ApiKey.init)
        }
    }

    /// Whether any key is good: made, and not revoked.
    package func hasKeys() async throws(StoreError) -> Bool {
        try await database.read { database in
            try Bool.fetchOne(
                try database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM api_key WHERE revoked_ms IS NULL)"))
                ?? false
        }
    }

    /// Closes a key for good. Revoking it again changes nothing.
    ///
    /// - Throws: `notFound`.
    package func revokeKey(_ id: String) async throws(StoreError) {
        let time = now().milliseconds
        try await database.write { database in
            try database.execute(
                sql: "UPDATE api_key SET revoked_ms = coalesce(revoked_ms, ?) WHERE id = ?", arguments: [time, id])
            guard database.changesCount == 1 else { throw StoreError.notFound("key \(id)") }
        }
    }

    /// The key a secret belongs to; nil when there is none or it was revoked.
    ///
    /// A key is looked up by its public id and compared by digest in constant time; an unknown id costs the same.
    /// `lastUsedAt` is written at most once a minute, and not at all while the disk is full.
    package func key(presenting secret: String) async throws(StoreError) -> ApiKey? {
        guard secret.utf8.count <= 256 else { return nil }
        let presented = SHA256.hash(data: Array(secret.utf8))
        let id = Self.id(in: secret) ?? ""
        let found = try await database.read { database in
            let statement = try database.cachedStatement(sql: "SELECT * FROM api_key WHERE id = ?")
            return try Row.fetchOne(statement, arguments: [id]).map { row in
                (key: ApiKey(row), digest: row["digest"] as Data)
            }
        }
        // `Digest` compares in constant time.
        let isMatch = presented == (found?.digest ?? Data(count: SHA256.byteCount))
        guard isMatch, var key = found?.key, key.revokedAt == nil else { return nil }
        let time = now()
        if time.timeIntervalSince(key.lastUsedAt ?? .distantPast) >= 60 {
            do {
                try await touch(key.id, at: time)
                key.lastUsedAt = Date(milliseconds: time.milliseconds)
            } catch StoreError.full {}
        }
        return key
    }

    private func touch(_ id: String, at time: Date) async throws(StoreError) {
        try await database.write { database in
            try database.execute(
                sql: "UPDATE api_key SET last_used_ms = ? WHERE id = ?", arguments: [time.milliseconds, id])
        }
    }

    /// 32 random bytes that are the same every time they are asked for by the same name.
    package func secret(named name: String) async throws(StoreError) -> [UInt8] {
        let candidate = Data(Self.randomBytes())
        return try await database.write { database in
            try database.execute(
                sql: "INSERT INTO secret (name, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [name, candidate])
            let bytes = try Data.fetchOne(database, sql: "SELECT bytes FROM secret WHERE name = ?", arguments: [name])
            return Array(bytes ?? candidate)
        }
    }

    /// Ends the database connections.
    package func close() throws(StoreError) { try database.close() }

    // `bk_ID_REST`; the id itself holds no "_".
    private static func id(in secret: String) -> String? {
        let parts = secret.split(separator: "_", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "bk" ? String(parts[1]) : nil
    }

    private static func randomBytes() -> [UInt8] {
        var system = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: 0...UInt8.max, using: &system) }
    }
}

extension ApiKey {
    fileprivate init(_ row: Row) {
        self.init(
            id: row["id"], name: row["name"], createdAt: Date(milliseconds: row["created_ms"]),
            revokedAt: (row["revoked_ms"] as Int64?).map { Date(milliseconds: $0) },
            lastUsedAt: (row["last_used_ms"] as Int64?).map { Date(milliseconds: $0) },
            requestsPerMinute: row["requests_per_minute"], activeJobs: row["active_jobs"])
    }
}
