// `bottega convert`: reads its arguments; the work itself is in `Conversions.swift`.
import ArgumentParser
import Inference
import Render
import UIToCode

struct ConvertCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Turns pictures of screens into pages that open from disk.",
        discussion: """
            One design becomes DIR/index.html, several become DIR/NAME/index.html each. The paths of the \
            pages are printed on stdout, progress on stderr. Pictures may be PNG, JPEG, WebP, GIF, BMP or AVIF.

            Each page is shown in Chromium, repaired without a model where that brings it closer to its design, and \
            scored: report.html beside it is for people, report.json for machines. Without Chromium the page is the \
            model's draft.

            Examples:
              bottega convert sign-in.png --output out
              bottega convert shots/*.png --output pages --replace
              bottega convert sign-in.png --output out --attempts 4 --budget 20
              bottega convert sign-in.png --output out --json | jq .fidelity.total
              bottega convert sign-in.png --output out --model ~/models/kimi-vl-a3b
              bottega convert sign-in.png --output out --engine http://gpu-1:8000/v1
            """)

    @Argument(help: ArgumentHelp("Pictures, one screen each.", valueName: "design"), completion: .file())
    var designs: [String]

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The folder to write; made if absent.", valueName: "dir"),
        completion: .directory)
    var output: String

    @Flag(help: "Write over the pages of an output folder that holds something already.")
    var replace = false

    @OptionGroup var engine: EngineOptions

    @Option(help: ArgumentHelp("0 always takes the likeliest token; more gives variety.", valueName: "number"))
    var temperature = 0.0

    @Option(help: ArgumentHelp("With a temperature: the same seed gives the same page.", valueName: "number"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("A page is cut after this many tokens, and closed.", valueName: "count"))
    var maxTokens = ConvertOptions().maxTokens

    @Option(help: ArgumentHelp("Drafts to choose the best from.", valueName: "count"))
    var attempts = 1

    @Option(
        help: ArgumentHelp(
            "No further draft or repair begins after this time. (default: 30 seconds of repairs)", valueName: "seconds")
    )
    var budget: Double?

    @Flag(help: "Measure the page, but leave it as the model wrote it.")
    var noRepair = false

    @Flag(help: "Leave the page as the model wrote it, unseen and unmeasured.")
    var draft = false

    @Flag(help: "Print events and timings as JSON, one object a line, on stdout.")
    var json = false

    func validate() throws {
        guard temperature >= 0, temperature.isFinite else { throw ValidationError("--temperature must be 0 or more") }
        guard maxTokens >= 1 else { throw ValidationError("--max-tokens must be 1 or more") }
        guard (1...100).contains(attempts) else { throw ValidationError("--attempts must be from 1 to 100") }
        guard attempts == 1 || !draft else {
            throw ValidationError("--attempts needs pages to be measured, --draft does not")
        }
        guard budget.map({ $0 >= 0 && $0.isFinite }) ?? true else {
            throw ValidationError("--budget must be 0 or more")
        }
    }

    func run() async throws {
        let clock = ProcessClock()
        let renderer = renderer
        let conversions = Conversions(
            designs: designs, output: output, replace: replace, renderer: renderer,
            options: ConvertOptions(
                sampling: Sampling(temperature: temperature, seed: seed), maxTokens: maxTokens, attempts: attempts,
                repair: noRepair ? nil : RepairOptions(), budgetSeconds: budget),
            clock: clock, progress: progress)
        let choice = engine.choice
        try await Interruption.run {
            let isWhole = await conversions.run { try await choice.open() }
            await renderer?.close()
            if !isWhole { throw ExitCode.failure }
        }
    }

    // Nil, with a word about it, on a machine without a browser.
    private var renderer: Renderer? {
        guard !draft else { return nil }
        do { return try Renderer() } catch {
            Output.complain("\(error); pages are left as the model wrote them, unmeasured")
            return nil
        }
    }

    private var progress: any Progress {
        if json { return JSONLines() }
        return Output.isTerminal ? ProgressBar(designCount: designs.count) : PlainLines()
    }
}
