// What servers were found to be able to do, as a value that can be kept, so that nothing is asked twice.

/// What the servers of a configuration can do.
public struct RemoteAbilities: Sendable, Equatable, Codable {
    /// What the servers call the model.
    public var model: String
    /// Tokens of prompt and answer together.
    public var contextTokens: Int
    /// Whether the model reads pictures.
    public var readsImages: Bool
    /// Whether the server hands tool calls out.
    public var callsTools: Bool
    /// The name under which the server sends thoughts; nil when it sent none, because its model does not think or
    /// because it runs without a reasoning parser.
    public var reasoningKey: RequestForm.ReasoningKey?

    /// Lists what servers can do.
    public init(
        model: String, contextTokens: Int, readsImages: Bool, callsTools: Bool,
        reasoningKey: RequestForm.ReasoningKey? = nil
    ) {
        self.model = model
        self.contextTokens = contextTokens
        self.readsImages = readsImages
        self.callsTools = callsTools
        self.reasoningKey = reasoningKey
    }

    /// What both can do, since a request may go to either.
    func shared(with other: RemoteAbilities) -> RemoteAbilities {
        var shared = self
        shared.contextTokens = min(contextTokens, other.contextTokens)
        shared.readsImages = readsImages && other.readsImages
        shared.callsTools = callsTools && other.callsTools
        shared.reasoningKey = reasoningKey ?? other.reasoningKey
        return shared
    }

    /// The same as callers of an engine ask for it, with what no server tells. Videos go as pictures, so who reads
    /// these reads those; who writes a dialect understands no words.
    func abilities(dialect: Dialect?, comfortableSize: PixelSize?, lineHeight: Int?) -> Abilities {
        Abilities(
            modelName: model, contextTokens: contextTokens, readsImages: readsImages, readsVideo: readsImages,
            callsTools: callsTools && dialect == nil, followsInstructions: dialect == nil, dialect: dialect,
            comfortableSize: comfortableSize, lineHeight: lineHeight)
    }
}
