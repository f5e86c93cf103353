// A renderer without a browser: a page is one paragraph that says what it scores, `0.5 position=0.9`.
import Foundation
import Media
import Render
import Synchronization

@testable import UIToCode

/// Shows the paragraph as the page's title, and counts.
final class ScoredPages: PageRendering {
    private let shown = Mutex<[String]>([])
    private let fault: @Sendable (String) -> RenderError?

    /// - Parameter fault: what goes wrong with a page of these words; nil for nothing.
    init(fault: @escaping @Sendable (String) -> RenderError? = { _ in nil }) { self.fault = fault }

    /// The words of the pages that were asked for, in order.
    var pages: [String] { shown.withLock { $0 } }

    func render(_ page: PageFiles, viewport: Viewport) async throws(RenderError) -> Screenshot {
        let text = String(decoding: page.files[page.entry] ?? [], as: UTF8.self)
        let words = String(text.components(separatedBy: "<p>").last?.components(separatedBy: "</p>").first ?? "")
        shown.withLock { $0.append(words) }
        if let fault = fault(words) { throw fault }
        return Screenshot(
            image: Image(width: 20, height: 20, fill: (255, 255, 255)), viewport: viewport, title: words,
            elements: [
                ElementBox(selector: "body", tag: "body", box: Box(x: 0, y: 0, width: 20, height: 20)),
                ElementBox(
                    selector: "body > p:nth-child(1)", tag: "p", box: Box(x: 0, y: 0, width: 20, height: 5),
                    parent: "body"),
            ])
    }

    /// What a page says it scores.
    static let score: RepairStage.Score = { result, _ in
        FidelityReport.scoring(result.page?.title ?? "")
    }

    /// The white design of all these pages.
    static var design: Sight {
        var design = Sight(
            Screenshot(
                image: Image(width: 20, height: 20, fill: (255, 255, 255)), viewport: Viewport(width: 20, height: 20)))
        design.page = nil
        return design
    }

    /// A project of one page that says what it scores.
    static func project(_ words: String) throws -> Project {
        var project = Project()
        try project.add(Array("<body><p>\(words)</p></body>".utf8), at: "index.html")
        return project
    }
}

extension FidelityScore {
    /// `0.5 position=0.9 text=0.3`: the total, then categories.
    static func scoring(_ words: String) -> FidelityScore {
        let parts = words.split(separator: " ")
        let pairs = parts.dropFirst().map { $0.split(separator: "=") }.map { "\"\($0[0])\": \($0[1])" }
        let json =
            "{" + (["\"total\": \(parts.first ?? "0")", "\"weights\": {}"] + pairs).joined(separator: ", ") + "}"
        do { return try JSONDecoder().decode(Self.self, from: Data(json.utf8)) } catch {
            fatalError("\(json): \(error)")
        }
    }
}

extension FidelityReport {
    /// A report of nothing but a score, written as for `FidelityScore.scoring`.
    static func scoring(_ words: String) -> FidelityReport {
        let json = """
            {"score": {"total": 0, "weights": {}}, "differences": [], "is_estimate": true, "width": 20, "height": 20,
            "mean_colour_difference": 0}
            """
        do {
            var report = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
            report.score = .scoring(words)
            return report
        } catch { fatalError("\(json): \(error)") }
    }
}

/// Proposes what it was told to propose.
struct ScriptedRepair: Repair {
    var name = "scripted"
    var trialLimit = 10
    var script: @Sendable (PageView) -> [Trial]

    func trials(for view: PageView) -> [Trial] { script(view) }

    /// Proposes the same trials whatever the page is.
    init(_ trials: Trial...) { script = { _ in trials } }

    init(script: @escaping @Sendable (PageView) -> [Trial]) { self.script = script }
}

extension Change {
    /// Makes the page say that it scores this.
    static func saying(_ words: String) -> Change {
        Change(words: words, operations: [EditOperation("p", .setText(words))])
    }
}
