// `bottega inspect`: what a checkpoint is and what it takes to run it, before anybody waits for it.
import ArgumentParser
import Model

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Says what a checkpoint is, what it needs, and what it lacks.",
        discussion: """
            Reads the configuration and the tables of contents, not the weights. Ends with exit code 1 when \
            tensors are missing or left over, or when the checkpoint cannot be run at all.

            With --plan it lists what the files of such a checkpoint hold, from the configuration alone: that of a \
            directory, of a config.json, or of a published checkpoint by its name: \
            \(PublishedCheckpoint.all.map(\.name).joined(separator: ", ")).

            Examples:
              bottega inspect ~/models/kimi-k2.5
              bottega inspect ~/models/kimi-k2.5 --json | jq .parameters.total
              bottega inspect --plan kimi-k2.5
              bottega inspect --plan kimi-vl-a3b-instruct --json | jq '.tensors[0]'
            """)

    @Argument(help: "A checkpoint directory: config.json and safetensors, as published.", completion: .directory)
    var checkpoint: String

    @Flag(help: "List what the files should hold instead of what they hold.")
    var plan = false

    @Flag(help: "Print one JSON object, with every missing and left-over or planned tensor.")
    var json = false

    func run() throws {
        if plan {
            let plan = try CheckpointPlan.read(checkpoint)
            if json {
                Output.result(try PlanJSON(plan).line)
            } else {
                for line in PlanText(plan).lines { Output.result(line) }
            }
            return
        }
        let inspection = try CheckpointInspection.read(checkpoint)
        if json {
            Output.result(JSONText.line(InspectionJSON(inspection)))
        } else {
            for line in InspectionText(inspection).lines { Output.result(line) }
        }
        guard inspection.missing.isEmpty, inspection.leftover.isEmpty else { throw ExitCode.failure }
    }
}
