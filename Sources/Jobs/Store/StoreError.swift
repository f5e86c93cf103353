// Everything that can stop the store, one clear line each. What a store throws left the database as it was before.

/// Why the store refused or could not.
package enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The disk, its quota or the reserve kept free on it is used up; what could not be written.
    case full(String)
    /// Another process works in this data directory.
    case locked(directory: String)
    /// The database is damaged, or holds what this version cannot read.
    case corrupt(String)
    /// The data directory or the database cannot be opened.
    case cannotOpen(String)
    /// As many jobs wait as may; a place is likely free after so many seconds.
    case queueFull(retryAfter: Double)
    /// The key has as many queued and running jobs as it may have.
    case activeJobLimit(Int)
    /// The key keeps as many files as it may.
    case fileLimit(Int)
    /// The key's files would have more bytes than they may.
    case fileByteLimit(Int)
    /// The same idempotency key came with another request before.
    case idempotencyMismatch
    /// There is no such thing, or it belongs to another key; what was looked for.
    case notFound(String)
    /// The conversion has no such revision (yet).
    case revisionMissing(Int)
    /// The cursor is none that a list of this store gave.
    case invalidCursor
    /// A job that must come to its end first is queued or running.
    case busy(job: String)
    /// The job is not the worker's any more: it ended, was given to another, or was deleted.
    case leaseLost(job: String)
    /// The file system or the database failed in another way.
    case io(String)

    /// One line for people.
    package var description: String {
        switch self {
        case .full(let what): "no space left: \(what)"
        case .locked(let directory): "\(directory) is in use by another bottega; stop it or choose another directory"
        case .corrupt(let what): "the database is damaged: \(what)"
        case .cannotOpen(let what): "the data directory cannot be opened: \(what)"
        case .queueFull(let seconds): "the queue is full; try again in \(Int(seconds.rounded(.up))) s"
        case .activeJobLimit(let limit): "\(limit) jobs of this key are queued or running, which is its limit"
        case .fileLimit(let limit): "this key keeps \(limit) files, which is its limit; delete some"
        case .fileByteLimit(let limit): "the files of this key would take more than \(limit) bytes; delete some"
        case .idempotencyMismatch: "this idempotency key was used for another request"
        case .notFound(let what): "there is no \(what)"
        case .revisionMissing(let number): "there is no revision \(number)"
        case .invalidCursor: "the cursor is none that a list gave"
        case .busy(let job): "\(job) is queued or running; wait for its end, or cancel it"
        case .leaseLost(let job): "\(job) is no longer this worker's"
        case .io(let what): "the store failed: \(what)"
        }
    }
}
