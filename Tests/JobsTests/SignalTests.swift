// A bell that nobody misses.
import Testing

@testable import Jobs

@Suite struct SignalTests {
    @Test func everyoneWhoWaitsHearsIt() async {
        let signal = Signal()
        let seen = signal.count
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<5 { group.addTask { await signal.wait(since: seen, atMost: 3600) } }
            await Task.yield()
            signal.ring()
        }
        #expect(signal.count == seen + 1)
    }

    @Test func oneThatRangSinceIsNotWaitedFor() async {
        let signal = Signal()
        let seen = signal.count
        signal.ring()
        await signal.wait(since: seen, atMost: 3600)
    }

    @Test func waitingEndsWithItsTimeAndWithItsTask() async {
        let signal = Signal()
        await signal.wait(since: signal.count, atMost: 0.001)
        let task = Task { await signal.wait(since: signal.count, atMost: 3600) }
        task.cancel()
        await task.value
    }

    @Test func pausesDoubleUpToTheirBound() {
        var pauses = Pauses(first: 2, longest: 60)
        #expect((0..<7).map { _ in pauses.next() } == [2, 4, 8, 16, 32, 60, 60])
        pauses.reset()
        #expect(pauses.next() == 2)
    }
}
