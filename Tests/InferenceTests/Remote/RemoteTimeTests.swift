// How long an answer may take, and how it ends when nobody wants it any more.
import Foundation
import Inference
import Media
import NIOHTTP1
import Support
import Synchronization
import Testing

struct RemoteTimeTests: RemoteSuite {
    /// A server that says so many words and then nothing, but keeps the connection alive.
    func silentServer(after words: Int) async throws -> ScriptedServer {
        try await ScriptedServer { _, exchange in
            try await exchange.head()
            try await exchange.write(Remote.role)
            for _ in 0..<words { try await exchange.write(Remote.piece("word")) }
            for _ in 0..<1000 {
                try await exchange.write(": keep-alive\n\n".utf8)
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test func theFirstTokenHasItsTime() async throws {
        let server = try await silentServer(after: 0)
        let time = TestClock()
        let engine = try Remote.engine([server], clock: time.clock) {
            $0.timeouts.firstTokenSeconds = 40
            $0.retries.attempts = 2
            $0.retries.firstWaitSeconds = 0
        }
        let answer = Task { await failure(engine) }
        for round in 1...2 {
            #expect(await eventually { server.requests.count == round && time.sleeperCount == 2 })
            time.advance(by: .seconds(39))
            try await Task.sleep(for: .milliseconds(20))
            #expect(server.closedConnections.count == round - 1)
            time.advance(by: .seconds(1))
            #expect(await eventually { server.closedConnections.count == round })
        }
        #expect(await answer.value.error == .unavailable("127.0.0.1:\(server.port): no token within 40 s"))
    }

    @Test func theNextTokenHasItsTime() async throws {
        let server = try await silentServer(after: 2)
        let time = TestClock()
        let engine = try Remote.engine([server], clock: time.clock) { $0.timeouts.betweenTokensSeconds = 20 }
        let said = Notes<String>()
        let answer = Task { await failure(engine, hearing: said) }
        #expect(await eventually { said.all == ["word", "word"] && time.sleeperCount == 2 })
        time.advance(by: .seconds(20))
        #expect(await answer.value == .unavailable("127.0.0.1:\(server.port): no further token within 20 s"))
        #expect(server.requests.count == 1)
    }

    @Test func allOfAnAnswerHasItsTime() async throws {
        let server = try await ScriptedServer { _, exchange in
            try await exchange.head()
            while true {
                try await exchange.write(Remote.piece("word"))
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        let time = TestClock()
        let engine = try Remote.engine([server], clock: time.clock) {
            $0.timeouts.totalSeconds = 50
            $0.timeouts.betweenTokensSeconds = 500
        }
        let said = Notes<String>()
        let answer = Task { await failure(engine, hearing: said) }
        #expect(await eventually { !said.all.isEmpty && time.sleeperCount == 2 })
        time.advance(by: .seconds(49))
        try await Task.sleep(for: .milliseconds(50))
        #expect(server.closedConnections.isEmpty)
        time.advance(by: .seconds(1))
        #expect(await answer.value == .unavailable("127.0.0.1:\(server.port): no whole answer within 50 s"))
        #expect(await eventually { server.closedConnections == [1] })
    }

    @Test func endingTheIterationClosesTheConnection() async throws {
        let server = try await ScriptedServer { _, exchange in
            try await exchange.head()
            try await exchange.write(Remote.piece("one"))
            try await exchange.untilClosed()
        }
        let engine = try Remote.engine([server])
        for try await event in engine.generate(Remote.hello) where event == .text("one") { break }
        #expect(await eventually { server.closedConnections == [1] })
        #expect(await eventually { engine.endpoints.map(\.answers) == [0] })
        #expect(engine.endpoints.map(\.isLeftAlone) == [false])
    }

    @Test(arguments: [true, false])
    func cancellingTheTaskClosesTheConnection(hasSpoken: Bool) async throws {
        let server = try await ScriptedServer { _, exchange in
            if hasSpoken {
                try await exchange.head()
                try await exchange.write(Remote.piece("one"))
            }
            try await exchange.untilClosed()
        }
        let engine = try Remote.engine([server])
        let task = Task { try await text(engine) }
        #expect(await eventually { server.requests.count == 1 })
        #expect(server.closedConnections.isEmpty)
        task.cancel()
        #expect(await eventually { server.closedConnections == [1] })
        #expect(await eventually { engine.endpoints.map(\.answers) == [0] })
        #expect(server.requests.count == 1)
    }

    @Test func whoWaitsForRoomMayLeave() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.untilClosed() }
        let engine = try Remote.engine([server]) { $0.limits.answersPerEndpoint = 1 }
        let first = Task { try await text(engine) }
        #expect(await eventually { server.requests.count == 1 })
        let second = Task { try await text(engine) }
        try await Task.sleep(for: .milliseconds(30))
        second.cancel()
        _ = try? await second.value
        first.cancel()
        #expect(await eventually { engine.endpoints.map(\.answers) == [0] })
        #expect(server.requests.count == 1)
    }

    @Test func aStopStringThatTheServerIsNotToldOfEndsTheAnswerHere() async throws {
        let server = try await ScriptedServer { _, exchange in
            try await exchange.head()
            try await exchange.write(Remote.piece("one</bo") + Remote.piece("dy>two"))
            try await exchange.untilClosed()
        }
        let engine = try Remote.engine([server]) { $0.form.sendsStop = false }
        let request = GenerationRequest(Remote.hello.conversation, stop: ["</body>"])
        let events = try await events(engine, request)
        #expect(events.first == .text("one"))
        guard case .finished(let summary)? = events.last else {
            Issue.record("\(events)")
            return
        }
        #expect(summary.reason == .stop)
        #expect(events.count == 2)
        #expect(server.requests.first?.json["stop"] == nil)
        #expect(await eventually { server.closedConnections == [1] })
    }
}
