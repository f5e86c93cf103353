// A prompt laid out position by position, before anything of it is looked at or run: where it is long, where it is
// equal to what was read before, what stands where, and in which stretches it is read.
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

    /// Tokens run at once at most; as many as `KimiModel` runs through its layers at once.
    static let stretchTokens = 512

    /// A picture this far into a stretch ends it; with fewer tokens a stretch costs more than it saves.
    static let leastTokens = 64

    private(set) var positions: [Position] = []
    private(set) var pieces: [Piece] = []
    /// Where stretches end: behind pictures, where prompts go on differently, and after `stretchTokens`. A cut depends
    /// on nothing but what stands before it, so prompts that begin alike are read alike, and what was kept of one
    /// serves the other to the last bit.
    private(set) var cuts: [Int] = []

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
        cuts = Self.cuts(pieces, count: positions.count)
    }

    var count: Int { positions.count }

    /// Where the stretch that goes on at a position ends.
    func stretchEnd(after position: Int) -> Int { cuts.first { $0 > position } ?? count }

    private static func cuts(_ pieces: [Piece], count: Int) -> [Int] {
        var pictureEnds = pieces.compactMap { piece in
            if case .picture = piece.content { piece.range.upperBound } else { nil }
        }[...]
        var cuts: [Int] = []
        var start = 0
        while true {
            pictureEnds = pictureEnds.drop { $0 < start + leastTokens }
            let end = min(pictureEnds.first ?? .max, start + stretchTokens)
            guard end <= count else { return cuts }
            cuts.append(end)
            start = end
        }
    }

    /// How much of what is held already serves this prompt. The last token is always run: its logits are not kept.
    func reusable(of held: Int) -> Int { min(held, count - 1) }
}
