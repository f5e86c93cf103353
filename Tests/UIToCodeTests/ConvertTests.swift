// One design through a scripted engine: what is asked, what is told, what comes out.
import Inference
import Media
import Synchronization
import Testing

@testable import UIToCode

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

    @Test func whatWasReusedIsReported() async throws {
        let engine = ScriptedEngine(["<p>One</p>"], cachedTokens: 290)
        let report = try await Convert(engine: engine).run(design).report
        #expect(report.cachedTokens == 290 && report.reusedImages == 1)
        let fresh = try await Convert(engine: ScriptedEngine(["<p>One</p>"])).run(design).report
        #expect(fresh.cachedTokens == 0 && fresh.reusedImages == 0)
    }

    @Test func everyPieceOfAFileIsToldAsItComesAndWordsAreNot() async throws {
        let answer = ["Sure", "!\n```ht", "ml\n<p>On", "e</p>", "\n``", "`\nAnd:\n```css a/b.css\n", "x {}\n", "```"]
        var events: [ConvertEvent] = []
        let (project, _) = try await Convert(engine: ScriptedEngine(answer)).run(design) { events.append($0) }
        let told = events.compactMap { if case .wrote(let path, let text) = $0 { [path, text] } else { nil } }
        #expect(
            told == [
                ["index.html", "<p>On"], ["index.html", "e</p>"], ["index.html", "\n"], ["a/b.css", "x {}\n"],
            ])
        #expect(html(project) == "<p>One</p>\n")
        // Each follows the `.writing` of its piece.
        let kinds = events.dropFirst(3).map { event -> Character in
            switch event {
            case .writing: "w"
            case .wrote: "t"
            case .finished: "f"
            default: "?"
            }
        }
        #expect(String(kinds) == "wwwwtwtwtwwtwf")
    }

    @Test func aLastLineThatWasHeldBackIsToldBeforeTheEnd() async throws {
        var told = ""
        let engine = ScriptedEngine(["```html\n<p>x</p>\n", "`q`"])
        let (project, _) = try await Convert(engine: engine).run(design) {
            if case .wrote(_, let text) = $0 { told += text }
        }
        #expect(told == "<p>x</p>\n`q`")
        #expect(html(project).contains("`q`"))
    }

    /// A clock that goes on by 100 ms whenever it is looked at.
    private func clock() -> @Sendable () -> Duration {
        let time = Counter()
        return { .milliseconds(100 * time.next()) }
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock {
                $0 += 1; return $0
            }
        }
    }

    @Test func draftsComeAtMostEvery300MillisecondsAndAreWholePages() async throws {
        let pieces = (0..<10).map { "<p>\($0)" }
        var drafts: [String] = []
        _ = try await Convert(engine: ScriptedEngine(["<!doctype html><html><body>"] + pieces), now: clock())
            .run(design) { event in
                if case .draft(let path, let html) = event {
                    #expect(path == "index.html")
                    drafts.append(html)
                }
            }
        // Looked at 11 times: the first starts the interval, the 4th, 7th and 10th are 300 ms apart.
        let starts = drafts.map { $0.split(separator: "<p>").count - 1 }
        #expect(starts == [3, 6, 9])
        #expect(drafts[0] == "<!doctype html>\n<html><body><p>0</p><p>1</p><p>2</p></body></html>\n")
    }

    @Test func draftsOfADialectAreStyledAndBlankOnesAreLeftOut() async throws {
        var drafts: [String] = []
        let pieces = ["<body>", "\n", "\n", "\n", "<div class=\"card\">", "One", "</div>", "</body>"]
        _ = try await Convert(engine: ScriptedEngine(pieces, dialect: Self.css), now: clock()).run(design) {
            if case .draft(_, let html) = $0 { drafts.append(html) }
        }
        #expect(drafts.count == 1)
        #expect(drafts.first?.contains(".card { padding: 1px; }") == true)
        #expect(drafts.first?.contains("<div class=\"card\">One</div>") == true)
    }
}
