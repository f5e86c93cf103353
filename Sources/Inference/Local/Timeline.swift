// One sequence of tokens and pictures, together with the language core's memory of it.
//
// Invariant: `positions` names, position by position, exactly what the memory holds.

/// What stands at one position of a sequence.
enum Position: Equatable, Sendable {
    case token(Int32)
    /// A vision token: which picture, and which of its tokens.
    case picture(PictureDigest, Int32)
}

/// A sequence, extended and cut back as prompts demand. It owns its memory: of two copies only one may be used.
struct Timeline<Core: LanguageCore>: Sendable {
    let cache: Core.Cache
    private(set) var positions: [Position] = []

    var count: Int { positions.count }

    /// Begins with nothing.
    init(_ core: Core) { cache = core.makeCache() }

    /// Begins as another does.
    ///
    /// - Parameter count: positions that are copied, at most those of the other.
    init(_ core: Core, first count: Int, of other: Timeline) {
        cache = core.makeCache()
        core.copy(count, from: other.cache, to: cache)
        positions = Array(other.positions.prefix(count))
    }

    /// How many positions, from the beginning, are those of a prompt.
    func commonCount(with prompt: PromptLayout) -> Int { positions.commonCount(with: prompt.positions) }

    /// Forgets everything from `count` on.
    mutating func truncate(to count: Int, _ core: Core) {
        guard count < positions.count else { return }
        core.truncate(cache, to: count)
        positions.removeSubrange(count...)
    }

    /// Takes over what the disk holds of a prompt beyond these positions, which begin it.
    mutating func restore(_ prompt: PromptLayout, from disk: DiskShelf<Core>) {
        let held = disk.restore(prompt, held: count, into: cache)
        if held != count { positions = Array(prompt.positions.prefix(held)) }
    }

    /// Runs what stands at the next positions, and returns the logits behind the last.
    mutating func append(_ inputs: [CoreInput<Core.Features>], _ next: ArraySlice<Position>, _ core: Core) -> [Float] {
        let logits = core.append(inputs, to: cache)
        positions += next
        return logits
    }

    /// Takes down tokens that were decoded behind the last position.
    mutating func decoded(_ tokens: [Int]) { positions += tokens.map { .token(Int32($0)) } }
}

extension [Position] {
    /// How many positions, from the beginning, two sequences have in common.
    func commonCount(with other: [Position]) -> Int {
        var count = 0
        while count < self.count, count < other.count, self[count] == other[count] { count += 1 }
        return count
    }
}
