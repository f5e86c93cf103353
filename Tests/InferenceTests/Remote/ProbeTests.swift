// What servers can do is found out by asking them, and asked once.
import Foundation
import Inference
import Support
import Synchronization
import Testing

struct ProbeTests {
    /// A server that can do what a test says.
    struct Manner: Sendable {
        var models = "vllm-models"
        var properties: String?
        var reasoningKey: String? = "reasoning"
        /// The status and words of its refusals; nil takes everything.
        var refusesPictures: (Int, String)?
        var refusesTools: (Int, String)?
        /// Takes pictures and drops them.
        var dropsPictures = false
    }

    func server(_ manner: Manner) async throws -> ScriptedServer {
        let models = Array(try Fixtures.data("remote/\(manner.models).json"))
        let properties = try manner.properties.map { Array(try Fixtures.data("remote/\($0).json")) }
        return try await ScriptedServer { request, exchange in
            switch request.path {
            case "/v1/models": try await exchange.answer(200, models)
            case "/props":
                guard let properties else { return try await exchange.answer(404, "{}".utf8) }
                try await exchange.answer(200, properties)
            default:
                let body = String(decoding: request.body, as: UTF8.self)
                let hasPicture = body.contains("image_url")
                if hasPicture, let (status, words) = manner.refusesPictures {
                    return try await exchange.answer(status, Remote.error(words))
                }
                if request.json["tools"] != nil, let (status, words) = manner.refusesTools {
                    return try await exchange.answer(status, Remote.error(words))
                }
                let prompt = hasPicture && !manner.dropsPictures ? 30 : 12
                let thought = manner.reasoningKey.map {
                    "data: {\"choices\": [{\"delta\": {\"\($0)\": \"hm\"}}]}\n\n"
                }
                let usage =
                    "data: {\"choices\": [], \"usage\": {\"prompt_tokens\": \(prompt), \"completion_tokens\": 1}}\n\n"
                try await exchange.stream(
                    Array((thought ?? "").utf8) + Remote.piece("yes") + Remote.finish + Array(usage.utf8)
                        + Array("data: [DONE]\n\n".utf8))
            }
        }
    }

    func configuration(_ servers: [ScriptedServer]) -> RemoteConfiguration {
        var configuration = Remote.configuration(servers)
        configuration.model = nil
        return configuration
    }

    func found(_ manner: Manner, _ change: (inout RemoteConfiguration) -> Void = { _ in }) async throws
        -> RemoteAbilities
    {
        let server = try await server(manner)
        var configuration = configuration([server])
        change(&configuration)
        return try await RemoteEngine.connect(configuration).found
    }

    func error(_ servers: [ScriptedServer], _ change: (inout RemoteConfiguration) -> Void = { _ in }) async
        -> EngineError?
    {
        var configuration = configuration(servers)
        change(&configuration)
        do { _ = try await RemoteEngine.connect(configuration) } catch { return error }
        return nil
    }

    // MARK: Servers

    @Test func vLLM() async throws {
        #expect(
            try await found(Manner())
                == RemoteAbilities(
                    model: "moonshotai/Kimi-K2.5", contextTokens: 262_144, readsImages: true, callsTools: true,
                    reasoningKey: .reasoning))
    }

    @Test func aRecordedVLLM() async throws {
        let found = try await found(Manner(models: "vllm-0.32-models"))
        #expect(found.model == "bottega")
        #expect(found.contextTokens == 4096)
    }

    @Test func vLLMWithoutToolsAndPictures() async throws {
        let manner = Manner(
            reasoningKey: nil, refusesPictures: (400, "kimi is not a multimodal model"),
            refusesTools: (
                400, "“auto” tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set"
            ))
        #expect(
            try await found(manner)
                == RemoteAbilities(
                    model: "moonshotai/Kimi-K2.5", contextTokens: 262_144, readsImages: false, callsTools: false))
    }

    @Test func sglang() async throws {
        let found = try await found(Manner(models: "sglang-models", reasoningKey: "reasoning_content"))
        #expect(found.contextTokens == 131_072)
        #expect(found.reasoningKey == .reasoningContent)
    }

    @Test func llamaServerKeepsItsContextElsewhereAndRefusesWithStatus500() async throws {
        let manner = Manner(
            models: "llama-server-models", properties: "llama-server-props", reasoningKey: nil,
            refusesPictures: (500, "image input is not supported - hint: if this is unexpected, provide the mmproj"),
            refusesTools: (500, "tools param requires --jinja flag"))
        #expect(
            try await found(manner)
                == RemoteAbilities(
                    model: "kimi-vl-a3b.gguf", contextTokens: 8192, readsImages: false, callsTools: false))
    }

    @Test func moonshotListsSeveralModels() async throws {
        let server = try await server(Manner(models: "moonshot-models", reasoningKey: "reasoning_content"))
        #expect(
            await error([server])
                == .unavailable("127.0.0.1:\(server.port): lists kimi-k2.5, kimi-k2-thinking; say which model to use"))
        var configuration = configuration([server])
        configuration.model = "kimi-k2.5"
        configuration.form = .moonshot
        let engine = try await RemoteEngine.connect(configuration)
        #expect(engine.abilities.contextTokens == 262_144)
        #expect(engine.abilities.readsImages)
        #expect(engine.abilities.readsVideo)
        #expect(engine.abilities.callsTools)
        #expect(engine.abilities.followsInstructions)
        #expect(engine.abilities.dialect == nil)
        #expect(engine.abilities.modelName == "kimi-k2.5")
        #expect(server.completions.allSatisfy { $0.json["thinking"]?["type"] == .string("enabled") })
    }

    @Test func aServerThatDropsPicturesDoesNotReadThem() async throws {
        #expect(try await found(Manner(dropsPictures: true)).readsImages == false)
    }

    // MARK: What is asked

    @Test func whatIsKnownIsNotAsked() async throws {
        let server = try await server(Manner(models: "llama-server-models"))
        var configuration = configuration([server])
        configuration.knowledge.contextTokens = 2048
        configuration.knowledge.readsImages = .no
        configuration.knowledge.callsTools = .yes
        configuration.knowledge.comfortableSize = .init(width: 640, height: 480)
        let engine = try await RemoteEngine.connect(configuration)
        #expect(engine.abilities.contextTokens == 2048)
        #expect(engine.abilities.readsImages == false)
        #expect(engine.abilities.readsVideo == false)
        #expect(engine.abilities.callsTools)
        #expect(engine.abilities.comfortableSize == .init(width: 640, height: 480))
        #expect(server.requests.map(\.path) == ["/v1/models", "/v1/chat/completions"])
    }

    @Test func aModelThatWritesADialectIsAskedForNothingElse() async throws {
        let server = try await server(Manner())
        var configuration = configuration([server])
        configuration.knowledge.dialect = Fixtures.path("model/stylesheet.css")
        let engine = try await RemoteEngine.connect(configuration)
        let stylesheet = try String(contentsOfFile: Fixtures.path("model/stylesheet.css"), encoding: .utf8)
        #expect(engine.abilities.dialect == Dialect(stylesheet: stylesheet))
        #expect(engine.abilities.readsImages)
        #expect(!engine.abilities.followsInstructions)
        #expect(!engine.abilities.callsTools)
        #expect(server.completions.allSatisfy { $0.json["tools"] == nil })
        // What was found without a dialect may be kept for a configuration with one.
        let kept = RemoteAbilities(model: "m", contextTokens: 10, readsImages: true, callsTools: true)
        #expect(try RemoteEngine(configuration, knowing: kept).abilities.callsTools == false)
    }

    @Test func aStylesheetThatIsNotThereIsNamedBeforeAnybodyIsAsked() async throws {
        let server = try await server(Manner())
        #expect(
            await error([server]) { $0.knowledge.dialect = "/nowhere/a.css" }
                == .unavailable("/nowhere/a.css: cannot be read as UTF-8 text"))
        #expect(server.requests.isEmpty)
    }

    @Test func whatWasFoundIsKept() async throws {
        let server = try await server(Manner())
        let configuration = configuration([server])
        let engine = try await RemoteEngine.connect(configuration)
        #expect(server.requests.count == 4)
        #expect(server.completions.map { $0.json["max_tokens"] } == [.number("16"), .number("1"), .number("1")])
        let kept = try JSONDecoder().decode(RemoteAbilities.self, from: try JSONEncoder().encode(engine.found))
        #expect(try RemoteEngine(configuration, knowing: kept).abilities == engine.abilities)
        #expect(server.requests.count == 4)
    }

    @Test func aContextThatNobodyTellsIsAnError() async throws {
        let server = try await server(Manner(models: "llama-server-models"))
        #expect(
            await error([server])
                == .unavailable("127.0.0.1:\(server.port): does not say how many tokens it holds; set contextTokens"))
    }

    @Test func aServerThatIsStillLoadingIsWaitedFor() async throws {
        let models = Array(try Fixtures.data("remote/vllm-models.json"))
        let server = try await ScriptedServer { request, exchange in
            switch request.number {
            case 0: try await exchange.answer(503, Remote.error("Loading model"))
            case 1: try await exchange.answer(200, models)
            default: try await exchange.stream(Remote.word("yes"))
            }
        }
        let engine = try await RemoteEngine.connect(configuration([server]))
        #expect(engine.found.readsImages)
        #expect(engine.found.reasoningKey == nil)
    }

    @Test func aKeyThatIsNotAcceptedIsAnErrorWithoutTheKey() async throws {
        let server = try await ScriptedServer { _, exchange in
            try await exchange.answer(401, Remote.error("Incorrect API key provided: sk-secret-1"))
        }
        #expect(
            await error([server]) { $0.key = "sk-secret-1" }
                == .unavailable(
                    "127.0.0.1:\(server.port): does not accept the key (status 401): Incorrect API key provided: •••"))
        #expect(server.requests.count == 1)
    }

    @Test func aFaultWhileAskingIsAnErrorAndNoAnswer() async throws {
        // A server that breaks over pictures for a reason of its own does not say that it reads none.
        let server = try await server(Manner(refusesPictures: (500, "out of memory")))
        #expect(
            await error([server]) == .unavailable("127.0.0.1:\(server.port): failed (status 500): out of memory"))
    }

    @Test func whatIsNoListOfModelsIsAnError() async throws {
        let server = try await ScriptedServer { _, exchange in try await exchange.answer(200, "<html>".utf8) }
        let error = try #require(await error([server]))
        #expect(error.description.contains("answers models with something else than JSON"))
    }

    // MARK: Several servers

    @Test func whatAllCanDoCounts() async throws {
        let servers = [
            try await server(Manner()),
            try await server(Manner(models: "sglang-models", refusesPictures: (400, "no"))),
        ]
        let found = try await RemoteEngine.connect(configuration(servers)).found
        #expect(found.contextTokens == 131_072)
        #expect(found.readsImages == false)
        #expect(found.callsTools)
    }

    @Test func aServerThatIsDownIsLeftOutOfTheQuestion() async throws {
        let down = try await server(Manner())
        try await down.stop()
        let up = try await server(Manner())
        let engine = try await RemoteEngine.connect(configuration([down, up]))
        #expect(engine.found.model == "moonshotai/Kimi-K2.5")
        #expect(engine.endpoints.count == 2)
        let error = try #require(await error([down]))
        #expect(error.description.contains("onnection refused"))
    }

    @Test func serversOfDifferentModelsAreNotOneEngine() async throws {
        let servers = [
            try await server(Manner()),
            try await server(Manner(models: "llama-server-models", properties: "llama-server-props")),
        ]
        #expect(
            await error(servers)
                == .unavailable(
                    "the servers serve different models, moonshotai/Kimi-K2.5 and kimi-vl-a3b.gguf: name one"))
        var configuration = configuration(servers)
        configuration.endpoints[1].model = "kimi-vl-a3b.gguf"
        #expect(try await RemoteEngine.connect(configuration).found.model == "moonshotai/Kimi-K2.5")
    }
}
