// The help screens, whole: what a person reads first is reviewed like code.
import Testing

@Suite struct HelpTests {
    @Test(arguments: [["--help"], ["-h"], ["help"], []])
    func theCommandExplainsItself(arguments: [String]) async throws {
        let outcome = try await Binary.run(arguments)
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Turns pictures of user interfaces into pages, offline, with a model
                of its own.

                Examples:
                  bottega convert sign-in.png --output out
                  bottega convert shots/*.png --output pages
                  bottega inspect ~/models/kimi-vl-a3b

                USAGE: bottega <subcommand>

                OPTIONS:
                  --version               Show the version.
                  -h, --help              Show help information.

                SUBCOMMANDS:
                  convert                 Turns pictures of screens into pages that open from
                                          disk.
                  inspect                 Says what a checkpoint is, what it needs, and what it
                                          lacks.

                  See 'bottega help <subcommand>' for detailed help.

                """)
    }

    @Test func convertExplainsItself() async throws {
        let outcome = try await Binary.run(["convert", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Turns pictures of screens into pages that open from disk.

                One design becomes DIR/index.html, several become DIR/NAME/index.html each. The
                paths of the pages are printed on stdout, progress on stderr. Pictures may be
                PNG, JPEG, WebP, GIF, BMP or AVIF.

                Examples:
                  bottega convert sign-in.png --output out
                  bottega convert shots/*.png --output pages --replace
                  bottega convert sign-in.png --output out --json | jq .seconds
                  bottega convert sign-in.png --output out --model ~/models/kimi-vl-a3b

                USAGE: bottega convert <design> ... --output <dir> [--replace] [--model <dir>] [--temperature <number>] [--seed <number>] [--max-tokens <count>] [--threads <count>] [--json]

                ARGUMENTS:
                  <design>                Pictures, one screen each.

                OPTIONS:
                  -o, --output <dir>      The folder to write; made if absent.
                  --replace               Write over the pages of an output folder that holds
                                          something already.
                  --model <dir>           A checkpoint directory, instead of the model that is
                                          built in.
                  --temperature <number>  0 always takes the likeliest token; more gives
                                          variety. (default: 0.0)
                  --seed <number>         With a temperature: the same seed gives the same
                                          page. (default: 0)
                  --max-tokens <count>    A page is cut after this many tokens, and closed.
                                          (default: 8192)
                  --threads <count>       Processor threads. (default: all processors)
                  --json                  Print events and timings as JSON, one object a line,
                                          on stdout.
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func inspectExplainsItself() async throws {
        let outcome = try await Binary.run(["inspect", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Says what a checkpoint is, what it needs, and what it lacks.

                Reads the configuration and the tables of contents, not the weights. Ends with
                exit code 1 when tensors are missing or left over, or when the checkpoint
                cannot be run at all.

                Examples:
                  bottega inspect ~/models/kimi-k2.5
                  bottega inspect ~/models/kimi-k2.5 --json | jq .parameters.total

                USAGE: bottega inspect <checkpoint> [--json]

                ARGUMENTS:
                  <checkpoint>            A checkpoint directory: config.json and safetensors,
                                          as published.

                OPTIONS:
                  --json                  Print one JSON object, with every missing and
                                          left-over tensor.
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func theVersionIsOneLine() async throws {
        let outcome = try await Binary.run(["--version"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(outcome.output == "bottega 0.1.0\n")
    }

    @Test(arguments: [
        (["frob"], "Unexpected argument 'frob' (see 'bottega --help')"),
        (["convert"], "Missing expected argument '<design> ...' (see 'bottega convert --help')"),
        (["convert", "a.png"], "Missing expected argument '--output <dir>' (see 'bottega convert --help')"),
        (
            ["convert", "a.png", "-o", "x", "--wide"],
            "Unknown option '--wide'. Did you mean '--model'? (see 'bottega convert --help')"
        ),
        (
            ["convert", "a.png", "-o", "x", "--seed", "k"],
            "The value 'k' is invalid for '--seed <number>' (see 'bottega convert --help')"
        ),
        (
            ["convert", "a.png", "-o", "x", "--temperature=-1"],
            "--temperature must be 0 or more (see 'bottega convert --help')"
        ),
        (
            ["convert", "a.png", "-o", "x", "--max-tokens", "0"],
            "--max-tokens must be 1 or more (see 'bottega convert --help')"
        ),
        (
            ["convert", "a.png", "-o", "x", "--threads", "0"],
            "--threads must be from 1 to 1024 (see 'bottega convert --help')"
        ),
        (["inspect"], "Missing expected argument '<checkpoint>' (see 'bottega inspect --help')"),
    ])
    func wrongUsageIsOneLineAndCode2(arguments: [String], message: String) async throws {
        let outcome = try await Binary.run(arguments)
        #expect(outcome.code == 2 && outcome.output.isEmpty)
        #expect(outcome.errors == "bottega: \(message)\n")
    }
}
