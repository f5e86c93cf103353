// The command `bottega`: what it is called, which commands it has, and how it ends.
//
//     0   everything was done          2     wrong usage
//     1   something could not be done  3     done, and less faithful than was asked for; or not for every design
//     130, 143   interrupted by SIGINT, SIGTERM
//
// Results go to stdout, everything else to stderr; an error is one line that begins with `bottega:`.
import ArgumentParser
import Foundation
import Media

@main
struct Bottega: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bottega",
        abstract: "Turns pictures of user interfaces into pages, offline, with a model of its own.",
        discussion: """
            Examples:
              bottega convert sign-in.png --output out
              bottega convert shots/*.png --output pages
              bottega batch shots --output site
              bottega workflow checkout.webm --output analysis
              bottega compare design.png out --fail-under 0.9
              bottega eval shots --output evaluation
              bottega serve --port 8080
              bottega mcp
              bottega keys create laptop
              bottega chat --image sign-in.png
              bottega inspect ~/models/kimi-vl-a3b
              bottega quantize ~/models/kimi-vl-a3b --output ~/models/kimi-vl-a3b-int4
              bottega bench
            """,
        version: "bottega 0.1.0",
        subcommands: [
            ConvertCommand.self, BatchCommand.self, WorkflowCommand.self, CompareCommand.self, EvalCommand.self,
            CaptureCommand.self, ServeCommand.self, MCPCommand.self, KeysCommand.self, ChatCommand.self,
            InspectCommand.self, QuantizeCommand.self, BenchCommand.self,
        ])

    static func main() async {
        LargeBuffers.areReturned()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    private static func end(with error: any Error) -> Never {
        switch exitCode(for: error) {
        case .success:
            exit(withError: error)  // help and version, on stdout
        case .validationFailure:
            Output.complain(misuse(fullMessage(for: error)))
            Foundation.exit(2)
        case let code:
            if !(error is ExitCode) { Output.complain("\(error)") }
            Foundation.exit(code.rawValue)
        }
    }

    // The parser's message on one line: its first, and where its last says that help is to be had.
    private static func misuse(_ message: String) -> String {
        let lines = message.split(separator: "\n")
        let fault = String((lines.first ?? "").trimmingPrefix("Error: "))
        guard let hint = lines.last(where: { $0.contains("--help'") }) else { return fault }
        let help = hint.split(separator: "'").first { $0.hasPrefix("bottega") } ?? "bottega --help"
        return "\(fault) (see '\(help)')"
    }
}
