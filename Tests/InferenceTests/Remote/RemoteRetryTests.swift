// What is tried again and what is not: servers that are busy, break off, or find a request too long.
import Foundation
import Inference
import Media
import NIOHTTP1
import Support
import Synchronization
import Testing

struct RemoteRetryTests: RemoteSuite {
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
}
