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

                USAGE: bottega <subcommand>

                OPTIONS:
                  --version               Show the version.
                  -h, --help              Show help information.

                SUBCOMMANDS:
                  convert                 Turns pictures of screens into pages that open from
                                          disk.
                  batch                   Turns a folder of screens into one project.
                  workflow                Turns a screen recording into steps and a clickable
                                          prototype.
                  compare                 Says how faithful a screen is to a design, and where
                                          it differs.
                  eval                    Converts many designs and says how faithful they
                                          become.
                  capture                 Takes a picture of a page of the web.
                  serve                   Serves conversions over HTTP, with a page to try them.
                  mcp                     Serves editors and agents over the Model Context
                                          Protocol.
                  keys                    Makes, lists and revokes the keys of a service.
                  chat                    Talks with a checkpoint or a server.
                  inspect                 Says what a checkpoint is, what it needs, and what it
                                          lacks.
                  quantize                Stores a checkpoint's experts as INT4, a quarter of
                                          their size.
                  bench                   Measures a model on this machine, beside the
                                          machine's own limits.

                  See 'bottega help <subcommand>' for detailed help.

                """)
    }

    @Test func workflowExplainsItself() async throws {
        let outcome = try await Binary.run(["workflow", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Turns a screen recording into steps and a clickable prototype.

                DIR/report.html shows the recording with its steps on a timeline,
                DIR/workflow.json has them for machines (its schema lies beside it),
                DIR/procedure.md for people, DIR/diagram.mmd as a Mermaid diagram.
                DIR/prototype/index.html is a page for each screen, linked as the recording
                went, and DIR/walkthrough.py, a Playwright script, goes through it. The path of
                the report is printed on stdout, progress on stderr.

                Recordings may be MP4, QuickTime, WebM, Matroska, AVI or GIF. With Chromium the
                prototype is replayed beside the recording. Pages are kept in DIR/.bottega: a
                run that was stopped goes on there, and screens that did not change are not
                converted again.

                Examples:
                  bottega workflow checkout.webm --output out
                  bottega workflow sign-up.mp4 --output out --redact
                  bottega workflow tour.mov --output out --json | jq '.workflow.steps[]?'

                USAGE: bottega workflow [<options>] <video> --output <dir>

                ARGUMENTS:
                  <video>                 A screen recording.

                OPTIONS:
                  -o, --output <dir>      The folder to write; made if absent.
                  --redact                Leave what was typed out of everything: texts,
                                          pictures and pages.
                  --no-prototype          Make no prototype, and no script for it.
                  --replace               Write into an output folder that holds something else
                                          already.
                  --model <dir>           A checkpoint directory, instead of the model that is
                                          built in.
                  --engine <server>       An OpenAI-compatible server, such as
                                          http://gpu-1:8000/v1, instead of a model on this
                                          machine; repeat it for several, or name a JSON file.
                                          Its key is read from BOTTEGA_ENGINE_KEY.
                  --engine-model <name>   What the servers call the model. (default: the one
                                          they have)
                  --threads <count>       Processor threads. (default: all processors)
                  --dense-weights <form>  How the model holds the weights that every token
                                          reads: bf16, or int8, half the bytes, rounded at the
                                          start. (values: bf16, int8; default: bf16)
                  --prefix-cache <size>   How much of the work on earlier prompts is kept on
                                          disk, so that the next one on the same picture begins
                                          where it ended; off for nothing. (default: 2GB)
                  --max-tokens <count>    A page is cut after this many tokens, and closed.
                                          (default: 8192)
                  --budget <seconds>      No repair of a page begins after this time. (default:
                                          30 seconds of repairs)
                  --json                  Print events as JSON, one object a line, on stdout;
                                          the last one has the whole analysis.
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func compareExplainsItself() async throws {
        let outcome = try await Binary.run(["compare", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Says how faithful a screen is to a design, and where it differs.

                Either side is a picture, a page (.html) or a folder with an index.html. Pages
                are shown in Chromium with the network off, in a window as large as the picture
                on the other side. The exit code is 3 when the total is below --fail-under.

                Examples:
                  bottega compare design.png out
                  bottega compare design.png out --fail-under 0.9
                  bottega compare before.html after.html --viewport 390x844 --heat-map heat.png
                  bottega compare design.png screenshot.png --json | jq .score.total

                USAGE: bottega compare <design> <result> [--fail-under <0…1>] [--heat-map <png>] [--viewport <WxH>] [--scale <number>] [--json]

                ARGUMENTS:
                  <design>                What it should look like.
                  <result>                What it looks like.

                OPTIONS:
                  --fail-under <0…1>      End with exit code 3 when the total is lower.
                  --heat-map <png>        Write a picture of the differences.
                  --viewport <WxH>        The window for pages. (default: the other side's
                                          size, 1280x800 for two pages)
                  --scale <number>        Pixels of a picture for one CSS pixel. (default: 1.0)
                  --json                  Print one JSON object, with every difference.
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func evalExplainsItself() async throws {
        let outcome = try await Binary.run(["eval", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Converts many designs and says how faithful they become.

                Every design is converted, repaired and scored, with --attempts once more as
                the best of several drafts. DIR/index.html shows all of them,
                DIR/evaluation.csv has the numbers, DIR/NAME/ each page with its receipt.

                With --fresh the designs are newly generated mockups that no model has seen:
                pages of the generator that the built-in model was trained with, from seeds
                that training never uses.

                Examples:
                  bottega eval Fixtures/designs --output evaluation
                  bottega eval --fresh 100 --attempts 4 --output evaluation

                USAGE: bottega eval [<design> ...] --output <dir> [--fresh <count>] [--fresh-seed <number>] [--generator <file>] [--attempts <count>] [--model <dir>] [--engine <server> ...] [--engine-model <name>] [--threads <count>] [--dense-weights <form>] [--prefix-cache <size>]

                ARGUMENTS:
                  <design>                Pictures, or folders of them.

                OPTIONS:
                  -o, --output <dir>      The folder to write; absent or empty.
                  --fresh <count>         Generate this many mockups.
                  --fresh-seed <number>   The first seed of the generated mockups. (default:
                                          9500000)
                  --generator <file>      The generator, a Python script. (default:
                                          Fixtures/model/recipe/fresh.py)
                  --attempts <count>      Drafts to choose the best from, in a second pass; 1
                                          leaves it out. (default: 1)
                  --model <dir>           A checkpoint directory, instead of the model that is
                                          built in.
                  --engine <server>       An OpenAI-compatible server, such as
                                          http://gpu-1:8000/v1, instead of a model on this
                                          machine; repeat it for several, or name a JSON file.
                                          Its key is read from BOTTEGA_ENGINE_KEY.
                  --engine-model <name>   What the servers call the model. (default: the one
                                          they have)
                  --threads <count>       Processor threads. (default: all processors)
                  --dense-weights <form>  How the model holds the weights that every token
                                          reads: bf16, or int8, half the bytes, rounded at the
                                          start. (values: bf16, int8; default: bf16)
                  --prefix-cache <size>   How much of the work on earlier prompts is kept on
                                          disk, so that the next one on the same picture begins
                                          where it ended; off for nothing. (default: 2GB)
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func chatExplainsItself() async throws {
        let outcome = try await Binary.run(["chat", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Talks with a checkpoint or a server.

                With a message, or with one on stdin, there is one answer. At a terminal
                without a message there is a conversation: each line is a message, a backslash
                at the end of a line continues it, /help lists the commands. The answer goes to
                stdout, everything else to stderr, thoughts included.

                Ctrl-C ends the answer that is being written, a second one the program. The
                model that is built in follows no instructions: it is shown the pictures alone,
                and writes pages.

                Examples:
                  bottega chat --image sign-in.png
                  bottega chat --model ~/models/k2.5 --image shot.png 'What is wrong here?'
                  bottega chat --engine http://gpu-1:8000/v1 --video demo.mp4 'List the steps.'
                  bottega chat --engine http://gpu-1:8000/v1 --system 'Answer in one sentence.'
                  git diff | bottega chat --engine http://gpu-1:8000/v1 --no-thinking
                  bottega chat --image sign-in.png --json | jq -r '.text // empty'

                USAGE: bottega chat [<options>] [<message>]

                ARGUMENTS:
                  <message>               What to say.

                OPTIONS:
                  --image <picture>       A picture to show with the first message; repeat it
                                          for several.
                  --video <video>         A video to show with the first message; repeat it for
                                          several.
                  --frames <count>        Most frames taken of a video. (default: 256)
                  --system <text>         What the model is to keep in mind.
                  --model <dir>           A checkpoint directory, instead of the model that is
                                          built in.
                  --engine <server>       An OpenAI-compatible server, such as
                                          http://gpu-1:8000/v1, instead of a model on this
                                          machine; repeat it for several, or name a JSON file.
                                          Its key is read from BOTTEGA_ENGINE_KEY.
                  --engine-model <name>   What the servers call the model. (default: the one
                                          they have)
                  --threads <count>       Processor threads. (default: all processors)
                  --dense-weights <form>  How the model holds the weights that every token
                                          reads: bf16, or int8, half the bytes, rounded at the
                                          start. (values: bf16, int8; default: bf16)
                  --prefix-cache <size>   How much of the work on earlier prompts is kept on
                                          disk, so that the next one on the same picture begins
                                          where it ended; off for nothing. (default: 2GB)
                  --thinking/--no-thinking
                                          Whether the model thinks before it answers. (default:
                                          --thinking)
                  --temperature <number>  0 always takes the likeliest token; more gives
                                          variety. (default: 1.0 with thoughts, 0.6 without, 0
                                          for a model that follows no instructions)
                  --top-p <number>        Keeps the likeliest tokens that have this probability
                                          together. (default: 0.95)
                  --seed <number>         The same seed gives the same answer. (default: a new
                                          one)
                  --max-tokens <count>    An answer is cut after this many tokens, thoughts
                                          included. (default: 8192)
                  --json                  Print events and timings as JSON, one object a line,
                                          on stdout.
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func captureExplainsItself() async throws {
        let outcome = try await Binary.run(["capture", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Takes a picture of a page of the web.

                The picture is as wide as the window and as high as the page. Every connection
                is checked: addresses of private networks and of this machine are refused,
                whoever names them, unless --allow does.

                Examples:
                  bottega capture https://example.com --output example.png
                  bottega capture http://localhost:3000 --allow localhost --output app.png
                  bottega capture https://example.com --output m.png --viewport 390x844 --json
                | jq '.texts[].text'

                USAGE: bottega capture <url> --output <png> [--viewport <WxH>] [--allow <host> ...] [--json]

                ARGUMENTS:
                  <url>                   An address that begins with http:// or https://.

                OPTIONS:
                  -o, --output <png>      The picture to write.
                  --viewport <WxH>        The window. (default: 1280x800)
                  --allow <host>          A host, address or network that may be reached though
                                          it is not public.
                  --json                  Print one JSON object: title, texts, console, refused
                                          requests.
                  --version               Show the version.
                  -h, --help              Show help information.


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

                Each page is shown in Chromium, repaired without a model where that brings it
                closer to its design, and scored: report.html beside it is for people,
                report.json for machines. Without Chromium the page is the model's draft.

                In another stack than html that page is DIR/preview/index.html; the stack's own
                files are written from it.

                Examples:
                  bottega convert sign-in.png --output out
                  bottega convert shots/*.png --output pages --replace
                  bottega convert sign-in.png --output out --stack react
                  bottega convert sign-in.png --output out --attempts 4 --budget 20
                  bottega convert sign-in.png --output out --json | jq .fidelity.total
                  bottega convert sign-in.png --output out --model ~/models/kimi-vl-a3b
                  bottega convert sign-in.png --output out --engine http://gpu-1:8000/v1

                USAGE: bottega convert [<options>] <design> ... --output <dir>

                ARGUMENTS:
                  <design>                Pictures, one screen each.

                OPTIONS:
                  -o, --output <dir>      The folder to write; made if absent.
                  --stack <stack>         What to write: html, tailwind, react, vue, svelte, or
                                          the folder of a stack of your own. (default: html)
                  --replace               Write over the pages of an output folder that holds
                                          something already.
                  --model <dir>           A checkpoint directory, instead of the model that is
                                          built in.
                  --engine <server>       An OpenAI-compatible server, such as
                                          http://gpu-1:8000/v1, instead of a model on this
                                          machine; repeat it for several, or name a JSON file.
                                          Its key is read from BOTTEGA_ENGINE_KEY.
                  --engine-model <name>   What the servers call the model. (default: the one
                                          they have)
                  --threads <count>       Processor threads. (default: all processors)
                  --dense-weights <form>  How the model holds the weights that every token
                                          reads: bf16, or int8, half the bytes, rounded at the
                                          start. (values: bf16, int8; default: bf16)
                  --prefix-cache <size>   How much of the work on earlier prompts is kept on
                                          disk, so that the next one on the same picture begins
                                          where it ended; off for nothing. (default: 2GB)
                  --temperature <number>  0 always takes the likeliest token; more gives
                                          variety. (default: 0.0)
                  --seed <number>         With a temperature: the same seed gives the same
                                          page. (default: 0)
                  --max-tokens <count>    A page is cut after this many tokens, and closed.
                                          (default: 8192)
                  --attempts <count>      Drafts to choose the best from. (default: 1)
                  --budget <seconds>      No further draft or repair begins after this time.
                                          (default: 30 seconds of repairs)
                  --no-repair             Measure the page, but leave it as the model wrote it.
                  --draft                 Leave the page as the model wrote it, unseen and
                                          unmeasured.
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

                With --plan it lists what the files of such a checkpoint hold, from the
                configuration alone: that of a directory, of a config.json, or of a published
                checkpoint by its name: kimi-k2.5, kimi-k2-thinking, kimi-k2-instruct,
                moonlight-16b-a3b, kimi-vl-a3b-instruct, kimi-vl-a3b-thinking.

                Examples:
                  bottega inspect ~/models/kimi-k2.5
                  bottega inspect ~/models/kimi-k2.5 --json | jq .parameters.total
                  bottega inspect --plan kimi-k2.5
                  bottega inspect --plan kimi-vl-a3b-instruct --json | jq '.tensors[0]'

                USAGE: bottega inspect <checkpoint> [--plan] [--json]

                ARGUMENTS:
                  <checkpoint>            A checkpoint directory: config.json and safetensors,
                                          as published.

                OPTIONS:
                  --plan                  List what the files should hold instead of what they
                                          hold.
                  --json                  Print one JSON object, with every missing and
                                          left-over or planned tensor.
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func quantizeExplainsItself() async throws {
        let outcome = try await Binary.run(["quantize", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Stores a checkpoint's experts as INT4, a quarter of their size.

                Takes bfloat16 or FP8 and writes what Kimi K2-Thinking and K2.5 are published
                as: routed experts in INT4 with a scale for 32 weights, the rest in bfloat16,
                the other files as they are. It needs a few hundred megabytes of memory,
                whatever the size. When it was interrupted, run it again: shards that are whole
                are kept. DIR/quantization-report.json has the errors of every tensor.

                Scales: least-squares looks for the scale with the least squared error; minmax
                takes the greatest magnitude over 7.5, which gives the bytes of
                compressed-tensors.

                Examples:
                  bottega quantize ~/models/kimi-vl-a3b --output ~/models/kimi-vl-a3b-int4
                  bottega quantize ~/models/kimi-k2 -o kimi-k2-int4 --shard-size 10GB
                  bottega quantize ~/models/moonlight -o moonlight-int4 --scales minmax

                USAGE: bottega quantize <source> --output <dir> [--scales <way>] [--shard-size <size>] [--threads <count>] [--json]

                ARGUMENTS:
                  <source>                A checkpoint directory: bfloat16, or FP8 in blocks.

                OPTIONS:
                  -o, --output <dir>      The folder to write; absent or empty.
                  --scales <way>          How scales are chosen. (values: least-squares,
                                          minmax; default: least-squares)
                  --shard-size <size>     The most that a shard may hold: MB and GB count in
                                          thousands. (default: 5GB)
                  --threads <count>       Processor threads. (default: all processors)
                  --json                  Print one JSON object a line, progress included.
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func serveExplainsItself() async throws {
        let outcome = try await Binary.run(["serve", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Serves conversions over HTTP, with a page to try them.

                Listens on this machine only unless --host says otherwise; other machines then
                need a key (see 'bottega help keys'). Settings come from the options below,
                else from variables BOTTEGA_…, else from a JSON file; --print-config lists them
                all. The address is printed on stdout, logs on stderr.

                Examples:
                  bottega serve
                  bottega serve --port 9000 --data /srv/bottega
                  bottega serve --host 0.0.0.0 --tls-certificate chain.pem --tls-key key.pem
                  bottega serve --config bottega.json --print-config

                USAGE: bottega serve <options>

                OPTIONS:
                  --host <address>        The address to listen on. (default: 127.0.0.1)
                  --port <number>         The port; 0 takes any free one. (default: 8080)
                  --data <dir>            The folder of the jobs, uploads and results.
                                          (default: ~/.local/share/bottega)
                  --model <dir>           A checkpoint directory, instead of the model that is
                                          built in.
                  --engine <server>       An OpenAI-compatible server, such as
                                          http://gpu-1:8000/v1, instead of a model on this
                                          machine; repeat it for several, or name a JSON file.
                                          Its key is read from BOTTEGA_ENGINE_KEY.
                  --engine-model <name>   What the servers call the model. (default: the one
                                          they have)
                  --threads <count>       Processor threads of the model. (default: all
                                          processors)
                  --dense-weights <form>  How the model holds the weights that every token
                                          reads: bf16, or int8, half the bytes, rounded at the
                                          start. (default: bf16)
                  --prefix-cache <size>   How much of the work on earlier prompts is kept on
                                          disk, so that the next one on the same picture begins
                                          where it ended; off for nothing. (default: 2GB)
                  --workers <count>       Jobs that run at the same time. (default: 1)
                  --auth <when>           Whether a key is needed: auto, required or off.
                                          (default: auto)
                  --tls-certificate <file>
                                          A certificate with its chain, as PEM: serves HTTPS.
                  --tls-key <file>        The certificate's private key, as PEM.
                  --config <file>         A JSON file with settings.
                  --log-level <level>     trace, debug, info, notice, warning or error.
                                          (default: info)
                  --log-format <format>   json or text. (default: text on a terminal, json
                                          elsewhere)
                  --print-config          Print every setting with its value and where it came
                                          from, and end.
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func mcpExplainsItself() async throws {
        let outcome = try await Binary.run(["mcp", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Serves editors and agents over the Model Context Protocol.

                An editor starts this command and speaks JSON-RPC with it over stdin and
                stdout; logs go to stderr. The tools are convert, edit and compare. They read
                pictures and pages of this machine, and write projects where they are asked to.

                What is converted lives as long as the command, unless --data names a folder to
                keep it in. Such a folder belongs to one process at a time, also to 'bottega
                serve', which offers the same tools at /mcp.

                Examples:
                  claude mcp add bottega -- bottega mcp
                  bottega mcp --data ~/designs/bottega
                  bottega mcp --engine http://gpu-1:8000/v1

                USAGE: bottega mcp [--data <dir>] [--model <dir>] [--engine <server> ...] [--engine-model <name>] [--threads <count>] [--dense-weights <form>] [--prefix-cache <size>] [--verbose]

                OPTIONS:
                  --data <dir>            The folder of the conversions. (default: a temporary
                                          one, removed at the end)
                  --model <dir>           A checkpoint directory, instead of the model that is
                                          built in.
                  --engine <server>       An OpenAI-compatible server, such as
                                          http://gpu-1:8000/v1, instead of a model on this
                                          machine; repeat it for several, or name a JSON file.
                                          Its key is read from BOTTEGA_ENGINE_KEY.
                  --engine-model <name>   What the servers call the model. (default: the one
                                          they have)
                  --threads <count>       Processor threads. (default: all processors)
                  --dense-weights <form>  How the model holds the weights that every token
                                          reads: bf16, or int8, half the bytes, rounded at the
                                          start. (values: bf16, int8; default: bf16)
                  --prefix-cache <size>   How much of the work on earlier prompts is kept on
                                          disk, so that the next one on the same picture begins
                                          where it ended; off for nothing. (default: 2GB)
                  --verbose               Say more on stderr.
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func benchExplainsItself() async throws {
        let outcome = try await Binary.run(["bench", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Measures a model on this machine, beside the machine's own limits.

                Without --model and --shape it measures the model that is built in, which is
                also the shape 'embedded'. Other shapes are those of published checkpoints with
                random weights, INT4 for experts and bfloat16 for the rest; they are written
                once, below --weights, and mapped as any checkpoint.

                Medians count. The limits are how fast memory can be read and how fast numbers
                can be multiplied, with the same threads, in the same run.

                Some parts are measured only when --only names them. disk gives up what the
                page cache holds of the weights, then decodes with and without reading experts
                ahead: run it where the weights are larger than the memory. layer is the routed
                experts of one layer alone, naive a forward pass of plain loops beside the same
                work done well. speculation and conversions convert --designs.

                Examples:
                  bottega bench
                  bottega bench --shape kimi-vl-a3b --layers 8 --threads 1
                  bottega bench --model ~/models/kimi-vl-a3b --only decode --contexts 0,8192
                  bottega bench --shape k2.5 --layers 2 --csv > k2.5.csv
                  bottega bench --only speculation,conversions --designs shots/*.png

                USAGE: bottega bench <options>

                OPTIONS:
                  --model <dir>           A checkpoint directory.
                  --shape <name>          The built-in model, or random weights of this shape:
                                          embedded, k2.5, kimi-vl-a3b, moonlight.
                  --layers <count>        Decoder layers of the shape. (default: all)
                  --weights <dir>         Where random weights lie. (default: bottega-bench in
                                          the cache folder)
                  --only <parts>          Only these parts, with commas: limits, vision,
                                          prefill, decode, batch, edit, disk, layer, naive,
                                          speculation, conversions, memory.
                  --images <sizes>        Sizes of pictures, with commas. (default:
                                          448x448,896x896,1344x896)
                  --prompts <counts>      Tokens of prompts, with commas. (default: 512,2048)
                  --contexts <counts>     Tokens that come before a decoded one, with commas.
                                          (default: 0)
                  --flights <counts>      Sequences that are decoded together, with commas.
                                          (default: 1,4,8,16)
                  --designs <files>       Pictures that are converted.
                  --tokens <count>        Tokens to decode. (default: 64)
                  --tries <count>         How often each thing is tried. (default: 3)
                  --threads <count>       Processor threads. (default: all processors)
                  --dense-weights <form>  How the model holds the weights that every token
                                          reads: bf16, or int8, half the bytes, rounded at the
                                          start. (values: bf16, int8; default: bf16)
                  --csv                   Print CSV, one line a measurement.
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func keysExplainsItself() async throws {
        let outcome = try await Binary.run(["keys", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Makes, lists and revokes the keys of a service.

                A service that other machines can reach asks for a key, and so does one on this
                machine as soon as it has a key. Clients send it as 'Authorization: Bearer
                KEY'. Keys may be made and revoked while the service runs.

                Examples:
                  bottega keys create laptop
                  bottega keys create ci --requests-per-minute 60 --active-jobs 2
                  bottega keys list
                  bottega keys revoke k3x9m2c4q8w1

                USAGE: bottega keys <subcommand>

                OPTIONS:
                  --version               Show the version.
                  -h, --help              Show help information.

                SUBCOMMANDS:
                  create                  Makes a key and prints its secret, once.
                  list                    Lists the keys, oldest first, without their secrets.
                  revoke                  Closes a key for good.

                  See 'bottega help keys <subcommand>' for detailed help.

                """)
    }

    @Test func keysCreateExplainsItself() async throws {
        let outcome = try await Binary.run(["keys", "create", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Makes a key and prints its secret, once.

                USAGE: bottega keys create <name> [--requests-per-minute <count>] [--active-jobs <count>] [--data <dir>]

                ARGUMENTS:
                  <name>                  What to call it; only for you.

                OPTIONS:
                  --requests-per-minute <count>
                                          Requests a minute, instead of the service's default.
                  --active-jobs <count>   Jobs waiting or running, instead of the service's
                                          default.
                  --data <dir>            The service's data folder. (default: BOTTEGA_DATA,
                                          else ~/.local/share/bottega)
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func keysListExplainsItself() async throws {
        let outcome = try await Binary.run(["keys", "list", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Lists the keys, oldest first, without their secrets.

                USAGE: bottega keys list [--json] [--data <dir>]

                OPTIONS:
                  --json                  Print one JSON object a line.
                  --data <dir>            The service's data folder. (default: BOTTEGA_DATA,
                                          else ~/.local/share/bottega)
                  --version               Show the version.
                  -h, --help              Show help information.


                """)
    }

    @Test func keysRevokeExplainsItself() async throws {
        let outcome = try await Binary.run(["keys", "revoke", "--help"])
        #expect(outcome.code == 0 && outcome.errors.isEmpty)
        #expect(
            outcome.output == """
                OVERVIEW: Closes a key for good.

                USAGE: bottega keys revoke <id> [--data <dir>]

                ARGUMENTS:
                  <id>                    The key's id, as 'bottega keys list' shows it.

                OPTIONS:
                  --data <dir>            The service's data folder. (default: BOTTEGA_DATA,
                                          else ~/.local/share/bottega)
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
        (
            ["convert", "a.png", "-o", "x", "--prefix-cache", "none"],
            "The value 'none' is invalid for '--prefix-cache <size>' (see 'bottega convert --help')"
        ),
        (
            ["serve", "--port", "http"],
            "The value 'http' is invalid for '--port <number>' (see 'bottega serve --help')"
        ),
        (["keys", "create"], "Missing expected argument '<name>' (see 'bottega keys create --help')"),
        (
            ["keys", "create", "x", "--active-jobs", "0"],
            "--active-jobs must be from 1 to 1000000 (see 'bottega keys create --help')"
        ),
        (["inspect"], "Missing expected argument '<checkpoint>' (see 'bottega inspect --help')"),
    ])
    func wrongUsageIsOneLineAndCode2(arguments: [String], message: String) async throws {
        let outcome = try await Binary.run(arguments)
        #expect(outcome.code == 2 && outcome.output.isEmpty)
        #expect(outcome.errors == "bottega: \(message)\n")
    }
}
