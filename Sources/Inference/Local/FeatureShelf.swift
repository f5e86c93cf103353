// Features of pictures that were looked at lately, so that the same picture is not encoded twice.
// Holds at most so many vision tokens; what was not used for longest goes first.

/// Keeps features by the digest of their picture.
struct FeatureShelf<Features: Sendable>: Sendable {
    /// A picture's features.
    struct Entry: Sendable {
        var digest: PictureDigest
        var features: Features
        var tokenCount: Int
    }

    /// Vision tokens whose features are kept where nothing else is said: some pictures of the largest size.
    static var usualLimit: Int { 8192 }

    /// Vision tokens held at most; one picture larger than that is held alone.
    let tokenLimit: Int
    /// Least recently used first.
    private var entries: [Entry] = []

    init(tokenLimit: Int) { self.tokenLimit = tokenLimit }

    /// A picture's features, if they are at hand; counts as use.
    mutating func take(_ digest: PictureDigest) -> Entry? {
        guard let place = entries.firstIndex(where: { $0.digest == digest }) else { return nil }
        let entry = entries.remove(at: place)
        entries.append(entry)
        return entry
    }

    /// Keeps features, and drops others to make room.
    mutating func put(_ entry: Entry) {
        entries.append(entry)
        var held = entries.reduce(0) { $0 + $1.tokenCount }
        while held > tokenLimit, entries.count > 1 { held -= entries.removeFirst().tokenCount }
    }
}
