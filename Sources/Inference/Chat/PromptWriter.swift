// Writes a prompt: texts that touch are encoded as one, control tokens and pictures end them.
import Model

/// Collects the pieces of a prompt.
struct PromptWriter {
    private let tokenizer: Tokenizer
    private var pieces: [PromptPiece] = []
    private var tokens: [Int] = []
    private var pendingText = ""

    init(_ tokenizer: Tokenizer) { self.tokenizer = tokenizer }

    /// Appends text; it is encoded together with the text before and behind it.
    mutating func text(_ text: String) { pendingText += text }

    /// Appends a control token.
    mutating func token(_ id: Int) {
        encodePendingText()
        tokens.append(id)
    }

    /// Something that structures a prompt: a control token, or text where the model has no token for it.
    enum Mark {
        case token(Int)
        case text(String)
    }

    /// Appends a mark.
    mutating func mark(_ mark: Mark) {
        switch mark {
        case .token(let id): token(id)
        case .text(let spelled): text(spelled)
        }
    }

    /// Opens a turn.
    mutating func turn(_ role: Int, name: String, _ control: ControlTokens) {
        token(role)
        text(name)
        token(control.middle)
    }

    /// Appends a picture between its marks.
    mutating func media(_ item: MediaItem, kind: String, _ marks: ControlTokens.Media) {
        token(marks.begin)
        text(kind)
        token(marks.content)
        pieces.append(.tokens(tokens))
        tokens = []
        pieces.append(.media(item))
        token(marks.end)
    }

    /// The pieces written so far.
    mutating func finish() -> [PromptPiece] {
        encodePendingText()
        if !tokens.isEmpty { pieces.append(.tokens(tokens)) }
        tokens = []
        return pieces
    }

    private mutating func encodePendingText() {
        guard !pendingText.isEmpty else { return }
        tokens += tokenizer.encode(pendingText)
        pendingText = ""
    }
}
