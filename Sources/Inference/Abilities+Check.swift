// What every engine refuses before it begins: requests that ask for more than its abilities.

extension Abilities {
    /// The likeliest tokens that are told at most.
    static let mostAlternatives = 20

    /// Refuses a request that the engine cannot take.
    ///
    /// - Throws: `.unsupported` with what it asks for.
    func check(_ request: GenerationRequest) throws(EngineError) {
        guard request.maxTokens > 0 else {
            throw .unsupported("an answer of at most \(request.maxTokens) tokens; it must be at least 1")
        }
        guard callsTools || request.conversation.tools.isEmpty else {
            throw .unsupported("\(modelName) calls no tools")
        }
        guard request.thinkingTokens.map({ $0 >= 0 }) ?? true else {
            throw .unsupported("thoughts of at most \(request.thinkingTokens ?? 0) tokens; it must be 0 or more")
        }
        guard request.scoredAlternatives.map({ 0...Self.mostAlternatives ~= $0 }) ?? true else {
            throw .unsupported(
                "the \(request.scoredAlternatives ?? 0) likeliest tokens; from 0 to \(Self.mostAlternatives) are told")
        }
        try checkTools(request)
        for part in request.conversation.messages.flatMap(\.content) {
            switch part {
            case .text: break
            case .image:
                guard readsImages else { throw .unsupported("\(modelName) reads no pictures") }
            case .video:
                guard readsVideo else { throw .unsupported("\(modelName) reads no video") }
            }
        }
    }

    private func checkTools(_ request: GenerationRequest) throws(EngineError) {
        let names = request.conversation.tools.map(\.name)
        switch request.toolChoice {
        case .auto, .none: break
        case .required:
            guard !names.isEmpty else { throw .unsupported("a tool must be called and none is declared") }
        case .named(let name):
            guard names.contains(name) else {
                throw .unsupported("the tool \(name) must be called and is not declared")
            }
        }
    }
}
