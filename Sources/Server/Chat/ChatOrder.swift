// What a request of a chat protocol comes to, whichever protocol it was written in, and what an engine that follows no
// instructions makes of it.
import Inference
import UIToCode

/// An answer that a client asked for.
struct ChatOrder: Sendable {
    var request: GenerationRequest
    /// Whether the answer is told while it is written.
    var isStreamed = false
    /// Whether a streamed answer ends with its costs, and whether every piece carries them.
    var tellsUsage = false
    var tellsUsageAlways = false
    /// Makes a page of the whole answer, for an engine that writes nothing else.
    var page: (@Sendable (String) -> String)?

    /// The same for an engine: one that follows no instructions is shown the pictures of the last message alone, and what
    /// it writes becomes a page.
    ///
    /// - Throws: `engine_no_instructions` when there is no picture.
    func fitted(to abilities: Abilities) throws(Problem) -> ChatOrder {
        guard !abilities.followsInstructions else { return self }
        let pictures = (request.conversation.messages.last { $0.role == .user }?.content ?? []).filter { part in
            if case .image = part { true } else { false }
        }
        guard !pictures.isEmpty else {
            throw Problem(
                .engineNoInstructions,
                "\(abilities.modelName) understands no words: it turns the pictures of the last message into a page, "
                    + "and there are none")
        }
        var order = self
        order.request.conversation.messages = [Message(.user, pictures)]
        order.request.thinking = false
        if let dialect = abilities.dialect {
            order.page = { dialect.page(of: $0, title: "Page") ?? $0 }
        }
        return order
    }
}

extension EngineError: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .contextExceeded: Problem(.engineContextExceeded, description)
        case .unsupported: Problem(.engineRefused, description)
        case .unavailable: Problem(.engineUnavailable, description)
        }
    }
}
