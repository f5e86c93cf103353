// One design through a scripted engine: what is asked, what is told, what comes out.
import Inference
import Media
import Synchronization
import Testing

@testable import UIToCode

/// Plays events, and remembers what it was asked.
private final class ScriptedEngine: Engine {
    enum Ending: Sendable { case normal, failure(any Error), silence, never }

    let abilities: Abilities
    private let events: [GenerationEvent]
    private let ending: Ending
    private let asked = Mutex<[GenerationRequest]>([])
    private let cancelled = Mutex(false)

    init(
        _ answer: [String], dialect: String? = nil, readsImages: Bool = true,
        reason: GenerationSummary.FinishReason = .stop, ending: Ending = .normal
    ) {
        abilities = Abilities(
            modelName: "script", contextTokens: 4096, readsImages: readsImages, readsVideo: false, callsTools: false,
            followsInstructions: dialect == nil, dialect: dialect.map { Dialect(stylesheet: $0) })
        let summary = GenerationSummary(
            reason: reason, promptTokens: 300, cachedTokens: 0, completionTokens: 21, decodeSeconds: 0.5)
        events =
            [.encoded(tokens: 256, seconds: 0.25, reused: false), .prefilled(tokens: 300, reused: 0, seconds: 0.125)]
            + [.reasoning("hm")] + answer.map { .text($0) } + [.finished(summary)]
        self.ending = ending
    }

    var request: GenerationRequest? { asked.withLock { $0.last } }
    var wasCancelled: Bool { cancelled.withLock { $0 } }

    func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        asked.withLock { $0.append(request) }
        return AsyncThrowingStream { stream in
            stream.onTermination = { if case .cancelled = $0 { self.cancelled.withLock { $0 = true } } }
            for event in events.dropLast() { stream.yield(event) }
            switch ending {
            case .normal:
                stream.yield(events[events.count - 1])
                stream.finish()
            case .failure(let error): stream.finish(throwing: error)
            case .silence: stream.finish()
            case .never: break
            }
        }
    }
}

@Suite struct ConvertTests {
    private let design = Design(name: "shots/sign-in.png", image: Image(width: 40, height: 30, fill: (1, 2, 3)))
    private static let css = "body { color: black; }\n.card { padding: 1px; }\n.unused { margin: 0; }"

    private func html(_ project: Project) -> String {
        String(decoding: project["index.html"] ?? [], as: UTF8.self)
    }

    @Test func anEngineThatFollowsInstructionsGetsThePictureAndThePrompt() async throws {
        let engine = ScriptedEngine(["<p>One</p>"])
        let options = ConvertOptions(sampling: Sampling(temperature: 0.5, seed: 9), maxTokens: 77)
        _ = try await Convert(engine: engine, options: options).run(design)
        let request = try #require(engine.request)
        #expect(request.conversation.messages.count == 1)
        #expect(request.conversation.messages[0].content.first == .image(design.image))
        guard case .text(let prompt) = request.conversation.messages[0].content.last else {
            Issue.record("no prompt")
            return
        }
        #expect(prompt.contains("40 × 30 pixels"))
        #expect(request.maxTokens == 77 && request.sampling == options.sampling)
    }

    @Test func anEngineWithADialectGetsThePictureAlone() async throws {
        let engine = ScriptedEngine(["<body><p>One</p></body>"], dialect: Self.css)
        _ = try await Convert(engine: engine).run(design)
        #expect(engine.request?.conversation == Conversation([Message(.user, [.image(design.image)])]))
    }

    @Test func aDialectsBodyBecomesADocument() async throws {
        let engine = ScriptedEngine(["<body><div cl", "ass=\"card\">One</div>", "</body>"], dialect: Self.css)
        let (project, _) = try await Convert(engine: engine).run(design)
        let page = html(project)
        #expect(page.hasPrefix("<!doctype html>") && page.contains("<title>sign-in</title>"))
        #expect(page.contains(".card {") && !page.contains(".unused"))
    }

    @Test func aFreePageIsKeptLetterByLetter() async throws {
        let page = "<!DOCTYPE html>\n<html><body  class='x'><p>One &copy\n</html>\n"
        let engine = ScriptedEngine(["```html\n"] + page.map(String.init) + ["```\n", "```css a/b.css\nx{}\n```"])
        let (project, report) = try await Convert(engine: engine).run(design)
        #expect(html(project) == page)
        #expect(report.files == ["index.html", "a/b.css"])
    }

    @Test func aCutAnswerIsClosedAndReportedAsCut() async throws {
        let engine = ScriptedEngine(["<!doctype html><html><body><p>One <b>tw"], reason: .length)
        let (project, report) = try await Convert(engine: engine).run(design)
        #expect(html(project) == "<!doctype html>\n<html><body><p>One <b>tw</b></p></body></html>\n")
        #expect(report.finishReason == .length)
    }

    @Test func progressIsToldInOrderAndSummedUp() async throws {
        let engine = ScriptedEngine(["<body>", "<p>One</p>"], dialect: Self.css)
        var events: [ConvertEvent] = []
        let (_, report) = try await Convert(engine: engine).run(design) { events.append($0) }
        #expect(
            Array(events.prefix(3)) == [
                .decoded(width: 40, height: 30, seconds: 0), .encoded(tokens: 256, seconds: 0.25),
                .prefilled(tokens: 300, seconds: 0.125),
            ])
        let counts = events.compactMap { if case .writing(let tokens, _) = $0 { tokens } else { nil } }
        #expect(counts == [1, 2, 3])
        #expect(events.last == .finished(report))
        #expect(report.visionTokens == 256 && report.promptTokens == 300 && report.completionTokens == 21)
        #expect(report.encodeSeconds == 0.25 && report.prefillSeconds == 0.125 && report.generateSeconds == 0.5)
        #expect(report.secondsPerToken == 0.025 && report.tokensPerSecond == 40)
        #expect(report.totalSeconds > 0 && report.finishReason == .stop)
    }

    @Test func anAnswerThatShowsNothingIsBlank() async {
        let blank = ConvertError.blankAnswer(modelName: "script")
        for answer in [[], [" \n"], ["<body></body>"], ["nothing but words"]] as [[String]] {
            let engine = ScriptedEngine(answer, dialect: Self.css)
            await #expect(throws: blank) { try await Convert(engine: engine).run(design) }
        }
        for answer in [[], ["```html\n<html><body></body></html>\n```"]] as [[String]] {
            await #expect(throws: blank) { try await Convert(engine: ScriptedEngine(answer)).run(design) }
        }
    }

    @Test func anAnswerInWordsIsQuoted() async {
        let words = "I am sorry,\nbut I cannot see."
        await #expect(throws: ConvertError.noPage(modelName: "script", answer: "I am sorry, but I cannot see.")) {
            try await Convert(engine: ScriptedEngine([words])).run(design)
        }
    }

    @Test func aPathOutOfTheProjectIsRefused() async {
        await #expect(throws: ConvertError.project(.unsafePath("../../x.html"))) {
            try await Convert(engine: ScriptedEngine(["```html ../../x.html\n<p>\n```"])).run(design)
        }
    }

    @Test func anEngineThatCannotSeeIsNotAsked() async {
        let engine = ScriptedEngine(["<p>"], readsImages: false)
        await #expect(throws: ConvertError.engineCannotSee(modelName: "script")) {
            try await Convert(engine: engine).run(design)
        }
        #expect(engine.request == nil)
    }

    @Test func anEnginesFailureIsPassedOn() async {
        let full = EngineError.contextExceeded(promptTokens: 5000, contextTokens: 4096)
        await #expect(throws: ConvertError.engine(full)) {
            try await Convert(engine: ScriptedEngine(["<p>"], ending: .failure(full))).run(design)
        }
    }

    @Test func anAnswerThatWasCancelledMakesNoProject() async {
        for engine in [
            ScriptedEngine(["<p>One</p>"], reason: .cancelled), ScriptedEngine(["<p>One</p>"], ending: .silence),
            ScriptedEngine(["<p>One</p>"], ending: .failure(CancellationError())),
        ] {
            await #expect(throws: ConvertError.cancelled) { try await Convert(engine: engine).run(design) }
        }
    }

    @Test func cancellingTheTaskStopsTheEngine() async {
        let engine = ScriptedEngine(["<p>One</p>"], ending: .never)
        let design = design
        let task = Task { try await Convert(engine: engine).run(design).report }
        while engine.request == nil { await Task.yield() }
        task.cancel()
        await #expect(throws: ConvertError.cancelled) { try await task.value }
        #expect(engine.wasCancelled)
    }
}
