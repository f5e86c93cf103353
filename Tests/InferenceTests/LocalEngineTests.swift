// The engine over real checkpoints: the tiny K2.5 whose numbers are proved in ModelTests, and directories that are
// broken in one place.
import Foundation
import Inference
import Media
import Model
import Support
import Testing

struct LocalEngineTests {
    /// A picture in which no two pixels are alike.
    let picture = Image(
        width: 61, height: 45, pixels: (0..<61 * 45 * 3).map { UInt8(truncatingIfNeeded: $0 &* 37 ^ $0 >> 3) })

    func request(_ text: String, _ change: (inout GenerationRequest) -> Void = { _ in }) -> GenerationRequest {
        var request = GenerationRequest(
            Conversation([Message(.user, [.image(picture), .text(text)])]), maxTokens: 12)
        change(&request)
        return request
    }

    func answer(_ engine: some Engine, _ request: GenerationRequest) async throws -> (text: String, GenerationSummary) {
        var text = ""
        for try await event in engine.generate(request) {
            switch event {
            case .text(let more), .reasoning(let more): text += more
            case .finished(let summary): return (text, summary)
            default: break
            }
        }
        throw EngineError.unavailable("the stream ended without a summary")
    }

    @Test func saysWhatTheModelCanDo() throws {
        let engine = try LocalEngine.open(Fixtures.checkpoint("k25"), threads: 1)
        #expect(
            engine.abilities
                == Abilities(
                    modelName: "k25", contextTokens: 262_144, readsImages: true, readsVideo: true, callsTools: true,
                    followsInstructions: true))
        #expect(
            try LocalEngine.open(Fixtures.checkpoint("k25"), name: "Kimi", threads: 1).abilities.modelName == "Kimi")
    }

    @Test func aStylesheetMakesADialectThatFollowsNoInstructions() throws {
        let directory = try TemporaryDirectory(checkpoint: "k25")
        try directory.write(Data(".a { color: red }\n".utf8), to: "stylesheet.css")
        let abilities = try LocalEngine.open(directory.path, threads: 1).abilities
        #expect(abilities.dialect == Dialect(stylesheet: ".a { color: red }\n"))
        #expect(!abilities.followsInstructions)
        #expect(!abilities.callsTools)
    }

    /// The engine's tokens against a loop that has no session, no cache from before, and no events.
    @Test func writesWhatTheModelWouldWriteWithoutAnEngine() async throws {
        let directory = Fixtures.checkpoint("k25")
        let model = try KimiModel.open(directory, threads: 1, precision: .exact)
        let tokenizer = try Tokenizer(directory: directory)
        let request = request("Write.")
        let spans = try ChatTemplate(tokenizer).render(request.conversation, thinking: false).map { piece in
            switch piece {
            case .tokens(let ids): InputSpan.tokens(ids)
            case .media(let item): InputSpan.media(model.encode(item))
            }
        }
        let cache = model.makeCache()
        var logits = model.forward(spans, cache: cache)
        let promptTokens = cache.count
        var ids: [Int] = []
        while ids.count < request.maxTokens {
            let next = try #require(logits.indices.max { logits[$0] < logits[$1] })
            ids.append(next)
            if model.config.endTokenIDs.contains(next) { break }
            logits = model.forward([.tokens([next])], cache: cache)
        }
        var parser = try ToolCallParser(tokenizer, thinking: false)
        var pieces = ids.flatMap { parser.push(token: $0) }
        pieces += parser.finish()
        let expected = pieces.map { piece in
            switch piece {
            case .text(let text), .reasoning(let text): text
            case .callBegan, .arguments, .toolCall: ""
            }
        }.joined()

        let engine = try LocalEngine.open(directory, threads: 2, precision: .exact)
        let (text, summary) = try await answer(engine, request)
        #expect(text == expected)
        #expect(summary.completionTokens == ids.count)
        #expect(summary.promptTokens == promptTokens)

        let (again, reused) = try await answer(engine, request)
        #expect(again == expected)
        #expect(reused.cachedTokens == promptTokens - 1)
    }

    @Test func theSameSeedGivesTheSameTextOnAnyNumberOfThreads() async throws {
        let request = request("Write.") { $0.sampling = Sampling(temperature: 1, topP: 0.95, seed: 4) }
        var texts: Set<String> = []
        for threads in 1...3 {
            let engine = try LocalEngine.open(Fixtures.checkpoint("k25"), threads: threads)
            texts.insert(try await answer(engine, request).text)
        }
        #expect(texts.count == 1)
        #expect(texts.first?.isEmpty == false)
    }

    /// Float32 sums come out in another order when a prompt is run in other batches; tokens do not notice.
    @Test func aWarmCacheGivesTheSameText() async throws {
        let engine = try LocalEngine.open(Fixtures.checkpoint("k25"), threads: 2, precision: .exact)
        let request = request("Write.") { $0.sampling = Sampling(temperature: 1, topP: 0.95, seed: 4) }
        let first = try await answer(engine, request).text
        _ = try await answer(engine, self.request("Something else."))
        let (again, summary) = try await answer(engine, request)
        #expect(again == first)
        #expect(summary.cachedTokens > 0)
    }

    @Test func readsVideo() async throws {
        let engine = try LocalEngine.open(Fixtures.checkpoint("k25"), threads: 1)
        let clip = VideoClip(frames: (0..<5).map { _ in picture }, seconds: [0, 0.5, 1, 1.5, 2])
        var encoded: [Int] = []
        let conversation = Conversation([Message(.user, [.video(clip)])])
        for try await event in engine.generate(GenerationRequest(conversation, maxTokens: 1)) {
            if case .encoded(let tokens, _, _) = event { encoded.append(tokens) }
        }
        #expect(encoded == [6, 6])
    }

    // MARK: Directories that do not open

    func reason(_ directory: String) -> String {
        let error = errorThrown { () throws(EngineError) in try LocalEngine.open(directory, threads: 1) }
        guard case .unavailable(let reason)? = error else { return "" }
        return reason
    }

    @Test func anUnknownDirectoryIsNamed() {
        #expect(reason("/no/such/model").contains("/no/such/model"))
    }

    @Test func aMissingTokenizerIsNamed() throws {
        let directory = try TemporaryDirectory(checkpoint: "k25")
        try directory.remove("tiktoken.model")
        #expect(reason(directory.path) == directory.file("tiktoken.model") + ": cannot be read")
    }

    @Test func aTokenizerOfAnotherModelIsRefused() throws {
        let directory = try TemporaryDirectory(checkpoint: "k25")
        for name in ["tiktoken.model", "tokenizer_config.json"] {
            try directory.write(Fixtures.data("parity/chat/vocabulary/" + name), to: name)
        }
        #expect(reason(directory.path) == "\(directory.path): the tokenizer has 1856 to 1856 tokens, the model 296")
    }

    @Test func aStylesheetThatIsNoTextIsRefused() throws {
        let directory = try TemporaryDirectory(checkpoint: "k25")
        try directory.write(Data([0xff, 0xfe, 0x80]), to: "stylesheet.css")
        #expect(reason(directory.path) == directory.file("stylesheet.css") + ": cannot be read as UTF-8 text")
    }
}
