// Guesses how an answer goes on from what stands earlier in it and in its prompt: the last tokens are looked for, and
// what came behind them then may come again. Code and markup repeat themselves so much that this alone guesses many
// tokens; what comes of a guess only the model says (`Answer`).

/// Guesses the next tokens of one answer.
struct Lookup: Sendable {
    /// Tokens that are guessed at once at most.
    static let mostTokens = 8

    /// Guesses that are left out once one failed at the shortest: doubled by every such failure, up to the most.
    private static let shortestPause = 2, longestPause = 64

    private var tokens: [Int] = []
    /// What came behind three tokens, and behind two, when they last came: places in `tokens`.
    private var behindThree: [UInt64: Int] = [:]
    private var behindTwo: [UInt64: Int] = [:]
    /// Where the last tokens came before, and went on.
    private var place: Int?

    /// Tokens that are guessed at once. Doubled where all of them came, cut where they did not.
    private var length = 2
    private var pause = shortestPause
    /// Chances to guess that are still to be left out.
    private var left = 0

    /// Looks in a prompt, pictures left out.
    init(_ prompt: [Position]) {
        for case .token(let token) in prompt { push(Int(token)) }
    }

    /// Takes the next token of the answer.
    mutating func push(_ token: Int) {
        tokens.append(token)
        let end = tokens.count
        let three = key(3), two = key(2)
        place = three.flatMap { behindThree[$0] } ?? two.flatMap { behindTwo[$0] }
        if let three { behindThree[three] = end }
        if let two { behindTwo[two] = end }
    }

    /// Guesses tokens behind the last one.
    ///
    /// - Parameter most: not more than these.
    mutating func guess(most: Int) -> [Int] {
        guard let place, most > 0 else { return [] }
        guard left == 0 else {
            left -= 1
            return []
        }
        // What repeats itself within fewer tokens than are guessed goes on in the guess.
        var guess: [Int] = []
        while guess.count < min(length, most) {
            let index = place + guess.count
            guess.append(index < tokens.count ? tokens[index] : guess[index - tokens.count])
        }
        return guess
    }

    /// Learns what came of a guess.
    ///
    /// - Parameters:
    ///   - guessed: tokens that were guessed, at least one.
    ///   - right: those of them that came.
    mutating func learn(guessed: Int, right: Int) {
        if right == guessed {
            length = min(max(length, 2 * guessed), Self.mostTokens)
            pause = Self.shortestPause
        } else if right > 0 {
            length = right
        } else if length > 1 {
            length /= 2
        } else {
            left = pause
            pause = min(2 * pause, Self.longestPause)
        }
    }

    /// The last tokens as a number; nil while there are fewer.
    private func key(_ count: Int) -> UInt64? {
        guard tokens.count >= count else { return nil }
        return tokens.suffix(count).reduce(0) { $0 << 21 | UInt64($1) }
    }
}
