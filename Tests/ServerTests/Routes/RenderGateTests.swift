// So many at the same time, and no more.
import Testing

@testable import Server

@Suite struct RenderGateTests {
    @Test func whoeverComesToAFullHouseIsTurnedAway() {
        let gate = RenderGate(places: 2)
        #expect(gate.enter() && gate.enter())
        #expect(!gate.enter())
        gate.leave()
        #expect(gate.enter())
        #expect(!gate.enter())
    }

    @Test func manyAtOnceNeverExceedThePlaces() async {
        let gate = RenderGate(places: 3)
        let entered = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 { group.addTask { gate.enter() } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(entered == 3)
    }
}
