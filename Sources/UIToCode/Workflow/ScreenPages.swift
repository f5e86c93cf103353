// Screens → pages, through the same conversion that designs take, and kept on the same shelf: what was converted once is not
// converted again. A screen of which the engine makes no page shows its own picture instead, and says so.
import Foundation
import Inference
import Media
import Render

/// A screen's page.
struct ScreenPage: Sendable {
    /// The page, with the files that it shows.
    var project: Project
    /// As it is shown in a window of the screen's own size; nil without a renderer, and where it could not be shown.
    var shown: Screenshot?
    /// How faithful it is; nil where that was not measured.
    var score: Double?
    /// Why there is a picture in its place, or no `shown`; nil where nothing went wrong.
    var failure: String?

    /// The page that opens.
    static let entry = Stack.html.entryPath

    /// The page's markup.
    var html: String { String(decoding: project[Self.entry] ?? [], as: UTF8.self) }
}

/// Converts screens.
struct ScreenPages: Sendable {
    let engine: any Engine
    let renderer: (any PageRendering)?
    let options: ConvertOptions
    let shelf: PageShelf
    /// Whether crops of what was typed may lie on the shelf.
    let keepsCrops: Bool

    /// Pages of a screen until nothing of what was typed is on it.
    private static let hidings = 3

    /// Converts all screens, those first that are seen first.
    ///
    /// - Parameter course: its redaction learns of what was typed and stands on other screens; these are converted once
    ///   more without it.
    func convert(
        _ course: inout Course, _ progress: (WorkflowEvent) -> Void
    ) async throws(WorkflowError) -> [ScreenPage] {
        var pages: [ScreenPage] = []
        for index in course.screens.indices {
            var page: ScreenPage
            var rounds = 0
            repeat {
                rounds += 1
                let image = try course.picture(of: index)
                let key = key(image, "screen")
                if let kept = shelf.page(key) {
                    progress(.converting(index: index + 1, count: course.screens.count, isKept: true))
                    page = try await self.page(kept, image)
                } else {
                    progress(.converting(index: index + 1, count: course.screens.count, isKept: false))
                    let made: (page: FinishedPage, costs: ConvertReport)?
                    (page, made) = try await converted(image) { progress(.screen(index: index + 1, $0)) }
                    if let made {
                        // What was typed must not lie on the shelf either.
                        let isShelved = course.redaction?.tells(PageWords.text(of: page.html)) != true
                        if isShelved { do { try shelf.put(made.page, key) } catch { throw .project(error) } }
                        progress(.answered(made.costs, isShelved: isShelved))
                    }
                }
                guard var known = course.redaction, rounds < Self.hidings, let texts = page.shown?.texts,
                    known.add(texts, of: course.root(index), scrolled: course.scrolled(index))
                else { break }
                course.redaction = known
            } while true
            pages.append(page)
        }
        return pages
    }

    /// The words on a small picture; nil when none are read.
    func words(on crop: Image, _ progress: (WorkflowEvent) -> Void) async throws(WorkflowError) -> String? {
        let key = key(crop, "crop")
        if keepsCrops, let kept = shelf.page(key) {
            do { return Self.words(of: try kept.project()) } catch { throw .project(error) }
        }
        let design = Design(name: "crop", image: crop)
        var draft = options
        draft.repair = nil
        draft.attempts = 1
        let project: Project
        do {
            let report: ConvertReport
            (project, report) = try await Convert(engine: engine, options: draft).run(design)
            if keepsCrops { try keep(design, project, report, key) }
            progress(.answered(report, isShelved: keepsCrops))
        } catch let error as ConvertError {
            guard error.isAboutThePage else { throw error == .cancelled ? .cancelled : .engine(error) }
            return nil
        } catch let error as WorkflowError {
            throw error
        } catch {
            preconditionFailure("conversions throw nothing else: \(error)")
        }
        return Self.words(of: project)
    }

    private static func words(of project: Project) -> String? {
        let words = PageWords.text(of: String(decoding: project[ScreenPage.entry] ?? [], as: UTF8.self))
        return words.isEmpty ? nil : words
    }

    private func keep(
        _ design: Design, _ project: Project, _ report: ConvertReport, _ key: String
    ) throws(WorkflowError) {
        let page: FinishedPage
        do { page = try FinishedPage(design, project, report) } catch { throw .picture(error) }
        do { try shelf.put(page, key) } catch { throw .project(error) }
    }

    private func key(_ image: Image, _ name: String) -> String {
        let size = "\(image.width)x\(image.height):"
        return PageShelf.key(
            bytes: Array(size.utf8) + image.pixels, name: name, options: options, engine: engine.abilities,
            isMeasured: renderer != nil && name == "screen")
    }

    // MARK: One screen

    private func converted(
        _ image: Image, _ progress: (ConvertEvent) -> Void
    ) async throws(WorkflowError) -> (ScreenPage, made: (page: FinishedPage, costs: ConvertReport)?) {
        let design = Design(name: "screen", image: image)
        do {
            let (project, report) = try await Convert(engine: engine, renderer: renderer, options: options)
                .run(design, progress: progress)
            let finished: FinishedPage
            do { finished = try FinishedPage(design, project, report) } catch { throw WorkflowError.picture(error) }
            var page = ScreenPage(project: project, score: finished.facts.score, failure: finished.facts.unmeasured)
            try await show(&page, image)
            return (page, (finished, report))
        } catch let error as ConvertError {
            guard error.isAboutThePage else { throw error == .cancelled ? .cancelled : .engine(error) }
            var page = ScreenPage(project: try Self.picture(image), failure: "\(error)")
            try await show(&page, image)
            return (page, nil)
        } catch let error as WorkflowError {
            throw error
        } catch {
            preconditionFailure("conversions throw nothing else: \(error)")
        }
    }

    private func page(_ kept: ShelvedPage, _ image: Image) async throws(WorkflowError) -> ScreenPage {
        let project: Project
        do { project = try kept.project() } catch { throw .project(error) }
        var page = ScreenPage(project: project, score: kept.facts.score, failure: kept.facts.unmeasured)
        try await show(&page, image)
        return page
    }

    private func show(_ page: inout ScreenPage, _ image: Image) async throws(WorkflowError) {
        guard let renderer else { return }
        if let words = options.unmeasured(image) {
            page.failure = page.failure ?? words
            return
        }
        let viewport = Viewport(width: image.width, height: image.height)
        do {
            page.shown = try await renderer.render(
                PageFiles(page.project, entry: ScreenPage.entry), viewport: viewport)
        } catch {
            guard error != .cancelled else { throw .cancelled }
            page.failure = page.failure ?? "\(error)"
        }
    }

    // A page that is nothing but the screen's picture.
    private static func picture(_ image: Image) throws(WorkflowError) -> Project {
        let body = """
            <body>
              <main><img src="assets/screen.png" width="\(image.width)" height="\(image.height)" alt="The screen as it was recorded"></main>
            </body>
            """
        let html = Page.document(
            title: "Screen", styles: "    body { margin: 0; }\n    img { display: block; }\n", body: body)
        var project = Project()
        do {
            try project.add(Array(html.utf8), at: ScreenPage.entry)
            try project.add(try image.encodedPNG(), at: "assets/screen.png")
        } catch let error as MediaError {
            throw .picture(error)
        } catch let error as ProjectError {
            throw .project(error)
        } catch {
            preconditionFailure("nothing else is thrown: \(error)")
        }
        return project
    }
}

extension ConvertError {
    /// The engine is well, and made no page of this one picture.
    fileprivate var isAboutThePage: Bool {
        switch self {
        case .blankAnswer, .noPage, .project: true
        case .engineCannotSee, .engineCannotFollow, .engine, .edit, .picture, .stack, .cancelled: false
        }
    }
}
