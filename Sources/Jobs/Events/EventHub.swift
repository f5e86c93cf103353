// What running jobs tell, kept in memory for those who listen: one log a job, and in it everybody's own place. Publishing
// never waits for a reader and never makes a copy for one; a slow reader costs nothing but what it misses.
//
// A log begins when its job is enqueued (`open`) or first tells something, and goes five minutes after its last event.
// After a restart of the process the logs are empty: what a job came to stands in the store.
package import Foundation
import Synchronization

/// The events of jobs, while they run and a little longer.
package final class EventHub: Sendable {
    private struct Shelf {
        var logs: [String: JobLog] = [:]
        /// Jobs that ended and when, in that order.
        var ended: [(job: String, at: Date)] = []
    }

    private let shelf = Mutex(Shelf())
    private let keptSeconds: Double
    private let textBytes: Int
    private let now: @Sendable () -> Date

    /// Makes an empty hub.
    ///
    /// - Parameters:
    ///   - keptSeconds: how long a log stays after its last event.
    ///   - textBytes: bytes a log may take, with 96 for each event besides its text. Beyond, its oldest deltas go.
    package init(
        keptSeconds: Double = 300, textBytes: Int = 4 << 20, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.keptSeconds = keptSeconds
        self.textBytes = textBytes
        self.now = now
    }

    /// Begins the log of a job that was enqueued, so that readers may come before there is anything to read.
    package func open(job: String) { _ = log(of: job, opening: true) }

    /// Tells everyone what happened to a job. After a terminal event nothing more is told of it.
    ///
    /// - Parameter attempt: the job's `claims`.
    package func publish(_ body: JobEvent.Body, job: String, attempt: Int) {
        guard let log = log(of: job, opening: true), log.append(body, attempt: attempt), body.isTerminal else { return }
        let time = now()
        shelf.withLock { $0.ended.append((job, time)) }
    }

    /// What happened to a job, from the beginning or after an event, then what happens; ends after a terminal event.
    /// Nil when there is no log.
    ///
    /// Of drafts only the last is told again. An id that this log did not give (it is of an earlier process) means the
    /// beginning.
    package func events(of job: String, after id: JobEvent.ID? = nil) -> JobEvents? {
        log(of: job, opening: false).map { JobEvents(log: $0, after: id) }
    }

    /// Returns when the job has told its last event, when the task is cancelled, or at once when there is no log.
    package func waitUntilFinished(_ job: String) async {
        await log(of: job, opening: false)?.waitForEnd()
    }

    private func log(of job: String, opening: Bool) -> JobLog? {
        let limit = now().addingTimeInterval(-keptSeconds)
        return shelf.withLock { shelf in
            let expired = shelf.ended.prefix { $0.at <= limit }
            for job in expired { shelf.logs[job.job] = nil }
            shelf.ended.removeFirst(expired.count)
            if let log = shelf.logs[job] { return log }
            guard opening else { return nil }
            let log = JobLog(textBytes: textBytes)
            shelf.logs[job] = log
            return log
        }
    }
}

/// The events of a job for one reader.
package struct JobEvents: AsyncSequence, Sendable {
    package typealias Element = JobEvent
    package typealias Failure = Never

    fileprivate let log: JobLog
    fileprivate let after: JobEvent.ID?

    package func makeAsyncIterator() -> Iterator { Iterator(log: log, place: log.place(after: after)) }

    /// A place in the log. Ends when the task is cancelled, too.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let log: JobLog
        fileprivate var place: JobLog.Place

        package mutating func next() async -> JobEvent? { await log.next(&place) }

        package mutating func next(isolation actor: isolated (any Actor)?) async -> JobEvent? {
            await log.next(&place)
        }
    }
}
