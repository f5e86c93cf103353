// `report.json` of a folder: what the report for people says, for machines. Keys are in snake case and sorted, scores and
// seconds have four digits. `schema` names the layout.
//
//     {"components": [{"designs": ["shop/1.png", …], "is_given": false, "name": "NavBar", "properties": ["label"], "uses": 6}],
//      "consistency": {"after": 0.97, "before": 0.61}, "entry": "index.html", "failures": [{"design": …, "reason": …}],
//      "files": […], "name": "shots", "pages": [{"design": "shop/1.png", "page": "pages/shop-1.html", "score": 0.91, …}],
//      "schema": "bottega.folder/1", "seconds": 81.4, "stack": "html", "tokens": [{"kind": "color", "name": …}]}
import Foundation
import Render

/// A folder's report as JSON.
enum FolderReportJSON {
    /// What `schema` says.
    static let schema = "bottega.folder/1"

    /// One field a line, with a line break at the end.
    static func text(_ report: FolderReport) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        do { return String(decoding: try encoder.encode(Document(report)), as: UTF8.self) + "\n" } catch {
            preconditionFailure("a report is nothing but texts, finite numbers and lists: \(error)")
        }
    }

    private struct Document: Encodable {
        struct Page: Encodable {
            let design, page: String
            let thumbnail: String
            let receipt: String?
            let score, draftScore, projectScore: Double?
            let keepsOwnCode: Bool
            let width, height: Int
            let seconds: Double
            let isKept, isCut: Bool
            let unmeasured: String?
        }

        struct Failure: Encodable { let design, reason: String }

        struct Component: Encodable {
            let name: String
            let properties: [String]
            let uses: Int
            let isGiven: Bool
            let designs: [String]
        }

        struct Consistency: Encodable { let before, after: Double? }

        let schema = FolderReportJSON.schema
        let name, stack, entry: String
        let seconds: Double
        let pages: [Page]
        let failures: [Failure]
        let components: [Component]
        let tokens: [DesignToken]
        let consistency: Consistency
        let files: [String]

        init(_ folder: FolderReport) {
            let report = folder.report
            name = folder.name
            stack = report.stack
            entry = report.entry
            seconds = report.seconds.rounded4
            let items = Dictionary(report.items.map { ($0.path, $0) }) { first, _ in first }
            let losers = Set(folder.losses.map(\.design))
            pages = folder.made.pages.compactMap { page in
                guard let item = items[page.design], let facts = folder.facts[page.design]?.facts else { return nil }
                return Page(
                    design: page.design, page: page.path, thumbnail: FolderReport.thumbnail(page),
                    receipt: item.receipt, score: item.score?.toldScore,
                    draftScore: facts.draftScore?.toldScore,
                    projectScore: folder.shownScores[page.design]?.toldScore,
                    keepsOwnCode: losers.contains(page.design), width: facts.width, height: facts.height,
                    seconds: item.seconds.rounded4, isKept: item.isKept, isCut: facts.isCut,
                    unmeasured: facts.unmeasured)
            }
            failures = report.items.compactMap { item in
                item.failure.map { Failure(design: item.path, reason: $0) }
            }
            components = folder.made.components.map {
                Component(
                    name: $0.name, properties: $0.properties, uses: $0.uses, isGiven: $0.isGiven, designs: $0.designs)
            }
            tokens = folder.made.tokens
            consistency = Consistency(
                before: report.consistencyBefore?.toldScore, after: report.consistency?.toldScore)
            files = report.files
        }
    }
}
