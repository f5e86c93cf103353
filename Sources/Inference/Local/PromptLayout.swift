// A prompt laid out position by position, before anything of it is looked at or run: where it is long, where it is
// equal to what was read before, and what stands where.
import Model

/// A prompt as positions.
struct PromptLayout: Sendable {
    /// What the positions of a piece come from.
    enum Content: Sendable {
        case tokens([Int])
        case picture(MediaItem, PictureDigest)
    }

    /// A piece of the prompt and its place.
    struct Piece: Sendable {
        var range: Range<Int>
        var content: Content
    }

    private(set) var positions: [Position] = []
    private(set) var pieces: [Piece] = []

    /// Lays out a prompt, which ends with a token.
    ///
    /// - Parameter tokenCount: how many vision tokens a picture becomes.
    init(_ prompt: [PromptPiece], tokenCount: (MediaItem) -> Int) {
        for piece in prompt {
            let start = positions.count
            let content: Content
            switch piece {
            case .tokens(let ids):
                positions += ids.map { .token(Int32($0)) }
                content = .tokens(ids)
            case .media(let item):
                let digest = PictureDigest(of: item)
                positions += (0..<tokenCount(item)).map { .picture(digest, Int32($0)) }
                content = .picture(item, digest)
            }
            pieces.append(Piece(range: start..<positions.count, content: content))
        }
        guard case .token? = positions.last else { preconditionFailure("a prompt ends with a token") }
    }

    var count: Int { positions.count }

    /// How much of what is held already serves this prompt. The last token is always run: its logits are not kept.
    func reusable(of held: Int) -> Int { min(held, count - 1) }
}
