// The designs of one `convert`, one after the other. Every picture and every output folder is checked before the model
// is opened; a design that fails is named and the others go on; nothing is written for it.
import Inference
import Media
import Render
import UIToCode

/// What one `convert` has to do.
struct Conversions: Sendable {
    /// Paths of the pictures, in order.
    let designs: [String]
    /// The folder for one page, or for the folders of several.
    let output: String
    /// Whether pages may be written over what a folder holds.
    let replace: Bool
    /// Shows the pages; nil for drafts as the model writes them.
    let renderer: (any PageRendering)?
    let options: ConvertOptions
    let clock: ProcessClock
    let progress: any Progress

    /// A design that passed the checks.
    private struct Work {
        let path: String
        let folder: String
        /// Nil when keeping the decoded picture until its turn would take too much memory.
        var design: Design?
    }

    // Decoded pictures are kept from the check on while they hold no more pixels than this in all (180 MB).
    private static let keptPixels = 60_000_000

    /// Converts all designs; what fails is told to `progress`.
    ///
    /// - Parameter openEngine: called once, after the checks, when there is something to convert.
    /// - Returns: whether every design became a page.
    func run(openEngine: () async throws -> any Engine) async -> Bool {
        let work = checked()
        guard !work.isEmpty, !Task.isCancelled else { return false }
        let startSeconds = clock.seconds
        progress.opening()
        let engine: any Engine
        do { engine = try await openEngine() } catch {
            progress.failed(nil, "\(error)")
            return false
        }
        let loadSeconds = clock.seconds - startSeconds
        progress.opened(engine.abilities.modelName, seconds: loadSeconds)

        let convert = Convert(engine: engine, renderer: renderer, options: options)
        var isWhole = work.count == designs.count
        var page = PageReport(startSeconds: startSeconds, loadSeconds: loadSeconds)
        var pageStart = 0.0
        for item in work {
            guard !Task.isCancelled else { return false }
            do {
                try await run(item, convert, page: &page)
                page.totalSeconds = clock.seconds - pageStart
                progress.written(item.path, page)
            } catch {
                guard !Task.isCancelled else { return false }
                progress.failed(item.path, Self.words(for: error))
                isWhole = false
            }
            (page, pageStart) = (PageReport(), clock.seconds)
        }
        return isWhole
    }

    private func run(_ item: Work, _ convert: Convert, page: inout PageReport) async throws {
        let design = try item.design ?? Design.read(path: item.path)
        var (project, report) = try await convert.run(design) { progress.happened(item.path, $0) }
        let start = clock.seconds
        page.receipt = try project.addReceipt(of: report)
        try project.write(to: item.folder, replace: replace)
        page.writeSeconds = clock.seconds - start
        page.conversion = report
        page.folder = item.folder
    }

    // Reads every picture and looks at every folder.
    private func checked() -> [Work] {
        var work: [Work] = []
        var pixels = 0
        var names: Set<String> = []
        for path in designs {
            guard !Task.isCancelled else { return [] }
            do {
                let design = try Design.read(path: path)
                let folder = designs.count == 1 ? output : output + "/" + Self.unique(design.name, in: &names)
                try Project.checkOutput(folder, replace: replace)
                pixels += design.image.width * design.image.height
                let isKept = pixels <= Self.keptPixels || work.isEmpty
                work.append(Work(path: path, folder: folder, design: isKept ? design : nil))
            } catch {
                progress.failed(path, Self.words(for: error))
            }
        }
        return work
    }

    private static func words(for error: any Error) -> String {
        if case .outputExists = error as? ProjectError { return "\(error); --replace writes over it" }
        return "\(error)"
    }

    // The name, with -2, -3, … when an earlier design has it.
    private static func unique(_ name: String, in names: inout Set<String>) -> String {
        var candidate = name
        var number = 1
        while !names.insert(candidate).inserted {
            number += 1
            candidate = "\(name)-\(number)"
        }
        return candidate
    }
}

/// A page on disk, and where its time went. All times are seconds.
struct PageReport {
    /// From the start of the process to the opening of the model, the checks included; 0 for all pages but the first.
    var startSeconds = 0.0
    /// To open the model; 0 for all pages but the first.
    var loadSeconds = 0.0
    /// To put the files on disk.
    var writeSeconds = 0.0
    /// From the start of the process, for later pages from the end of the one before, until the page was on disk.
    var totalSeconds = 0.0
    /// The project's folder.
    var folder = ""
    /// The path of the receipt in it; nil when the page was not measured.
    var receipt: String?
    var conversion = ConvertReport()
}
