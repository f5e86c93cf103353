// Which engine does the work: the model that is built in, a checkpoint on this machine, or servers elsewhere. Every command
// that needs an engine chooses it in the same words.
import ArgumentParser
import EmbeddedModel
import Foundation
import Inference
import Model

/// An engine that is to be opened.
struct EngineChoice: Sendable {
    /// A checkpoint directory.
    var model: String?
    /// Processor threads of a model on this machine; nil for all.
    var threads: Int?
    /// How a model on this machine holds the weights that every token is multiplied with.
    var denseWeights = DenseWeights.bfloat16
    /// Addresses of servers, or one JSON file with a whole `RemoteConfiguration`.
    var servers: [String] = []
    /// What the servers call the model; nil for the one they have.
    var serverModel: String?
    /// What the servers want to be shown; nil for nothing.
    var key: Secret?
    /// Where a model on this machine keeps its work on prompts; nil for nowhere.
    var prefixes: PrefixCache?

    /// Opens it. Servers are asked what they can do.
    ///
    /// - Throws: what keeps the model from being opened or the servers from being used; `ChoiceError`.
    func open() async throws -> any Engine {
        if !servers.isEmpty { return try await RemoteEngine.connect(try configuration()) }
        let threads = threads ?? Processors.available
        guard let model else {
            return try LocalEngine.open(
                EmbeddedModel.directory, name: "embedded", threads: threads, denseWeights: denseWeights,
                prefixes: prefixes)
        }
        return try LocalEngine.open(model, threads: threads, denseWeights: denseWeights, prefixes: prefixes)
    }

    /// How the servers are dealt with.
    func configuration() throws(ChoiceError) -> RemoteConfiguration {
        if let file = servers.first, servers.count == 1, file.hasSuffix(".json"), !file.contains("://") {
            return try read(file)
        }
        if let file = servers.first(where: { !$0.contains("://") }) { throw .noServer(file) }
        return RemoteConfiguration(servers, model: serverModel, key: key)
    }

    private func read(_ file: String) throws(ChoiceError) -> RemoteConfiguration {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: file)) } catch {
            throw .unreadable(file: file, reason: (error as NSError).localizedDescription)
        }
        do {
            var configuration = try JSONDecoder().decode(RemoteConfiguration.self, from: data)
            configuration.model = serverModel ?? configuration.model
            configuration.key = key ?? configuration.key
            // The stylesheet stands beside the file, unless its path says otherwise.
            configuration.knowledge.dialect = configuration.knowledge.dialect.map {
                URL(filePath: $0, relativeTo: URL(filePath: file)).path(percentEncoded: false)
            }
            return configuration
        } catch {
            throw .unreadable(file: file, reason: Self.words(for: error))
        }
    }

    // Where in the file, and what; values, which may be keys, stay out of it.
    private static func words(for error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "there is no \"\(key.stringValue)\""
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")) is of another kind"
        case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")) has an unknown value"
        default: "it is not the JSON of an engine"
        }
    }
}

/// What is wrong with a choice.
enum ChoiceError: Error, CustomStringConvertible {
    case noServer(String)
    case unreadable(file: String, reason: String)

    var description: String {
        switch self {
        case .noServer(let text): "\"\(text)\" is no server such as http://gpu-1:8000/v1 and no JSON file"
        case .unreadable(let file, let reason): "\(file): \(reason)"
        }
    }
}

/// The options that choose an engine.
struct EngineOptions: ParsableArguments {
    static let serverHelp = ArgumentHelp(
        "An OpenAI-compatible server, such as http://gpu-1:8000/v1, instead of a model on this machine; repeat it for "
            + "several, or name a JSON file. Its key is read from BOTTEGA_ENGINE_KEY.", valueName: "server")
    static let serverModelHelp = ArgumentHelp(
        "What the servers call the model. (default: the one they have)", valueName: "name")

    static let denseWeightsHelp = ArgumentHelp(
        "How the model holds the weights that every token reads: bf16, or int8, half the bytes, rounded at the start.",
        valueName: "form")

    static let prefixCacheHelp = ArgumentHelp(
        "How much of the work on earlier prompts is kept on disk, so that the next one on the same picture begins "
            + "where it ended; off for nothing. (default: \(ByteSize(count: PrefixCache.standardBytes)))",
        valueName: "size")

    @Option(
        help: ArgumentHelp("A checkpoint directory, instead of the model that is built in.", valueName: "dir"),
        completion: .directory)
    var model: String?

    @Option(help: Self.serverHelp)
    var engine: [String] = []

    @Option(help: Self.serverModelHelp)
    var engineModel: String?

    @Option(help: ArgumentHelp("Processor threads. (default: all processors)", valueName: "count"))
    var threads: Int?

    @Option(help: Self.denseWeightsHelp)
    var denseWeights = DenseWeightsChoice.bf16

    @Option(help: Self.prefixCacheHelp)
    var prefixCache: ByteLimit?

    func validate() throws {
        guard threads.map({ (1...1024).contains($0) }) ?? true else {
            throw ValidationError("--threads must be from 1 to 1024")
        }
        guard engine.isEmpty || model == nil else {
            throw ValidationError("--model and --engine exclude each other")
        }
        guard engineModel == nil || !engine.isEmpty else { throw ValidationError("--engine-model needs --engine") }
    }

    /// What was chosen.
    var choice: EngineChoice {
        let environment = ProcessInfo.processInfo.environment
        let key = environment["BOTTEGA_ENGINE_KEY"].flatMap { $0.isEmpty ? nil : Secret($0) }
        return EngineChoice(
            model: model, threads: threads, denseWeights: denseWeights.weights, servers: engine,
            serverModel: engineModel, key: key,
            prefixes: PrefixCache(
                folder: PrefixCache.standardFolder(environment),
                byteLimit: prefixCache?.count ?? PrefixCache.standardBytes, complain: Output.complain))
    }
}

/// `--dense-weights`.
enum DenseWeightsChoice: String, ExpressibleByArgument, CaseIterable {
    case bf16, int8

    var weights: DenseWeights { self == .int8 ? .int8 : .bfloat16 }
}
