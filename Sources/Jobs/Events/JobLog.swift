// The events of one job. They are kept in the order of their sequence numbers, with gaps where drafts were replaced and
// old deltas dropped; a reader's place is the last number it read, so gaps cost it nothing.
import Synchronization
import UIToCode

/// A bounded log with any number of readers.
final class JobLog: Sendable {
    /// What a reader has read.
    struct Place {
        /// The last sequence number; 0 before the first.
        var sequence: Int
        /// The last dropped delta the reader was told of.
        var toldDrop: Int
    }

    private struct State {
        /// Rising sequence numbers.
        var events: [JobEvent] = []
        var lastSequence = 0
        /// The first event of each attempt, in order.
        var attempts: [JobEvent.ID] = []
        /// Bytes of all events, as `cost` counts.
        var cost = 0
        /// The newest delta that was dropped, 0 for none, and its attempt.
        var dropped = JobEvent.ID(attempt: 0, sequence: 0)
        var isEnded = false
        var nextWaiter = 0
        var waiters: [Int: Waiter] = [:]
    }

    private struct Waiter {
        let wantsEnd: Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private let state = Mutex(State())
    private let textBytes: Int

    init(textBytes: Int) { self.textBytes = textBytes }

    /// Adds an event and wakes readers.
    ///
    /// - Returns: false when the job had ended; then nothing was added.
    func append(_ body: JobEvent.Body, attempt: Int) -> Bool {
        let woken: [Int: Waiter]? = state.withLock { state in
            guard !state.isEnded else { return nil }
            state.lastSequence += 1
            Self.add(JobEvent(id: .init(attempt: attempt, sequence: state.lastSequence), body: body), to: &state)
            if state.cost > textBytes { Self.dropDeltas(&state, downTo: textBytes - textBytes / 4) }
            state.isEnded = body.isTerminal
            let woken = state.waiters.filter { body.isTerminal || !$0.value.wantsEnd }
            for waiter in woken.keys { state.waiters[waiter] = nil }
            return woken
        }
        guard let woken else { return false }
        for waiter in woken.values { waiter.continuation.resume() }
        return true
    }

    private static func add(_ event: JobEvent, to state: inout State) {
        if state.attempts.last?.attempt != event.id.attempt { state.attempts.append(event.id) }
        switch event.body {
        // Each of these says all there is to say; the one before has nothing to add.
        case .draft(let path, _): remove(from: &state) { if case .draft(path, _) = $0 { true } else { false } }
        case .item(let item):
            remove(from: &state) { if case .item(let one) = $0 { one.index == item.index } else { false } }
        case .progress: remove(from: &state) { if case .progress = $0 { true } else { false } }
        case .restart:
            // Readers who are behind come to the restart before they miss what it makes void.
            state.events.removeAll { event in
                switch event.body {
                case .delta, .draft: true
                default: false
                }
            }
            state.cost = state.events.reduce(0) { $0 + cost(of: $1) }
        default: break
        }
        state.events.append(event)
        state.cost += cost(of: event)
    }

    private static func remove(from state: inout State, where isReplaced: (JobEvent.Body) -> Bool) {
        guard let before = state.events.lastIndex(where: { isReplaced($0.body) }) else { return }
        state.cost -= cost(of: state.events.remove(at: before))
    }

    // Drops the oldest deltas in one pass. What else is in the log is small and stays.
    private static func dropDeltas(_ state: inout State, downTo limit: Int) {
        var cost = state.cost
        var dropped = state.dropped
        state.events.removeAll { event in
            guard cost > limit, case .delta = event.body else { return false }
            cost -= Self.cost(of: event)
            dropped = event.id
            return true
        }
        (state.cost, state.dropped) = (cost, dropped)
    }

    private static func cost(of event: JobEvent) -> Int {
        let text: Int =
            switch event.body {
            case .delta(let path, let text): path.utf8.count + text.utf8.count
            case .draft(let path, let html): path.utf8.count + html.utf8.count
            case .file(let path): path.utf8.count
            case .failed(let failure): failure.message.utf8.count
            case .repaired(let repair): repair.change.utf8.count + (repair.reason?.utf8.count ?? 0)
            case .scored(let score): score.failure?.utf8.count ?? 0
            case .item(let event): event.item.path.utf8.count + (event.item.failure?.utf8.count ?? 0)
            case .progress(let progress): progress.words?.utf8.count ?? 0
            case .status, .stage, .usage, .restart, .receipt, .succeeded, .cancelled: 0
            }
        return text + 96
    }

    /// Where a reader goes on after an event; at the beginning when it knows none of this log.
    func place(after id: JobEvent.ID?) -> Place {
        state.withLock { state in
            guard let id, id.sequence <= state.lastSequence, Self.attempt(at: id.sequence, state) == id.attempt else {
                return Place(sequence: 0, toldDrop: 0)
            }
            return Place(sequence: id.sequence, toldDrop: 0)
        }
    }

    // The attempt during which a sequence number was given.
    private static func attempt(at sequence: Int, _ state: State) -> Int? {
        state.attempts.last { $0.sequence <= sequence }?.attempt
    }

    /// The event after a place, when there is one. Nil after the last one and when the task is cancelled.
    func next(_ place: inout Place) async -> JobEvent? {
        while !Task.isCancelled {
            let (event, isEnd) = state.withLock { state in
                let event = Self.event(after: &place, state)
                return (event, event == nil && state.isEnded)
            }
            if event != nil || isEnd { return event }
            let sequence = place.sequence
            await wait(wantsEnd: false) { $0.lastSequence > sequence || $0.isEnded }
        }
        return nil
    }

    private static func event(after place: inout Place, _ state: State) -> JobEvent? {
        if state.dropped.sequence > max(place.sequence, place.toldDrop) {
            place.toldDrop = state.dropped.sequence
            return JobEvent(id: restartID(place, state), body: .restart(attempt: state.dropped.attempt))
        }
        var low = 0
        var high = state.events.count
        while low < high {
            let middle = (low + high) / 2
            if state.events[middle].id.sequence > place.sequence { high = middle } else { low = middle + 1 }
        }
        guard low < state.events.count else { return nil }
        place.sequence = state.events[low].id.sequence
        return state.events[low]
    }

    // A reader that is cut off after this goes on where it stood before, and is told again.
    private static func restartID(_ place: Place, _ state: State) -> JobEvent.ID {
        JobEvent.ID(attempt: attempt(at: place.sequence, state) ?? 0, sequence: place.sequence)
    }

    /// Returns when the job has ended or the task is cancelled.
    func waitForEnd() async {
        await wait(wantsEnd: true) { $0.isEnded }
    }

    private func wait(wantsEnd: Bool, until isReady: (State) -> Bool) async {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    // A cancelled task is told so before its handler runs, which waits for this lock.
                    guard !isReady(state), !Task.isCancelled else { return false }
                    state.waiters[waiter] = Waiter(wantsEnd: wantsEnd, continuation: continuation)
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: waiter) }?.continuation.resume()
        }
    }
}
