// `bottega batch`: reads its arguments; the work itself is in `BatchRun.swift`.
import ArgumentParser
import Foundation
import Render
import UIToCode

struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Turns a folder of screens into one project.",
        discussion: """
            Every picture in the folder and in the folders below it becomes a page of one project, with what the pages \
            share written once, an index with thumbnails, a report and the receipt of every page. The path of the \
            index is printed on stdout, progress on stderr. Hidden files and links that lead out of the folder are left \
            out.

            A run that was interrupted goes on where it stopped when it is started again, and a later run converts only \
            designs that are new or have changed; pages of designs that are gone disappear. Designs that failed are \
            tried again when their file changes, or with --retry-failed. What all this needs is kept in DIR/.bottega.

            The exit code is 3 when some designs failed and the project has the others, 1 when nothing came of it.

            Examples:
              bottega batch shots --output site
              bottega batch shots --output site --stack react --components ours.json
              bottega batch shots --output site --in-flight 8 --retry-failed
              bottega batch shots --output site --json | jq 'select(.event == "finished")'
            """)

    @Argument(help: ArgumentHelp("A folder of pictures, one screen each.", valueName: "folder"), completion: .directory)
    var folder: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The folder of the project; made if absent, goes on if it is one.", valueName: "dir"),
        completion: .directory)
    var output: String

    @Option(
        help: ArgumentHelp(
            "What to write: html, tailwind, react, vue, svelte, or the folder of a stack of your own.",
            valueName: "stack"))
    var stack = Stack.html.rawValue

    @Option(
        help: ArgumentHelp(
            "A JSON list of your own components: name, properties, example. They are used where pages show them.",
            valueName: "file"),
        completion: .file(extensions: ["json"]))
    var components: String?

    @Flag(help: "Write over files of an output folder that holds something else already.")
    var replace = false

    @Option(help: ArgumentHelp("Designs that are converted at the same time.", valueName: "count"))
    var inFlight = BatchOptions().inFlight

    @Flag(help: "Try designs again that failed in an earlier run.")
    var retryFailed = false

    @Flag(help: "Leave every page with code of its own.")
    var noSharing = false

    @OptionGroup var engine: EngineOptions

    @OptionGroup var conversion: ConversionOptions

    @Flag(help: "Print events as JSON, one object a line, on stdout.")
    var json = false

    func validate() throws {
        guard (1...256).contains(inFlight) else { throw ValidationError("--in-flight must be from 1 to 256") }
    }

    func run() async throws {
        let options = BatchOptions(
            convert: conversion.options, stack: try StackTemplate(named: stack), inFlight: inFlight,
            retriesFailed: retryFailed, sharing: !noSharing, given: try given, replaces: replace)
        let renderer = conversion.renderer
        let run = BatchRun(
            folder: folder, output: output, renderer: renderer, options: options, progress: progress)
        let choice = engine.choice
        try await Interruption.run {
            let ending = await run.run { try await choice.open() }
            await renderer?.close()
            if ending != .success { throw ending }
        }
    }

    private var given: [GivenComponent] {
        get throws {
            guard let components else { return [] }
            let data: Data
            do { data = try Data(contentsOf: URL(filePath: components)) } catch {
                throw ComponentsError(file: components, reason: (error as NSError).localizedDescription)
            }
            do { return try GivenComponent.list(reading: Array(data)) } catch {
                throw ComponentsError(file: components, reason: "\(error)")
            }
        }
    }

    private var progress: any BatchProgress {
        if json { return BatchJSONLines() }
        return Output.isTerminal ? BatchBar() : BatchPlainLines()
    }
}

/// Why a list of components cannot be used.
struct ComponentsError: Error, CustomStringConvertible {
    let file: String
    let reason: String

    var description: String { "\(file): \(reason)" }
}
