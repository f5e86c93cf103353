// `bottega serve`: reads its arguments and the configuration they complete; the service itself is in `Server`. It ends
// with code 0 after a graceful shutdown.
import ArgumentParser
import Foundation
import Inference
import Model
import Server

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves conversions over HTTP, with a page to try them.",
        discussion: """
            Listens on this machine only unless --host says otherwise; other machines then need a key (see \
            'bottega help keys'). Settings come from the options below, else from variables BOTTEGA_…, else from a \
            JSON file; --print-config lists them all. The address is printed on stdout, logs on stderr.

            Examples:
              bottega serve
              bottega serve --port 9000 --data /srv/bottega
              bottega serve --host 0.0.0.0 --tls-certificate chain.pem --tls-key key.pem
              bottega serve --config bottega.json --print-config
            """)

    @Option(help: ArgumentHelp("The address to listen on. (default: 127.0.0.1)", valueName: "address"))
    var host: String?

    @Option(help: ArgumentHelp("The port; 0 takes any free one. (default: 8080)", valueName: "number"))
    var port: Int?

    @Option(
        help: ArgumentHelp(
            "The folder of the jobs, uploads and results. (default: ~/.local/share/bottega)", valueName: "dir"),
        completion: .directory)
    var data: String?

    @Option(
        help: ArgumentHelp("A checkpoint directory, instead of the model that is built in.", valueName: "dir"),
        completion: .directory)
    var model: String?

    @Option(help: EngineOptions.serverHelp)
    var engine: [String] = []

    @Option(help: EngineOptions.serverModelHelp)
    var engineModel: String?

    @Option(help: ArgumentHelp("Processor threads of the model. (default: all processors)", valueName: "count"))
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "How the model holds the weights that every token reads: bf16, or int8, half the bytes, rounded at the "
                + "start. (default: bf16)", valueName: "form"))
    var denseWeights: String?

    @Option(help: EngineOptions.prefixCacheHelp)
    var prefixCache: ByteLimit?

    @Option(help: ArgumentHelp("Jobs that run at the same time. (default: 1)", valueName: "count"))
    var workers: Int?

    @Option(help: ArgumentHelp("Whether a key is needed: auto, required or off. (default: auto)", valueName: "when"))
    var auth: String?

    @Option(
        help: ArgumentHelp("A certificate with its chain, as PEM: serves HTTPS.", valueName: "file"),
        completion: .file())
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's private key, as PEM.", valueName: "file"), completion: .file())
    var tlsKey: String?

    @Option(help: ArgumentHelp("A JSON file with settings.", valueName: "file"), completion: .file())
    var config: String?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning or error. (default: info)", valueName: "level"))
    var logLevel: String?

    @Option(
        help: ArgumentHelp("json or text. (default: text on a terminal, json elsewhere)", valueName: "format"))
    var logFormat: String?

    @Flag(help: "Print every setting with its value and where it came from, and end.")
    var printConfig = false

    func run() async throws {
        let loaded = try Self.load(flags: flags, file: config)
        if printConfig {
            for line in loaded.lines { Output.result(line) }
            return
        }
        let configuration = loaded.configuration
        let choice = EngineChoice(
            model: configuration.model, threads: configuration.threads,
            denseWeights: configuration.denseWeights == .int8 ? .int8 : .bfloat16,
            servers: configuration.engineServers, serverModel: configuration.engineModel,
            key: configuration.engineKey,
            prefixes: PrefixCache(
                folder: configuration.dataDirectory + "/prefixes", byteLimit: configuration.prefixCacheBytes,
                complain: Output.complain))
        try await Serving(loaded).run {
            try await choice.open()
        } ready: { line in
            Output.result("bottega: " + line)
        }
    }

    /// Reads the configuration; one that is wrong is wrong usage, whoever wrote it.
    static func load(flags: [String: SettingFlag], file: String?) throws -> LoadedConfiguration {
        do {
            let loaded = try ServerConfiguration.load(
                flags: flags, environment: ProcessInfo.processInfo.environment, file: file)
            guard loaded.configuration.model == nil || loaded.configuration.engineServers.isEmpty else {
                throw ConfigurationError.inconsistent("model and engine.servers exclude each other")
            }
            return loaded
        } catch {
            Output.complain("\(error)")
            throw ExitCode(2)
        }
    }

    private var flags: [String: SettingFlag] {
        var flags: [String: SettingFlag] = [:]
        func put(_ key: String, _ name: String, _ text: String?) {
            if let text { flags[key] = SettingFlag(name, .text(text)) }
        }
        func put(_ key: String, _ name: String, _ number: Int?) {
            if let number { flags[key] = SettingFlag(name, .integer(number)) }
        }
        put("host", "--host", host)
        put("port", "--port", port)
        put("data", "--data", data)
        put("model", "--model", model)
        if !engine.isEmpty { flags["engine.servers"] = SettingFlag("--engine", .list(engine)) }
        put("engine.model", "--engine-model", engineModel)
        put("threads", "--threads", threads)
        put("denseWeights", "--dense-weights", denseWeights)
        put("prefixCache.bytes", "--prefix-cache", prefixCache?.count)
        put("workers", "--workers", workers)
        put("auth", "--auth", auth)
        put("tls.certificate", "--tls-certificate", tlsCertificate)
        put("tls.key", "--tls-key", tlsKey)
        put("log.level", "--log-level", logLevel)
        put("log.format", "--log-format", logFormat)
        return flags
    }
}
