// Finds out what servers can do, by asking: `/models`, one word of an answer, the same with a tiny picture, the same
// with a tool. What the configuration knows is not asked.
import Media

/// Asks the servers of a configuration.
struct Probe {
    let configuration: RemoteConfiguration
    let transport: HTTPTransport
    let clock: RemoteClock

    /// What every server that answers can do; at least one must answer.
    ///
    /// - Throws: `.unavailable` with what each server said.
    func abilities() async throws(EngineError) -> RemoteAbilities {
        var found: RemoteAbilities?
        var listedModel: String?
        var complaints: [String] = []
        for reply in await replies() {
            let endpoint = reply.endpoint
            switch reply.abilities {
            case .success(let abilities):
                found = found?.shared(with: abilities) ?? abilities
                guard name(of: endpoint) == nil else { continue }
                if let other = listedModel, other != abilities.model {
                    throw .unavailable("the servers serve different models, \(other) and \(abilities.model): name one")
                }
                listedModel = abilities.model
            case .failure(let fault as RemoteFault):
                complaints.append("\(fault.error(of: transport.name(of: endpoint)))")
            case .failure(let error as EngineError): throw error
            case .failure: complaints.append("\(transport.name(of: endpoint)): nobody waited for the answer")
            }
        }
        guard var found else { throw .unavailable(complaints.joined(separator: "; ")) }
        found.model = listedModel ?? found.model
        return found
    }

    /// What one server can do, or why that is not known. A struct, made behind the call: of `(index, try await call())`
    /// in a task, the optimiser of Swift 6.3 forgets the index when the call throws or waits.
    private struct Reply: Sendable {
        var endpoint: Int
        var abilities: Result<RemoteAbilities, any Error>
    }

    // In the order of the servers.
    private func replies() async -> [Reply] {
        await withTaskGroup(of: Reply.self) { group in
            for endpoint in configuration.endpoints.indices { group.addTask { await reply(of: endpoint) } }
            var replies: [Reply] = []
            for await reply in group { replies.append(reply) }
            return replies.sorted { $0.endpoint < $1.endpoint }
        }
    }

    private func reply(of endpoint: Int) async -> Reply {
        do {
            let abilities = try await abilities(of: endpoint)
            return Reply(endpoint: endpoint, abilities: .success(abilities))
        } catch {
            return Reply(endpoint: endpoint, abilities: .failure(error))
        }
    }

    private func name(of endpoint: Int) -> String? { configuration.endpoints[endpoint].model ?? configuration.model }

    private func abilities(of endpoint: Int) async throws -> RemoteAbilities {
        let listing = try await retrying { try await transport.fetch("models", from: endpoint) }
        let entries = listing["data"]?.items ?? []
        let model = try model(of: endpoint, entries)
        let context = try await contextTokens(of: endpoint, entries.first { $0["id"]?.string == model })
        let plain = try await ask(endpoint, model, [.text(Self.question)], maxTokens: 16)
        return RemoteAbilities(
            model: model, contextTokens: context,
            readsImages: try await readsImages(endpoint, model, plain),
            callsTools: try await callsTools(endpoint, model), reasoningKey: plain.reasoningKey)
    }

    // MARK: What is listed

    private func model(of endpoint: Int, _ entries: [JSONValue]) throws -> String {
        if let name = name(of: endpoint) { return name }
        let names = entries.compactMap { $0["id"]?.string }
        guard let only = names.first, names.count == 1 else {
            let list = names.isEmpty ? "no model" : names.prefix(10).joined(separator: ", ")
            throw RemoteFault(.denied, "lists \(list); say which model to use")
        }
        return only
    }

    private func contextTokens(of endpoint: Int, _ entry: JSONValue?) async throws -> Int {
        if let known = configuration.knowledge.contextTokens { return known }
        if let listed = entry?["max_model_len"]?.integer ?? entry?["context_length"]?.integer { return listed }
        // llama-server lists what the model was trained for, and keeps what it serves in a place of its own.
        do {
            let properties = try await transport.fetch("/props", from: endpoint)
            if let served = properties["default_generation_settings"]?["n_ctx"]?.integer { return served }
        } catch let fault as RemoteFault where fault.kind == .denied || fault.kind == .malformed {}
        throw RemoteFault(.denied, "does not say how many tokens it holds; set contextTokens")
    }

    // MARK: What is tried

    private static let question = "Say yes."

    private struct Heard: Sendable {
        var promptTokens: Int?
        var reasoningKey: RequestForm.ReasoningKey?
    }

    private func readsImages(_ endpoint: Int, _ model: String, _ plain: Heard) async throws -> Bool {
        let knowledge = configuration.knowledge.readsImages
        guard knowledge == .ask else { return knowledge == .yes }
        let picture = Image(width: 64, height: 64, fill: (200, 60, 60))
        guard
            let reply = try await unlessRefused(
                naming: ["image", "vision", "multimodal", "mmproj"],
                { try await ask(endpoint, model, [.image(picture), .text(Self.question)], maxTokens: 1) })
        else { return false }
        // Some servers drop what their model cannot read, and say nothing.
        guard let with = reply.promptTokens, let without = plain.promptTokens else { return true }
        return with > without
    }

    private func callsTools(_ endpoint: Int, _ model: String) async throws -> Bool {
        guard configuration.knowledge.dialect == nil else { return false }
        let knowledge = configuration.knowledge.callsTools
        guard knowledge == .ask else { return knowledge == .yes }
        let tool = Tool(
            name: "note", description: "Notes a word.",
            parameters: #"{"type": "object", "properties": {"word": {"type": "string"}}}"#)
        let reply = try await unlessRefused(naming: ["tool", "jinja"]) {
            try await ask(endpoint, model, [.text(Self.question)], tools: [tool], maxTokens: 1)
        }
        return reply != nil
    }

    private func ask(
        _ endpoint: Int, _ model: String, _ content: [Message.Part], tools: [Tool] = [], maxTokens: Int
    ) async throws -> Heard {
        let request = GenerationRequest(
            Conversation([Message(.user, content)], tools: tools), thinking: true,
            sampling: Sampling(temperature: 1, topP: 0.95))
        let body = try RequestBody(request, form: configuration.form, reasoningKey: nil)
        let bytes = try body.bytes(model: model, maxTokens: maxTokens)
        return try await retrying {
            var heard = Heard()
            try await transport.complete(bytes, at: endpoint) { chunk in
                heard.promptTokens = chunk.usage?.promptTokens ?? heard.promptTokens
                heard.reasoningKey = chunk.reasoningKey ?? heard.reasoningKey
                return true
            }
            return heard
        }
    }

    /// Nil when the server refuses. Some say so with status 500 and name what they cannot do.
    private func unlessRefused(naming words: [String], _ ask: () async throws -> Heard) async throws -> Heard? {
        do { return try await ask() } catch let fault as RemoteFault {
            let isNamed = words.contains { fault.message.lowercased().contains($0) }
            switch fault.kind {
            case .refused, .denied: return nil
            case .broken where isNamed: return nil
            default: throw fault
            }
        }
    }

    /// Waits for servers that are busy or still loading. What cannot be reached is not waited for.
    private func retrying<Answer: Sendable>(
        _ ask: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        let limit = configuration.timeouts.firstTokenSeconds
        let retries = configuration.retries
        var wait = retries.firstWaitSeconds
        var attempt = 1
        while true {
            let watchdog = Watchdog(clock, limit: .seconds(limit), lateness: "no answer within \(limit.shortText) s")
            do { return try await watchdog.run(ask) } catch let fault as RemoteFault {
                guard attempt < retries.attempts, fault.kind == .busy || fault.kind == .broken else { throw fault }
                let asked = fault.retryAfter?.inSeconds ?? wait
                guard asked <= retries.longestWaitSeconds else { throw fault }
                try await clock.sleep(.seconds(asked))
            }
            attempt += 1
            wait = min(wait * 2, retries.longestWaitSeconds)
        }
    }
}
