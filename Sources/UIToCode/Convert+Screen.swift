// A design, for an engine that reads single lines: what lies where is measured on the picture (`ScreenScan`), the engine
// reads every line, and the page is written from both. Texts are told as they are read, in no order, under a name of
// their own that is no file of the project.
import Inference
import Media
import Render

extension Convert {
    /// Whether designs can be measured and read line by line.
    var readsLines: Bool { engine.abilities.lineHeight == TextStrip.height }

    /// One draft of a design, measured and read; nil when there is too much on the picture for a screen.
    func screen(
        of design: Design, _ sampling: Sampling, _ progress: (ConvertEvent) -> Void
    ) async throws(ConvertError) -> (project: Project, report: ConvertReport)? {
        guard let (screen, report) = try await readScreen(of: design, sampling, progress) else { return nil }
        let project = try screen.project()
        let page = project[StackTemplate.pageName] ?? []
        progress(.draft(path: StackTemplate.pageName, html: String(decoding: page, as: UTF8.self)))
        return (project, report)
    }

    /// What a draft of a design is written from, measured and read; nil when there is too much on the picture for a screen.
    func readScreen(
        of design: Design, _ sampling: Sampling, _ progress: (ConvertEvent) -> Void
    ) async throws(ConvertError) -> (screen: ReadScreen, report: ConvertReport)? {
        guard engine.abilities.readsImages else { throw .engineCannotSee(modelName: engine.abilities.modelName) }
        progress(.decoded(width: design.image.width, height: design.image.height, seconds: design.decodeSeconds))
        let scan = ScreenScan(design.image)
        guard !scan.isCrowded else { return nil }
        var reader = StripReader(design.image, lines: scan.lines, maxTokens: options.maxTokens)
        try await reader.read(with: engine, sampling, progress)
        guard !Task.isCancelled else { throw .cancelled }
        reader.costs.decodeSeconds = design.decodeSeconds
        return (ReadScreen(design: design, scan: scan, readings: reader.readings), reader.costs)
    }
}

/// A design that was measured and read: pages are written from it.
struct ReadScreen {
    let design: Design
    let scan: ScreenScan
    /// One for each of the scan's lines.
    let readings: [LineReading]

    /// Typefaces that the page may be set in, the likeliest first; none for a page without words.
    var typefaces: [Typeface] {
        get throws(ConvertError) { try draft().typefaces }
    }

    /// The page and its pictures.
    ///
    /// - Parameter typeface: that of the page; nil for the likeliest.
    func project(in typeface: Typeface? = nil) throws(ConvertError) -> Project {
        let draft = try draft(in: typeface)
        let page = draft.page(fallbackTitle: design.name)
        var project = Project()
        do throws(ProjectError) {
            try project.add(Array(page.utf8), at: StackTemplate.pageName)
            // The browser draws check marks itself.
            for picture in draft.pictures where page.contains("\"\(picture.path)\"") {
                try project.add(picture.bytes, at: picture.path)
            }
        } catch {
            throw .project(error)
        }
        return project
    }

    private func draft(in typeface: Typeface? = nil) throws(ConvertError) -> ScreenDraft {
        do {
            return try ScreenDraft(design.image, scan: scan, readings: readings, typeface: typeface)
        } catch {
            throw .picture("\(error)")
        }
    }
}

/// Has the lines of a picture read.
struct StripReader {
    /// So many strips are read at a time: enough to fill an engine's batch.
    private static let mostAtATime = 16
    /// What texts are told under while they are read.
    private static let path = "texts.txt"

    /// What the engine was asked costs, without the design's own.
    var costs = ConvertReport()
    private let image: Image
    private let lines: [InkLine]
    private let strips: [Strip]
    // Of an answer.
    private let maxTokens: Int
    // Of every line, a reading for each of its parts.
    private var parts: [[LineReading]]

    // A part of a line, by the number of the line and its own among the parts.
    private struct Strip {
        var line: Int
        var part: Int
        var rect: PixelRect
    }

    private struct Answered {
        var strip: Strip
        var result: Result<(text: String, report: ConvertReport), ConvertError>
    }

    /// - Parameter maxTokens: no answer is longer.
    init(_ image: Image, lines: [InkLine], maxTokens: Int) {
        self.image = image
        self.lines = lines
        self.maxTokens = maxTokens
        parts = lines.map { Array(repeating: .nothing, count: $0.parts.count) }
        strips = lines.enumerated().flatMap { number, line in
            line.parts.enumerated().map { Strip(line: number, part: $0, rect: $1) }
        }.filter { TextStrip.width(of: $0.rect) <= TextStrip.broadest }
    }

    /// One reading for each line.
    var readings: [LineReading] {
        zip(lines, parts).map { line, parts in
            LineReading(parts: Array(zip(parts, line.wordStarts)))
        }
    }

    /// Asks for all strips.
    mutating func read(
        with engine: any Engine, _ sampling: Sampling, _ progress: (ConvertEvent) -> Void
    ) async throws(ConvertError) {
        let start = ContinuousClock.now
        var next = strips.makeIterator()
        var (answers, blanks, isCut) = (0, 0, false)
        let maxTokens = maxTokens
        var fault: ConvertError?
        await withTaskGroup(of: Answered.self) { group in
            func ask() {
                guard fault == nil, let strip = next.next() else { return }
                let picture = TextStrip.wholeTokens(
                    TextStrip.image(of: strip.rect, on: lines[strip.line].ground, in: image))
                group.addTask {
                    Answered(strip: strip, result: await Self.answer(to: picture, from: engine, sampling, maxTokens))
                }
            }
            for _ in 0..<Self.mostAtATime { ask() }
            for await answered in group {
                switch answered.result {
                case .success(let (text, report)):
                    if answers == 0 {
                        progress(.encoded(tokens: report.visionTokens, seconds: report.encodeSeconds))
                        progress(.prefilled(tokens: report.promptTokens, seconds: report.prefillSeconds))
                    }
                    answers += 1
                    if text.trimmed.isEmpty { blanks += 1 }
                    costs.add(report)
                    let seconds = start.duration(to: .now).seconds
                    progress(
                        .writing(
                            tokens: costs.completionTokens,
                            tokensPerSecond: Double(costs.completionTokens) / max(seconds, 1e-6)))
                    if report.finishReason == .length, report.completionTokens >= maxTokens { isCut = true }
                    // An answer that found no end repeats itself.
                    let reading = report.finishReason == .length ? .nothing : LineReading(answer: text)
                    if case .text(let words, _) = reading {
                        progress(.wrote(path: Self.path, text: words + "\n"))
                    }
                    parts[answered.strip.line][answered.strip.part] = reading
                case .failure(let error):
                    fault = fault ?? error
                    group.cancelAll()
                }
                ask()
            }
        }
        if let fault { throw fault }
        guard answers == 0 || blanks < answers else { throw .blankAnswer(modelName: engine.abilities.modelName) }
        // Strips are read beside each other, so that their own seconds are more than passed.
        costs.generateSeconds = start.duration(to: .now).seconds
        costs.finishReason = isCut ? .length : .stop
    }

    private static func answer(
        to strip: Image, from engine: any Engine, _ sampling: Sampling, _ maxTokens: Int
    ) async -> Result<(text: String, report: ConvertReport), ConvertError> {
        let conversation = Conversation([Message(.user, [.image(strip)])])
        // A letter is at least three pixels wide; more is a repetition.
        let most = min(maxTokens, 12 + strip.width / 3)
        let request = GenerationRequest(conversation, sampling: sampling, maxTokens: most)
        var answer = Answer()
        var text = ""
        do {
            for try await event in engine.generate(request) {
                _ = answer.hear(event)
                if case .text(let piece) = event { text += piece }
            }
        } catch let error as EngineError {
            return .failure(.engine(error))
        } catch is CancellationError {
            return .failure(.cancelled)
        } catch {
            return .failure(.engine(.unavailable("\(error)")))
        }
        guard answer.isFinished, answer.report.finishReason != .cancelled else { return .failure(.cancelled) }
        return .success((text, answer.report))
    }
}
