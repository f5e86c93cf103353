// `bottega workflow`: reads its arguments, runs the analysis, tells how it goes.
import ArgumentParser
import Foundation
import Inference
import Media
import Render
import UIToCode

struct WorkflowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workflow",
        abstract: "Turns a screen recording into steps and a clickable prototype.",
        discussion: """
            DIR/report.html shows the recording with its steps on a timeline, DIR/workflow.json has them for \
            machines (its schema lies beside it), DIR/procedure.md for people, DIR/diagram.mmd as a Mermaid \
            diagram. DIR/prototype/index.html is a page for each screen, linked as the recording went, and \
            DIR/walkthrough.py, a Playwright script, goes through it. The path of the report is printed on stdout, \
            progress on stderr.

            Recordings may be MP4, QuickTime, WebM, Matroska, AVI or GIF. With Chromium the prototype is replayed \
            beside the recording. Pages are kept in DIR/.bottega: a run that was stopped goes on there, and screens \
            that did not change are not converted again.

            Examples:
              bottega workflow checkout.webm --output out
              bottega workflow sign-up.mp4 --output out --redact
              bottega workflow tour.mov --output out --json | jq '.workflow.steps[]?'
            """)

    @Argument(help: ArgumentHelp("A screen recording.", valueName: "video"), completion: .file())
    var video: String

    @Option(
        name: .shortAndLong, help: ArgumentHelp("The folder to write; made if absent.", valueName: "dir"),
        completion: .directory)
    var output: String

    @Flag(help: "Leave what was typed out of everything: texts, pictures and pages.")
    var redact = false

    @Flag(help: "Make no prototype, and no script for it.")
    var noPrototype = false

    @Flag(help: "Write into an output folder that holds something else already.")
    var replace = false

    @OptionGroup var engine: EngineOptions

    @Option(help: ArgumentHelp("A page is cut after this many tokens, and closed.", valueName: "count"))
    var maxTokens = ConvertOptions().maxTokens

    @Option(
        help: ArgumentHelp(
            "No repair of a page begins after this time. (default: 30 seconds of repairs)", valueName: "seconds"))
    var budget: Double?

    @Flag(help: "Print events as JSON, one object a line, on stdout; the last one has the whole analysis.")
    var json = false

    func validate() throws {
        guard maxTokens >= 1 else { throw ValidationError("--max-tokens must be 1 or more") }
        guard budget.map({ $0 >= 0 && $0.isFinite }) ?? true else {
            throw ValidationError("--budget must be 0 or more")
        }
    }

    func run() async throws {
        let renderer = renderer
        let progress = WorkflowProgress(json: json)
        let analysis = Analysis(
            video: video, output: output, replace: replace, engine: engine.choice, renderer: renderer,
            options: WorkflowOptions(
                convert: ConvertOptions(maxTokens: maxTokens, budgetSeconds: budget), redact: redact,
                prototype: !noPrototype))
        try await Interruption.run {
            do {
                let report = try await analysis.run(progress)
                await renderer?.close()
                progress.written(analysis.output, report)
            } catch {
                await renderer?.close()
                throw error
            }
        }
    }

    // Nil, with a word about it, on a machine without a browser.
    private var renderer: Renderer? {
        do { return try Renderer() } catch {
            Output.complain("\(error); targets stay unknown, and the prototype is not replayed")
            return nil
        }
    }
}

/// What one `workflow` has to do.
private struct Analysis: Sendable {
    let video: String
    let output: String
    /// Whether the folder may hold what no earlier run wrote.
    let replace: Bool
    let engine: EngineChoice
    let renderer: Renderer?
    let options: WorkflowOptions

    /// Checks the recording and the folder before a model is opened, and does it.
    func run(_ progress: WorkflowProgress) async throws -> WorkflowReport {
        let shelf = output + "/.bottega"
        // A folder with a shelf in it is one that an earlier run wrote.
        try Project.checkOutput(output, replace: replace || FileManager.default.fileExists(atPath: shelf))
        _ = try VideoReader(path: video)
        let workflow = Workflow(engine: try await engine.open(), renderer: renderer, options: options)
        return try await workflow.run(
            video: video, name: Design.stem(of: video), shelf: PageShelf(folder: shelf), output: output
        ) { progress.happened($0) }
    }
}
