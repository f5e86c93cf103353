import Foundation
import Media
import Render
import Testing

@testable import UIToCode

@Suite struct RepairsTests {
    private let window = Viewport(width: 20, height: 20)

    private func run(
        _ draft: String, _ repairs: any Repair..., options: RepairOptions = RepairOptions(budgetSeconds: 3600),
        pages: ScoredPages = ScoredPages()
    ) async throws -> RepairOutcome {
        try await Repairs(renderer: pages, options: options, repairs: repairs, score: ScoredPages.score).run(
            project: ScoredPages.project(draft), entry: "index.html", design: ScoredPages.design, viewport: window)
    }

    private func page(_ outcome: RepairOutcome) -> String {
        String(decoding: outcome.project["index.html"] ?? [], as: UTF8.self)
    }

    @Test func keepsWhatRaisesTheTotalAndNothingElse() async throws {
        let trials = ["0.4", "0.5", "0.6", "0.55"].map { Trial(name: $0, manner: .first, changes: [.saying($0)]) }
        let outcome = try await run("0.5", ScriptedRepair { _ in trials })
        #expect(page(outcome) == "<body><p>0.6</p></body>")
        #expect(outcome.report.score.total == 0.6)
        #expect(outcome.draft.total == 0.5)
        #expect(outcome.steps.prefix(4).map(\.outcome) == [.refused, .refused, .kept, .refused])
        #expect(outcome.steps[0].reason == "the total falls from 0.5000 to 0.4000")
        #expect(outcome.steps[1].reason == "the total stays at 0.5000")
    }

    @Test func theTotalNeverFallsOnTheWay() async throws {
        let trials = (0..<9).map { number in
            let words = "0.\((number * 37) % 10)5"
            return Trial(name: words, manner: .first, changes: [.saying(words)])
        }
        let outcome = try await run("0.3", ScriptedRepair { _ in trials })
        var total = 0.3
        for step in outcome.steps {
            #expect(step.before.total == total)
            if step.outcome == .kept { total = try #require(step.after).total }
        }
        #expect(outcome.report.score.total == total)
        #expect(total == 0.95)
    }

    @Test func aCategoryThatFallsTooFarIsRefusedByName() async throws {
        let outcome = try await run(
            "0.5 position=0.9",
            ScriptedRepair(Trial(name: "a", manner: .first, changes: [.saying("0.7 position=0.88")])))
        #expect(outcome.steps[0].outcome == .refused)
        #expect(outcome.steps[0].reason == "position falls from 0.9000 to 0.8800")
        #expect(outcome.report.score.total == 0.5)
    }

    @Test func aCategoryMayFallWithinTheTolerance() async throws {
        let outcome = try await run(
            "0.5 position=0.9",
            ScriptedRepair(Trial(name: "a", manner: .first, changes: [.saying("0.7 position=0.892")])))
        #expect(outcome.steps[0].outcome == .kept)
    }

    @Test func smallLossesOfACategoryDoNotAddUp() async throws {
        let trials = ["0.6 text=0.892", "0.7 text=0.885"].map {
            Trial(name: $0, manner: .first, changes: [.saying($0)])
        }
        let outcome = try await run("0.5 text=0.9", ScriptedRepair { _ in trials })
        #expect(outcome.steps[1].reason == "text falls from 0.9000 of the draft to 0.8850")
        #expect(outcome.report.score.total == 0.6)
    }

    @Test func ofSeveralValuesTheBestIsKept() async throws {
        let changes = ["0.6", "0.8", "0.4", "0.7"].map(Change.saying)
        let outcome = try await run("0.5", ScriptedRepair(Trial(name: "a", manner: .best, changes: changes)))
        #expect(page(outcome) == "<body><p>0.8</p></body>")
        #expect(outcome.steps.prefix(4).map(\.change) == ["0.4", "0.6", "0.7", "0.8"])
        #expect(outcome.steps.prefix(4).map(\.outcome) == [.refused, .refused, .refused, .kept])
        #expect(outcome.steps[1].reason == "another value does better")
        #expect(outcome.steps[2].reason == "another value does better")
    }

    // 0.55 costs text too much by itself; on top of it, 0.9 does not.
    @Test func aDescentGoesThroughPagesThatMayNotBeKept() async throws {
        func mark(_ name: String, axis: String) -> Change {
            Change(
                words: name, axis: axis,
                operations: [EditOperation("p", .setAttribute(name: "data-\(axis)", value: name))])
        }
        let pages = LookPages(scores: [
            "-": "0.5 text=0.9", "a-": "0.55 text=0.8", "b-": "0.4 text=0.9", "ax": "0.9 text=0.95",
            "ay": "0.7 text=0.95", "bx": "0.2 text=0.9",
        ])
        let changes = [mark("a", axis: "1"), mark("b", axis: "1"), mark("x", axis: "2"), mark("y", axis: "2")]
        let outcome = try await Repairs(
            renderer: pages, options: RepairOptions(rounds: 1, budgetSeconds: 3600),
            repairs: [ScriptedRepair(Trial(name: "all", manner: .descent, changes: changes))], score: ScoredPages.score
        ).run(project: ScoredPages.project(""), entry: "index.html", design: ScoredPages.design, viewport: window)
        #expect(outcome.report.score.total == 0.9)
        #expect(
            outcome.steps.map(\.change).sorted() == ["a", "a; x", "a; y", "b", "x", "x; b"])
        #expect(outcome.steps.count { $0.outcome == .kept } == 1)
    }

    @Test func theFirstOfSeveralThatHelpsEndsTheTrial() async throws {
        let changes = ["0.4", "0.6", "0.9"].map(Change.saying)
        let outcome = try await run(
            "0.5", ScriptedRepair(Trial(name: "a", manner: .first, changes: changes)),
            options: RepairOptions(rounds: 1, budgetSeconds: 3600)
        )
        #expect(outcome.report.score.total == 0.6)
        #expect(outcome.steps.count == 2)
    }

    // Four changes, one of them bad: the half without it is kept, then its good neighbour.
    @Test func changesThatAreRefusedTogetherAreTriedInHalves() async throws {
        let marks = ["a", "b", "bad", "c"].map { mark in
            Change(words: mark, operations: [EditOperation("p", .setAttribute(name: "data-\(mark)", value: "1"))])
        }
        let score: RepairStage.Score = { result, _ in .scoring(result.page?.title ?? "0") }
        let pages = AttributePages()
        let outcome = try await Repairs(
            renderer: pages, options: RepairOptions(rounds: 1, budgetSeconds: 3600),
            repairs: [ScriptedRepair(Trial(name: "all", manner: .together, changes: marks))], score: score
        ).run(project: ScoredPages.project(""), entry: "index.html", design: ScoredPages.design, viewport: window)
        #expect(page(outcome) == #"<body><p data-a="1" data-b="1" data-c="1"></p></body>"#)
        #expect(outcome.steps.map(\.change) == ["a; b; bad; c", "a; b", "bad; c", "bad", "c"])
        #expect(outcome.steps.map(\.outcome) == [.refused, .kept, .refused, .refused, .kept])
    }

    @Test func everyPageThatWasShownStandsInTheTrace() async throws {
        let pages = ScoredPages()
        let changes = ["0.6", "0.8", "0.4"].map(Change.saying)
        let outcome = try await run(
            "0.5", ScriptedRepair(Trial(name: "a", manner: .best, changes: changes)), pages: pages)
        #expect(pages.pages.sorted() == (["0.5"] + outcome.steps.map(\.change)).sorted())
        #expect(outcome.steps.allSatisfy { $0.seconds >= 0 && $0.repair == "scripted" && $0.after != nil })
    }

    @Test func progressTellsTheTrace() async throws {
        let told = Told()
        let changes = ["0.6", "0.8", "0.4"].map(Change.saying)
        let outcome = try await Repairs(
            renderer: ScoredPages(), options: RepairOptions(rounds: 1, budgetSeconds: 3600),
            repairs: [ScriptedRepair(Trial(name: "a", manner: .best, changes: changes))], score: ScoredPages.score
        ).run(
            project: ScoredPages.project("0.5"), entry: "index.html", design: ScoredPages.design, viewport: window
        ) { told.steps.append($0) }
        #expect(told.steps == outcome.steps)
        #expect(told.steps.count { $0.outcome == .kept } == 1)
    }

    @Test func noTimeMeansNoChange() async throws {
        let outcome = try await run(
            "0.5", ScriptedRepair(Trial(name: "a", manner: .first, changes: [.saying("0.9")])),
            options: RepairOptions(budgetSeconds: 0))
        #expect(outcome.isOutOfTime)
        #expect(outcome.steps.isEmpty)
        #expect(outcome.report.score.total == 0.5)
    }

    @Test func roundsEndWhenNothingIsKept() async throws {
        let pages = ScoredPages()
        let outcome = try await run(
            "0.5", ScriptedRepair(Trial(name: "a", manner: .first, changes: [.saying("0.4")])),
            options: RepairOptions(rounds: 9, budgetSeconds: 3600), pages: pages)
        #expect(outcome.steps.count == 1)
        #expect(!outcome.isOutOfTime)
    }

    @Test func trialsOfOneRunAreBounded() async throws {
        var repair = ScriptedRepair { view in
            let next = (Double(view.screenshot.title) ?? 0) + 0.001
            return [Trial(name: "\(next)", manner: .first, changes: [.saying("\(next)")])]
        }
        repair.trialLimit = 3
        let outcome = try await run("0.5", repair, options: RepairOptions(rounds: 2, budgetSeconds: 3600))
        #expect(outcome.steps.count == 6)
    }

    @Test func aPageThatCannotBeShownIsLeftOut() async throws {
        let pages = ScoredPages { $0 == "0.9" ? .timedOut(seconds: 10) : nil }
        let trials = ["0.9", "0.6"].map { Trial(name: $0, manner: .first, changes: [.saying($0)]) }
        let outcome = try await run("0.5", ScriptedRepair { _ in trials }, pages: pages)
        #expect(outcome.steps[0].outcome == .failed)
        #expect(outcome.steps[0].reason == "\(RenderError.timedOut(seconds: 10))")
        #expect(outcome.steps[0].after == nil)
        #expect(page(outcome) == "<body><p>0.6</p></body>")
    }

    @Test func aChangeThatCannotBeMadeIsLeftOut() async throws {
        let change = Change(words: "x", operations: [EditOperation("nav", .remove)])
        let outcome = try await run("0.5", ScriptedRepair(Trial(name: "a", manner: .first, changes: [change])))
        #expect(outcome.steps[0].outcome == .failed)
        #expect(outcome.steps[0].reason == "no element matches the selector")
    }

    @Test func aDraftThatCannotBeShownIsAnError() async throws {
        await #expect(throws: RepairError.render(.browserDied)) {
            try await run("0.5", pages: ScoredPages { _ in .browserDied })
        }
    }

    @Test func aProjectWithoutThePageIsAnError() async throws {
        await #expect(throws: RepairError.page(.fileMissing(path: "other.html"))) {
            try await Repairs(
                renderer: ScoredPages(), options: RepairOptions(budgetSeconds: 3600), repairs: [],
                score: ScoredPages.score
            )
            .run(
                project: ScoredPages.project("0.5"), entry: "other.html", design: ScoredPages.design,
                viewport: window)
        }
    }

    @Test func aCancelledTaskEndsTheRun() async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await run("0.5", ScriptedRepair(Trial(name: "a", manner: .first, changes: [.saying("0.9")])))
        }
        await #expect(throws: RepairError.cancelled) { try await task.value }
    }

    @Test func filesOfAKeptChangeComeIntoTheProject() async throws {
        var good = Change.saying("0.9"), bad = Change.saying("0.1")
        good.files = [("assets/good.png", [1, 2])]
        bad.files = [("assets/bad.png", [3])]
        let outcome = try await run(
            "0.5", ScriptedRepair(Trial(name: "a", manner: .first, changes: [bad, good])),
            options: RepairOptions(rounds: 1, budgetSeconds: 3600))
        #expect(outcome.project.files.map(\.path) == ["index.html", "assets/good.png"])
    }

    @Test func stepsAreWrittenForMachines() throws {
        let step = RepairStep(
            repair: "look", change: "x", before: .scoring("0.5"), after: nil, outcome: .failed, reason: "why",
            seconds: 1)
        let data = try JSONEncoder().encode(step)
        #expect(try JSONDecoder().decode(RepairStep.self, from: data) == step)
        #expect(String(decoding: data, as: UTF8.self).contains(#""outcome":"failed""#))
    }
}

/// What was told, in order.
private final class Told {
    var steps: [RepairStep] = []
}

/// A page scores a tenth for every mark on its paragraph, and nothing with a bad one.
private struct AttributePages: PageRendering {
    func render(_ page: PageFiles, viewport: Viewport) async throws(RenderError) -> Screenshot {
        let text = String(decoding: page.files[page.entry] ?? [], as: UTF8.self)
        let count = text.components(separatedBy: "data-").count - 1
        return Screenshot(
            image: Image(width: 20, height: 20, fill: (255, 255, 255)), viewport: viewport,
            title: text.contains("data-bad") ? "0" : "0.\(count + 1)",
            elements: [ElementBox(selector: "body", tag: "body", box: Box(x: 0, y: 0, width: 20, height: 20))])
    }
}

/// A page scores what a table says of the values of its two marks.
private struct LookPages: PageRendering {
    let scores: [String: String]

    func render(_ page: PageFiles, viewport: Viewport) async throws(RenderError) -> Screenshot {
        let text = String(decoding: page.files[page.entry] ?? [], as: UTF8.self)
        func value(_ mark: String) -> String {
            text.components(separatedBy: "data-\(mark)=\"").dropFirst().first.map { String($0.prefix(1)) } ?? ""
        }
        let key = value("1") + value("2")
        return Screenshot(
            image: Image(width: 20, height: 20, fill: (255, 255, 255)), viewport: viewport,
            title: scores[key.isEmpty ? "-" : key.count == 1 ? key + "-" : key] ?? "0",
            elements: [ElementBox(selector: "body", tag: "body", box: Box(x: 0, y: 0, width: 20, height: 20))])
    }
}
