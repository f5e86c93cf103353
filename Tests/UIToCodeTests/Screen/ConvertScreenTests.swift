// A design through an engine that reads single lines: what it is asked, and what page its answers make.
import Inference
import Media
import Render
import Support
import Synchronization
import Testing

@testable import UIToCode

/// Answers every picture as it was told to, and remembers them.
private final class LineEngine: Engine {
    let abilities: Abilities
    private let answer: @Sendable (Image) -> ScriptedEngine
    private let seen = Mutex<[GenerationRequest]>([])

    init(lineHeight: Int? = 28, answer: @escaping @Sendable (Image) -> ScriptedEngine) {
        abilities = Abilities(
            modelName: "lines", contextTokens: 4096, readsImages: true, readsVideo: false, callsTools: false,
            followsInstructions: false, dialect: Dialect(stylesheet: "body { color: black; }"),
            comfortableSize: PixelSize(width: 300, height: 200), lineHeight: lineHeight)
        self.answer = answer
    }

    var requests: [GenerationRequest] { seen.withLock { $0 } }

    /// The pictures of all requests, each of which holds nothing else.
    var pictures: [Image] {
        requests.compactMap { request in
            let parts = request.conversation.messages.flatMap(\.content)
            guard parts.count == 1, case .image(let image) = parts[0] else { return nil }
            return image
        }
    }

    func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        seen.withLock { $0.append(request) }
        guard case .image(let image) = request.conversation.messages.first?.content.first else {
            return AsyncThrowingStream { $0.finish(throwing: EngineError.unsupported("no picture")) }
        }
        return answer(image).generate(request)
    }
}

/// Shows one picture for every page with a word, and its negative for any other.
private struct KnowingRenderer: PageRendering {
    let word: String
    let image: Image

    func render(_ page: PageFiles, viewport: Viewport) async throws(RenderError) -> Screenshot {
        let text = String(decoding: page.files[page.entry] ?? [], as: UTF8.self)
        let negative = Image(width: image.width, height: image.height, pixels: image.pixels.map { 255 - $0 })
        return Screenshot(image: text.contains(word) ? image : negative, viewport: viewport)
    }
}

@Suite struct ConvertScreenTests {
    private let ink = RGB(17, 24, 39)

    // A page with a header, 18 lines of as many widths, none too wide for one strip, and a cross at the right.
    private var page: DrawnPage {
        var page = DrawnPage(width: 640, height: 480)
        page.fill(PixelRect(x: 0, y: 0, width: 640, height: 48), RGB(15, 23, 42))
        page.text(x: 24, y: 18, width: 170, RGB(255, 255, 255))
        for row in 0..<17 { page.text(x: 24, y: 70 + row * 23, width: 60 + row * 6, ink) }
        page.fill(PixelRect(x: 566, y: 300, width: 4, height: 16), RGB(220, 38, 38))
        page.fill(PixelRect(x: 560, y: 306, width: 16, height: 4), RGB(220, 38, 38))
        return page
    }

    private func design(_ page: DrawnPage) -> Design { Design(name: "shots/large.png", image: page.image) }

    // An engine that reads line 3 of a page as "Line 3" and what is no line as no text.
    private func reader(of page: DrawnPage) -> LineEngine {
        let scan = ScreenScan(page.image)
        let strips = scan.lines.map {
            TextStrip.wholeTokens(TextStrip.image(of: $0.rect, on: $0.ground, in: page.image))
        }
        let numbers = scan.lines.map { line in page.texts.firstIndex { $0.overlaps(line.rect) } }
        return LineEngine { image in
            let number = strips.firstIndex(of: image).flatMap { numbers[$0] }
            guard let number else { return ScriptedEngine(["<body><i></i></body>"]) }
            return ScriptedEngine(["<body><p>Line \(number) &lt;", " here</p></body>"])
        }
    }

    private func html(_ project: Project) -> String { String(decoding: project["index.html"] ?? [], as: UTF8.self) }

    // MARK: What is asked

    @Test func everyLineIsAskedForOnceAsAStrip() async throws {
        let page = page
        let engine = reader(of: page)
        let sampling = Sampling(temperature: 0.5, seed: 9)
        _ = try await Convert(engine: engine, options: ConvertOptions(sampling: sampling)).run(design(page))
        let scan = ScreenScan(page.image)
        #expect(scan.lines.count == page.texts.count + 1)
        let expected = scan.lines.map {
            TextStrip.wholeTokens(TextStrip.image(of: $0.rect, on: $0.ground, in: page.image))
        }
        #expect(engine.pictures.count == engine.requests.count && engine.requests.count == expected.count)
        #expect(engine.pictures.allSatisfy { $0.height == 28 })
        for strip in expected { #expect(engine.pictures.contains(strip)) }
        #expect(engine.requests.allSatisfy { $0.sampling == sampling && !$0.thinking && $0.maxTokens > 12 })
    }

    @Test func aBlankDesignIsNotAskedFor() async throws {
        let engine = LineEngine { _ in ScriptedEngine(["<body><p>What?</p></body>"]) }
        let blank = DrawnPage(width: 640, height: 480, RGB(10, 20, 30))
        let (project, _) = try await Convert(engine: engine).run(design(blank))
        #expect(engine.requests.isEmpty)
        #expect(html(project).contains("background: #0a141e"))
    }

    @Test func aLineInPiecesIsJoinedWithSpaces() async throws {
        var page = DrawnPage(width: 900, height: 300)
        page.text(x: 20, y: 100, width: 840, height: 12, ink)
        let engine = LineEngine { _ in ScriptedEngine(["<body><p>So on.</p></body>"]) }
        let (project, _) = try await Convert(engine: engine).run(design(page))
        let count = engine.requests.count
        #expect(count >= 3)
        #expect(engine.pictures.allSatisfy { $0.height == 28 && $0.width % 28 == 0 })
        #expect(engine.pictures.allSatisfy { $0.width < TextStrip.widest + 44 })
        #expect(html(project).contains(">" + Array(repeating: "So on.", count: count).joined(separator: " ") + "</"))
    }

    // Without knowing its height of lines, a design that is too large is cut into blocks as ever.
    @Test func anEngineThatReadsNoLinesGetsBlocks() async throws {
        let engine = LineEngine(lineHeight: nil) { _ in ScriptedEngine(["<body><p>Block</p></body>"]) }
        var paths: Set<String> = []
        let (project, _) = try await Convert(engine: engine).run(design(page)) { event in
            if case .wrote(let path, _) = event { paths.insert(path) }
        }
        #expect(engine.requests.count > 1 && engine.pictures.count == engine.requests.count)
        #expect(engine.pictures.allSatisfy { $0.height > 28 })
        #expect(paths == Set((1...engine.requests.count).map { "blocks/\($0).html" }))
        #expect(html(project).contains("Block"))
    }

    @Test func anEngineForLinesOfAnotherHeightGetsBlocks() async throws {
        let engine = LineEngine(lineHeight: 32) { _ in ScriptedEngine(["<body><p>Block</p></body>"]) }
        _ = try await Convert(engine: engine).run(design(page))
        #expect(engine.pictures.allSatisfy { $0.height > 32 })
    }

    @Test func aSmallDesignIsReadLineByLineToo() async throws {
        let engine = LineEngine { _ in ScriptedEngine(["<body><p>Words</p></body>"]) }
        let (project, _) = try await Convert(engine: engine).run(smallDesign)
        #expect(engine.pictures.map(\.height) == [28])
        #expect(html(project).contains("Words"))
    }

    // MARK: Which draft is kept

    private var smallDesign: Design {
        var small = DrawnPage(width: 280, height: 190)
        small.text(x: 20, y: 20, width: 100)
        return design(small)
    }

    // The page and the receipt of the small design, which is read as one thing and written as another.
    private func receipt(read: String, written: String, repair: Bool = false) async throws -> (String, Receipt) {
        let engine = LineEngine { ScriptedEngine(["<body><p>\($0.height == 28 ? read : written)</p></body>"]) }
        let options = ConvertOptions(
            attempts: 2, repair: repair ? RepairOptions(rounds: 0, budgetSeconds: 600, modelRounds: 0) : nil)
        let renderer = KnowingRenderer(word: "right", image: smallDesign.image)
        let (project, report) = try await Convert(engine: engine, renderer: renderer, options: options).run(smallDesign)
        return (html(project), try #require(report.receipt))
    }

    @Test(arguments: [true, false])
    func aSmallDesignIsMeasuredFirstThenWritten(repair: Bool) async throws {
        let (page, receipt) = try await receipt(read: "poor", written: "wrong", repair: repair)
        #expect(page.contains("poor"))
        #expect(receipt.attempts.map(\.isMeasured) == [true, false, false])
        #expect(receipt.attempts.map(\.seed) == [0, 0, 1])
        #expect(receipt.attempts.map(\.isChosen) == [true, false, false])
        #expect(receipt.attempts.map(\.temperature)[..<2] == [0, 0] && receipt.attempts[2].temperature >= 0.4)
    }

    @Test func aMeasuredPageThatIsLikeItsDesignIsNotWrittenBesides() async throws {
        let (page, receipt) = try await receipt(read: "right", written: "wrong")
        #expect(page.contains("right"))
        // The second is asked for.
        #expect(receipt.attempts.map(\.isMeasured) == [true, false] && receipt.attempts.map(\.seed) == [0, 1])
    }

    @Test func theWrittenDraftIsKeptWhenItIsNearer() async throws {
        let (page, receipt) = try await receipt(read: "wrong", written: "right")
        #expect(page.contains("right"))
        #expect(receipt.attempts.map(\.isChosen) == [false, true, false])
    }

    @Test func aLargeDesignIsOnlyMeasured() async throws {
        let page = page
        let (_, report) = try await Convert(engine: reader(of: page), renderer: PaintingRenderer()).run(design(page))
        #expect(report.receipt?.attempts.map(\.isMeasured) == [true])
    }

    // MARK: What becomes of answers

    @Test func thePageHoldsWhatWasRead() async throws {
        let page = page
        let (project, report) = try await Convert(engine: reader(of: page)).run(design(page))
        for number in page.texts.indices { #expect(html(project).contains("Line \(number) &lt; here")) }
        #expect(report.files == project.files.map(\.path) && report.finishReason == .stop)
        let count = page.texts.count + 1
        #expect(report.promptTokens == 300 * count && report.completionTokens == 21 * count)
    }

    @Test func whatIsNoTextBecomesAPicture() async throws {
        let page = page
        let (project, _) = try await Convert(engine: reader(of: page)).run(design(page))
        let pictures = project.files.filter { $0.path != "index.html" }
        #expect(pictures.count == 1)
        let file = try #require(pictures.first)
        #expect(html(project).contains("src=\"\(file.path)\""))
        let image = try Image.decode(file.bytes, name: file.path)
        #expect((16...20).contains(image.width) && (16...20).contains(image.height))
        #expect(image.pixels.chunked(by: 3).contains([220, 38, 38]))
    }

    @Test func textsAreToldAsTheyAreRead() async throws {
        let page = page
        var (told, drafts, isFirst) = ([String](), [String](), true)
        let (project, report) = try await Convert(engine: reader(of: page)).run(design(page)) { event in
            switch event {
            case .decoded(let width, let height, _): #expect(isFirst && width == 640 && height == 480)
            case .wrote(_, let text): told.append(text)
            case .draft(_, let html): drafts.append(html)
            case .finished(let finished): #expect(finished.files == ["index.html", "assets/picture-1.png"])
            default: break
            }
            isFirst = false
        }
        #expect(told.sorted() == page.texts.indices.map { "Line \($0) < here\n" }.sorted())
        #expect(drafts == [html(project)])
        #expect(report.files.first == "index.html")
    }

    // MARK: What goes wrong

    @Test func anEnginesFailureIsPassedOn() async {
        let gone = EngineError.unavailable("gone")
        let page = page
        let last = TextStrip.wholeTokens(
            TextStrip.image(of: page.texts[9], on: RGB(255, 255, 255), in: page.image))
        let engine = LineEngine { image in
            image == last ? ScriptedEngine([], ending: .failure(gone)) : ScriptedEngine(["<body><p>Fine</p></body>"])
        }
        await #expect(throws: ConvertError.engine(gone)) { try await Convert(engine: engine).run(design(page)) }
    }

    @Test func anAnswerThatWasCancelledMakesNoProject() async {
        for ending in [ScriptedEngine.Ending.silence, .failure(CancellationError())] {
            let engine = LineEngine { _ in ScriptedEngine(["<body><p>One</p></body>"], ending: ending) }
            await #expect(throws: ConvertError.cancelled) { try await Convert(engine: engine).run(design(page)) }
        }
    }

    @Test func cancellingTheTaskStopsTheEngine() async {
        let engine = LineEngine { _ in ScriptedEngine(["<body><p>One"], ending: .never) }
        let design = design(page)
        let task = Task { try await Convert(engine: engine).run(design).report }
        while engine.requests.isEmpty { await Task.yield() }
        task.cancel()
        await #expect(throws: ConvertError.cancelled) { try await task.value }
    }
}

@Suite struct LineReadingTests {
    @Test(arguments: [
        ("<body><p>Sign in</p></body>", LineReading.text("Sign in", isBold: false)),
        ("<body><b>Sign in</b></body>", .text("Sign in", isBold: true)),
        ("<body><i></i></body>", .nothing),
        ("<body><p>  a &lt;  b &amp; c\n</p></body>", .text("a < b & c", isBold: false)),
        ("<body><p>Cut off he", .text("Cut off he", isBold: false)),
        ("<body><b>Cut", .text("Cut", isBold: true)),
        ("Words alone", .text("Words alone", isBold: false)),
        ("<body><p></p></body>", .nothing),
        ("<body><p> \n </p></body>", .nothing),
        ("", .nothing),
    ])
    func anAnswerIsReadAsItsOneElementSays(answer: String, reading: LineReading) {
        #expect(LineReading(answer: answer) == reading)
    }

    @Test func piecesAreJoinedWithSpacesWhereWordsStart() {
        let (plain, bold) = (LineReading.text("plain words", isBold: false), LineReading.text("bold", isBold: true))
        func joined(_ parts: LineReading...) -> LineReading { LineReading(parts: parts.map { ($0, true) }) }
        #expect(joined(plain, bold) == .text("plain words bold", isBold: false))
        #expect(joined(bold, .nothing, bold) == .text("bold bold", isBold: true))
        #expect(joined(bold) == bold)
        #expect(joined(.nothing, .nothing) == .nothing)
        #expect(LineReading(parts: []) == .nothing)
        #expect(
            LineReading(parts: [(.text("example", isBold: false), true), (.text(".org", isBold: false), false)])
                == .text("example.org", isBold: false))
    }

    @Test(arguments: [6, 12, 18])
    func aWideLineIsCutBetweenItsWordsIntoPiecesThatAreReadWell(height: Int) throws {
        var page = DrawnPage(width: 1600, height: 120)
        page.text(x: 20, y: 30, width: 1500, height: height)
        let scan = ScreenScan(page.image)
        try #require(scan.lines.count == 1)
        let line = scan.lines[0]
        let parts = line.parts
        #expect(parts.count > 1)
        #expect(parts.first?.xs.lowerBound == line.rect.xs.lowerBound)
        #expect(parts.last?.xs.upperBound == line.rect.xs.upperBound)
        for part in parts {
            #expect(part.ys == line.rect.ys && line.rect.contains(part))
            let strip = TextStrip.image(of: part, on: line.ground, in: page.image)
            #expect(strip.height == TextStrip.height && strip.width <= TextStrip.widest + 16)
        }
        for (before, after) in zip(parts, parts.dropFirst()) {
            #expect(after.xs.lowerBound - before.xs.upperBound > height / 6)
        }
        for piece in line.pieces { #expect(parts.count { $0.xs.contains(piece.left) } == 1) }
    }

    private func marks(_ count: Int, width: Int, pitch: Int, height: Int? = nil) -> InkLine {
        let pieces = (0..<count).map { number in
            let left = 10 + number * pitch
            return InkBlob(
                left: left, top: 10, right: left + width, bottom: 10 + (height ?? width), count: width * width,
                ground: 0)
        }
        return InkLine(
            rect: PixelRect(xs: 10..<10 + count * pitch, ys: 10..<10 + (height ?? width)), ground: RGB(255, 255, 255),
            colour: RGB(0, 0, 0), pieces: pieces)
    }

    @Test func evenMarksAreAPassword() {
        #expect(marks(8, width: 6, pitch: 8).mask == "********")
        #expect(marks(6, width: 5, pitch: 9).mask == "••••••")
        #expect(marks(3, width: 6, pitch: 8).mask == nil)
        #expect(marks(8, width: 2, pitch: 4, height: 9).mask == nil)
        #expect(marks(8, width: 6, pitch: 40).mask == nil)
    }

    @Test func aNarrowLineIsOnePart() throws {
        var page = DrawnPage(width: 400, height: 60)
        page.text(x: 20, y: 20, width: 100)
        let line = try #require(ScreenScan(page.image).lines.first)
        #expect(line.parts == [line.rect])
    }

    @Test func inkThatHangsTogetherIsNotCut() {
        let pieces = [InkBlob(left: 0, top: 0, right: 2000, bottom: 10, count: 9000, ground: 0)]
        let line = InkLine(
            rect: PixelRect(x: 0, y: 0, width: 2000, height: 10), ground: RGB(255, 255, 255), colour: RGB(0, 0, 0),
            pieces: pieces)
        #expect(line.parts == [line.rect])
    }
}

extension [UInt8] {
    // Its bytes in pieces of some length.
    fileprivate func chunked(by length: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: length).map { Array(self[$0..<Swift.min(count, $0 + length)]) }
    }
}
