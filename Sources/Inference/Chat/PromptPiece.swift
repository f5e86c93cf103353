// A rendered prompt: tokens with pictures between them.
// How many tokens a picture takes is known to whoever encodes it, so it stands here as itself.
package import Model

/// A stretch of a prompt.
package enum PromptPiece: Sendable, Equatable {
    /// Token ids as they stand.
    case tokens([Int])
    /// A picture or video chunk, to be replaced by its vision tokens.
    case media(MediaItem)
}
