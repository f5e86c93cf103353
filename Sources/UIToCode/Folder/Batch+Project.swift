// From the shelf to the project. A page that shares code is shown once more beside its design: one that lost by it shares
// only what the pixels prove to be the same, and when it still loses, it keeps its own code. What a page scored is
// remembered with everything it was shown with, so that a run that changes little shows few pages.
import Crypto
import Media
import Render

extension Batch {
    /// What a page may lose by sharing.
    static let tolerance = 0.01

    /// Puts the project together; nothing is written yet.
    func project(
        of designs: [BatchDesign], _ keys: [String?], _ items: [BatchItem], named name: String, _ shelf: PageShelf
    ) async throws(BatchError) -> FolderReport {
        var items = items
        var pages: [ProjectPage] = []
        for index in designs.indices where items[index].state == .done {
            if let key = keys[index], let page = shelf.page(key) {
                pages.append(ProjectPage(design: designs[index], key: key, page: page))
            } else {
                items[index].state = .failed
                items[index].failure = "its page was taken from the shelf meanwhile"
            }
        }
        do {
            var (careful, apart) = (Set<String>(), Set<String>())
            var losses: [FolderReport.Loss] = []
            var made = try await maker.project(of: pages, named: name, careful: careful, apart: apart)
            var scores = try await scores(of: pages, in: made, shelf)
            var shownKeys = Set(scores.values.map(\.key))
            while true {
                // What one page is made of may come from another: all are shown again, as far as they changed.
                let lost = Self.losses(pages, scores).filter { !apart.contains($0.design) }
                if lost.isEmpty { break }
                for loss in lost where !careful.insert(loss.design).inserted {
                    apart.insert(loss.design)
                    losses.append(loss)
                }
                made = try await maker.project(of: pages, named: name, careful: careful, apart: apart)
                scores = try await self.scores(of: pages, in: made, shelf)
                shownKeys.formUnion(scores.values.map(\.key))
            }
            let facts = Dictionary(pages.map { ($0.design.path, $0.page) }) { first, _ in first }
            return FolderReport(
                name: name, items: items, stack: options.stack.name, made: made, facts: facts,
                shownScores: scores.mapValues(\.total), losses: losses, shownKeys: shownKeys)
        } catch let error as BatchError {
            throw error
        } catch let error as ProjectError {
            throw .project(error)
        } catch {
            throw .cancelled
        }
    }

    // What a page scores in the project, and the key of everything that it was shown with.
    private struct ShownScore: Sendable {
        let total: Double
        let key: String
    }

    private static func losses(_ pages: [ProjectPage], _ scores: [String: ShownScore]) -> [FolderReport.Loss] {
        pages.compactMap { page in
            guard let own = page.page.facts.score, let shared = scores[page.design.path]?.total,
                shared < own - tolerance
            else { return nil }
            return FolderReport.Loss(design: page.design.path, own: own, shared: shared)
        }
    }

    /// What pages score in the project, by design; none where the project has the pages as they were measured. A page
    /// that cannot be shown scores 0.
    private func scores(
        of pages: [ProjectPage], in made: MadeProject, _ shelf: PageShelf
    ) async throws -> [String: ShownScore] {
        guard let renderer, maker.changesPages else { return [:] }
        let shown = ShownProject(made)
        return try await withThrowingTaskGroup(of: (String, ShownScore)?.self) { group in
            var scores: [String: ShownScore] = [:]
            var queue = pages.filter { $0.page.facts.score != nil }.makeIterator()
            func startNext() {
                while let page = queue.next() {
                    guard let files = shown.page(of: page.design.path) else { continue }
                    let key = shown.key(of: page, files)
                    if let total = shelf.score(key) {
                        scores[page.design.path] = ShownScore(total: total, key: key)
                        continue
                    }
                    group.addTask {
                        guard let total = try await score(of: files, beside: page.design, renderer) else { return nil }
                        try shelf.putScore(total, key)
                        return (page.design.path, ShownScore(total: total, key: key))
                    }
                    return
                }
            }
            for _ in 0..<max(1, options.inFlight) { startNext() }
            while let score = try await group.next() {
                if let (design, score) = score { scores[design] = score }
                startNext()
            }
            return scores
        }
    }

    // Nil for a design that cannot be read any more.
    private func score(
        of page: PageFiles, beside design: BatchDesign, _ renderer: any PageRendering
    ) async throws -> Double? {
        guard let picture = try? Image.read(path: design.file) else { return nil }
        let viewport = Viewport(width: picture.width, height: picture.height)
        do {
            let screenshot = try await renderer.render(page, viewport: viewport)
            return Fidelity.score(of: Sight(screenshot), against: Sight(estimating: picture)).score.total
        } catch RenderError.cancelled {
            throw BatchError.cancelled
        } catch {
            return 0
        }
    }
}

/// A project as a browser is given it, page by page.
private struct ShownProject {
    private let files: PageFiles
    private let entries: [String: String]
    /// SHA-256 over everything but the pages themselves.
    private let common: String

    init(_ made: MadeProject) {
        let project = made.files
        files = PageFiles(project, entry: "")
        entries = Dictionary(made.pages.map { ($0.design, $0.shown) }) { first, _ in first }
        var hash = SHA256()
        let pages = Set(entries.values)
        for file in project.files where !pages.contains(file.path) {
            hash.update(data: Array("\(file.path) \(file.bytes.count):".utf8))
            hash.update(data: file.bytes)
        }
        common = hash.finalize().hexadecimal
    }

    /// What is shown for a design; nil when the project has no page of it.
    func page(of design: String) -> PageFiles? {
        guard let entry = entries[design] else { return nil }
        var files = files
        files.entry = entry
        return files
    }

    /// What decides the score of a page.
    func key(of page: ProjectPage, _ shown: PageFiles) -> String {
        var hash = SHA256()
        hash.update(data: Array("\(page.key) \(common) \(shown.entry) ".utf8))
        hash.update(data: shown.files[shown.entry] ?? [])
        return hash.finalize().hexadecimal
    }
}
