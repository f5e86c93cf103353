// `bottega convert`: reads its arguments; the work itself is in `Conversions.swift`.
import ArgumentParser
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

            In another stack than html that page is DIR/preview/index.html; the stack's own files are written from it.

            Examples:
              bottega convert sign-in.png --output out
              bottega convert shots/*.png --output pages --replace
              bottega convert sign-in.png --output out --stack react
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

    @Option(
        help: ArgumentHelp(
            "What to write: html, tailwind, react, vue, svelte, or the folder of a stack of your own.",
            valueName: "stack"))
    var stack = Stack.html.rawValue

    @Flag(help: "Write over the pages of an output folder that holds something already.")
    var replace = false

    @OptionGroup var engine: EngineOptions

    @OptionGroup var conversion: ConversionOptions

    @Flag(help: "Print events and timings as JSON, one object a line, on stdout.")
    var json = false

    func validate() throws {
        do { _ = try StackTemplate(named: stack) } catch { throw ValidationError("--stack: \(error)") }
    }

    func run() async throws {
        let clock = ProcessClock()
        var options = conversion.options
        options.stack = try StackTemplate(named: stack)
        let renderer = conversion.renderer
        let conversions = Conversions(
            designs: designs, output: output, replace: replace, renderer: renderer, options: options, clock: clock,
            progress: progress)
        let choice = engine.choice
        try await Interruption.run {
            let isWhole = await conversions.run { try await choice.open() }
            await renderer?.close()
            if !isWhole { throw ExitCode.failure }
        }
    }

    private var progress: any Progress {
        if json { return JSONLines() }
        return Output.isTerminal ? ProgressBar(designCount: designs.count) : PlainLines()
    }
}
