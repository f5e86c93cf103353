// The durable side of the service: one data directory, one process. Rows live in SQLite, bytes in files beside it:
//
//     bottega.sqlite   lock   uploads/AA/DIGEST   uploads/incoming/…   results/CONVERSION/REVISION-CLAIM/…
//     shelves/CONVERSION/…   staged/JOB-CLAIM/…
//
// Rules, each kept by the function it names:
//   1. What was acknowledged is on the disk (`StoreDatabase.write` commits through to it).
//   2. A job ends exactly once (`Job` draws the ways; every way is one guarded UPDATE).
//   3. Rows refer to whole files only: files come first and rows last when something is made (`Upload.finish`,
//      `succeed`), rows go first and files last when something is removed (`delete`, `sweep`).
//   4. Files without rows are rubbish of a process that died; `open` removes them.
import Foundation
import GRDB
import Synchronization

/// The jobs, conversions, results and keys of a data directory.
package final class JobStore: Sendable {
    /// The data directory, without a slash at its end.
    package let directory: String
    package let options: StoreOptions
    /// The keys of this directory.
    package let keyStore: KeyStore

    let database: StoreDatabase
    let shelf: UploadShelf
    let surroundings: Surroundings
    let identifiers = Identifiers()
    /// Rings when there may be something to claim.
    let arrivals = Signal()
    /// Rings when a running job was asked to end, or was deleted.
    let cancellations = Signal()
    private let lock: Mutex<FileLock?>

    /// Opens a data directory, making it if it is absent.
    ///
    /// Jobs that were running belong to a process that is dead: they go back to the queue with their attempts counted,
    /// or fail as `attempts_exhausted`, or are cancelled if that was asked for. Files nothing refers to are removed.
    ///
    /// - Throws: `locked` while another store has the directory open, `cannotOpen`, `corrupt`, `full`, `io`.
    package static func open(
        _ directory: String, options: StoreOptions = StoreOptions(), surroundings: Surroundings = Surroundings()
    ) throws(StoreError) -> JobStore {
        let store = try JobStore(directory: directory, options: options, surroundings: surroundings)
        try store.recover()
        return store
    }

    private init(
        directory: String, options: StoreOptions, surroundings: Surroundings
    ) throws(StoreError) {
        var directory = directory
        while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
        self.directory = directory
        self.options = options
        self.surroundings = surroundings
        try Disk.makeFolder(directory)
        lock = Mutex(try FileLock.take(directory + "/lock", directory: directory))
        database = try StoreDatabase(directory: directory)
        keyStore = KeyStore(database, now: surroundings.now)
        shelf = try UploadShelf(
            folder: directory + "/uploads", minimumFreeBytes: options.minimumFreeBytes, surroundings: surroundings)
        try Disk.makeFolder(directory + "/results")
    }

    /// Ends the database connections and gives the directory free. What is asked of the store later throws `io`.
    package func close() async {
        try? database.close()
        lock.withLock { $0 = nil }
    }

    private func recover() throws(StoreError) {
        let time = now
        let known = try database.writeNow { database in
            try self.reclaim(database, leasesEndingBy: nil, at: time)
            for table in ["job", "conversion", "media_file"] {
                let last = try String.fetchOne(database, sql: "SELECT max(id) FROM \(table)")
                self.identifiers.skip(past: last ?? "")
            }
            return (
                digests: try Set(
                    String.fetchAll(database, sql: "SELECT digest FROM design UNION SELECT digest FROM media_file")),
                folders: try Set(String.fetchAll(database, sql: "SELECT folder FROM revision")),
                conversions: try Set(String.fetchAll(database, sql: "SELECT id FROM conversion"))
            )
        }
        shelf.remove(shelf.storedDigests().filter { !known.digests.contains($0) })
        removeResults(except: known.folders)
        for name in Disk.names(in: directory + "/shelves") where !known.conversions.contains(name) {
            Disk.remove(shelfFolder(of: name))
        }
        try clearStages()
    }

    private func removeResults(except folders: Set<String>) {
        for conversion in Disk.names(in: directory + "/results") {
            let folder = "results/\(conversion)"
            let kept = Disk.names(in: "\(directory)/\(folder)").filter { name in
                let owner = name.hasSuffix(Self.receiptsSuffix) ? name.dropLast(Self.receiptsSuffix.count) : name[...]
                guard !folders.contains("\(folder)/\(owner)") else { return true }
                Disk.remove("\(directory)/\(folder)/\(name)")
                return false
            }
            if kept.isEmpty { Disk.remove("\(directory)/\(folder)") }
        }
    }

    /// The time, as the database keeps it.
    var now: Int64 { surroundings.now().milliseconds }

    /// How much there is to do.
    package func counts() async throws(StoreError) -> QueueCounts {
        let time = now
        return try await database.read { database in
            let counts = try Row.fetchOne(
                database,
                sql: """
                    SELECT count(*) FILTER (WHERE state = 'queued') AS queued,
                           count(*) FILTER (WHERE state = 'running') AS running,
                           min(created_ms) FILTER (WHERE state = 'queued') AS oldest
                    FROM job WHERE state IN ('queued', 'running')
                    """)
            let oldest: Int64? = counts?["oldest"]
            return QueueCounts(
                queued: counts?["queued"] ?? 0, running: counts?["running"] ?? 0,
                oldestQueuedSeconds: oldest.map { Double(max(0, time - $0)) / 1000 })
        }
    }

    /// What a key used, day by day, for the days `from` to `to` (`YYYY-MM-DD`, both included) on which it did anything.
    package func usage(key: String, from: String, to: String) async throws(StoreError) -> [UsageDay] {
        try await database.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM usage_day WHERE key_id = ? AND day BETWEEN ? AND ? ORDER BY day",
                arguments: [key, from, to]
            ).map(UsageDay.init)
        }
    }

    /// Writes something and reads it back.
    ///
    /// - Throws: `full` when less is free than is kept free, and whatever stops writing or reading.
    package func probe() async throws(StoreError) {
        try shelf.checkSpace()
        let time = now
        try await database.write { database in
            try database.execute(
                sql: "INSERT INTO probe VALUES (1, ?) ON CONFLICT DO UPDATE SET written_ms = excluded.written_ms",
                arguments: [time])
        }
        let found = try await database.read { try Int64.fetchOne($0, sql: "SELECT written_ms FROM probe") }
        guard let found, found >= time else { throw .io("what was written cannot be read back") }
    }

    // MARK: Uploads

    /// Begins to write a picture or video.
    ///
    /// - Throws: `full` when less is free than is kept free.
    package func beginUpload() throws(StoreError) -> Upload { try shelf.begin() }

    /// Where the picture of a digest lies, if it does.
    package func uploadPath(_ digest: String) -> String { shelf.path(digest) }

    // MARK: Keys

    /// See `KeyStore.createKey`.
    package func createKey(
        name: String, requestsPerMinute: Int? = nil, activeJobs: Int? = nil
    ) async throws(StoreError) -> (key: ApiKey, secret: String) {
        try await keyStore.createKey(name: name, requestsPerMinute: requestsPerMinute, activeJobs: activeJobs)
    }

    /// See `KeyStore.keys`.
    package func keys() async throws(StoreError) -> [ApiKey] { try await keyStore.keys() }

    /// See `KeyStore.hasKeys`.
    package func hasKeys() async throws(StoreError) -> Bool { try await keyStore.hasKeys() }

    /// See `KeyStore.revokeKey`.
    package func revokeKey(_ id: String) async throws(StoreError) { try await keyStore.revokeKey(id) }

    /// See `KeyStore.key(presenting:)`.
    package func key(presenting secret: String) async throws(StoreError) -> ApiKey? {
        try await keyStore.key(presenting: secret)
    }

    /// See `KeyStore.secret(named:)`.
    package func secret(named name: String) async throws(StoreError) -> [UInt8] {
        try await keyStore.secret(named: name)
    }
}
