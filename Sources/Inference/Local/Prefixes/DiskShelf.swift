// What a model keeps of its work beyond the process: features of pictures, and rows of its memory. It knows what follows
// what, and leaves files to `PrefixFolder`.
//
// Rows are kept stretch by stretch, as a prompt is read (`PromptLayout.cuts`). A stretch is named by the digest of
// everything that decides its rows: the model, and the whole sequence up to its end. What is read back is therefore what
// would have been computed, and a prompt goes on at a cut exactly as it would have gone on there anyway: its answer is
// the same to the last bit, whatever the disk holds.

/// Keeps and restores. A stretch is written in far less time than it takes to compute, so whoever keeps waits for it.
package struct DiskShelf<Core: LanguageCore>: Sendable {
    private let core: Core
    private let folder: PrefixFolder
    /// What the names of all stretches begin with.
    private let root: ContentDigest

    /// Raise this when the meaning of names or of contents changes.
    private static var format: Int { 1 }

    /// - Parameter identity: everything that decides the numbers of `core`.
    init(_ core: Core, _ folder: PrefixFolder, identity: String) {
        self.core = core
        self.folder = folder
        root = ContentDigest(of: Array("format \(Self.format)\n\(identity)".utf8))
    }

    // MARK: Pictures

    /// What a picture of so many vision tokens became.
    func features(of picture: PictureDigest, tokenCount: Int) -> Core.Features? {
        let known = folder.read(name(of: picture), at: .now)?.withBytes { core.features(of: $0) }
        return known.flatMap { core.tokenCount(of: $0) == tokenCount ? $0 : nil }
    }

    /// Keeps what a picture became.
    func keep(_ features: Core.Features, of picture: PictureDigest) {
        folder.write(core.bytes(of: features), as: name(of: picture), at: .now)
    }

    private func name(of picture: PictureDigest) -> ContentDigest {
        ContentDigest(of: root.bytes + Position.Kind.whole.bytes + picture.content.bytes)
    }

    // MARK: Prompts

    /// Makes a memory hold as much as the disk knows of a prompt, up to a cut that leaves its last token.
    ///
    /// - Parameter held: so many positions of the prompt the memory holds, and nothing else.
    /// - Returns: so many it holds now: `held` when the disk knows nothing beyond.
    func restore(_ prompt: PromptLayout, held: Int, into cache: Core.Cache) -> Int {
        let now = Moment.now
        var count = held
        for stretch in stretches(of: prompt) where stretch.range.upperBound < prompt.count {
            let moment = now.inside(stretch.range.lowerBound)
            guard stretch.range.upperBound > held else {
                folder.touch(stretch.name, at: moment)
                continue
            }
            guard let content = folder.read(stretch.name, at: moment) else { break }
            if stretch.range.lowerBound < count {
                core.truncate(cache, to: stretch.range.lowerBound)
                count = stretch.range.lowerBound
            }
            guard content.withBytes({ core.append($0, count: stretch.range.count, to: cache) }) else { break }
            count = stretch.range.upperBound
        }
        return count
    }

    /// Keeps the stretches of a prompt, as far as the disk does not know them.
    ///
    /// - Parameter cache: holds at least the prompt.
    func keep(_ prompt: PromptLayout, in cache: Core.Cache) {
        let now = Moment.now
        for stretch in stretches(of: prompt) {
            let moment = now.inside(stretch.range.lowerBound)
            if folder.touch(stretch.name, at: moment) { continue }
            guard folder.write(core.bytes(of: stretch.range, in: cache), as: stretch.name, at: moment) else { return }
        }
    }

    private func stretches(of prompt: PromptLayout) -> [(range: Range<Int>, name: ContentDigest)] {
        var (start, name) = (0, root)
        return prompt.cuts.map { end in
            name = ContentDigest(of: prompt.positions[start..<end].reduce(into: name.bytes) { $0 += $1.bytes })
            defer { start = end }
            return (start..<end, name)
        }
    }
}

extension Position {
    /// What the bytes of something that is named begin with, so that none begin like those of another kind.
    fileprivate enum Kind: UInt8 {
        case token, picture
        /// A picture by itself.
        case whole

        var bytes: [UInt8] { [rawValue] }
    }

    /// The position as it is digested.
    fileprivate var bytes: [UInt8] {
        switch self {
        case .token(let id): Kind.token.bytes + Self.bytes(id)
        case .picture(let picture, let index): Kind.picture.bytes + picture.content.bytes + Self.bytes(index)
        }
    }

    private static func bytes(_ number: Int32) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { [UInt8]($0) } }
}
