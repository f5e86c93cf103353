// `bottega convert`: reads its arguments; the work itself is in `Conversions.swift`.
import ArgumentParser
import EmbeddedModel
import Inference
import UIToCode

struct ConvertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Turns pictures of screens into pages that open from disk.",
        discussion: """
            One design becomes DIR/index.html, several become DIR/NAME/index.html each. The paths of the \
            pages are printed on stdout, progress on stderr. Pictures may be PNG, JPEG, WebP, GIF, BMP or AVIF.

            Examples:
              bottega convert sign-in.png --output out
              bottega convert shots/*.png --output pages --replace
              bottega convert sign-in.png --output out --json | jq .seconds
              bottega convert sign-in.png --output out --model ~/models/kimi-vl-a3b
            """)

    @Argument(help: ArgumentHelp("Pictures, one screen each.", valueName: "design"), completion: .file())
    var designs: [String]

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The folder to write; made if absent.", valueName: "dir"),
        completion: .directory)
    var output: String

    @Flag(help: "Write over the pages of an output folder that holds something already.")
    var replace = false

    @Option(
        help: ArgumentHelp("A checkpoint directory, instead of the model that is built in.", valueName: "dir"),
        completion: .directory)
    var model: String?

    @Option(help: ArgumentHelp("0 always takes the likeliest token; more gives variety.", valueName: "number"))
    var temperature = 0.0

    @Option(help: ArgumentHelp("With a temperature: the same seed gives the same page.", valueName: "number"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("A page is cut after this many tokens, and closed.", valueName: "count"))
    var maxTokens = ConvertOptions().maxTokens

    @Option(help: ArgumentHelp("Processor threads. (default: all processors)", valueName: "count"))
    var threads: Int?

    @Flag(help: "Print events and timings as JSON, one object a line, on stdout.")
    var json = false

    func validate() throws {
        guard temperature >= 0, temperature.isFinite else { throw ValidationError("--temperature must be 0 or more") }
        guard maxTokens >= 1 else { throw ValidationError("--max-tokens must be 1 or more") }
        guard threads.map({ (1...1024).contains($0) }) ?? true else {
            throw ValidationError("--threads must be from 1 to 1024")
        }
    }

    func run() async throws {
        let clock = ProcessClock()
        let conversions = Conversions(
            designs: designs, output: output, replace: replace,
            options: ConvertOptions(
                sampling: Sampling(temperature: temperature, seed: seed), maxTokens: maxTokens),
            clock: clock, progress: progress)
        let (model, threads) = (model, threads)
        try await Interruption.run {
            let isWhole = await conversions.run {
                let threads = threads ?? Processors.available
                guard let model else {
                    return try LocalEngine.open(EmbeddedModel.directory, name: "embedded", threads: threads)
                }
                return try LocalEngine.open(model, threads: threads)
            }
            if !isWhole { throw ExitCode.failure }
        }
    }

    private var progress: any Progress {
        if json { return JSONLines() }
        return Output.isTerminal ? ProgressBar(designCount: designs.count) : PlainLines()
    }
}
