// Known pages, damaged, and repaired beside a picture of what they were.
import Media
import Render
import Testing

@testable import UIToCode

@Suite(.serialized, .enabled(if: Browser.isThere, "needs a Chromium"), .timeLimit(.minutes(5)))
struct RepairsInBrowserTests {
    private static let window = Viewport(width: 360, height: 300)

    private static let page = """
        <!doctype html>
        <html lang="en"><head><title>Account</title><style>
            * { box-sizing: border-box; margin: 0; padding: 0; }
            body { --unit: 4px; --radius: 8px; font-family: "Liberation Sans", Arial, sans-serif; font-size: 16px;
              line-height: 1.4; color: #0f172a; background: #f1f5f9; padding: 24px; }
            main { padding: calc(5 * var(--unit)); border: 1px solid #cbd5e1; border-radius: calc(2 * var(--radius));
              background: #ffffff; display: flex; flex-direction: column; gap: 12px; }
            h1 { font-size: 22px; }
            .muted { color: #64748b; }
            .btn { padding: 10px 18px; border-radius: var(--radius); color: #ffffff; background: #0f766e;
              text-align: center; font-weight: 700; }
          </style></head><body><main>
            <h1>Your account</h1>
            <p class="muted">Change how others see you here.</p>
            <p>Thirty-one people follow your work.</p>
            <div class="btn">Save changes</div>
          </main></body></html>
        """

    /// Repairs the page with some words of it replaced, beside a picture of the page.
    private func repair(
        _ damage: [(String, String)], by repairs: [any Repair] = Repairs.all, design markup: String = page
    ) async throws -> RepairOutcome {
        let renderer = try TestBrowser.renderer()
        let whole = try await renderer.render(PageFiles(html: markup), viewport: Self.window)
        var damaged = Self.page
        for (old, new) in damage {
            #expect(damaged.contains(old))
            damaged = damaged.replacing(old, with: new)
        }
        var project = Project()
        try project.add(Array(damaged.utf8), at: "index.html")
        let outcome = try await Repairs(
            renderer: renderer, options: RepairOptions(rounds: 1, budgetSeconds: 600), repairs: repairs
        ) { Fidelity.score(of: $0, against: $1) }.run(
            project: project, entry: "index.html", design: Sight(estimating: whole.image), viewport: Self.window)
        await renderer.close()
        expectNeverWorse(outcome)
        return outcome
    }

    private func expectNeverWorse(_ outcome: RepairOutcome) {
        #expect(outcome.report.score.total >= outcome.draft.total)
        for category in FidelityCategory.allCases {
            guard let draft = outcome.draft[category], let now = outcome.report.score[category] else { continue }
            #expect(now >= draft - 0.01 - 1e-9)
        }
        var total = outcome.draft.total
        for step in outcome.steps {
            #expect(step.before.total == total)
            if step.outcome == .kept { total = step.after?.total ?? 0 }
        }
        #expect(total == outcome.report.score.total)
    }

    private func style(_ selector: String, _ property: String, _ outcome: RepairOutcome) -> String? {
        outcome.screenshot.elements.first { $0.name == selector }?.style[property]
    }

    @Test func coloursAreRestored() async throws {
        let outcome = try await repair([
            ("#0f766e", "#2563eb"), ("background: #f1f5f9", "background: #fee2e2"), ("#64748b", "#dc2626"),
        ])
        #expect(style("div.btn", "background-color", outcome) == "rgb(15, 118, 110)")
        #expect(style("body", "background-color", outcome) == "rgb(241, 245, 249)")
        let muted = style("p.muted", "color", outcome).flatMap { RGB(computed: $0) }
        #expect((muted?.distance(to: RGB(100, 116, 139)) ?? 255) <= 16)
        #expect(outcome.report.score.total > outcome.draft.total + 0.01)
    }

    @Test func theSizeOfTypeIsRestored() async throws {
        let outcome = try await repair([("font-size: 16px", "font-size: 14px")], by: [LookRepair()])
        #expect(style("body", "font-size", outcome) == "16px")
        #expect(outcome.report.score.total > outcome.draft.total)
        #expect(outcome.report.score.total > 0.99)
    }

    @Test func densityRoundnessAndTypefaceAreRestored() async throws {
        let damage = [
            ("--unit: 4px", "--unit: 6px"), ("--radius: 8px", "--radius: 0px"),
            (#""Liberation Sans", Arial, sans-serif"#, #""DejaVu Serif", serif"#),
        ]
        let outcome = try await repair(damage, by: [LookRepair()])
        #expect(style("main", "padding-top", outcome) == "20px")
        #expect(style("main", "border-top-left-radius", outcome) == "16px")
        #expect(style("body", "font-family", outcome)?.contains("Liberation Sans") == true)
        #expect(outcome.report.score.total > 0.99)
    }

    @Test func gapsAndPaddingsAreRestored() async throws {
        let outcome = try await repair(
            [("gap: 12px", "gap: 6px"), ("padding: 10px 18px", "padding: 4px 18px")], by: [SpacingRepair()])
        #expect(style("main", "row-gap", outcome) == "12px")
        #expect(style("div.btn", "padding-top", outcome) == "10px")
        #expect(outcome.report.score.total > outcome.draft.total + 0.01)
    }

    @Test func aPageLikeItsDesignIsLeftAlone() async throws {
        let outcome = try await repair([])
        #expect(outcome.project["index.html"] == Array(Self.page.utf8))
        #expect(outcome.draft.total == 1)
        #expect(outcome.steps.isEmpty)
    }

    @Test func aPictureOfTheDesignComesIntoTheProject() async throws {
        let colours = ["red", "yellow", "lime", "aqua", "blue", "magenta", "black"].enumerated()
            .map { "\($1) \($0)px \($0 + 1)px" }.joined(separator: ", ")
        let photo = "<div style=\"height: 80px; background: repeating-linear-gradient(30deg, \(colours))\"></div>"
        let outcome = try await repair(
            [("<h1>", "<div style=\"height: 80px; background: #cbd5e1\"></div><h1>")], by: [ImageRepair()],
            design: Self.page.replacing("<h1>", with: photo + "<h1>"))
        #expect(outcome.project.files.map(\.path).dropFirst().allSatisfy { $0.hasPrefix("assets/picture-") })
        #expect(outcome.project.files.count == 2, "\(outcome.steps.map { ($0.change, $0.reason ?? "kept") })")
        #expect(outcome.steps.contains { $0.repair == "images" && $0.outcome == .kept })
    }
}

private enum Browser {
    static let isThere = (try? Renderer()) != nil
}
