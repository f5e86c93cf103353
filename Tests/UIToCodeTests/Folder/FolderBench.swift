// What tests of folders share: designs of one colour, an engine that answers by what it sees, and a folder for both.
import Foundation
import Inference
import Media
import Render
import Support
import Synchronization
import Testing

@testable import UIToCode

/// Designs on disk, a shelf and an output folder.
final class FolderBench: Sendable {
    let path: String
    private let folder: TemporaryDirectoryBox

    // The directory is only removed in the end, by whoever is last.
    private final class TemporaryDirectoryBox: @unchecked Sendable {
        let directory: TemporaryDirectory
        init() throws { directory = try TemporaryDirectory() }
    }

    init() throws {
        folder = try TemporaryDirectoryBox()
        path = folder.directory.path
        try FileManager.default.createDirectory(atPath: path + "/designs", withIntermediateDirectories: true)
    }

    var output: String { path + "/out" }

    /// Writes a design of one colour.
    func put(_ name: String, _ colour: (UInt8, UInt8, UInt8) = PaintingRenderer.blue) throws {
        try put(name, bytes: try Image(width: 64, height: 48, fill: colour).encodedPNG())
    }

    func put(_ name: String, bytes: [UInt8]) throws {
        let file = URL(filePath: path + "/designs/" + name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path + "/designs/" + name) }

    func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: output + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The project's files, hidden ones left out.
    var files: [String] {
        (FileManager.default.subpaths(atPath: output) ?? []).filter { path in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: output + "/" + path, isDirectory: &isFolder)
            return exists && !isFolder.boolValue && !path.hasPrefix(".")
        }.sorted()
    }

    var shelf: PageShelf { get throws { try PageShelf(folder: output + "/.bottega") } }

    static let convert = ConvertOptions(repair: RepairOptions(rounds: 0, budgetSeconds: 600, modelRounds: 0))

    /// One run over all designs.
    func run(
        _ engine: any Engine, options: BatchOptions = BatchOptions(convert: convert),
        renderer: (any PageRendering)? = PaintingRenderer(), maker: (any ProjectMaking)? = nil,
        progress: @escaping @Sendable (BatchEvent) -> Void = { _ in }
    ) async throws -> BatchReport {
        let designs = try FolderListing.designs(in: path + "/designs")
        let batch =
            if let maker {
                Batch(engine: engine, renderer: renderer, options: options, maker: maker)
            } else {
                Batch(engine: engine, renderer: renderer, options: options)
            }
        return try await batch.run(designs, name: "designs", shelf: shelf, output: output, progress: progress)
    }
}

/// Answers each picture with a page, after a moment; counts what it is asked.
final class PageEngine: Engine {
    enum Answer: Sendable { case page(String), failure(any Error), never }

    private struct Counts {
        var asked = 0
        var running = 0
        var most = 0
    }

    let abilities: Abilities
    private let answer: @Sendable (Image) -> Answer
    private let counts = Mutex(Counts())

    init(model: String = "pages", _ answer: @escaping @Sendable (Image) -> Answer = { _ in .page("<p>blue</p>") }) {
        abilities = Abilities(
            modelName: model, contextTokens: 4096, readsImages: true, readsVideo: false, callsTools: false,
            followsInstructions: false)
        self.answer = answer
    }

    /// How many pages were asked for.
    var asked: Int { counts.withLock { $0.asked } }
    /// How many at the same time, at most.
    var most: Int { counts.withLock { $0.most } }

    func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        let images = request.conversation.messages.flatMap(\.content).compactMap { part -> Image? in
            if case .image(let image) = part { image } else { nil }
        }
        let answer = images.first.map(answer) ?? .failure(EngineError.unsupported("no picture"))
        counts.withLock { counts in
            counts.asked += 1
            counts.running += 1
            counts.most = max(counts.most, counts.running)
        }
        return AsyncThrowingStream { stream in
            let task = Task {
                if case .never = answer {
                    try? await Task.sleep(for: .seconds(3600))
                } else {
                    try? await Task.sleep(for: .milliseconds(20))
                }
                counts.withLock { $0.running -= 1 }
                switch answer {
                case .page(let body):
                    stream.yield(.text("<!doctype html><html><body>\(body)</body></html>"))
                    stream.yield(
                        .finished(
                            GenerationSummary(
                                reason: .stop, promptTokens: 1, cachedTokens: 0, completionTokens: 7,
                                decodeSeconds: 0.1)))
                    stream.finish()
                case .failure(let error): stream.finish(throwing: error)
                case .never: stream.finish(throwing: CancellationError())
                }
            }
            stream.onTermination = { _ in task.cancel() }
        }
    }
}
