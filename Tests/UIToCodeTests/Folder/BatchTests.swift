// A folder's way into one project: what is converted, what is kept, what fails, and what a run that ends early leaves.
import Foundation
import Inference
import Media
import Render
import Support
import Synchronization
import Testing

@testable import UIToCode

@Suite struct BatchTests {
    private let bench: FolderBench
    private let engine = PageEngine()

    init() throws { bench = try FolderBench() }

    private static func isRed(_ image: Image) -> Bool { image.pixels[0] > 150 }

    // MARK: One project

    @Test func aFolderBecomesOneProject() async throws {
        try bench.put("sign in.png")
        try bench.put("shop/1.png", (10, 60, 190))
        try bench.put("shop/deep/2.png", (20, 50, 180))
        try bench.put("broken.png", bytes: Array("no picture".utf8))
        let report = try await bench.run(engine)
        #expect(report.items.map(\.path) == ["broken.png", "sign in.png", "shop/1.png", "shop/deep/2.png"])
        #expect(report.items.map(\.state) == [.failed, .done, .done, .done])
        #expect(report.items[0].failure?.hasPrefix("not a PNG, JPEG") == true)
        #expect(
            report.items.map(\.page) == [nil, "pages/sign-in.html", "pages/shop-1.html", "pages/shop-deep-2.html"])
        #expect(report.items.dropFirst().allSatisfy { !$0.isKept && ($0.score ?? 0) > 0.5 && $0.seconds > 0 })
        #expect(report.failedCount == 1 && report.stack == "html" && report.entry == "index.html")
        #expect(Set(report.files) == Set(bench.files) && report.files.last == "report.json")
        for item in report.items where item.state == .done {
            #expect(bench.text(item.page ?? "")?.contains("blue") == true)
            #expect(bench.text(item.receipt ?? "")?.contains("<html") == true)
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: bench.output + "/.bottega").contains("new") == false)
    }

    @Test func withoutARendererPagesAreDraftsWithoutScores() async throws {
        try bench.put("a.png")
        let report = try await bench.run(engine, renderer: nil)
        #expect(report.items[0].state == .done && report.items[0].score == nil && report.items[0].receipt == nil)
        #expect(
            bench.files == [
                "components.js", "index.html", "pages/a.html", "report.html", "report.json", "styles.css",
                "thumbnails/a.png", "tokens.json",
            ])
    }

    @Test func aDesignIsCalledByItsPathWhateverItsFileIs() async throws {
        try bench.put("0a1b2c")
        try bench.put("3d4e5f", bytes: Array("no picture".utf8))
        let files = ["0a1b2c", "3d4e5f"].map { bench.path + "/designs/" + $0 }
        let designs = [
            BatchDesign(path: "shop/Home page.png", file: files[0]), BatchDesign(path: "shop/b.png", file: files[1]),
        ]
        let report = try await Batch(
            engine: engine, renderer: nil, options: BatchOptions(convert: FolderBench.convert)
        ).run(designs, name: "d", shelf: bench.shelf, output: bench.output) { _ in }
        #expect(report.items.map(\.page) == ["pages/shop-home-page.html", nil])
        #expect(report.items[1].failure?.hasPrefix("not a PNG, JPEG") == true)
        #expect(bench.text("pages/shop-home-page.html")?.contains("0a1b2c") == false)
    }

    @Test func nothingButFailuresGivesAReportAndNoPages() async throws {
        try bench.put("broken.png", bytes: [1, 2, 3])
        let report = try await bench.run(engine)
        #expect(report.failedCount == 1 && bench.files == ["index.html", "report.html", "report.json"])
        #expect(bench.text("report.html")?.contains("broken.png") == true)
    }

    // MARK: Later runs

    @Test func aSecondRunConvertsWhatChangedAndNothingElse() async throws {
        for name in ["a", "b", "c"] { try bench.put("\(name).png") }
        _ = try await bench.run(engine)
        #expect(engine.asked == 3)
        let second = try await bench.run(engine)
        #expect(engine.asked == 3 && second.items.allSatisfy { $0.isKept && $0.state == .done })
        try bench.put("b.png", (30, 60, 200))
        let third = try await bench.run(engine)
        #expect(engine.asked == 4 && third.items.map(\.isKept) == [true, false, true])
    }

    @Test func otherOptionsOrAnotherModelAreOtherPages() async throws {
        try bench.put("a.png")
        _ = try await bench.run(engine)
        var convert = FolderBench.convert
        convert.maxTokens = 5
        let other = try await bench.run(engine, options: BatchOptions(convert: convert))
        #expect(engine.asked == 2 && other.items[0].isKept == false)
        let stranger = PageEngine(model: "stranger")
        _ = try await bench.run(stranger, options: BatchOptions(convert: convert))
        #expect(stranger.asked == 1)
    }

    @Test func pagesOfRemovedDesignsDisappearAndOtherPeoplesFilesStay() async throws {
        try bench.put("a.png")
        try bench.put("old/b.png", (1, 2, 230))
        _ = try await bench.run(engine)
        #expect(bench.files.contains("pages/old-b.html"))
        try Data("mine".utf8).write(to: URL(filePath: bench.output + "/pages/notes.txt"))
        try bench.remove("old")
        let report = try await bench.run(engine)
        #expect(bench.files.sorted() == (report.files + ["pages/notes.txt"]).sorted())
        #expect(!bench.files.contains { $0.contains("old-b") })
        #expect(!FileManager.default.fileExists(atPath: bench.output + "/receipts/old-b"))
        let shelved = try FileManager.default.contentsOfDirectory(atPath: bench.output + "/.bottega/pages")
        #expect(shelved.count == 1)
    }

    @Test func failuresAreRememberedUntilTheyAreToBeTriedAgain() async throws {
        try bench.put("a.png")
        try bench.put("b.png", (200, 0, 0))
        let picky = PageEngine { Self.isRed($0) ? .page("") : .page("<p>blue</p>") }
        let first = try await bench.run(picky)
        #expect(first.items.map(\.state) == [.done, .failed] && first.items[1].failure == "pages wrote a blank page")
        let second = try await bench.run(picky)
        #expect(picky.asked == 2 && second.items[1].state == .failed && second.items[1].isKept)
        #expect(second.items[1].failure == first.items[1].failure)
        let again = BatchOptions(convert: FolderBench.convert, retriesFailed: true)
        let third = try await bench.run(PageEngine(model: "pages"), options: again)
        #expect(third.items.map(\.state) == [.done, .done] && third.items.map(\.isKept) == [true, false])
        let fourth = try await bench.run(picky)
        #expect(picky.asked == 2 && fourth.items.map(\.state) == [.done, .done])
    }

    @Test func pagesThatCouldNotBeMeasuredAreTriedAgainWithTheFailures() async throws {
        try bench.put("a.png")
        let first = try await bench.run(engine, renderer: PaintingRenderer(fault: .browserDied))
        #expect(first.items[0].state == .done && first.items[0].score == nil)
        let second = try await bench.run(engine)
        #expect(second.items[0].isKept && second.items[0].score == nil)
        let third = try await bench.run(
            engine, options: BatchOptions(convert: FolderBench.convert, retriesFailed: true))
        #expect(third.items[0].score != nil && engine.asked == 2)
    }

    // MARK: Ends that come early

    @Test func aRunThatWasCancelledGoesOnWhereItStopped() async throws {
        for name in ["a", "b", "c", "d"] { try bench.put("\(name).png") }
        try bench.put("c.png", (220, 0, 0))
        let stuck = PageEngine { Self.isRed($0) ? .never : .page("<p>blue</p>") }
        let settled = AsyncStream<Int>.makeStream()
        let (bench, options) = (bench, BatchOptions(convert: FolderBench.convert, inFlight: 1))
        let task = Task {
            try await bench.run(stuck, options: options) { event in
                if case .item(let index, _, _) = event { settled.continuation.yield(index) }
            }
        }
        var count = 0
        for await _ in settled.stream {
            count += 1
            if count == 2 { break }
        }
        task.cancel()
        await #expect(throws: BatchError.cancelled) { _ = try await task.value }
        #expect(bench.files.isEmpty)
        let report = try await bench.run(engine)
        #expect(engine.asked == 2 && report.items.map(\.isKept) == [true, true, false, false])
        #expect(report.failedCount == 0)
    }

    @Test func anEngineThatIsGoneStopsTheBatchAndKeepsWhatIsDone() async throws {
        for name in ["a", "b", "c", "d"] { try bench.put("\(name).png") }
        try bench.put("c.png", (220, 0, 0))
        let gone = EngineError.unavailable("http://gpu-1:8000 does not answer")
        let failing = PageEngine { Self.isRed($0) ? .failure(gone) : .page("<p>blue</p>") }
        let options = BatchOptions(convert: FolderBench.convert, inFlight: 1)
        await #expect(throws: BatchError.engine(gone)) { _ = try await bench.run(failing, options: options) }
        #expect(failing.asked == 3)
        let report = try await bench.run(engine, options: options)
        #expect(engine.asked == 2 && report.failedCount == 0)
    }

    @Test func halfAPageOnTheShelfIsNoPage() async throws {
        try bench.put("a.png")
        try bench.put("b.png", (1, 1, 220))
        _ = try await bench.run(engine)
        let pages = bench.output + "/.bottega/pages/"
        let victim = try #require(try FileManager.default.contentsOfDirectory(atPath: pages).sorted().first)
        try FileManager.default.moveItem(atPath: pages + victim, toPath: pages + ".bottega-1-half")
        let report = try await bench.run(engine)
        #expect(engine.asked == 3 && report.failedCount == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: pages).count == 2)
    }

    // MARK: Side by side

    @Test(arguments: [1, 3])
    func asManyDesignsAreInFlightAsWereWanted(count: Int) async throws {
        for number in 0..<9 { try bench.put("\(number).png", (UInt8(number), 60, 200)) }
        let report = try await bench.run(
            engine, options: BatchOptions(convert: FolderBench.convert, inFlight: count))
        #expect(engine.most == count && report.failedCount == 0 && engine.asked == 9)
    }

    @Test func designsThatAreTheSameAreConvertedOnce() async throws {
        for folder in ["x", "y", "z"] { try bench.put("\(folder)/home.png") }
        let report = try await bench.run(
            engine, options: BatchOptions(convert: FolderBench.convert, inFlight: 1))
        #expect(engine.asked == 1)
        #expect(report.items.map(\.page) == ["pages/x-home.html", "pages/y-home.html", "pages/z-home.html"])
    }

    @Test func aFolderHasOneBatchAtATime() async throws {
        try bench.put("a.png")
        let first = try BatchOutput(folder: bench.output, replaces: false)
        await #expect(throws: BatchError.busy(folder: bench.output)) { _ = try await bench.run(engine) }
        #expect(engine.asked == 0)
        withExtendedLifetime(first) {}
    }

    // MARK: Telling

    @Test func whatHappensIsToldInOrder() async throws {
        for name in ["a", "b", "c"] { try bench.put("\(name).png") }
        try bench.put("broken.png", bytes: [])
        let told = Mutex<[String]>([])
        let left = Mutex<[Double?]>([])
        _ = try await bench.run(engine, options: BatchOptions(convert: FolderBench.convert, inFlight: 1)) { event in
            switch event {
            case .began(let items): told.withLock { $0.append("began \(items.map(\.state.rawValue))") }
            case .design(let index, .decoded): told.withLock { $0.append("decoded \(index)") }
            case .design: break
            case .item(let index, let item, let seconds):
                told.withLock { $0.append("\(item.state.rawValue) \(index)") }
                left.withLock { $0.append(seconds) }
            case .sharing: told.withLock { $0.append("sharing") }
            case .finished(let report): told.withLock { $0.append("finished \(report.files.count > 0)") }
            }
        }
        #expect(
            told.withLock { $0 } == [
                "began [\"waiting\", \"waiting\", \"waiting\", \"waiting\"]", "decoded 0", "done 0", "decoded 1",
                "done 1", "failed 2", "decoded 3", "done 3", "sharing", "finished true",
            ])
        let seconds = left.withLock { $0 }
        #expect(seconds.count == 4 && seconds.allSatisfy { $0 != nil } && seconds[3] == 0)
    }

    @Test func theRestTakesAsLongAsWhatWasDone() {
        var time = RemainingTime(waiting: 9, inFlight: 2)
        #expect(time.seconds == nil)
        time.settle(seconds: nil)
        #expect(time.seconds == nil)
        time.settle(seconds: 10)
        // Seven are left, two of them half done: six times ten seconds, two at a time.
        #expect(time.seconds == 30)
        time.settle(seconds: 20)
        #expect(time.seconds == 37.5)
        for _ in 0..<5 { time.settle(seconds: 15) }
        // The last one is half done.
        #expect(time.seconds == 7.5)
        time.settle(seconds: 15)
        #expect(time.seconds == 0)
    }

    // MARK: Sharing

    @Test func aPageThatLosesBySharingKeepsItsOwnCode() async throws {
        try bench.put("a.png")
        try bench.put("b.png", (21, 60, 200))
        let report = try await bench.run(engine, maker: SpoilingMaker(spoilt: "b.png"))
        #expect(bench.text("pages/a.html")?.contains("shared") == true)
        #expect(bench.text("pages/b.html")?.contains("shared") == false)
        let json = try JSONSerialization.jsonObject(with: Data((bench.text("report.json") ?? "").utf8))
        let pages = try #require((json as? [String: Any])?["pages"] as? [[String: Any]])
        #expect(pages.map { $0["keeps_own_code"] as? Bool } == [false, true])
        #expect(pages.allSatisfy { $0["project_score"] as? Double == $0["score"] as? Double })
        #expect(bench.text("report.html")?.contains("1 page keeps its own code") == true)
        #expect(report.failedCount == 0)
    }

    @Test func pagesThatAreShownAsBeforeAreNotShownAgain() async throws {
        for name in ["a", "b", "c"] { try bench.put("\(name).png") }
        let renderer = CountingRenderer()
        let maker = SpoilingMaker(spoilt: "b.png")
        _ = try await bench.run(engine, renderer: renderer, maker: maker)
        // Three twice as they were converted, three in the project, one of them once more with its own code.
        #expect(renderer.count == 10)
        _ = try await bench.run(engine, renderer: renderer, maker: maker)
        #expect(renderer.count == 10)
        try bench.put("c.png", (21, 60, 200))
        _ = try await bench.run(engine, renderer: renderer, maker: maker)
        #expect(renderer.count == 13)
    }
}

/// Counts what it paints.
private final class CountingRenderer: PageRendering {
    private let shown = Mutex(0)

    var count: Int { shown.withLock { $0 } }

    func render(_ page: PageFiles, viewport: Viewport) async throws(RenderError) -> Screenshot {
        shown.withLock { $0 += 1 }
        return try await PaintingRenderer().render(page, viewport: viewport)
    }
}

/// Pages as they are with a word more; one of them turns red.
private struct SpoilingMaker: ProjectMaking {
    let spoilt: String
    let changesPages = true

    func project(
        of pages: [ProjectPage], named name: String, careful: Set<String>, apart: Set<String>
    ) async throws(BatchError) -> MadeProject {
        var made = MadeProject()
        do {
            for page in pages {
                let slug = Design.stem(of: page.design.path)
                var text = String(decoding: try page.page.project().files[0].bytes, as: UTF8.self)
                if !apart.contains(page.design.path) {
                    text += "<!-- shared -->"
                    if page.design.path == spoilt { text = text.replacing("blue", with: "red") }
                }
                let path = "pages/\(slug).html"
                try made.files.add(Array(text.utf8), at: path)
                made.pages.append(MadeProject.Page(design: page.design.path, slug: slug, path: path, shown: path))
            }
        } catch {
            throw .project(error)
        }
        return made
    }
}
