// One design → one project. What is said to the engine, and how its answer is read, follows from what it can do and
// from nothing else: an engine that follows instructions gets a prompt, any other the picture alone; an engine
// with a dialect gives a body that becomes a document here, any other gives whole files. The page is HTML; other stacks
// are written from it (`Convert+Stack.swift`).
public import Inference
package import Media
import Prompts
public import Render

/// How designs are converted.
public struct ConvertOptions: Sendable {
    /// What the project is written in.
    public var stack: StackTemplate
    /// How the engine chooses its tokens.
    public var sampling: Sampling
    /// No answer is longer: a page is cut there, and closed; a line that is cut is shown as a picture.
    public var maxTokens: Int
    /// Drafts to choose from, 1 or more. The first is made as `sampling` says, each further one with the next seed and
    /// at least `Attempts.temperature`. More than one need a renderer, without which none is better than another.
    public var attempts: Int
    /// How far the chosen draft is repaired; nil for not at all. Needs a renderer.
    public var repair: RepairOptions?
    /// No draft after the first, and no repair, begins after this many seconds; nil for no bound but the repairs' own.
    public var budgetSeconds: Double?
    /// Pages of designs with more pixels are not shown and scored, which takes many bytes a pixel.
    public var measuredPixels = Int.max

    /// Describes a conversion.
    public init(
        stack: StackTemplate = Stack.html.template, sampling: Sampling = .greedy, maxTokens: Int = 8192,
        attempts: Int = 1, repair: RepairOptions? = RepairOptions(), budgetSeconds: Double? = nil
    ) {
        self.stack = stack
        self.sampling = sampling
        self.maxTokens = maxTokens
        self.attempts = attempts
        self.repair = repair
        self.budgetSeconds = budgetSeconds
    }
}

extension ConvertOptions {
    /// Whether the page of a picture may be shown and scored.
    func isMeasured(_ image: Image) -> Bool { unmeasured(image) == nil }

    /// Why the page of a picture is not to be shown and scored, in words; nil when it may be.
    package func unmeasured(_ image: Image) -> String? {
        let pixels = image.width * image.height
        guard pixels > measuredPixels else { return nil }
        return "the picture has \(pixels) pixels; pages are compared with up to \(measuredPixels)"
    }
}

/// Turns designs into projects through an engine.
///
///     let engine: any Engine = …
///     let design = try Design.read(path: "sign-in.png")
///     let (project, report) = try await Convert(engine: engine).run(design)
///     try project.write(to: "out")
public struct Convert: Sendable {
    let engine: any Engine
    let renderer: (any PageRendering)?
    let options: ConvertOptions
    // The time since some moment that stays the same.
    private let now: @Sendable () -> Duration

    /// Prepares conversions; costs nothing.
    ///
    /// - Parameter renderer: shows the pages, so that they are measured and repaired; nil for drafts as they come.
    public init(
        engine: any Engine, renderer: (any PageRendering)? = nil, options: ConvertOptions = ConvertOptions()
    ) {
        let start = ContinuousClock.now
        self.init(engine: engine, renderer: renderer, options: options) { start.duration(to: .now) }
    }

    /// Prepares conversions whose drafts are paced by a given clock.
    init(
        engine: any Engine, renderer: (any PageRendering)? = nil, options: ConvertOptions = ConvertOptions(),
        now: @escaping @Sendable () -> Duration
    ) {
        self.engine = engine
        self.renderer = renderer
        self.options = options
        self.now = now
    }

    /// Converts one design. Cancelling the task stops the engine between two tokens.
    ///
    /// - Parameter progress: called in order, the last time with `.finished`.
    /// - Returns: the project, not yet on disk, what it cost and, with a renderer, how faithful it is.
    public func run(
        _ design: Design, progress: (ConvertEvent) -> Void = { _ in }
    ) async throws(ConvertError) -> (project: Project, report: ConvertReport) {
        let start = ContinuousClock.now
        let tell = { (event: ConvertEvent) in progress(event.placed(by: options.stack)) }
        var (project, report) =
            if let renderer, options.isMeasured(design.image) {
                try await measured(design, renderer, tell)
            } else {
                try await draft(of: design, options.sampling, tell)
            }
        if renderer != nil { report.unmeasured = report.unmeasured ?? options.unmeasured(design.image) }
        project = try written(project, of: design)
        report.receipt?.entry = options.stack.entryPath
        report.files = project.files.map(\.path)
        report.totalSeconds = design.decodeSeconds + start.duration(to: .now).seconds
        progress(.finished(report))
        return (project, report)
    }

    /// A draft of a whole design in one answer.
    func whole(
        _ design: Design, _ sampling: Sampling, _ progress: (ConvertEvent) -> Void
    ) async throws(ConvertError) -> (project: Project, report: ConvertReport) {
        try await answer(
            conversation(about: design), sampling, entryPath: StackTemplate.pageName, design: design, progress)
    }

    /// What is said about a design before anything was made of it.
    func conversation(about design: Design) -> Conversation {
        var content = [Message.Part.image(design.image)]
        if engine.abilities.followsInstructions {
            content.append(.text(Prompt.convert(width: design.image.width, height: design.image.height)))
        }
        return Conversation([Message(.user, content)])
    }

    /// Asks the engine, tells what it does, and reads the files of its answer.
    ///
    /// - Parameter entryPath: the path of a page that names none.
    /// - Returns: the files, and the costs without `files` and `totalSeconds`.
    func answer(
        _ conversation: Conversation, _ sampling: Sampling, entryPath: String, design: Design,
        _ progress: (ConvertEvent) -> Void
    ) async throws(ConvertError) -> (project: Project, report: ConvertReport) {
        let abilities = engine.abilities
        guard abilities.readsImages else { throw .engineCannotSee(modelName: abilities.modelName) }
        progress(.decoded(width: design.image.width, height: design.image.height, seconds: design.decodeSeconds))

        var parser = FileParser(abilities.dialect == nil ? .files : .page, entryPath: entryPath)
        var answer = Answer()
        var pace = DraftPace(now: now)
        var maker = PageMaker(css: abilities.dialect?.stylesheet, fallbackTitle: design.name)
        try await generate(GenerationRequest(conversation, sampling: sampling, maxTokens: options.maxTokens)) { event in
            if let told = answer.hear(event) { progress(told) }
            guard case .text(let text) = event else { return }
            for piece in parser.push(text) { progress(.wrote(path: piece.path, text: piece.text)) }
            guard pace.isDue(), let file = parser.current, file.isPage, !file.isComplete else { return }
            if let page = maker.page(from: file) { progress(.draft(path: file.path, html: page)) }
        }
        // A stream whose task was cancelled ends without a word.
        guard answer.isFinished, answer.report.finishReason != .cancelled, !Task.isCancelled else { throw .cancelled }
        for piece in parser.finish() { progress(.wrote(path: piece.path, text: piece.text)) }
        answer.report.decodeSeconds = design.decodeSeconds
        return (try project(from: parser.written, opening: answer.opening, &maker), answer.report)
    }

    private func generate(
        _ request: GenerationRequest, hear: (GenerationEvent) -> Void
    ) async throws(ConvertError) {
        do {
            for try await event in engine.generate(request) { hear(event) }
        } catch let error as EngineError {
            throw .engine(error)
        } catch is CancellationError {
            throw .cancelled
        } catch {
            throw .engine(.unavailable("\(error)"))
        }
    }

    private func project(
        from files: [FileParser.File], opening: String, _ maker: inout PageMaker
    ) throws(ConvertError) -> Project {
        let modelName = engine.abilities.modelName
        guard !opening.trimmed.isEmpty else { throw .blankAnswer(modelName: modelName) }
        guard !files.isEmpty else {
            throw .noPage(modelName: modelName, answer: String(HTMLText.collapsed(opening).prefix(100)))
        }
        var project = Project()
        for file in files {
            guard let text = file.isPage ? maker.page(from: file) : file.text else {
                throw .blankAnswer(modelName: modelName)
            }
            do { try project.add(Array(text.utf8), at: file.path) } catch { throw .project(error) }
        }
        return project
    }
}
