// Drafts beside their design: which one is chosen, and what a browser that fails costs.
import Inference
import Media
import Render
import Support
import Synchronization
import Testing

@testable import UIToCode

@Suite struct ConvertReceiptTests {
    private let design = Design(name: "d", image: Image(width: 64, height: 48, fill: PaintingRenderer.blue))

    private func convert(
        _ answers: [String], _ renderer: PaintingRenderer = PaintingRenderer(), attempts: Int, budget: Double? = nil
    ) -> Convert {
        let repair = RepairOptions(rounds: 0, budgetSeconds: 600, modelRounds: 0)
        let options = ConvertOptions(attempts: attempts, repair: repair, budgetSeconds: budget)
        return Convert(engine: TurnsEngine(answers), renderer: renderer, options: options)
    }

    @Test func theDraftNearestToItsDesignIsChosen() async throws {
        let scored = Mutex<[Int]>([])
        let (project, report) = try await convert(["<p>red</p>", "<p>blue</p>", "<p>grey</p>"], attempts: 3)
            .run(design) { event in
                if case .scored(let attempt, let total, nil) = event, total != nil {
                    scored.withLock { $0.append(attempt) }
                }
            }
        #expect(String(decoding: project["index.html"] ?? [], as: UTF8.self).contains("blue"))
        let receipt = try #require(report.receipt)
        #expect(receipt.attempts.map(\.isChosen) == [false, true, false])
        #expect(receipt.attempts.map(\.seed) == [0, 1, 2])
        #expect(receipt.attempts[0].temperature == 0 && receipt.attempts[1].temperature >= 0.4)
        #expect(receipt.fidelity.score.structure == 1 && receipt.fidelity.score.tone == 1)
        #expect(scored.withLock { $0 } == [1, 2, 3])
        #expect(report.completionTokens == 21)
        #expect(report.pictures?.result == design.image)
    }

    @Test(arguments: [("<p>blue</p>", RepairStep.Outcome.kept), ("<p>red again</p>", .refused), ("", .failed)])
    func whatTheModelMendsIsKeptOnlyWhenItIsBetter(answer: String, outcome: RepairStep.Outcome) async throws {
        let engine = TurnsEngine(["<p>red</p>", answer], followsInstructions: true)
        let options = ConvertOptions(repair: RepairOptions(rounds: 0, budgetSeconds: 600, modelRounds: 1))
        let (project, report) = try await Convert(engine: engine, renderer: PaintingRenderer(), options: options)
            .run(design)
        let receipt = try #require(report.receipt)
        #expect(receipt.steps.map(\.outcome) == [outcome])
        #expect(receipt.steps[0].repair == "model" && receipt.steps[0].change.contains("#143cc8"))
        let page = String(decoding: project["index.html"] ?? [], as: UTF8.self)
        #expect(page.contains(outcome == .kept ? "blue" : "red") && !page.contains("again"))
        #expect(receipt.fidelity.score.total >= receipt.draft.total)
    }

    @Test func equalDraftsLeaveTheFirst() async throws {
        let receipt = try #require(try await convert(["<p>red</p>"], attempts: 2).run(design).report.receipt)
        #expect(receipt.attempts.map(\.isChosen) == [true, false])
    }

    @Test func aSpentBudgetStartsNoFurtherDraft() async throws {
        let (_, report) = try await convert(["<p>red</p>", "<p>blue</p>"], attempts: 2, budget: 0).run(design)
        #expect(report.receipt?.attempts.count == 1)
    }

    @Test func aBrowserThatFailsCostsTheReceiptAndNotThePage() async throws {
        let renderer = PaintingRenderer(fault: .browserDied)
        let (project, report) = try await convert(["<p>red</p>"], renderer, attempts: 2).run(design)
        #expect(project["index.html"] != nil && report.receipt == nil && report.pictures == nil)
        #expect(report.unmeasured == RenderError.browserDied.description)
    }

    @Test func aCancelledPictureCancelsTheConversion() async throws {
        await #expect(throws: ConvertError.cancelled) {
            try await convert(["<p>red</p>"], PaintingRenderer(fault: .cancelled), attempts: 1).run(design)
        }
    }

    @Test func withoutARendererNothingIsMeasured() async throws {
        let (_, report) = try await Convert(engine: TurnsEngine(["<p>red</p>"])).run(design)
        #expect(report.receipt == nil && report.unmeasured == nil)
    }

    @Test func theReceiptTakesNamesThatAreFree() async throws {
        let (_, report) = try await convert(["<p>red</p>"], attempts: 1).run(design)
        var project = Project()
        try project.add([1], at: "report.html")
        #expect(try project.addReceipt(of: report) == "report-2.html")
        #expect(project.files.map(\.path) == ["report.html", "report-2.html", "report-2.json"])
        #expect(try project.addReceipt(of: ConvertReport()) == nil)
    }
}

/// Answers with one text after the other, the last one again and again.
private final class TurnsEngine: Engine {
    let abilities: Abilities
    private let answers: [String]
    private let count = Mutex(0)

    init(_ answers: [String], followsInstructions: Bool = false) {
        abilities = Abilities(
            modelName: "turns", contextTokens: 4096, readsImages: true, readsVideo: false, callsTools: false,
            followsInstructions: followsInstructions)
        self.answers = answers
    }

    func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        let number = count.withLock { count in
            count += 1
            return count
        }
        let answer = answers[min(number, answers.count) - 1]
        return AsyncThrowingStream { stream in
            stream.yield(.text("<!doctype html><html><body>\(answer)</body></html>"))
            stream.yield(
                .finished(
                    GenerationSummary(
                        reason: .stop, promptTokens: 1, cachedTokens: 0, completionTokens: 7, decodeSeconds: 0.1)))
            stream.finish()
        }
    }
}
