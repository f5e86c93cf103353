// Sets that only grow together: who belongs to whom, in nearly constant time.

/// A partition of `0..<count` whose parts can be joined.
package struct DisjointSets {
    private var parents: [Int32]

    /// Every number alone.
    package init(count: Int) {
        parents = (0..<Int32(count)).map { $0 }
    }

    /// How many numbers there are.
    package var count: Int { parents.count }

    /// The number that stands for the set of `index`: the least of the set.
    package mutating func root(of index: Int) -> Int {
        var index = index
        while true {
            let parent = Int(parents[index])
            if parent == index { return index }
            parents[index] = parents[parent]
            index = parent
        }
    }

    /// Makes one set of two.
    package mutating func join(_ first: Int, _ second: Int) {
        let (first, second) = (root(of: first), root(of: second))
        if first < second {
            parents[second] = Int32(first)
        } else if second < first {
            parents[first] = Int32(second)
        }
    }
}
