// One order for the rules of many sheets. Pages that were made from one stylesheet have different parts of it, all in the
// stylesheet's order: what the one lacks, others tell, and together they say where every rule belongs.

/// Finds orders that several lists of rules keep.
enum RuleOrder {
    /// Everything that is in the lists, each text once, in an order in which every list keeps its own; nil where the
    /// lists contradict each other or one has a text twice. Where the lists leave it open, what comes first in the
    /// lists does.
    ///
    /// - Complexity: texts × distinct texts.
    static func common(_ lists: [[String]]) -> [String]? {
        guard lists.allSatisfy({ Set($0).count == $0.count }) else { return nil }
        var texts: [String] = []
        var numbers: [String: Int] = [:]
        for text in lists.joined() where numbers[text] == nil {
            numbers[text] = texts.count
            texts.append(text)
        }
        var after = [Set<Int>](repeating: [], count: texts.count)
        var waitsFor = [Int](repeating: 0, count: texts.count)
        for list in lists.map({ $0.compactMap { numbers[$0] } }) {
            for (one, next) in zip(list, list.dropFirst()) where after[one].insert(next).inserted {
                waitsFor[next] += 1
            }
        }
        var order: [Int] = []
        var free = Set(texts.indices.filter { waitsFor[$0] == 0 })
        while let next = free.min() {
            free.remove(next)
            order.append(next)
            for follower in after[next] {
                waitsFor[follower] -= 1
                if waitsFor[follower] == 0 { free.insert(follower) }
            }
        }
        return order.count == texts.count ? order.map { texts[$0] } : nil
    }
}
