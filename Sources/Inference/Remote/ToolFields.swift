// Writes which tools a request declares and whether they must be called.

/// The fields of a request that are about tools.
struct ToolFields {
    private let tools: [Tool]
    private let choice: ToolChoice
    private let callsInParallel: Bool
    private let form: RequestForm

    /// Refuses what the server does not take.
    ///
    /// - Throws: `.unsupported` for a forced call while the model thinks, where the server refuses that.
    init(_ request: GenerationRequest, _ form: RequestForm) throws(EngineError) {
        self.form = form
        choice = request.toolChoice
        callsInParallel = request.allowsSeveralCalls
        let tools = request.conversation.tools
        if case .named(let name) = request.toolChoice, !form.namesForcedTool {
            self.tools = tools.filter { $0.name == name }
        } else {
            self.tools = tools
        }
        guard !isForced || !request.thinking || form.forcesCallsWhileThinking else {
            throw .unsupported("the server refuses that a tool must be called while the model thinks; do not think")
        }
    }

    /// All of them; none when there are no tools.
    func all() throws(EngineError) -> [JSONValue.Member] {
        var fields = try declarations()
        guard !fields.isEmpty else { return [] }
        if let value = choiceValue { fields.append(.init("tool_choice", value)) }
        if form.parallelCalls == .always || form.parallelCalls == .whenForbidden && !callsInParallel {
            fields.append(.init("parallel_tool_calls", .bool(callsInParallel)))
        }
        return fields
    }

    /// The tools alone.
    func declarations() throws(EngineError) -> [JSONValue.Member] {
        guard !tools.isEmpty else { return [] }
        var values: [JSONValue] = []
        for tool in tools {
            let function: [JSONValue.Member] = [
                .init("name", .string(tool.name)), .init("description", .string(tool.description)),
                .init("parameters", try ToolDeclarations.parameters(of: tool)),
            ]
            values.append(.object([.init("type", .string("function")), .init("function", .object(function))]))
        }
        return [.init("tools", .array(values))]
    }

    private var isForced: Bool {
        switch choice {
        case .auto: !tools.isEmpty && form.toolChoice == .required
        case .none: false
        case .required, .named: true
        }
    }

    private var choiceValue: JSONValue? {
        switch choice {
        case .auto: form.toolChoice == .unsaid ? nil : .string(form.toolChoice.rawValue)
        case .none: .string("none")
        case .required: .string("required")
        case .named(let name) where form.namesForcedTool:
            .object([.init("type", .string("function")), .init("function", .object([.init("name", .string(name))]))])
        case .named: .string("required")
        }
    }
}

extension GenerationRequest {
    /// Whether an answer may hold more than one call.
    var allowsSeveralCalls: Bool { if case .named = toolChoice { false } else { callsInParallel } }
}
