// What the slots of a running worker share: whether it is closing, which jobs run, and why one was interrupted.
import Synchronization

/// One run of a worker, from its start to its shutdown.
final class Shift: Sendable {
    private struct State {
        var isClosed = false
        var isInterrupted = false
        var running: [String: RunningJob] = [:]
    }

    private let state = Mutex(State())
    private let closing = Signal()
    private let bell: Signal

    /// - Parameter bell: what slots wait for when there is nothing to do; rung when the shift closes.
    init(bell: Signal) { self.bell = bell }

    /// No new jobs are begun.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// What runs is to end now, and nothing is tried again.
    var isInterrupted: Bool { state.withLock { $0.isInterrupted } }

    /// Lets running jobs go on and begins no other.
    func close() {
        state.withLock { $0.isClosed = true }
        closing.ring()
        bell.ring()
    }

    /// Closes, and stops what runs.
    func interrupt() {
        let running = state.withLock { state in
            state.isInterrupted = true
            return state.running.values
        }
        for job in running { job.interrupt(.shutdown) }
        close()
    }

    func add(_ running: RunningJob) {
        let isInterrupted = state.withLock { state in
            state.running[running.job.id] = running
            return state.isInterrupted
        }
        if isInterrupted { running.interrupt(.shutdown) }
    }

    func remove(_ running: RunningJob) { state.withLock { _ = $0.running.removeValue(forKey: running.job.id) } }

    func waitForClose() async {
        let seen = closing.count
        if !isClosed { await closing.wait(since: seen) }
    }

    /// Returns after a time, or when the shift closes.
    func pause(_ seconds: Double) async {
        let seen = closing.count
        if !isClosed { await closing.wait(since: seen, atMost: seconds) }
    }
}

/// A job while a worker is at it.
final class RunningJob: Sendable {
    /// Why a job was stopped from outside.
    enum Interruption: Sendable { case cancelled, leaseLost, shutdown }

    private struct State {
        var stage = StageEvent.Stage.decode
        var attempts: Int
        var interruption: Interruption?
        var task: Task<JobWork.Product, any Error>?
    }

    /// As it was claimed.
    let job: Job
    /// How often `JobStore.cancellations` had rung before the job was claimed.
    let cancellationsSeen: UInt64
    private let state: Mutex<State>

    init(_ job: Job, cancellationsSeen: UInt64) {
        self.job = job
        state = Mutex(State(attempts: job.attempts))
        self.cancellationsSeen = cancellationsSeen
    }

    /// What is being done.
    var current: StageEvent.Stage { state.withLock { $0.stage } }

    /// Its name.
    var stage: String { current.rawValue }

    func enter(_ stage: StageEvent.Stage) { state.withLock { $0.stage = stage } }

    /// `Job.attempts` as it is by now.
    var attempts: Int { state.withLock { $0.attempts } }

    /// The job got on: its attempts are counted from this one.
    func getOn() { state.withLock { $0.attempts = 1 } }

    /// The first reason to stop; nil for a job that was left alone.
    var interruption: Interruption? { state.withLock { $0.interruption } }

    func begin(_ task: Task<JobWork.Product, any Error>) { state.withLock { $0.task = task } }

    /// Stops the work, which ends soon after.
    func interrupt(_ reason: Interruption) {
        let task = state.withLock { state in
            if state.interruption == nil { state.interruption = reason }
            return state.task
        }
        task?.cancel()
    }
}

/// Pauses that double.
struct Pauses {
    private let first: Double
    private let longest: Double
    /// Seconds of the next pause.
    private(set) var upcoming: Double

    init(first: Double, longest: Double) {
        (self.first, self.longest, upcoming) = (first, longest, first)
    }

    /// Takes a pause's seconds; the one after is twice as long.
    mutating func next() -> Double {
        defer { upcoming = min(longest, upcoming * 2) }
        return upcoming
    }

    mutating func reset() { upcoming = first }
}
