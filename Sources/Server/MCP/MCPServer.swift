// What is offered over the Model Context Protocol, whichever way a client came: the tools, the resources, and what the
// server says about itself. It holds no state; a client's requests and what became of them are `MCPSession`'s.
import Inference
import Jobs
import Logging

/// Who asks, and what was agreed with it.
struct MCPClient: Sendable {
    let version: ProtocolVersion
    let caller: Caller
}

/// Answers the methods of the protocol.
struct MCPServer: Sendable {
    /// The name and version under which the server introduces itself.
    static let name = "bottega"
    static let version = "0.1.0"

    let tools: [any MCPTool]
    let resources: ConversionResources
    let abilities: Abilities
    let logger: Logger

    init(bench: ToolBench, logger: Logger) {
        tools = [
            ConvertTool(bench: bench), EditTool(bench: bench), CompareTool(bench: bench), BatchTool(bench: bench),
            WorkflowTool(bench: bench),
        ]
        resources = bench.resources
        abilities = bench.abilities
        self.logger = logger
    }

    /// The answer to `initialize`.
    func introduction(for version: ProtocolVersion) -> JSONValue {
        let instructs = abilities.followsInstructions
        return [
            "protocolVersion": .string(version.rawValue),
            "capabilities": ["tools": [:], "resources": [:]],
            "serverInfo": ["name": .string(Self.name), "title": "Bottega", "version": .string(Self.version)],
            "instructions": .string(
                "Bottega turns a picture of a user interface into a page of HTML and says how faithful it is. "
                    + "`convert` a design; `edit` the conversion it names, by exact operations on elements"
                    + (instructs ? " or by an instruction in words; " : ", since its engine follows no instructions; ")
                    + "`compare` any two pictures or pages; `batch` makes one project of a folder of designs, `workflow` "
                    + "tells what was done in a screen recording. Files that a result links to are read as resources."),
        ]
    }

    /// Answers a request.
    ///
    /// - Parameter tell: sends the client a notification that belongs to the request.
    /// - Throws: `RPCFault`; `CancellationError` when the task was cancelled.
    func answer(
        _ request: RPCRequest, for client: MCPClient, tell: @escaping @Sendable (JSONValue) -> Void
    ) async throws -> JSONValue {
        switch request.method {
        case "ping": return [:]
        case "tools/list":
            try refuseCursor(request)
            return ["tools": .array(tools.map { $0.description.json(for: client.version) })]
        case "tools/call": return try await call(request, for: client, tell: tell)
        case "resources/list":
            return try await resources.list(cursor: request.parameters["cursor"], for: client)
        case "resources/templates/list":
            try refuseCursor(request)
            return ["resourceTemplates": .array(resources.templates(for: client.version))]
        case "resources/read": return try await resources.read(request.parameters["uri"], caller: client.caller)
        default: throw RPCFault.methodNotFound(request.method)
        }
    }

    // These lists have one page.
    private func refuseCursor(_ request: RPCRequest) throws(RPCFault) {
        guard let cursor = request.parameters["cursor"], cursor != .null else { return }
        throw .invalidParameters("cursor is not one that this list gave")
    }

    private func call(
        _ request: RPCRequest, for client: MCPClient, tell: @escaping @Sendable (JSONValue) -> Void
    ) async throws -> JSONValue {
        guard case .string(let name)? = request.parameters["name"] else {
            throw RPCFault.invalidParameters("name is the name of a tool")
        }
        guard let tool = tools.first(where: { $0.description.name == name }) else {
            let known = tools.map(\.description.name).joined(separator: ", ")
            throw RPCFault.invalidParameters("there is no tool \(name.quotedBriefly); known: \(known)")
        }
        let arguments = request.parameters["arguments"] ?? .object([])
        guard case .object = arguments else {
            throw RPCFault.invalidParameters("arguments is an object, not \(arguments.kindName)")
        }
        let progress = ProgressTeller(
            token: request.parameters["_meta"]?["progressToken"], hasWords: client.version.hasAnnotations, send: tell)
        let call = ToolOrder(arguments: arguments, caller: client.caller, progress: progress)
        do { return try await tool.run(call).json(for: client.version) } catch {
            if error is CancellationError || Task.isCancelled { throw CancellationError() }
            let problem = Problem(error)
            if problem.code == .internal {
                logger.error("a tool failed", metadata: ["tool": "\(name)", "error": "\(error)"])
            }
            return ToolResult.failure(problem)
        }
    }
}
