// Several servers for one engine: which one is asked, when one is left alone, and when two race.
import Foundation
import Inference
import Media
import NIOHTTP1
import Support
import Synchronization
import Testing

struct RemoteServersTests: RemoteSuite {
    @Test func aServerThatIsDownIsReplacedAtOnce() async throws {
        let down = try await ScriptedServer { _, exchange in try await exchange.cut() }
        try await down.stop()
        let up = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("ok")) }
        let time = TestClock(skipping: .seconds(10))
        let engine = try Remote.engine([down, up], clock: time.clock) {
            $0.retries.firstWaitSeconds = 5
            $0.limits.faultsToOpen = 2
            $0.limits.openSeconds = 60
        }
        for _ in 0..<6 { #expect(try await text(engine) == "ok") }
        #expect(!time.skippedSleeps.contains { $0 > .seconds(2) })
        #expect(engine.endpoints.map(\.isLeftAlone) == [true, false])
        #expect(up.requests.count == 6)
    }

    @Test func whenNoServerAnswersTheErrorSaysWhy() async throws {
        let down = try await ScriptedServer { _, exchange in try await exchange.cut() }
        try await down.stop()
        let engine = try Remote.engine([down])
        let error = try #require(await failure(engine).error)
        #expect(error.description.contains("127.0.0.1:"))
        #expect(error.description.contains("onnection refused"))
    }

    @Test func theBreakerOpensAndClosesAgain() async throws {
        let isBroken = Mutex(true)
        let server = try await ScriptedServer { _, exchange in
            if isBroken.withLock(\.self) {
                try await exchange.answer(500, Remote.error("oops"))
            } else {
                try await exchange.stream(Remote.word("ok"))
            }
        }
        let time = TestClock()
        let engine = try Remote.engine([server], clock: time.clock) {
            $0.retries.attempts = 1
            $0.retries.longestWaitSeconds = 1
            $0.limits.faultsToOpen = 3
            $0.limits.openSeconds = 20
        }
        for _ in 0..<3 { #expect(await failure(engine).error != nil) }
        #expect(server.requests.count == 3)
        // Open: nothing is sent.
        #expect(
            await failure(engine).error
                == .unavailable("127.0.0.1:\(server.port): no server may be asked for another 20.0 s"))
        #expect(server.requests.count == 3)
        // Half open: one is sent, and it fails.
        time.advance(by: .seconds(20))
        #expect(await failure(engine).error != nil)
        #expect(server.requests.count == 4)
        #expect(await failure(engine).error != nil)
        #expect(server.requests.count == 4)
        // Half open: one is sent, and it is answered.
        time.advance(by: .seconds(20))
        isBroken.withLock { $0 = false }
        #expect(try await text(engine) == "ok")
        #expect(engine.endpoints.map(\.isLeftAlone) == [false])
    }

    @Test func aLookAtItsHealthBringsAServerBack() async throws {
        let isBroken = Mutex(true)
        let server = try await ScriptedServer { request, exchange in
            if isBroken.withLock(\.self) { return try await exchange.answer(500, []) }
            if request.method == "GET" {
                try await exchange.answer(200, [])
            } else {
                try await exchange.stream(Remote.word("ok"))
            }
        }
        let time = TestClock()
        let engine = try Remote.engine([server], clock: time.clock) {
            $0.retries.attempts = 1
            $0.limits.faultsToOpen = 1
            $0.limits.openSeconds = 10_000
            $0.health.intervalSeconds = 60
            $0.health.path = "/health"
        }
        #expect(await failure(engine).error != nil)
        #expect(engine.endpoints.map(\.isLeftAlone) == [true])
        #expect(await eventually { time.sleeperCount == 1 })
        isBroken.withLock { $0 = false }
        time.advance(by: .seconds(60))
        #expect(await eventually { server.requests.last?.path == "/health" })
        // Half open until the next answer.
        #expect(await eventually { (try? await text(engine)) == "ok" })
        #expect(engine.endpoints.map(\.isLeftAlone) == [false])
    }

    @Test func aLookAtItsHealthFindsAServerThatWentAway() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.cut() }
        let time = TestClock()
        let engine = try Remote.engine([server], clock: time.clock) {
            $0.limits.faultsToOpen = 2
            $0.limits.openSeconds = 100_000_000
            $0.health.intervalSeconds = 60
        }
        let isFound = await eventually {
            // Whoever sleeps, the watch or the time limit of its look: both make one fault.
            if time.sleeperCount > 0 { time.advance(by: .seconds(60)) }
            return engine.endpoints.map(\.isLeftAlone) == [true]
        }
        #expect(isFound)
        #expect(server.requests.allSatisfy { $0.method == "GET" && $0.path == "/v1/models" })
    }

    @Test func noServerIsGivenMoreThanItsShare() async throws {
        let isOpen = Mutex(false)
        let script: ScriptedServer.Script = { _, exchange in
            _ = await eventually { isOpen.withLock(\.self) }
            try await exchange.stream(Remote.word("ok"))
        }
        let servers = [try await ScriptedServer(script), try await ScriptedServer(script)]
        let engine = try Remote.engine(servers) { $0.limits.answersPerEndpoint = 2 }
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await text(engine) } }
            #expect(await eventually { servers.map(\.requests.count) == [2, 2] })
            try await Task.sleep(for: .milliseconds(50))
            #expect(servers.map(\.requests.count) == [2, 2])
            #expect(engine.endpoints.map(\.answers) == [2, 2])
            isOpen.withLock { $0 = true }
            for try await text in group { #expect(text == "ok") }
        }
        #expect(servers.reduce(0) { $0 + $1.requests.count } == 20)
        #expect(engine.endpoints.map(\.answers) == [0, 0])
    }

    // MARK: Hedging

    /// A server that is silent until its client goes, and one that answers.
    func silentAndQuick() async throws -> [ScriptedServer] {
        [
            try await ScriptedServer { _, exchange in
                try await exchange.head()
                try await exchange.write(Remote.role)
                try await exchange.untilClosed()
            },
            try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("ok")) },
        ]
    }

    @Test func aSilentServerIsHedgedAndLetGoWhenTheOtherSpeaks() async throws {
        let isOpen = Mutex(false)
        let silent = try await silentAndQuick()[0]
        let speaking = try await ScriptedServer { _, exchange in
            try await exchange.head()
            try await exchange.write(Remote.piece("ok"))
            _ = await eventually { isOpen.withLock(\.self) }
            try await exchange.write(Remote.end)
            try await exchange.end()
        }
        let time = TestClock()
        let engine = try Remote.engine([silent, speaking], clock: time.clock) { $0.hedgeAfterSeconds = 30 }
        let answer = Task { try await text(engine) }
        #expect(await eventually { silent.requests.count == 1 && time.sleeperCount == 3 })
        #expect(speaking.requests.isEmpty)
        time.advance(by: .seconds(30))
        // The answer goes on, and nobody listens to the silent one any more.
        #expect(await eventually { silent.closedConnections == [1] })
        #expect(await eventually { engine.endpoints.map(\.answers) == [0, 1] })
        isOpen.withLock { $0 = true }
        #expect(try await answer.value == "ok")
        #expect([silent, speaking].map(\.requests.count) == [1, 1])
        #expect(engine.endpoints.map(\.isLeftAlone) == [false, false])
    }

    @Test func nothingIsHedgedUnlessTheConfigurationSaysSo() async throws {
        let servers = try await silentAndQuick()
        let time = TestClock()
        let engine = try Remote.engine(servers, clock: time.clock) { $0.timeouts.firstTokenSeconds = 40 }
        let answer = Task { try await text(engine) }
        #expect(await eventually { servers[0].requests.count == 1 && time.sleeperCount == 2 })
        time.advance(by: .seconds(39))
        try await Task.sleep(for: .milliseconds(50))
        #expect(servers[1].requests.isEmpty)
        // Given up by its time limit, which is a fault.
        time.advance(by: .seconds(1))
        #expect(try await answer.value == "ok")
    }

    @Test func aFaultBeforeTheHedgeIsAnOrdinaryOne() async throws {
        let broken = try await ScriptedServer { _, exchange in try await exchange.answer(500, Remote.error("oops")) }
        let up = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("ok")) }
        let engine = try Remote.engine([broken, up]) { $0.hedgeAfterSeconds = 1000 }
        #expect(try await text(engine) == "ok")
        #expect([broken, up].map(\.requests.count) == [1, 1])
    }
}
