// A prompt on its way into a timeline, in steps that are short enough for others to have a turn in between: first a
// step for each picture that must be looked at, then stretches of tokens, text and pictures alike.
//
// How a prompt is cut depends on the prompt and on what was reused in memory alone, so that its logits do too.

/// A prompt that is being read.
struct Prefill<Core: LanguageCore>: Sendable {
    private let prompt: PromptLayout
    /// Holds a beginning of the prompt; all of it at the end.
    private(set) var timeline: Timeline<Core>
    /// Positions that the timeline held before.
    let reused: Int
    /// Pieces up to here were looked at.
    private var looked = 0
    /// By piece.
    private var features: [Int: Core.Features] = [:]

    /// Begins to read behind the positions that a timeline holds, which begin the prompt and leave its last token.
    init(_ prompt: PromptLayout, on timeline: Timeline<Core>) {
        self.prompt = prompt
        self.timeline = timeline
        reused = timeline.count
    }

    /// Tokens that are still to be read.
    var unread: Int { prompt.count - timeline.count }

    /// Does one step.
    ///
    /// - Parameters:
    ///   - disk: where features are that `shelf` does not have; nil for nowhere.
    ///   - onPicture: called for every picture, in order.
    /// - Returns: once the prompt is read, the logits behind it.
    mutating func step(
        _ core: Core, _ shelf: inout FeatureShelf<Core.Features>, _ disk: DiskShelf<Core>? = nil,
        onPicture: (SeenPicture) -> Void
    ) -> [Float]? {
        while looked < prompt.pieces.count {
            let seen = look(at: looked, core, &shelf, disk)
            looked += 1
            guard let seen else { continue }
            onPicture(seen)
            if !seen.isReused { return nil }
        }
        let stretch = timeline.count..<prompt.stretchEnd(after: timeline.count)
        let logits = timeline.append(inputs(of: stretch), prompt.positions[stretch], core)
        return timeline.count == prompt.count ? logits : nil
    }

    /// Gets a picture's features where they are needed; nil for a piece that is no picture.
    private mutating func look(
        at index: Int, _ core: Core, _ shelf: inout FeatureShelf<Core.Features>, _ disk: DiskShelf<Core>?
    ) -> SeenPicture? {
        let piece = prompt.pieces[index]
        guard case .picture(let item, let digest) = piece.content else { return nil }
        let clock = ContinuousClock()
        let start = clock.now
        var isReused = true
        if piece.range.upperBound > reused {
            if let entry = shelf.take(digest) {
                features[index] = entry.features
            } else {
                let known = disk?.features(of: digest, tokenCount: piece.range.count)
                isReused = known != nil
                let made = known ?? core.encode(item)
                precondition(core.tokenCount(of: made) == piece.range.count, "a picture has the tokens it was said to")
                if known == nil { disk?.keep(made, of: digest) }
                shelf.put(FeatureShelf.Entry(digest: digest, features: made, tokenCount: piece.range.count))
                features[index] = made
            }
        }
        return SeenPicture(
            tokenCount: piece.range.count, seconds: (clock.now - start).inSeconds, isReused: isReused)
    }

    private func inputs(of stretch: Range<Int>) -> [CoreInput<Core.Features>] {
        prompt.pieces.indices.compactMap { index in
            let piece = prompt.pieces[index]
            let part = piece.range.clamped(to: stretch)
            guard !part.isEmpty else { return nil }
            let range = part.lowerBound - piece.range.lowerBound..<part.upperBound - piece.range.lowerBound
            switch piece.content {
            case .tokens(let ids): return .tokens(Array(ids[range]))
            case .picture:
                guard let features = features[index] else { preconditionFailure("pictures are looked at first") }
                return .media(features, range)
            }
        }
    }
}

/// A picture or chunk that was looked at.
package struct SeenPicture: Sendable, Equatable {
    package var tokenCount: Int
    package var seconds: Double
    /// Whether its features, or its tokens in the cache, were at hand, in memory or on disk.
    package var isReused: Bool
}

extension Duration {
    /// The duration as a number of seconds.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
