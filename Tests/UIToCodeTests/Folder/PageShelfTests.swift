// Pages on disk: what is put comes back, what is half there does not, and the key changes with whatever decides a page.
import Foundation
import Inference
import Media
import Render
import Support
import Testing

@testable import UIToCode

@Suite struct PageShelfTests {
    private let folder: TemporaryDirectory
    private let shelf: PageShelf

    init() throws {
        folder = try TemporaryDirectory()
        shelf = try PageShelf(folder: folder.file("deep/shelf"))
    }

    private func finished(
        _ body: String = "blue", measured: Bool = true, width: Int = 64, height: Int = 48
    ) async throws -> FinishedPage {
        let design = Design(name: "home", image: Image(width: width, height: height, fill: PaintingRenderer.blue))
        var (project, report) = try await Convert(
            engine: PageEngine { _ in .page("<p>\(body)</p>") }, renderer: measured ? PaintingRenderer() : nil,
            options: FolderBench.convert
        ).run(design)
        try project.add([1, 2, 3], at: "assets/picture-0-0.png")
        if measured {
            report.elements = [
                ElementBox(
                    selector: "body", tag: "body", classes: ["page"], box: Box(x: 0, y: 0.5, width: 960, height: 600),
                    style: ["display": "grid"]),
                ElementBox(
                    selector: "body > p", tag: "p", box: Box(x: 8, y: 8, width: .infinity, height: 20), parent: "body"),
            ]
        }
        return try FinishedPage(design, project, report)
    }

    @Test func whatIsPutComesBack() async throws {
        let page = try await finished()
        try shelf.put(page, "k")
        let shelved = try #require(shelf.page("k"))
        #expect(shelved.facts == page.facts)
        #expect(try shelved.project() == page.project)
        #expect(try shelved.shownElements() == page.elements && page.elements.count == 2)
        #expect(try shelved.smallPicture() == page.thumbnail)
        #expect(try shelved.receiptFile(.page) == page.receipt?.contents[.page])
        #expect(try shelved.receiptFile(.draft) == nil)
        #expect(shelved.facts.paths == ["index.html", "assets/picture-0-0.png"])
        #expect(shelved.facts.width == 64 && (shelved.facts.score ?? 0) > 0.5)
    }

    @Test(arguments: [(960, 600, 480, 300), (300, 1200, 120, 480), (64, 48, 64, 48), (2000, 1, 480, 1)])
    func thumbnailsAreNoLargerThanTheyNeed(width: Int, height: Int, smallWidth: Int, smallHeight: Int) async throws {
        let page = try await finished(measured: false, width: width, height: height)
        let thumbnail = try Image.decode(page.thumbnail, name: "thumbnail")
        #expect(thumbnail.width == smallWidth && thumbnail.height == smallHeight)
    }

    @Test func anUnmeasuredPageHasNoReceipt() async throws {
        try shelf.put(try await finished(measured: false), "k")
        let shelved = try #require(shelf.page("k"))
        #expect(shelved.facts.score == nil && shelved.facts.receipt.isEmpty)
        #expect(try shelved.shownElements().isEmpty && shelved.receiptFile(.page) == nil)
    }

    @Test func aPageTakesThePlaceOfTheOneBefore() async throws {
        try shelf.put(try await finished("blue"), "k")
        try shelf.put(try await finished("grey"), "k")
        let page = try #require(try shelf.page("k")?.project()["index.html"])
        #expect(String(decoding: page, as: UTF8.self).contains("grey"))
    }

    @Test func whatIsHalfThereIsNoPage() async throws {
        try shelf.put(try await finished(), "k")
        try folder.remove("deep/shelf/pages/k/page.json")
        #expect(shelf.page("k") == nil)
        try folder.write(Data("{".utf8), to: "deep/shelf/pages/k/page.json")
        #expect(shelf.page("k") == nil)
        try shelf.put(try await finished(), "k")
        #expect(shelf.page("k") != nil)
    }

    @Test func failuresAreKeptUntilAPageComes() async throws {
        #expect(shelf.failure("k") == nil)
        try shelf.putFailure("damaged PNG: it ends early", "k")
        #expect(shelf.failure("k") == "damaged PNG: it ends early")
        #expect(try PageShelf(folder: folder.file("deep/shelf")).failure("k") != nil)
        try shelf.put(try await finished(), "k")
        #expect(shelf.failure("k") == nil)
    }

    @Test func sweepingLeavesWhatIsWanted() async throws {
        for key in ["a", "b"] { try shelf.put(try await finished(), key) }
        for key in ["c", "d"] { try shelf.putFailure("no", key) }
        try FileManager.default.createDirectory(
            atPath: folder.file("deep/shelf/pages/.bottega-7-x"), withIntermediateDirectories: false)
        shelf.sweep(keeping: ["a", "c"])
        #expect(shelf.page("a") != nil && shelf.page("b") == nil)
        #expect(shelf.failure("c") != nil && shelf.failure("d") == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("deep/shelf/pages")) == ["a"])
    }

    @Test func everythingThatDecidesAPageIsInItsKey() {
        let bytes: [UInt8] = [1, 2, 3]
        let engine = PageEngine().abilities
        func key(
            _ bytes: [UInt8] = bytes, name: String = "home", isMeasured: Bool = true, engine: Abilities = engine,
            _ change: (inout ConvertOptions) -> Void = { _ in }
        ) -> String {
            var options = ConvertOptions()
            change(&options)
            return PageShelf.key(bytes: bytes, name: name, options: options, engine: engine, isMeasured: isMeasured)
        }
        var (other, styled) = (engine, engine)
        other.modelName = "other"
        styled.dialect = Dialect(stylesheet: ".row{}")
        let keys = [
            key(), key([1, 2, 4]), key([1, 2]), key(name: "hom"), key(isMeasured: false), key(engine: other),
            key(engine: styled),
            key { $0.sampling.temperature = 0.5 }, key { $0.sampling.seed = 3 }, key { $0.maxTokens = 9 },
            key { $0.attempts = 2 }, key { $0.repair = nil }, key { $0.repair?.rounds = 1 },
            key { $0.budgetSeconds = 3 },
        ]
        #expect(Set(keys).count == keys.count)
        #expect(key() == keys[0] && key().count == 64 && key().allSatisfy { $0.isHexDigit })
    }
}
