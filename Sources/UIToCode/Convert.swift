// One design → one project. What is said to the engine, and how its answer is read, follows from what it can do and
// from nothing else: an engine that follows instructions gets the stack's prompt, any other the picture alone; an
// engine with a dialect gives a body that becomes a document here, any other gives whole files.
public import Inference
import Media
import Prompts

/// How designs are converted.
public struct ConvertOptions: Sendable {
    /// What the project is written in.
    public var stack: Stack
    /// How the engine chooses its tokens.
    public var sampling: Sampling
    /// The answer is cut, and the page closed, after this many tokens.
    public var maxTokens: Int

    /// Describes a conversion.
    public init(stack: Stack = .html, sampling: Sampling = .greedy, maxTokens: Int = 8192) {
        self.stack = stack
        self.sampling = sampling
        self.maxTokens = maxTokens
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
    let options: ConvertOptions
    // The time since some moment that stays the same.
    private let now: @Sendable () -> Duration

    /// Prepares conversions; costs nothing.
    public init(engine: any Engine, options: ConvertOptions = ConvertOptions()) {
        let start = ContinuousClock.now
        self.init(engine: engine, options: options) { start.duration(to: .now) }
    }

    /// Prepares conversions whose drafts are paced by a given clock.
    init(engine: any Engine, options: ConvertOptions = ConvertOptions(), now: @escaping @Sendable () -> Duration) {
        self.engine = engine
        self.options = options
        self.now = now
    }

    /// Converts one design. Cancelling the task stops the engine between two tokens.
    ///
    /// - Parameter progress: called in order, the last time with `.finished`.
    /// - Returns: the project, not yet on disk, and what it cost.
    public func run(
        _ design: Design, progress: (ConvertEvent) -> Void = { _ in }
    ) async throws(ConvertError) -> (project: Project, report: ConvertReport) {
        let start = ContinuousClock.now
        var (project, report) = try await answer(
            conversation(about: design), entryPath: options.stack.entryPath, design: design, progress)
        report.files = project.files.map(\.path)
        report.totalSeconds = design.decodeSeconds + start.duration(to: .now).seconds
        progress(.finished(report))
        return (project, report)
    }

    /// What is said about a design before anything was made of it.
    func conversation(about design: Design) -> Conversation {
        var content = [Message.Part.image(design.image)]
        if engine.abilities.followsInstructions {
            switch options.stack {
            case .html: content.append(.text(Prompt.convert(width: design.image.width, height: design.image.height)))
            }
        }
        return Conversation([Message(.user, content)])
    }

    /// Asks the engine, tells what it does, and reads the files of its answer.
    ///
    /// - Parameter entryPath: the path of a page that names none.
    /// - Returns: the files, and the costs without `files` and `totalSeconds`.
    func answer(
        _ conversation: Conversation, entryPath: String, design: Design, _ progress: (ConvertEvent) -> Void
    ) async throws(ConvertError) -> (project: Project, report: ConvertReport) {
        let abilities = engine.abilities
        guard abilities.readsImages else { throw .engineCannotSee(modelName: abilities.modelName) }
        progress(.decoded(width: design.image.width, height: design.image.height, seconds: design.decodeSeconds))

        var parser = FileParser(abilities.dialect == nil ? .files : .page, entryPath: entryPath)
        var answer = Answer()
        var pace = DraftPace(now: now)
        var maker = PageMaker(css: abilities.dialect?.stylesheet, fallbackTitle: design.name)
        try await generate(conversation) { event in
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
        _ conversation: Conversation, hear: (GenerationEvent) -> Void
    ) async throws(ConvertError) {
        let request = GenerationRequest(conversation, sampling: options.sampling, maxTokens: options.maxTokens)
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
