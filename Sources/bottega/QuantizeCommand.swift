// `bottega quantize`: a checkpoint's experts to INT4, so that what did not fit into memory does.
import ArgumentParser
import Foundation
import Model

struct QuantizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quantize",
        abstract: "Stores a checkpoint's experts as INT4, a quarter of their size.",
        discussion: """
            Takes bfloat16 or FP8 and writes what Kimi K2-Thinking and K2.5 are published as: routed experts in INT4 \
            with a scale for 32 weights, the rest in bfloat16, the other files as they are. It needs a few hundred \
            megabytes of memory, whatever the size. When it was interrupted, run it again: shards that are whole are \
            kept. DIR/quantization-report.json has the errors of every tensor.

            Scales: least-squares looks for the scale with the least squared error; minmax takes the greatest \
            magnitude over 7.5, which gives the bytes of compressed-tensors.

            Examples:
              bottega quantize ~/models/kimi-vl-a3b --output ~/models/kimi-vl-a3b-int4
              bottega quantize ~/models/kimi-k2 -o kimi-k2-int4 --shard-size 10GB
              bottega quantize ~/models/moonlight -o moonlight-int4 --scales minmax
            """)

    @Argument(help: "A checkpoint directory: bfloat16, or FP8 in blocks.", completion: .directory)
    var source: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write; absent or empty.", valueName: "dir"))
    var output: String

    @Option(help: ArgumentHelp("How scales are chosen.", valueName: "way"))
    var scales = ScalesChoice.leastSquares

    @Option(help: ArgumentHelp("The most that a shard may hold: MB and GB count in thousands.", valueName: "size"))
    var shardSize = ByteSize(count: 5_000_000_000)

    @Option(help: ArgumentHelp("Processor threads. (default: all processors)", valueName: "count"))
    var threads: Int?

    @Flag(help: "Print one JSON object a line, progress included.")
    var json = false

    func validate() throws {
        guard threads.map({ (1...1024).contains($0) }) ?? true else {
            throw ValidationError("--threads must be from 1 to 1024")
        }
        guard shardSize.count > 0 else { throw ValidationError("--shard-size must be 1 or more") }
    }

    func run() throws {
        var work = CheckpointQuantization(source: source, target: output)
        work.scales = scales.scales
        work.shardBytes = shardSize.count
        work.threads = threads ?? Processors.available
        let progress = QuantizeProgress(isJSON: json)
        let report: QuantizationReport
        do { report = try work.run(progress: progress.happened) } catch {
            progress.clear()
            throw error
        }
        progress.finished(report, output)
    }
}

/// `Int4Scales` as an argument.
enum ScalesChoice: String, ExpressibleByArgument, CaseIterable {
    case leastSquares = "least-squares"
    case minmax

    var scales: Int4Scales {
        switch self {
        case .leastSquares: .leastSquares
        case .minmax: .minmax
        }
    }
}
