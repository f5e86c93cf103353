// Who may come in. Comparing, rendering and capturing are answered at once, without a job that could wait on disk, so
// what they hold in memory is bounded here: so many requests at the same time, and the next one is told to come again.
import Synchronization

/// Counts the requests that are inside.
///
/// Proof: `RenderGateTests`.
final class RenderGate: Sendable {
    /// How many may be inside at the same time.
    let places: Int
    private let taken = Mutex(0)

    init(places: Int) {
        precondition(places > 0, "somebody must be let in")
        self.places = places
    }

    /// Takes a place; false when there is none. Whoever got one gives it back with `leave`.
    func enter() -> Bool {
        taken.withLock { taken in
            guard taken < places else { return false }
            taken += 1
            return true
        }
    }

    /// Gives a place back.
    func leave() {
        taken.withLock { taken in
            precondition(taken > 0, "whoever leaves has entered")
            taken -= 1
        }
    }
}
