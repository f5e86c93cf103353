// `bottega mcp`: reads its arguments; the server itself is in `Server`. Its stdout belongs to the protocol.
import ArgumentParser
import Inference
import Render
import Server

struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Serves editors and agents over the Model Context Protocol.",
        discussion: """
            An editor starts this command and speaks JSON-RPC with it over stdin and stdout; logs go to stderr. The \
            tools are convert, edit and compare. They read pictures and pages of this machine, and write projects \
            where they are asked to.

            What is converted lives as long as the command, unless --data names a folder to keep it in. Such a folder \
            belongs to one process at a time, also to 'bottega serve', which offers the same tools at /mcp.

            Examples:
              claude mcp add bottega -- bottega mcp
              bottega mcp --data ~/designs/bottega
              bottega mcp --engine http://gpu-1:8000/v1
            """)

    @Option(
        help: ArgumentHelp(
            "The folder of the conversions. (default: a temporary one, removed at the end)", valueName: "dir"),
        completion: .directory)
    var data: String?

    @OptionGroup var engine: EngineOptions

    @Flag(help: "Say more on stderr.")
    var verbose = false

    func run() async throws {
        let choice = engine.choice
        let files = LocalFiles { try Subject.read($0, scale: $1) }
        try await ToolServing(data: data, isVerbose: verbose, localFiles: files).run {
            try await choice.open()
        }
    }
}
