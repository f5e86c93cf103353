// `bottega bench`: how fast a model is on this machine, beside what the machine can do.
import ArgumentParser
import EmbeddedModel
import Foundation
import Inference
import Model
import UIToCode

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measures a model on this machine, beside the machine's own limits.",
        discussion: """
            Without --model and --shape it measures the model that is built in, which is also the shape 'embedded'. \
            Other shapes are those of published checkpoints with random weights, INT4 for experts and bfloat16 for \
            the rest; they are written once, below --weights, and mapped as any checkpoint.

            Medians count. The limits are how fast memory can be read and how fast numbers can be multiplied, with \
            the same threads, in the same run.

            Some parts are measured only when --only names them. disk gives up what the page cache holds of the \
            weights, then decodes with and without reading experts ahead: run it where the weights are larger than \
            the memory. layer is the routed experts of one layer alone, naive a forward pass of plain loops beside \
            the same work done well. speculation and conversions convert --designs.

            Examples:
              bottega bench
              bottega bench --shape kimi-vl-a3b --layers 8 --threads 1
              bottega bench --model ~/models/kimi-vl-a3b --only decode --contexts 0,8192
              bottega bench --shape k2.5 --layers 2 --csv > k2.5.csv
              bottega bench --only speculation,conversions --designs shots/*.png
            """)

    @Option(help: ArgumentHelp("A checkpoint directory.", valueName: "dir"), completion: .directory)
    var model: String?

    @Option(
        help: ArgumentHelp(
            "The built-in model, or random weights of this shape: \(Self.shapes.joined(separator: ", ")).",
            valueName: "name"))
    var shape: String?

    @Option(help: ArgumentHelp("Decoder layers of the shape. (default: all)", valueName: "count"))
    var layers: Int?

    @Option(
        help: ArgumentHelp("Where random weights lie. (default: bottega-bench in the cache folder)", valueName: "dir"),
        completion: .directory)
    var weights: String?

    @Option(
        help: ArgumentHelp(
            "Only these parts, with commas: \(BenchPart.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "parts"))
    var only: CommaList<BenchPart>?

    @Option(help: ArgumentHelp("Sizes of pictures, with commas.", valueName: "sizes"))
    var images: CommaList<PixelSize> = CommaList([
        PixelSize(width: 448, height: 448), PixelSize(width: 896, height: 896), PixelSize(width: 1344, height: 896),
    ])

    @Option(help: ArgumentHelp("Tokens of prompts, with commas.", valueName: "counts"))
    var prompts: CommaList<Int> = CommaList([512, 2048])

    @Option(help: ArgumentHelp("Tokens that come before a decoded one, with commas.", valueName: "counts"))
    var contexts: CommaList<Int> = CommaList([0])

    @Option(help: ArgumentHelp("Sequences that are decoded together, with commas.", valueName: "counts"))
    var flights: CommaList<Int> = CommaList([1, 4, 8, 16])

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Pictures that are converted.", valueName: "files"),
        completion: .file())
    var designs: [String] = []

    @Option(help: ArgumentHelp("Tokens to decode.", valueName: "count"))
    var tokens = 64

    @Option(help: ArgumentHelp("How often each thing is tried.", valueName: "count"))
    var tries = 3

    @Option(help: ArgumentHelp("Processor threads. (default: all processors)", valueName: "count"))
    var threads: Int?

    @Option(help: EngineOptions.denseWeightsHelp)
    var denseWeights = DenseWeightsChoice.bf16

    @Flag(help: "Print CSV, one line a measurement.")
    var csv = false

    func validate() throws {
        guard model == nil || shape == nil else { throw ValidationError("--model and --shape exclude each other") }
        guard layers == nil || (shape ?? Self.embedded) != Self.embedded else {
            throw ValidationError("--layers needs a --shape of random weights")
        }
        if let shape, !Self.shapes.contains(shape) {
            throw ValidationError("--shape must be one of \(Self.shapes.joined(separator: ", "))")
        }
        if let only, only.items.contains(where: { [.speculation, .conversions].contains($0) }), designs.isEmpty {
            throw ValidationError("speculation and conversions need --designs")
        }
        guard threads.map({ (1...1024).contains($0) }) ?? true else {
            throw ValidationError("--threads must be from 1 to 1024")
        }
        guard layers.map({ (1...1024).contains($0) }) ?? true else {
            throw ValidationError("--layers must be from 1 to 1024")
        }
        guard (prompts.items + flights.items).allSatisfy({ $0 >= 1 }), contexts.items.allSatisfy({ $0 >= 0 }) else {
            throw ValidationError("--prompts and --flights count from 1, --contexts from 0")
        }
        guard (1...10_000).contains(tokens), (1...1000).contains(tries) else {
            throw ValidationError("--tokens must be from 1 to 10000, --tries from 1 to 1000")
        }
    }

    func run() async throws {
        let directory = try checkpoint()
        let threads = threads ?? Processors.available
        let started = ContinuousClock.now
        let opened = try KimiModel.open(directory, threads: threads, denseWeights: denseWeights.weights)
        let opening = started.duration(to: .now).seconds
        let bench = Bench(
            model: opened, directory: directory,
            openEngine: { guesses in
                try LocalEngine.open(
                    directory, threads: threads, denseWeights: denseWeights.weights, guesses: guesses)
            },
            images: images.items, prompts: prompts.items, contexts: contexts.items, flights: flights.items,
            tokens: tokens, tries: tries, designs: try designs.map { try Design.read(path: $0) })
        var measurements = [
            Measurement(
                work: "open", size: shape ?? "", value: opening * 1000, unit: "ms", seconds: opening,
                tries: 1)
        ]
        try await bench.run(only?.items ?? BenchPart.usual) { measurement in
            measurements.append(measurement)
            Output.tell("\(measurement.work) \(measurement.size)")
        }
        for line in csv ? MeasurementTable.csv(measurements) : MeasurementTable.lines(measurements) {
            Output.result(line)
        }
    }

    private static let embedded = "embedded"
    private static let shapes = (RandomCheckpoint.shapes.keys + [embedded]).sorted()

    // As the XDG Base Directory Specification has it.
    private static var cacheFolder: String {
        let environment = ProcessInfo.processInfo.environment
        return environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? NSHomeDirectory() + "/.cache"
    }

    // The directory to open; random weights are written when they are not there.
    private func checkpoint() throws -> String {
        guard let shape, shape != Self.embedded else { return model ?? EmbeddedModel.directory }
        let random = try RandomCheckpoint(shape: shape, layers: layers)
        let folder = weights ?? Self.cacheFolder + "/bottega-bench"
        let directory = folder + "/" + random.name
        if !random.isComplete(in: directory) {
            let size = InspectionText.bytes(random.byteCount)
            Output.tell("writing \(size) of random weights to \(directory)")
            try random.write(to: directory)
        }
        return directory
    }
}

/// Values with commas between them; at least one.
struct CommaList<Item: CommaListed>: ExpressibleByArgument {
    let items: [Item]

    init(_ items: [Item]) { self.items = items }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let items = parts.compactMap { Item(listed: String($0)) }
        guard !parts.isEmpty, items.count == parts.count else { return nil }
        self.items = items
    }

    var defaultValueDescription: String { items.map(\.listed).joined(separator: ",") }
}

/// What can stand in a list.
protocol CommaListed: Sendable {
    init?(listed: String)
    var listed: String { get }
}

extension Int: CommaListed {
    init?(listed: String) { self.init(listed) }
    var listed: String { "\(self)" }
}

extension BenchPart: CommaListed {
    init?(listed: String) { self.init(rawValue: listed) }
    var listed: String { rawValue }
}

extension PixelSize: CommaListed {
    /// Two whole numbers with an x between them.
    init?(listed: String) {
        let sides = listed.split(separator: "x").compactMap { Int($0) }
        guard sides.count == 2, sides.allSatisfy({ (1...16_384).contains($0) }) else { return nil }
        self.init(width: sides[0], height: sides[1])
    }

    var listed: String { "\(width)x\(height)" }
}
