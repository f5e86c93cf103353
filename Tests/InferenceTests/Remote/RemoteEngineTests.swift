// Answers over real connections: what is asked, what comes back, and what happens when servers fail, wait or vanish.
import Foundation
import Inference
import Media
import NIOHTTP1
import Support
import Synchronization
import Testing

/// What the tests of the remote engine share.
enum Remote {
    /// A configuration without looks at servers' health and with waits that are no waits.
    static func configuration(_ servers: [ScriptedServer]) -> RemoteConfiguration {
        var configuration = RemoteConfiguration(servers.map(\.address), model: "kimi")
        configuration.health.intervalSeconds = 0
        configuration.retries.firstWaitSeconds = 0.001
        configuration.limits.openSeconds = 0.001
        return configuration
    }

    static let found = RemoteAbilities(model: "kimi", contextTokens: 4096, readsImages: true, callsTools: true)

    static func engine(
        _ servers: [ScriptedServer], clock: RemoteClock = .system, random: Double = 1,
        _ change: (inout RemoteConfiguration) -> Void = { _ in }
    ) throws -> RemoteEngine {
        var configuration = configuration(servers)
        change(&configuration)
        return try RemoteEngine(configuration, knowing: found, clock: clock) { random }
    }

    static let hello = GenerationRequest(Conversation([Message(.user, "Hi")]))

    /// A stream of one word.
    static func word(_ word: String) -> [UInt8] { piece(word) + end }

    static func piece(_ text: String) -> [UInt8] {
        Array("data: {\"choices\": [{\"index\": 0, \"delta\": {\"content\": \"\(text)\"}}]}\n\n".utf8)
    }

    static let role = Array(
        "data: {\"choices\": [{\"index\": 0, \"delta\": {\"role\": \"assistant\", \"content\": \"\"}}]}\n\n".utf8)

    static let finish = Array(
        "data: {\"choices\": [{\"index\": 0, \"delta\": {}, \"finish_reason\": \"stop\"}]}\n\n".utf8)

    static let end = finish + Array("data: [DONE]\n\n".utf8)

    static func error(_ message: String) -> [UInt8] { Array("{\"error\": {\"message\": \"\(message)\"}}".utf8) }
}

struct RemoteEngineTests {
    func events(_ engine: RemoteEngine, _ request: GenerationRequest = Remote.hello) async throws -> [GenerationEvent] {
        try await engine.generate(request).reduce(into: []) { $0.append($1) }
    }

    func text(_ engine: RemoteEngine, _ request: GenerationRequest = Remote.hello) async throws -> String {
        try await events(engine, request).map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }

    /// What came before an error, and the error.
    func failure(
        _ engine: RemoteEngine, _ request: GenerationRequest = Remote.hello
    ) async -> (text: String, error: EngineError?) {
        var text = ""
        do {
            for try await event in engine.generate(request) { if case .text(let more) = event { text += more } }
        } catch { return (text, error as? EngineError) }
        return (text, nil)
    }

    /// The error of an answer; its texts are noted as they come.
    func failure(_ engine: RemoteEngine, hearing said: Notes<String>) async -> EngineError? {
        do {
            for try await event in engine.generate(Remote.hello) { if case .text(let text) = event { said.add(text) } }
        } catch { return error as? EngineError }
        return nil
    }

    // MARK: What goes and what comes

    @Test(arguments: RecordedStream.all)
    func recordedStreamsBecomeEvents(stream: RecordedStream) async throws {
        let bytes = try stream.bytes
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(bytes) }
        let events = try await events(try Remote.engine([server]))
        #expect(events.map { if case .reasoning(let text) = $0 { text } else { "" } }.joined() == stream.reasoning)
        #expect(events.map { if case .text(let text) = $0 { text } else { "" } }.joined() == stream.text)
        #expect(events.compactMap { if case .toolCall(let call) = $0 { call } else { nil } } == stream.calls)
        guard case .finished(let summary)? = events.last else {
            Issue.record("the last event is \(String(describing: events.last))")
            return
        }
        #expect(summary.reason == stream.reason)
        #expect(summary.promptTokens == stream.usage.promptTokens)
        #expect(summary.cachedTokens == stream.usage.cachedTokens ?? 0)
        #expect(summary.completionTokens == stream.usage.completionTokens)
    }

    @Test func bytesThatComeOneByOneBecomeTheSameEvents() async throws {
        let bytes = try RecordedStream.all[0].bytes
        let server = try await ScriptedServer { _, exchange in
            try await exchange.head()
            for byte in bytes { try await exchange.write([byte]) }
            try await exchange.end()
        }
        let events = try await events(try Remote.engine([server]))
        #expect(
            events.dropLast().dropFirst() == [
                .reasoning("A sign-in"), .reasoning(" form."), .text("<body>"), .text("café 登录 😀"), .text("</body>"),
            ])
        guard case .prefilled(312, 0, let seconds)? = events.first else {
            Issue.record("\(String(describing: events.first))")
            return
        }
        #expect(seconds > 0)
    }

    @Test func theRequestCarriesKeyHeadersModelAndPicture() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("ok")) }
        let engine = try Remote.engine([server]) {
            $0.endpoints[0].model = "own-name"
            $0.key = "sk-test"
            $0.headers = ["X-Team": "design", "user-agent": "tests"]
        }
        let picture = Image(width: 2, height: 2, fill: (1, 2, 3))
        let request = GenerationRequest(Conversation([Message(.user, [.image(picture)])]), maxTokens: 9)
        #expect(try await text(engine, request) == "ok")
        let asked = try #require(server.requests.first)
        #expect(asked.method == "POST")
        #expect(asked.path == "/v1/chat/completions")
        #expect(asked.headers["authorization"] == ["Bearer sk-test"])
        #expect(asked.headers["x-team"] == ["design"])
        #expect(asked.headers["user-agent"] == ["tests"])
        #expect(asked.headers["content-type"] == ["application/json"])
        #expect(asked.json["model"] == .string("own-name"))
        #expect(asked.json["max_tokens"] == .number("9"))
        #expect(String(decoding: asked.body, as: UTF8.self).contains("data:image/png;base64,"))
    }

    @Test func aConnectionIsUsedAgain() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("ok")) }
        let engine = try Remote.engine([server])
        for _ in 0..<3 { #expect(try await text(engine) == "ok") }
        #expect(Set(server.requests.map(\.connection)) == [1])
    }

    @Test func whatTheAbilitiesExcludeIsNotSent() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("ok")) }
        let blind = RemoteAbilities(model: "kimi", contextTokens: 10, readsImages: false, callsTools: false)
        let engine = try RemoteEngine(Remote.configuration([server]), knowing: blind)
        let picture = Message(.user, [.image(Image(width: 2, height: 2, fill: (1, 2, 3)))])
        #expect(
            await failure(engine, GenerationRequest(Conversation([picture]))).error
                == .unsupported("kimi reads no pictures"))
        let tool = Tool(name: "f", description: "", parameters: "{}")
        #expect(
            await failure(engine, GenerationRequest(Conversation([Message(.user, "a")], tools: [tool]))).error
                == .unsupported("kimi calls no tools"))
        #expect(server.requests.isEmpty)
        #expect(engine.abilities.followsInstructions)
    }

    @Test func aModelThatWritesADialectIsNotAskedToThink() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("ok")) }
        let request = GenerationRequest(Remote.hello.conversation, thinking: true)
        _ = try await text(try Remote.engine([server]), request)
        let engine = try Remote.engine([server]) { $0.knowledge.dialect = Fixtures.path("model/stylesheet.css") }
        _ = try await text(engine, request)
        let asked = server.requests.map { $0.json["chat_template_kwargs"]?["thinking"] }
        #expect(asked == [.bool(true), .bool(false)])
    }

    // MARK: Trying again

    @Test func aBusyServerIsAskedAgainWhenItSaysSo() async throws {
        let server = try await ScriptedServer { request, exchange in
            if request.number == 0 {
                try await exchange.answer(429, Remote.error("slow down"), ["Retry-After": "7"])
            } else {
                try await exchange.stream(Remote.word("ok"))
            }
        }
        let time = TestClock(skipping: .seconds(10))
        let engine = try Remote.engine([server], clock: time.clock)
        #expect(try await text(engine) == "ok")
        #expect(time.now >= .seconds(7))
        #expect(time.now < .seconds(10))
        #expect(server.requests.count == 2)
        #expect(engine.endpoints.map(\.isLeftAlone) == [false])
    }

    @Test func aServerThatAsksForTooMuchTimeIsNotWaitedFor() async throws {
        let server = try await ScriptedServer { _, exchange in
            try await exchange.answer(429, Remote.error("slow down"), ["Retry-After": "600"])
        }
        let engine = try Remote.engine([server])
        let error = try #require(await failure(engine).error)
        #expect(error.description.hasPrefix("127.0.0.1:\(server.port): is busy (status 429): slow down; no server may"))
        #expect(server.requests.count == 1)
        #expect(engine.endpoints.map(\.isLeftAlone) == [true])
    }

    @Test func twoFailuresAreForgivenAndTheWaitsDouble() async throws {
        let server = try await ScriptedServer { request, exchange in
            if request.number < 2 {
                try await exchange.answer(500, Remote.error("oops"))
            } else {
                try await exchange.stream(Remote.word("ok"))
            }
        }
        let time = TestClock(skipping: .seconds(10))
        let engine = try Remote.engine([server], clock: time.clock, random: 0.5) {
            $0.retries.firstWaitSeconds = 2
        }
        #expect(try await text(engine) == "ok")
        #expect(time.skippedSleeps.filter { $0 > .seconds(1.1) } == [.seconds(1.5), .seconds(3)])
        #expect(Set(server.requests.map(\.body)).count == 1)
    }

    @Test func triesAreCounted() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.answer(502, "bad gateway".utf8) }
        let engine = try Remote.engine([server]) { $0.retries.attempts = 3 }
        #expect(
            await failure(engine).error
                == .unavailable("127.0.0.1:\(server.port): failed (status 502): bad gateway"))
        #expect(server.requests.count == 3)
    }

    @Test(arguments: [400, 401, 404, 422])
    func refusalsAreNotAskedAgain(status: Int) async throws {
        let server = try await ScriptedServer { _, exchange in
            try await exchange.answer(status, Remote.error("no: sk-secret-1, token-2"))
        }
        let engine = try Remote.engine([server]) {
            $0.key = "sk-secret-1"
            $0.headers = ["X-Token": "token-2"]
        }
        let error = try #require(await failure(engine).error)
        #expect(error.description.hasSuffix("(status \(status)): no: •••, •••"))
        #expect(server.requests.count == 1)
        #expect(engine.endpoints.map(\.answers) == [0])
    }

    @Test func redirectsAreNotFollowed() async throws {
        let thief = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("stolen")) }
        let server = try await ScriptedServer { _, exchange in
            try await exchange.answer(307, [], ["Location": thief.address + "/chat/completions"])
        }
        let error = try #require(await failure(try Remote.engine([server]) { $0.key = "sk-1234" }).error)
        #expect(error.description.contains("sends us elsewhere"))
        #expect(thief.requests.isEmpty)
    }

    @Test func aConnectionCutBeforeTheFirstTokenIsTriedAgain() async throws {
        let server = try await ScriptedServer { request, exchange in
            switch request.number {
            case 0: try await exchange.cut()
            case 1:
                try await exchange.head()
                try await exchange.write(Remote.role)
                try await exchange.cut()
            // The stream ends as it should, and tells nothing.
            case 2: try await exchange.stream(Remote.role)
            default: try await exchange.stream(Remote.word("ok"))
            }
        }
        #expect(try await text(try Remote.engine([server])) == "ok")
        #expect(server.requests.count == 4)
    }

    @Test func aConnectionCutAfterTheFirstTokenIsNot() async throws {
        let server = try await ScriptedServer { _, exchange in
            try await exchange.head()
            try await exchange.write(Remote.piece("half"))
            try await exchange.cut()
        }
        let (text, error) = await failure(try Remote.engine([server]))
        #expect(text == "half")
        #expect(error == .unavailable("127.0.0.1:\(server.port): the connection was cut"))
        #expect(server.requests.count == 1)
    }

    @Test func aStreamThatEndsTooEarlyIsAnError() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.piece("half")) }
        let (text, error) = await failure(try Remote.engine([server]))
        #expect(text == "half")
        #expect(
            error == .unavailable("127.0.0.1:\(server.port): ended the stream before the answer was finished"))
    }

    @Test func aStreamMayEndWithoutSayingThatItIsDone() async throws {
        let server = try await ScriptedServer { _, exchange in
            try await exchange.stream(Remote.piece("all") + Remote.finish)
        }
        #expect(try await text(try Remote.engine([server])) == "all")
    }

    /// The server waits for our end of the connection: were its end waited for, the stream would fail as silent.
    @Test func aServerThatKeepsTheStreamOpenBehindTheEndIsNotWaitedFor() async throws {
        let server = try await ScriptedServer { _, exchange in
            try await exchange.head()
            try await exchange.write(Remote.word("all"))
            try await exchange.untilClosed()
        }
        #expect(try await text(try Remote.engine([server])) == "all")
        #expect(await eventually { server.closedConnections == [1] })
    }

    @Test func anErrorInsideAStreamComesBehindWhatWasSaid() async throws {
        let bytes = Array(try Fixtures.data("remote/vllm-error.sse"))
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(bytes) }
        let (text, error) = await failure(try Remote.engine([server]))
        #expect(text == "<bo")
        #expect(error?.description.contains("EngineCore encountered an issue") == true)
        #expect(server.requests.count == 1)
    }

    @Test func anErrorInsideAStreamBeforeTheFirstTokenIsTriedAgain() async throws {
        let server = try await ScriptedServer { request, exchange in
            let broken = Remote.role + Array("data: {\"error\": {\"message\": \"m\", \"code\": 500}}\n\n".utf8)
            try await exchange.stream(request.number == 0 ? broken : Remote.word("ok"))
        }
        #expect(try await text(try Remote.engine([server])) == "ok")
    }

    // MARK: Length

    @Test func aLimitThatDoesNotFitIsShortenedOnce() async throws {
        let server = try await ScriptedServer { request, exchange in
            guard case .number("1096")? = request.json["max_tokens"] else {
                let message =
                    "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens "
                    + "(3000 in the messages, 2000 in the completion)."
                return try await exchange.answer(400, Remote.error(message))
            }
            try await exchange.stream(Remote.word("ok"))
        }
        let request = GenerationRequest(Remote.hello.conversation, maxTokens: 2000)
        #expect(try await text(try Remote.engine([server]), request) == "ok")
        #expect(server.requests.count == 2)
    }

    // vLLM 0.32 refuses a limit above what it holds and names no count of the prompt.
    @Test func aLimitBeyondTheContextIsNotSent() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.stream(Remote.word("ok")) }
        let request = GenerationRequest(Remote.hello.conversation, maxTokens: 8192)
        #expect(try await text(try Remote.engine([server]), request) == "ok")
        #expect(server.requests.map { $0.json["max_tokens"] } == [.number("4096")])
    }

    @Test func aPromptThatDoesNotFitIsAnError() async throws {
        let server = try await ScriptedServer { _, exchange in
            let body = #"{"error": {"message": "too long", "n_prompt_tokens": 9412, "n_ctx": 8192}}"#
            try await exchange.answer(400, body.utf8)
        }
        #expect(
            await failure(try Remote.engine([server])).error
                == .contextExceeded(promptTokens: 9412, contextTokens: 8192))
        #expect(server.requests.count == 1)
    }

    // MARK: Several servers

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

    // MARK: Time and cancellation

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

    // MARK: The way

    @Test func requestsGoThroughAProxy() async throws {
        let proxy = try await ScriptedServer { _, exchange in try await exchange.answer(407, []) }
        var configuration = RemoteConfiguration(["http://far-away.invalid:8000/v1"], model: "kimi")
        configuration.health.intervalSeconds = 0
        configuration.retries.attempts = 1
        configuration.proxy = .init(host: "127.0.0.1", port: proxy.port, user: "u", password: "p")
        let engine = try RemoteEngine(configuration, knowing: Remote.found)
        #expect(
            await failure(engine).error
                == .unavailable("far-away.invalid:8000: the proxy does not accept the user and the password"))
        let asked = try #require(proxy.requests.first)
        #expect(asked.method == "CONNECT")
        #expect(asked.path == "far-away.invalid:8000")
        #expect(asked.headers["proxy-authorization"] == ["Basic dTpw"])
    }
}
