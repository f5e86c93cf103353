// Python's `difflib.SequenceMatcher(None, a, b).ratio()`, number for number, over Unicode scalars as Python's strings
// are. The second text is prepared once and compared with many, which is how the algorithm is meant to be used.

/// A text that others are compared with.
struct SequenceRatio {
    /// The Unicode scalars of the text.
    let scalars: [UInt32]
    /// Where every scalar occurs, ascending; without those too frequent to tell anything (`isPopular`).
    private let places: [UInt32: [Int32]]

    init(_ text: String) {
        scalars = text.unicodeScalars.map(\.value)
        var places: [UInt32: [Int32]] = [:]
        for (index, scalar) in scalars.enumerated() { places[scalar, default: []].append(Int32(index)) }
        // From 200 scalars on, what makes up more than 1 % and one more is not looked for ("autojunk").
        if scalars.count >= 200 {
            let most = scalars.count / 100 + 1
            places = places.filter { $0.value.count <= most }
        }
        self.places = places
    }

    /// 2 × matching scalars / all scalars, 0 to 1; 1 for two empty texts. The first text is `other`, the second this:
    /// exchanging them may give another number.
    ///
    /// - Complexity: at worst the product of the lengths times their sum, usually close to the product of the lengths
    ///   over the size of the alphabet.
    ///
    /// Proof: `SequenceRatioTests.equalsPython`.
    func ratio(of other: [UInt32]) -> Double {
        let length = other.count + scalars.count
        guard length > 0 else { return 1 }
        if other == scalars { return 1 }
        var search = LongestMatchSearch(other, scalars, places)
        var matches = 0
        var open = [(0..<other.count, 0..<scalars.count)]
        while let (mine, theirs) = open.popLast() {
            let match = search.longest(in: mine, theirs)
            guard match.size > 0 else { continue }
            matches += match.size
            if mine.lowerBound < match.first && theirs.lowerBound < match.second {
                open.append((mine.lowerBound..<match.first, theirs.lowerBound..<match.second))
            }
            let (after, beyond) = (match.first + match.size, match.second + match.size)
            if after < mine.upperBound && beyond < theirs.upperBound {
                open.append((after..<mine.upperBound, beyond..<theirs.upperBound))
            }
        }
        return 2 * Double(matches) / Double(length)
    }

    /// Whether the ratio can reach a half, told from the lengths alone.
    func canReachHalf(with other: [UInt32]) -> Bool {
        4 * min(scalars.count, other.count) >= scalars.count + other.count
    }
}

/// Finds the longest common run within parts of two texts; of equally long ones that which begins first in the first
/// text, then in the second.
private struct LongestMatchSearch {
    private let first, second: [UInt32]
    /// For every scalar of the first text, where it occurs in the second.
    private let places: [[Int32]]
    /// Lengths of runs that end at a place of the second text, for the row before and this one. All 0 between calls.
    private var before, here: [Int32]

    init(_ first: [UInt32], _ second: [UInt32], _ places: [UInt32: [Int32]]) {
        self.first = first
        self.second = second
        self.places = first.map { places[$0] ?? [] }
        before = [Int32](repeating: 0, count: second.count + 1)
        here = before
    }

    mutating func longest(in mine: Range<Int>, _ theirs: Range<Int>) -> (first: Int, second: Int, size: Int) {
        var (start, other, size) = (mine.lowerBound, theirs.lowerBound, 0)
        for index in mine {
            for place in places[index] {
                let place = Int(place)
                if place < theirs.lowerBound { continue }
                if place >= theirs.upperBound { break }
                let length = before[place] + 1
                here[place + 1] = length
                if length > size {
                    size = Int(length)
                    (start, other) = (index + 1 - size, place + 1 - size)
                }
            }
            if index > mine.lowerBound { clear(&before, places[index - 1]) }
            swap(&before, &here)
        }
        if let last = mine.last { clear(&before, places[last]) }
        // Frequent scalars are not looked for, but may lengthen what was found.
        while start > mine.lowerBound && other > theirs.lowerBound && first[start - 1] == second[other - 1] {
            (start, other, size) = (start - 1, other - 1, size + 1)
        }
        while start + size < mine.upperBound && other + size < theirs.upperBound
            && first[start + size] == second[other + size]
        {
            size += 1
        }
        return (start, other, size)
    }

    private func clear(_ lengths: inout [Int32], _ places: [Int32]) {
        for place in places { lengths[Int(place) + 1] = 0 }
    }
}
