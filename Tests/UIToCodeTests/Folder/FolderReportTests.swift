// What the reports of a folder say, for people and for machines.
import Foundation
import Render
import Support
import Testing

@testable import UIToCode

@Suite struct FolderReportTests {
    private let bench: FolderBench

    init() throws { bench = try FolderBench() }

    // A report with everything in it.
    private func folder(hostile: String = "") async throws -> FolderReport {
        let shelf = try PageShelf(folder: bench.path + "/shelf")
        for name in ["shop/1.png", "shop/2.png"] { try bench.put(name) }
        let designs = try FolderListing.designs(in: bench.path + "/designs")
        var facts: [String: ShelvedPage] = [:]
        var items = [
            BatchItem(path: "broken\(hostile).png", state: .failed, failure: "damaged PNG: \(hostile)it ends early")
        ]
        var made = MadeProject()
        for (index, design) in designs.enumerated() {
            let picture = try Design.read(path: design.file)
            let (project, report) = try await Convert(
                engine: PageEngine(), renderer: PaintingRenderer(), options: FolderBench.convert
            ).run(picture)
            try shelf.put(FinishedPage(picture, project, report), "\(index)")
            facts[design.path] = shelf.page("\(index)")
            items.append(BatchItem(path: design.path, state: .done, score: 0.91234, seconds: 2.5, isKept: index == 0))
            let slug = "shop-\(index + 1)"
            try made.files.add(project.files[0].bytes, at: "pages/\(slug).html")
            made.pages.append(
                MadeProject.Page(
                    design: design.path, slug: slug, path: "pages/\(slug).html", shown: "pages/\(slug).html"))
        }
        made.components = [
            MadeProject.Component(
                name: "NavBar\(hostile)", properties: ["label"], uses: 4, isGiven: false,
                designs: designs.map(\.path))
        ]
        made.tokens = [
            DesignToken(name: "color-ink", kind: .colour, value: "#0f172a", uses: 12),
            DesignToken(name: "space-2", kind: .space, value: "8px\(hostile)", uses: 3),
        ]
        made.consistencyBefore = 0.61
        made.consistency = 0.97
        return FolderReport(
            name: "designs\(hostile)", items: items, stack: "html", made: made, facts: facts,
            shownScores: ["shop/1.png": 0.91, "shop/2.png": 0.9121],
            losses: [FolderReport.Loss(design: "shop/2.png", own: 0.9123, shared: 0.7)])
    }

    @Test func machinesGetEverything() async throws {
        let folder = try await folder()
        let object = try JSONSerialization.jsonObject(with: Data(FolderReportJSON.text(folder).utf8))
        let json = try #require(object as? [String: Any])
        #expect(json["schema"] as? String == "bottega.folder/1" && json["name"] as? String == "designs")
        #expect(json["files"] as? [String] == folder.report.files && json["entry"] as? String == "index.html")
        let pages = try #require(json["pages"] as? [[String: Any]])
        #expect(pages.map { $0["design"] as? String } == ["shop/1.png", "shop/2.png"])
        #expect(pages[0]["score"] as? Double == 0.9123 && pages[0]["project_score"] as? Double == 0.91)
        #expect(pages[0]["page"] as? String == "pages/shop-1.html" && pages[0]["is_kept"] as? Bool == true)
        #expect(pages[0]["receipt"] as? String == "receipts/shop-1/report.html")
        #expect(pages[0]["thumbnail"] as? String == "thumbnails/shop-1.png")
        #expect(pages[0]["width"] as? Int == 64 && pages[1]["keeps_own_code"] as? Bool == true)
        let failures = try #require(json["failures"] as? [[String: String]])
        #expect(failures == [["design": "broken.png", "reason": "damaged PNG: it ends early"]])
        let components = try #require(json["components"] as? [[String: Any]])
        #expect(components[0]["name"] as? String == "NavBar" && components[0]["uses"] as? Int == 4)
        #expect(components[0]["designs"] as? [String] == ["shop/1.png", "shop/2.png"])
        let consistency = try #require(json["consistency"] as? [String: Double])
        #expect(consistency == ["before": 0.61, "after": 0.97])
        #expect((json["tokens"] as? [[String: Any]])?.count == 2)
    }

    @Test func peopleGetEverything() async throws {
        let page = FolderReportPage.html(try await folder())
        let parts = [
            "<td class=\"value\">0.970<small class=\"gain\">+0.360</small>", "0.610 as the pages were converted",
            "1 design failed", "broken.png", "damaged PNG: it ends early", "2 pages", "./pages/shop-1.html",
            "./receipts/shop-1/report.html", "./thumbnails/shop-2.png", "1 page keeps its own code", "1 component",
            "NavBar", "color-ink", "fill=\"#0f172a\"", "space-2", "12 ×", "1 from earlier runs", "In the project",
        ]
        for part in parts { #expect(page.contains(part), "\(part)") }
    }

    @Test func theIndexLeadsToEveryPageAndTellsWhatFailed() async throws {
        let page = FolderIndexPage.html(try await folder())
        let parts = [
            "href=\"./pages/shop-1.html\"", "src=\"./thumbnails/shop-1.png\"", "0.912", "./receipts/shop-2/report.html",
            "href=\"./report.html\"", "damaged PNG: it ends early", "data-value=\"shop\"", "3 designs",
        ]
        for part in parts { #expect(page.contains(part), "\(part)") }
    }

    @Test func wordsOfDesignsAndModelsStayWords() async throws {
        let hostile = #""><script>alert(1)</script><img src=x onerror=alert(1)>"#
        let folder = try await folder(hostile: hostile)
        for page in [FolderIndexPage.html(folder), FolderReportPage.html(folder)] {
            #expect(page.contains("alert(1)"))
            #expect(!page.contains("<script>") && !page.contains("<img src=x"))
            #expect(page.components(separatedBy: "<script").count == 2)
        }
    }

    @Test func everyFileIsListedOnceAndTheReportIsTheLast() async throws {
        let folder = try await folder()
        let files = folder.outputFiles().map(\.path)
        #expect(files == folder.report.files && Set(files).count == files.count && files.last == "report.json")
        #expect(folder.report.items.map(\.page) == [nil, "pages/shop-1.html", "pages/shop-2.html"])
        #expect(folder.report.components == 1 && folder.report.tokens == 2 && folder.report.consistency == 0.97)
    }

    @Test func aProjectWithAnIndexOfItsOwnKeepsIt() async throws {
        var made = MadeProject()
        try made.files.add([1], at: "index.html")
        let folder = FolderReport(name: "d", items: [], stack: "react", made: made, facts: [:])
        #expect(folder.report.entry == "overview.html")
        #expect(folder.outputFiles().map(\.path) == ["index.html", "overview.html", "report.html", "report.json"])
    }
}
