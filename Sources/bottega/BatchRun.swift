// One `batch`: the folder is listed and the output is looked at before the model is opened; then the batch has the word.
import ArgumentParser
import Foundation
import Inference
import Render
import UIToCode

extension ExitCode {
    /// Done, but not as well, or not for as much, as was asked for.
    static let partial = ExitCode(3)
}

/// What one `batch` has to do.
struct BatchRun: Sendable {
    /// The folder of the designs.
    let folder: String
    /// The folder of the project.
    let output: String
    /// Shows the pages; nil for drafts as the model writes them.
    let renderer: (any PageRendering)?
    let options: BatchOptions
    let progress: any BatchProgress

    /// Converts the folder; what fails is told to `progress`.
    ///
    /// - Parameter openEngine: called once, after the checks, when there is something to convert.
    /// - Returns: `success` when every design has its page, `partial` when some have, else `failure`.
    func run(openEngine: () async throws -> any Engine) async -> ExitCode {
        do {
            try Batch.checkOutput(output, input: folder, replaces: options.replaces)
            let designs = try FolderListing.designs(in: folder)
            guard !designs.isEmpty else {
                progress.stopped("\(folder): there are no pictures in it")
                return .failure
            }
            let clock = ProcessClock()
            progress.opening()
            let start = clock.seconds
            let engine = try await openEngine()
            progress.opened(engine.abilities.modelName, seconds: clock.seconds - start)
            let shelf = try PageShelf(folder: output + "/" + FolderListing.mark)
            let report = try await Batch(engine: engine, renderer: renderer, options: options).run(
                designs, name: name, shelf: shelf, output: output
            ) { progress.happened($0) }
            progress.written(report, output: output)
            return report.failedCount == 0 ? .success : report.failedCount < designs.count ? .partial : .failure
        } catch {
            guard !Task.isCancelled else { return .failure }
            progress.stopped(Self.words(for: error))
            return .failure
        }
    }

    // The folder's own name, also when it was given as `.`.
    private var name: String { URL(filePath: folder).standardizedFileURL.lastPathComponent }

    private static func words(for error: any Error) -> String {
        if case .project(.outputExists) = error as? BatchError { return "\(error); --replace writes over it" }
        return "\(error)"
    }
}
