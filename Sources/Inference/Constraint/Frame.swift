// The array or object around a place in the text, linked to the one around it. Frames never change: ways to read a text
// that part later share what they had in common.

/// An array or object that is open.
final class Frame: Hashable, Sendable {
    let parent: Frame?
    let shape: Int
    /// Levels, this one included.
    let depth: Int
    /// Items that have begun, up to where their number matters; keys that were read.
    let count: Int
    /// The keys that were read, sorted.
    let keys: [[UInt32]]
    /// Required keys that were not read.
    let missingCount: Int
    private let digest: Int

    private init(
        parent: Frame?, shape: Int, count: Int, keys: [[UInt32]], missingCount: Int
    ) {
        self.parent = parent
        self.shape = shape
        depth = (parent?.depth ?? 0) + 1
        self.count = count
        self.keys = keys
        self.missingCount = missingCount
        var hasher = Hasher()
        hasher.combine(parent?.digest)
        hasher.combine(shape)
        hasher.combine(count)
        hasher.combine(keys)
        digest = hasher.finalize()
    }

    /// Opens an array or object.
    convenience init(opening shape: Int, missingCount: Int, inside parent: Frame?) {
        self.init(parent: parent, shape: shape, count: 0, keys: [], missingCount: missingCount)
    }

    /// The array with one item more.
    func addingItem(upTo limit: Int) -> Frame {
        guard count < limit else { return self }
        return Frame(parent: parent, shape: shape, count: count + 1, keys: [], missingCount: 0)
    }

    /// The object with one key more.
    func adding(_ key: [UInt32], isRequired: Bool) -> Frame {
        var keys = keys
        keys.insert(key, at: keys.firstIndex { key.lexicographicallyPrecedes($0) } ?? keys.count)
        return Frame(
            parent: parent, shape: shape, count: count + 1, keys: keys,
            missingCount: missingCount - (isRequired ? 1 : 0))
    }

    static func == (one: Frame, other: Frame) -> Bool {
        one === other
            || one.digest == other.digest && one.shape == other.shape && one.count == other.count
                && one.keys == other.keys && one.parent == other.parent
    }

    func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

// MARK: - What may follow

extension Frame {
    /// The rule of an array's next item; nil when there may be none.
    func nextItem(_ array: JSONGrammar.ArrayShape, _ grammar: JSONGrammar) -> Int? {
        guard count < array.most ?? .max, let rule = array.rule(at: count),
            depth + grammar.rules[rule].depth <= JSONGrammar.depthLimit
        else { return nil }
        return rule
    }

    /// Whether an object may end.
    func mayClose(_ object: JSONGrammar.ObjectShape) -> Bool { missingCount == 0 && count >= object.least }

    /// Which keys an object may go on with; nil when none.
    func nextKeys(_ object: JSONGrammar.ObjectShape, _ grammar: JSONGrammar) -> KeyFilter? {
        let isFull = count + missingCount >= object.most ?? .max
        let isDeep = depth + object.deepestValue > JSONGrammar.depthLimit
        if isFull || isDeep {
            guard missingCount > 0 else { return nil }
            let missing = object.required.filter { key in !keys.contains(key) }
            return .only(missing.map { $0[...] })
        }
        guard grammar.automata[object.keys].textCount > keys.count else { return nil }
        return keys.isEmpty ? .all : .excluding(keys.map { $0[...] })
    }
}

/// Which keys may be written: what remains of each behind the scalars that were read.
enum KeyFilter: Hashable, Sendable {
    case all
    case excluding([ArraySlice<UInt32>])
    case only([ArraySlice<UInt32>])

    /// The filter behind one scalar more.
    func advanced(by scalar: UInt32) -> KeyFilter {
        func rest(_ keys: [ArraySlice<UInt32>]) -> [ArraySlice<UInt32>] {
            keys.compactMap { $0.first == scalar ? $0.dropFirst() : nil }
        }
        switch self {
        case .all: return .all
        case .excluding(let keys):
            let rest = rest(keys)
            return rest.isEmpty ? .all : .excluding(rest)
        case .only(let keys): return .only(rest(keys))
        }
    }

    /// Whether the key may end here.
    var mayEnd: Bool {
        switch self {
        case .all: true
        case .excluding(let keys): !keys.contains(where: \.isEmpty)
        case .only(let keys): keys.contains(where: \.isEmpty)
        }
    }
}
