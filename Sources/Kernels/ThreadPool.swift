// Fork and join for short jobs: threads claim chunks of one job at a time by a ticket and nobody waits for a thread
// that has not claimed anything. It knows nothing of numbers.
//
// The ticket is one 64-bit word: `generation << 32 | next chunk`. A chunk belongs to whoever moves the ticket past it.
//
//     closed ──open(job)──▶ claiming ──last claim──▶ drained ──close──▶ closed
//
// 1. The fields of the job change only while the ticket is closed (next chunk = 0xFFFFFFFF), by releasing stores. A
//    late thread that read an old ticket and new fields therefore fails its compare-exchange and claims nothing.
// 2. The caller takes chunks too, then waits until as many chunks are finished as were claimed. A thread that sleeps
//    or was descheduled before its claim delays nobody.
// 3. Waiting spins for a bounded time, then sleeps on a condition. Whoever sleeps says so before it looks again, and
//    whoever changes the word looks for sleepers afterwards (both sequentially consistent), so no wake-up is lost.

import CSIMD
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A fixed number of threads, the caller's among them. Threads end when the pool is released.
final class ThreadPool: @unchecked Sendable {
    /// Threads that work on a job, the caller included; at least 1.
    let threads: Int
    private let job = SharedJob()
    private let callers = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var workers: [pthread_t] = []

    /// Starts `threads − 1` threads.
    init(threads: Int) {
        precondition(threads >= 1, "a pool has at least one thread")
        self.threads = threads
        pthread_mutex_init(callers, nil)
        for slot in 1..<max(threads, 1) {
            let start = Unmanaged.passRetained(WorkerStart(job: job, slot: slot))
            var thread = pthread_t()
            let status = pthread_create(
                &thread, nil,
                { argument in
                    let start = Unmanaged<WorkerStart>.fromOpaque(argument!).takeRetainedValue()
                    start.job.work(slot: start.slot)
                    return nil
                }, start.toOpaque())
            precondition(status == 0, "the system refused to start a thread (error \(status))")
            workers.append(thread)
        }
    }

    deinit {
        job.stop()
        for worker in workers { pthread_join(worker, nil) }
        pthread_mutex_destroy(callers)
        callers.deallocate()
    }

    /// A caller's right to the pool.
    struct Turn {
        /// The thread's number, 0 ..< threads: whose scratch memory it may use.
        let slot: Int
        /// True inside a chunk of this pool: jobs then run where they are called.
        let isNested: Bool
    }

    /// Waits until no other caller holds the pool. From inside a chunk it returns at once, with that thread's slot.
    func turn<Result>(_ body: (Turn) -> Result) -> Result {
        if let slot = job.currentSlot { return body(Turn(slot: slot, isNested: true)) }
        pthread_mutex_lock(callers)
        job.currentSlot = 0
        defer {
            job.currentSlot = nil
            pthread_mutex_unlock(callers)
        }
        return body(Turn(slot: 0, isNested: false))
    }

    /// Calls `body(slot, chunk)` once for each chunk in `0 ..< count`, in any order on any thread; returns when all
    /// have returned.
    func run(_ turn: Turn, _ count: Int, _ body: (_ slot: Int, _ chunk: Int) -> Void) {
        if turn.isNested || threads == 1 || count <= 1 {
            for chunk in 0..<max(count, 0) { body(turn.slot, chunk) }
        } else {
            job.run(count, body)
        }
    }
}

private final class WorkerStart {
    let job: SharedJob
    let slot: Int

    init(job: SharedJob, slot: Int) {
        self.job = job
        self.slot = slot
    }
}

/// What the threads share; it outlives the pool until the last thread has ended.
private final class SharedJob: @unchecked Sendable {
    typealias Body = (_ slot: Int, _ chunk: Int) -> Void

    /// About 30 µs: longer than the gap between two products of a layer, shorter than what others would miss.
    private static let spins = 2000
    private static let closed: UInt64 = 0xFFFF_FFFF

    private let ticket = Atomic<UInt64>(SharedJob.closed)
    private let chunkCount = Atomic<Int>(0)
    private let body = Atomic<UInt>(0)
    private let finished = Atomic<Int>(0)
    private let sleepers = Atomic<Int>(0)
    private let callerSleeps = Atomic<Bool>(false)
    private let stopped = Atomic<Bool>(false)
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let opened = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let joined = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var slotKey = pthread_key_t()

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(opened, nil)
        pthread_cond_init(joined, nil)
        let status = pthread_key_create(&slotKey, nil)
        precondition(status == 0, "the system has no thread-specific key left (error \(status))")
    }

    deinit {
        pthread_key_delete(slotKey)
        pthread_mutex_destroy(mutex)
        pthread_cond_destroy(opened)
        pthread_cond_destroy(joined)
        mutex.deallocate()
        opened.deallocate()
        joined.deallocate()
    }

    /// This thread's slot while it works for the pool, else nil.
    var currentSlot: Int? {
        get { pthread_getspecific(slotKey).map { Int(bitPattern: $0) - 1 } }
        set { pthread_setspecific(slotKey, newValue.flatMap { UnsafeMutableRawPointer(bitPattern: $0 + 1) }) }
    }

    func run(_ count: Int, _ body: Body) {
        withoutActuallyEscaping(body) { body in
            withUnsafePointer(to: body) { pointer in
                let generation = open(count, UInt(bitPattern: UnsafeRawPointer(pointer)))
                claim(generation, slot: 0)
                join(count)
                ticket.store(generation << 32 | Self.closed, ordering: .sequentiallyConsistent)
            }
        }
    }

    func work(slot: Int) {
        currentSlot = slot
        var seen: UInt64 = 0
        while true {
            let generation = nextGeneration(after: seen)
            if stopped.load(ordering: .sequentiallyConsistent) { return }
            seen = generation
            claim(generation, slot: slot)
        }
    }

    func stop() {
        stopped.store(true, ordering: .sequentiallyConsistent)
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(opened)
        pthread_mutex_unlock(mutex)
    }

    /// Writes the job's fields and opens the ticket; wakes who sleeps.
    private func open(_ count: Int, _ pointer: UInt) -> UInt64 {
        let generation = ((ticket.load(ordering: .relaxed) >> 32) + 1) & 0xFFFF_FFFF
        finished.store(0, ordering: .relaxed)
        chunkCount.store(count, ordering: .releasing)
        body.store(pointer, ordering: .releasing)
        ticket.store(generation << 32, ordering: .sequentiallyConsistent)
        if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
            pthread_mutex_lock(mutex)
            pthread_cond_broadcast(opened)
            pthread_mutex_unlock(mutex)
        }
        return generation
    }

    /// Claims and runs chunks until none is left or another job has begun.
    private func claim(_ generation: UInt64, slot: Int) {
        while true {
            let seen = ticket.load(ordering: .acquiring)
            let count = chunkCount.load(ordering: .acquiring)
            let pointer = body.load(ordering: .acquiring)
            let chunk = Int(seen & 0xFFFF_FFFF)
            if seen >> 32 != generation || chunk >= count { return }
            let claimed = ticket.compareExchange(
                expected: seen, desired: seen + 1, ordering: .acquiringAndReleasing
            ).exchanged
            if !claimed { continue }
            UnsafePointer<Body>(bitPattern: pointer)!.pointee(slot, chunk)
            let last = finished.add(1, ordering: .sequentiallyConsistent).newValue == count
            if last && callerSleeps.load(ordering: .sequentiallyConsistent) {
                pthread_mutex_lock(mutex)
                pthread_cond_signal(joined)
                pthread_mutex_unlock(mutex)
            }
        }
    }

    private func join(_ count: Int) {
        for _ in 0..<Self.spins {
            if finished.load(ordering: .acquiring) == count { return }
            processor_pause()
        }
        pthread_mutex_lock(mutex)
        callerSleeps.store(true, ordering: .sequentiallyConsistent)
        while finished.load(ordering: .sequentiallyConsistent) != count { pthread_cond_wait(joined, mutex) }
        callerSleeps.store(false, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
    }

    private func nextGeneration(after seen: UInt64) -> UInt64 {
        for _ in 0..<Self.spins {
            let generation = ticket.load(ordering: .acquiring) >> 32
            if generation != seen || stopped.load(ordering: .relaxed) { return generation }
            processor_pause()
        }
        pthread_mutex_lock(mutex)
        sleepers.add(1, ordering: .sequentiallyConsistent)
        while ticket.load(ordering: .sequentiallyConsistent) >> 32 == seen
            && !stopped.load(ordering: .sequentiallyConsistent)
        { pthread_cond_wait(opened, mutex) }
        sleepers.subtract(1, ordering: .sequentiallyConsistent)
        pthread_mutex_unlock(mutex)
        return ticket.load(ordering: .acquiring) >> 32
    }
}
