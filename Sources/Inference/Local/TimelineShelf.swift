// Timelines that no answer uses at present, kept for prompts that begin as they do: the same system prompt, the same
// picture, the turns before. What was not used for longest goes first.

/// Keeps timelines.
struct TimelineShelf<Core: LanguageCore>: Sendable {
    /// Bytes that timelines take together at most; one that is larger is kept alone. 2 GiB are some 30,000 tokens of
    /// K2.5 or 70,000 of Kimi-VL-A3B, far less than their weights take.
    static var usualLimit: Int { 2 << 30 }

    let byteLimit: Int
    /// Least recently used first.
    private var timelines: [Timeline<Core>] = []

    init(byteLimit: Int) { self.byteLimit = byteLimit }

    /// The most positions, from the beginning, that a timeline has in common with a prompt.
    func longest(with prompt: PromptLayout) -> Int {
        timelines.reduce(0) { max($0, $1.commonCount(with: prompt)) }
    }

    /// A timeline that begins as one here does: that one, cut back, where at least half of it stays; a copy, where
    /// more would be lost to the next prompt that goes on from there.
    ///
    /// - Parameter count: positions kept; one of the timelines has at least these in common with `prompt`.
    mutating func take(_ count: Int, with prompt: PromptLayout, _ core: Core) -> Timeline<Core> {
        guard let place = timelines.lastIndex(where: { $0.commonCount(with: prompt) >= count }) else {
            preconditionFailure("no timeline has \(count) positions in common with the prompt")
        }
        var timeline = timelines.remove(at: place)
        guard 2 * count < timeline.count else {
            timeline.truncate(to: count, core)
            return timeline
        }
        timelines.append(timeline)
        return Timeline(core, first: count, of: timeline)
    }

    /// Keeps a timeline, and drops others to make room. Of two of which one begins as the other, the longer is kept.
    mutating func put(_ timeline: Timeline<Core>, _ core: Core) {
        timelines.removeAll { $0.positions.commonCount(with: timeline.positions) == $0.count }
        if let place = timelines.firstIndex(where: {
            $0.positions.commonCount(with: timeline.positions) == timeline.count
        }) {
            timelines.append(timelines.remove(at: place))
            return
        }
        timelines.append(timeline)
        var held = timelines.reduce(0) { $0 + core.bytes(of: $1.cache) }
        while held > byteLimit, timelines.count > 1 { held -= core.bytes(of: timelines.removeFirst().cache) }
    }
}
