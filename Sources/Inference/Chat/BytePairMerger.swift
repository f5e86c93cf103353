// Byte-pair encoding of one piece of text: the bytes of the piece become ranks.
// The adjacent pair with the lowest rank is merged first, the leftmost of equals, until no pair is a token.
// A heap finds that pair, so a piece of n bytes costs n log n however long it is. Scratch is kept between pieces.

/// Encodes pieces, reusing its scratch memory.
struct BytePairMerger {
    private let vocabulary: Vocabulary
    /// A part of the piece begins at each byte offset for which `partEnd` is positive; it ends before `partEnd`.
    private var partEnd: [Int32] = []
    /// Where the part before the one at this offset begins.
    private var previousStart: [Int32] = []
    /// The rank of the part at this offset joined with the part after it; `noRank` when that is not a token.
    private var pairRank: [Int32] = []
    /// `rank << 32 | offset` of pairs; entries that `pairRank` no longer confirms are stale and skipped.
    private var heap = MinimumHeap()

    private static let noRank = Int32.max

    init(_ vocabulary: Vocabulary) { self.vocabulary = vocabulary }

    /// Appends the ranks of `piece` to `ids`.
    ///
    /// A piece that is a token as a whole becomes that token, whatever merging would have given.
    mutating func encode(_ piece: Span<UInt8>, into ids: inout [Int]) {
        if let whole = vocabulary.rank(of: piece) {
            ids.append(Int(whole))
            return
        }
        guard !piece.isEmpty else { return }
        cutIntoBytes(piece)
        while let key = heap.popFirst() {
            let start = Int(truncatingIfNeeded: key & 0xffff_ffff)
            let rank = Int32(truncatingIfNeeded: key >> 32)
            guard partEnd[start] > 0, pairRank[start] == rank else { continue }
            mergePair(at: start, of: piece)
        }
        var start = 0
        while start < piece.count {
            let end = Int(partEnd[start])
            guard let rank = vocabulary.rank(of: piece.extracting(start..<end)) else {
                preconditionFailure("every part is a token: single bytes are, and merges only make tokens")
            }
            ids.append(Int(rank))
            start = end
        }
    }

    /// Starts over with every byte a part of its own.
    private mutating func cutIntoBytes(_ piece: Span<UInt8>) {
        partEnd.removeAll(keepingCapacity: true)
        previousStart.removeAll(keepingCapacity: true)
        pairRank.removeAll(keepingCapacity: true)
        heap.removeAll()
        for offset in piece.indices {
            partEnd.append(Int32(offset + 1))
            previousStart.append(Int32(offset - 1))
            pairRank.append(Self.noRank)
        }
        for offset in piece.indices { rankPair(at: offset, of: piece) }
    }

    /// Joins the part at `start` with the part after it.
    private mutating func mergePair(at start: Int, of piece: Span<UInt8>) {
        let middle = Int(partEnd[start])
        let end = Int(partEnd[middle])
        partEnd[start] = Int32(end)
        partEnd[middle] = 0
        if end < piece.count { previousStart[end] = Int32(start) }
        rankPair(at: start, of: piece)
        if previousStart[start] >= 0 { rankPair(at: Int(previousStart[start]), of: piece) }
    }

    /// Looks up the pair that begins at `start` and puts it in line.
    private mutating func rankPair(at start: Int, of piece: Span<UInt8>) {
        let middle = Int(partEnd[start])
        pairRank[start] = Self.noRank
        guard middle < piece.count,
            let rank = vocabulary.rank(of: piece.extracting(start..<Int(partEnd[middle])))
        else { return }
        pairRank[start] = rank
        heap.insert(UInt64(rank) << 32 | UInt64(start))
    }
}

/// A binary heap of keys, smallest first.
private struct MinimumHeap {
    private var keys: [UInt64] = []

    mutating func removeAll() { keys.removeAll(keepingCapacity: true) }

    mutating func insert(_ key: UInt64) {
        keys.append(key)
        var child = keys.count - 1
        while child > 0, keys[(child - 1) / 2] > key {
            keys[child] = keys[(child - 1) / 2]
            child = (child - 1) / 2
        }
        keys[child] = key
    }

    mutating func popFirst() -> UInt64? {
        guard let first = keys.first, let last = keys.popLast() else { return nil }
        guard !keys.isEmpty else { return first }
        var parent = 0
        while true {
            var child = parent * 2 + 1
            guard child < keys.count else { break }
            if child + 1 < keys.count, keys[child + 1] < keys[child] { child += 1 }
            guard keys[child] < last else { break }
            keys[parent] = keys[child]
            parent = child
        }
        keys[parent] = last
        return first
    }
}
