// `bottega eval`: reads its arguments; the work itself is in `Evaluations.swift`.
import ArgumentParser
import Inference
import Render
import UIToCode

struct EvalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval",
        abstract: "Converts many designs and says how faithful they become.",
        discussion: """
            Every design is converted, repaired and scored, with --attempts once more as the best of several drafts. \
            DIR/index.html shows all of them, DIR/evaluation.csv has the numbers, DIR/NAME/ each page with its receipt.

            With --fresh the designs are newly generated mockups that no model has seen: pages of the generator that \
            the built-in model was trained with, from seeds that training never uses.

            Examples:
              bottega eval Fixtures/designs --output evaluation
              bottega eval --fresh 100 --attempts 4 --output evaluation
            """)

    @Argument(help: ArgumentHelp("Pictures, or folders of them.", valueName: "design"), completion: .file())
    var designs: [String] = []

    @Option(name: .shortAndLong, help: ArgumentHelp("The folder to write; absent or empty.", valueName: "dir"))
    var output: String

    @Option(help: ArgumentHelp("Generate this many mockups.", valueName: "count"))
    var fresh: Int?

    @Option(help: ArgumentHelp("The first seed of the generated mockups.", valueName: "number"))
    var freshSeed: Int = 9_500_000

    @Option(help: ArgumentHelp("The generator, a Python script.", valueName: "file"), completion: .file())
    var generator = "Fixtures/model/recipe/fresh.py"

    @Option(
        help: ArgumentHelp("Drafts to choose the best from, in a second pass; 1 leaves it out.", valueName: "count"))
    var attempts = 1

    @OptionGroup var engine: EngineOptions

    func validate() throws {
        guard (1...100).contains(attempts) else { throw ValidationError("--attempts must be from 1 to 100") }
        guard designs.isEmpty != (fresh == nil) else {
            throw ValidationError("name designs, or ask for --fresh ones, not both")
        }
        guard fresh.map({ (1...10_000).contains($0) }) ?? true else {
            throw ValidationError("--fresh must be from 1 to 10000")
        }
    }

    func run() async throws {
        let command = self
        try await Interruption.run { try await command.evaluate() }
    }

    private func evaluate() async throws {
        try Project.checkOutput(output)
        let renderer = try Renderer()
        do {
            let mockups =
                if let fresh {
                    try await Mockups(generator: generator, renderer: renderer).made(fresh, from: freshSeed)
                } else {
                    try Mockups.read(designs)
                }
            let engine = try await engine.choice.open()
            let evaluations = Evaluations(engine: engine, renderer: renderer, output: output, attempts: attempts)
            let isWhole = try await evaluations.run(mockups)
            await renderer.close()
            if !isWhole { throw ExitCode.failure }
        } catch {
            await renderer.close()
            throw error
        }
    }
}
