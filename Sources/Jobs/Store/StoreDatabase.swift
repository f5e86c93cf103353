// The SQLite file behind a store: opened the one way that keeps promises (write-ahead log, every commit through to the
// disk, foreign keys), entered through `read` and `write` alone, its errors told in the store's words.
import Foundation
import GRDB

/// An open database. Several may be open on one file, in one process or more.
final class StoreDatabase: Sendable {
    private let pool: DatabasePool
    private let directory: String

    /// Opens the database of a data directory, making it if it is absent, and brings it up to date.
    init(directory: String) throws(StoreError) {
        self.directory = directory
        let path = directory + "/bottega.sqlite"
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = true
        configuration.label = "bottega"
        let migrationLock = try FileLock.wait(forFolder: directory)
        defer { withExtendedLifetime(migrationLock) {} }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            // GRDB leaves write-ahead logs at NORMAL, under which a loss of power may take the last commits back.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            guard try pool.read(Schema.migrator.hasBeenSuperseded) == false else {
                throw StoreError.cannotOpen("\(path) was written by a newer bottega")
            }
            try Schema.migrator.migrate(pool)
        } catch {
            throw StoreError(error, opening: path)
        }
    }

    /// Runs one transaction that changes things: all of it or, when `body` throws, nothing.
    ///
    /// Once asked for it is carried through, whether or not the asking task is cancelled; when this returns, the change
    /// survives a loss of power.
    ///
    /// - Parameter afterCommit: runs when the change is on disk and before anyone else can change anything.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value,
        afterCommit: @escaping @Sendable (Database, Value) throws -> Void = { _, _ in }
    ) async throws(StoreError) -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { database in
                continuation.resume(
                    returning: Result {
                        let value = try Self.immediately(database, body)
                        try afterCommit(database, value)
                        return value
                    })
            }
        }
        do { return try result.get() } catch { throw told(error) }
    }

    /// `write` for those who cannot wait without blocking: opening a store.
    func writeNow<Value>(_ body: (Database) throws -> Value) throws(StoreError) -> Value {
        do { return try pool.writeWithoutTransaction { try Self.immediately($0, body) } } catch {
            throw told(error)
        }
    }

    /// Looks at one state of the database, while others may write the next.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            pool.asyncRead { database in
                continuation.resume(returning: Result { try body(database.get()) })
            }
        }
        do { return try result.get() } catch { throw told(error) }
    }

    /// Ends all connections. Whoever reads or writes later gets `io`.
    func close() throws(StoreError) {
        do { try pool.close() } catch { throw StoreError(error) }
    }

    // Without space SQLite may say that a file could not be grown or flushed.
    private func told(_ error: any Error) -> StoreError {
        if let error = error as? DatabaseError, error.resultCode == .SQLITE_IOERR, Disk.freeBytes(directory) < 1 << 20 {
            return .full("the database: \(error.message ?? "\(error.extendedResultCode)")")
        }
        return StoreError(error)
    }

    private static func immediately<Value>(
        _ database: Database, _ body: (Database) throws -> Value
    ) throws -> Value {
        var value: Value?
        try database.inTransaction(.immediate) {
            value = try body(database)
            return .commit
        }
        guard let value else { throw StoreError.io("a transaction was committed without its value") }
        return value
    }
}

extension StoreError {
    /// An error of the database, or of what was done inside a transaction.
    init(_ error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError: self.init(error)
        case let error as DecodingError: self = .corrupt("a row cannot be read: \(error)")
        default: self = .io("\(error)")
        }
    }

    /// An error while the database at `path` was opened.
    fileprivate init(_ error: any Error, opening path: String) {
        self.init(error)
        switch self {
        case .io(let reason): self = .cannotOpen("\(path): \(reason)")
        default: break
        }
    }

    private init(_ error: DatabaseError) {
        let words = "\(error.message ?? "SQLite error \(error.extendedResultCode.rawValue)")"
        switch error.resultCode {
        case .SQLITE_FULL: self = .full("the database: \(words)")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: self = .corrupt(words)
        default: self = .io("the database: \(words)")
        }
    }
}
