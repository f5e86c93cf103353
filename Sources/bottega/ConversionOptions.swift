// How designs become pages: what every command that converts lets its user choose.
import ArgumentParser
import Inference
import Render
import UIToCode

/// The options that say how designs are converted.
struct ConversionOptions: ParsableArguments {
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

    /// What was chosen.
    var options: ConvertOptions {
        ConvertOptions(
            sampling: Sampling(temperature: temperature, seed: seed), maxTokens: maxTokens, attempts: attempts,
            repair: noRepair ? nil : RepairOptions(), budgetSeconds: budget)
    }

    /// Nil for drafts, and, with a word about it, on a machine without a browser.
    var renderer: Renderer? {
        guard !draft else { return nil }
        do { return try Renderer() } catch {
            Output.complain("\(error); pages are left as the model wrote them, unmeasured")
            return nil
        }
    }
}
