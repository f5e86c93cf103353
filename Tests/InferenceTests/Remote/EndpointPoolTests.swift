// Who gets the next request, who waits, and who is left alone, on a clock that the tests hold.
import Inference
import Testing

struct CircuitBreakerTests {
    let second = Duration.seconds(1)

    func breaker() -> CircuitBreaker { CircuitBreaker(faultsToOpen: 3, openFor: .seconds(10)) }

    @Test func itOpensAfterFaultsInARow() {
        var breaker = breaker()
        breaker.fail(at: second)
        breaker.fail(at: second)
        breaker.succeed()
        breaker.fail(at: second)
        breaker.fail(at: second)
        #expect(breaker.state == .closed(faults: 2))
        #expect(breaker.admits(at: second))
        breaker.fail(at: second)
        #expect(breaker.state == .open(until: .seconds(11)))
        #expect(!breaker.admits(at: .seconds(10.9)))
    }

    @Test func faultsOfRequestsThatWentBeforeDoNotProlongIt() {
        var breaker = breaker()
        for _ in 0..<3 { breaker.fail(at: second) }
        breaker.fail(at: .seconds(9))
        #expect(breaker.state == .open(until: .seconds(11)))
    }

    @Test func oneRequestAtATimeIsTriedAfterwards() {
        var breaker = breaker()
        for _ in 0..<3 { breaker.fail(at: second) }
        #expect(breaker.admits(at: .seconds(11)))
        breaker.begin(at: .seconds(11))
        #expect(breaker.state == .halfOpen(isTrying: true))
        #expect(!breaker.admits(at: .seconds(20)))
        breaker.abandon()
        #expect(breaker.admits(at: .seconds(20)))
        breaker.begin(at: .seconds(20))
        breaker.fail(at: .seconds(21))
        #expect(breaker.state == .open(until: .seconds(31)))
        breaker.begin(at: .seconds(31))
        breaker.succeed()
        #expect(breaker.state == .closed(faults: 0))
    }

    @Test func aHealthyLookShortensThePauseAndNothingElse() {
        var breaker = breaker()
        breaker.fail(at: second)
        breaker.noteHealthy()
        #expect(breaker.state == .closed(faults: 1))
        breaker.fail(at: second)
        breaker.fail(at: second)
        breaker.noteHealthy()
        #expect(breaker.state == .halfOpen(isTrying: false))
    }
}

struct EndpointPoolTests {
    let time = TestClock()

    func pool(_ count: Int, room: Int = 2, faultsToOpen: Int = 1, longestWait: Duration = .seconds(30)) -> EndpointPool
    {
        var limits = RemoteConfiguration.Limits()
        limits.answersPerEndpoint = room
        limits.faultsToOpen = faultsToOpen
        limits.openSeconds = 10
        return EndpointPool(count: count, limits: limits, longestWait: longestWait, clock: time.clock)
    }

    @Test func theServerWithTheFewestAnswersIsNext() async throws {
        let pool = pool(3, room: 3)
        var leases: [EndpointPool.Lease] = []
        for _ in 0..<6 { leases.append(try await pool.lease()) }
        #expect(leases.map(\.endpoint) == [0, 1, 2, 0, 1, 2])
        pool.settle(leases[1], .answered)
        pool.settle(leases[4], .answered)
        pool.settle(leases[2], .answered)
        #expect(try await pool.lease().endpoint == 1)
        // Of two with one answer each, the one that was asked longer ago.
        #expect(try await pool.lease().endpoint == 2)
        #expect(pool.standings.map(\.outstanding) == [2, 1, 2])
    }

    @Test func equalsTakeTurns() async throws {
        let pool = pool(3)
        var order: [Int] = []
        for _ in 0..<6 {
            let lease = try await pool.lease()
            order.append(lease.endpoint)
            pool.settle(lease, .answered)
        }
        #expect(order == [0, 1, 2, 0, 1, 2])
    }

    @Test func avoidedServersAreTakenOnlyWhenNoOtherIsFree() async throws {
        let pool = pool(2, room: 1)
        #expect(pool.leaseNow(avoiding: [0, 1]) == nil)
        #expect(try await pool.lease(avoiding: [0]).endpoint == 1)
        #expect(pool.leaseNow(avoiding: [0]) == nil)
        #expect(try await pool.lease(avoiding: [0]).endpoint == 0)
    }

    @Test func whoFindsNoRoomWaitsInLine() async throws {
        let pool = pool(1, room: 1)
        let first = try await pool.lease()
        let order = Notes<Int>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<3 {
                group.addTask {
                    let lease = try await pool.lease()
                    order.add(number)
                    pool.settle(lease, .answered)
                }
                // Into the line one after the other.
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(order.all.isEmpty)
            #expect(pool.leaseNow() == nil)
            pool.settle(first, .answered)
            try await group.waitForAll()
        }
        #expect(order.all == [0, 1, 2])
        #expect(pool.standings[0].outstanding == 0)
    }

    @Test func whoIsCancelledLeavesTheLine() async throws {
        let pool = pool(1, room: 1)
        let first = try await pool.lease()
        let waiting = Task { try await pool.lease() }
        try await Task.sleep(for: .milliseconds(20))
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        pool.settle(first, .answered)
        #expect(try await pool.lease().endpoint == 0)
        #expect(pool.standings[0].outstanding == 1)
    }

    @Test func aServerThatFailedIsLeftAloneAndThenTriedOnce() async throws {
        let pool = pool(1)
        pool.settle(try await pool.lease(), .failed)
        #expect(pool.leaseNow() == nil)
        let leases = Notes<EndpointPool.Lease>()
        let waiting = (0..<2).map { _ in
            Task {
                let lease = try await pool.lease()
                leases.add(lease)
            }
        }
        #expect(await eventually { time.sleeperCount == 1 })
        time.advance(by: .seconds(9))
        #expect(pool.standings[0].outstanding == 0)
        time.advance(by: .seconds(1))
        #expect(await eventually { leases.all.count == 1 })
        #expect(pool.standings[0].breaker == .halfOpen(isTrying: true))
        // The other waits for how the first fares.
        try await Task.sleep(for: .milliseconds(20))
        let held = leases.all
        #expect(held.count == 1)
        pool.settle(held[0], .answered)
        for task in waiting { try await task.value }
        #expect(pool.standings[0].breaker == .closed(faults: 0))
        #expect(pool.standings[0].outstanding == 1)
    }

    @Test func nobodyWaitsForServersThatAreLeftAloneForLong() async throws {
        let pool = pool(2, longestWait: .seconds(5))
        pool.settle(try await pool.lease(), .failed)
        pool.settle(try await pool.lease(), .resting(.seconds(60)))
        await #expect(throws: RemoteFault(.unreachable, "no server may be asked for another 10.0 s")) {
            try await pool.lease()
        }
    }

    @Test func whoWaitsIsSentAwayWhenTheLastServerFails() async throws {
        let pool = pool(1, room: 1, longestWait: .seconds(5))
        let first = try await pool.lease()
        let waiting = Task { try await pool.lease() }
        try await Task.sleep(for: .milliseconds(20))
        pool.settle(first, .failed)
        await #expect(throws: RemoteFault.self) { try await waiting.value }
    }

    @Test func aServerThatAsksToBeLeftAloneIs() async throws {
        let pool = pool(2)
        pool.settle(try await pool.lease(), .resting(.seconds(3)))
        #expect(try await pool.lease().endpoint == 1)
        #expect(try await pool.lease().endpoint == 1)
        let waiting = Task { try await pool.lease() }
        #expect(await eventually { time.sleeperCount == 1 })
        time.advance(by: .seconds(3))
        #expect(try await waiting.value.endpoint == 0)
    }

    @Test func aHealthyLookOpensTheDoorAndASickOneShutsIt() async throws {
        let pool = pool(1)
        pool.note(isHealthy: false, endpoint: 0)
        #expect(pool.leaseNow() == nil)
        pool.note(isHealthy: true, endpoint: 0)
        let lease = try #require(pool.leaseNow())
        pool.settle(lease, .answered)
        #expect(pool.standings[0].breaker == .closed(faults: 0))
    }
}
