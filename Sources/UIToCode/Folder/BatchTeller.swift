// How a batch stands, told by whatever task something happens in, to one listener, in order.
import Synchronization

/// Keeps the items of a batch and tells what becomes of them.
final class BatchTeller: Sendable {
    private struct State {
        var items: [BatchItem]
        var remaining: RemainingTime
    }

    private let state: Mutex<State>
    private let progress: @Sendable (BatchEvent) -> Void

    init(_ items: [BatchItem], inFlight: Int, _ progress: @escaping @Sendable (BatchEvent) -> Void) {
        let waiting = items.count { $0.state == .waiting }
        state = Mutex(State(items: items, remaining: RemainingTime(waiting: waiting, inFlight: inFlight)))
        self.progress = progress
    }

    /// The items as they are now.
    var items: [BatchItem] { state.withLock { $0.items } }

    func began() { state.withLock { progress(.began($0.items)) } }

    /// A design's conversion goes on.
    func happened(_ index: Int, _ event: ConvertEvent) {
        state.withLock { _ in progress(.design(index: index, event)) }
    }

    /// A design is done, or failed.
    ///
    /// - Parameter seconds: what its conversion took; nil when there was none.
    func settled(_ index: Int, _ item: BatchItem, seconds: Double?) {
        state.withLock { state in
            state.items[index] = item
            state.remaining.settle(seconds: seconds)
            progress(.item(index: index, item, secondsLeft: state.remaining.seconds))
        }
    }
}

/// How long the rest takes: as long as the designs before it on average, so many at a time, those in flight half done.
struct RemainingTime {
    private var waiting: Int
    private let inFlight: Int
    private var count = 0
    private var sum = 0.0

    /// - Parameter waiting: designs to be converted.
    init(waiting: Int, inFlight: Int) {
        self.waiting = waiting
        self.inFlight = inFlight
    }

    /// One is done; `seconds` is nil for one that came to nothing before its conversion began.
    mutating func settle(seconds: Double?) {
        waiting -= 1
        guard let seconds else { return }
        count += 1
        sum += seconds
    }

    /// Nil before the first conversion has ended; 0 when nothing waits.
    var seconds: Double? {
        guard waiting > 0 else { return 0 }
        guard count > 0 else { return nil }
        let running = min(inFlight, waiting)
        return sum / Double(count) * (Double(waiting) - Double(running) / 2) / Double(running)
    }
}
