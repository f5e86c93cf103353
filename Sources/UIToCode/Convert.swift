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
    private let engine: any Engine
    private let options: ConvertOptions

    /// Prepares conversions; costs nothing.
    public init(engine: any Engine, options: ConvertOptions = ConvertOptions()) {
        self.engine = engine
        self.options = options
    }

    /// Converts one design. Cancelling the task stops the engine between two tokens.
    ///
    /// - Parameter progress: called in order, the last time with `.finished`.
    /// - Returns: the project, not yet on disk, and what it cost.
    public func run(
        _ design: Design, progress: (ConvertEvent) -> Void = { _ in }
    ) async throws(ConvertError) -> (project: Project, report: ConvertReport) {
        let start = ContinuousClock.now
        let abilities = engine.abilities
        guard abilities.readsImages else { throw .engineCannotSee(modelName: abilities.modelName) }
        progress(.decoded(width: design.image.width, height: design.image.height, seconds: design.decodeSeconds))

        var parser = FileParser(abilities.dialect == nil ? .files : .page, entryPath: options.stack.entryPath)
        var answer = Answer()
        try await generate(about: design) { event in
            if case .text(let text) = event { parser.push(text) }
            if let told = answer.hear(event) { progress(told) }
        }
        // A stream whose task was cancelled ends without a word.
        guard answer.isFinished, answer.report.finishReason != .cancelled, !Task.isCancelled else { throw .cancelled }
        let project = try project(from: parser.finish(), opening: answer.opening, design: design)

        var report = answer.report
        report.files = project.files.map(\.path)
        report.decodeSeconds = design.decodeSeconds
        report.totalSeconds = design.decodeSeconds + start.duration(to: .now).seconds
        progress(.finished(report))
        return (project, report)
    }

    private func conversation(about design: Design) -> Conversation {
        var content = [Message.Part.image(design.image)]
        if engine.abilities.followsInstructions {
            switch options.stack {
            case .html: content.append(.text(Prompt.convert(width: design.image.width, height: design.image.height)))
            }
        }
        return Conversation([Message(.user, content)])
    }

    private func generate(
        about design: Design, hear: (GenerationEvent) -> Void
    ) async throws(ConvertError) {
        let request = GenerationRequest(
            conversation(about: design), sampling: options.sampling, maxTokens: options.maxTokens)
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
        from files: [FileParser.File], opening: String, design: Design
    ) throws(ConvertError) -> Project {
        let modelName = engine.abilities.modelName
        guard !opening.trimmed.isEmpty else { throw .blankAnswer(modelName: modelName) }
        guard !files.isEmpty else {
            throw .noPage(modelName: modelName, answer: String(HTMLText.collapsed(opening).prefix(100)))
        }
        var project = Project()
        for file in files {
            var text = file.text
            if file.path.hasSuffix(".html") {
                if let stylesheet = engine.abilities.dialect?.stylesheet {
                    guard let page = Page.document(answer: text, stylesheet: stylesheet, fallbackTitle: design.name)
                    else { throw .blankAnswer(modelName: modelName) }
                    text = page
                } else {
                    guard Page.hasContent(text) else { throw .blankAnswer(modelName: modelName) }
                    if !file.isComplete { text = Page.repaired(text) }
                }
            }
            do { try project.add(Array(text.utf8), at: file.path) } catch { throw .project(error) }
        }
        return project
    }
}

/// What is remembered of an answer while it comes in.
private struct Answer {
    /// Costs so far.
    var report = ConvertReport()
    /// The first words, to quote when they turn out to be no page.
    var opening = ""
    var isFinished = false
    private var pieces = 0
    private var firstPiece = ContinuousClock.now

    /// Takes note of an event.
    ///
    /// - Returns: what there is to tell about it.
    mutating func hear(_ event: GenerationEvent) -> ConvertEvent? {
        switch event {
        case .encoded(let tokens, let seconds, _):
            report.visionTokens += tokens
            report.encodeSeconds += seconds
            return .encoded(tokens: tokens, seconds: seconds)
        case .prefilled(let tokens, _, let seconds):
            report.prefillSeconds = seconds
            return .prefilled(tokens: tokens, seconds: seconds)
        case .reasoning:
            return count()
        case .text(let text):
            if opening.trimmed.utf8.count < 200 { opening += text }
            return count()
        case .toolCall:
            return nil
        case .finished(let summary):
            isFinished = true
            report.promptTokens = summary.promptTokens
            report.completionTokens = summary.completionTokens
            report.generateSeconds = summary.decodeSeconds
            report.finishReason = summary.reason
            return nil
        }
    }

    private mutating func count() -> ConvertEvent {
        if pieces == 0 { firstPiece = .now }
        pieces += 1
        let seconds = firstPiece.duration(to: .now).seconds
        return .writing(tokens: pieces, tokensPerSecond: seconds > 0 ? Double(pieces - 1) / seconds : 0)
    }
}
