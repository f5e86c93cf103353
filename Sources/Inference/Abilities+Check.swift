// What every engine refuses before it begins: requests that ask for more than its abilities.

extension Abilities {
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
}
