// A language core without weights: it remembers what it was given and computes logits from it by a rule of the test.
import Inference
import Media
import Model
import Synchronization

/// Keeps every token, spells pictures as their own numbers, and says next what its rule says.
final class FakeCore: LanguageCore {
    struct Features: Sendable, Equatable {
        var item: MediaItem
    }

    /// What a cache holds: token ids, and negative numbers for the tokens of pictures.
    final class Cache: Sendable {
        let contents = Mutex<[Int]>([])
    }

    /// What was asked of the core, in order.
    enum Call: Equatable, Sendable {
        case encode(MediaItem)
        case truncate(Int)
        /// So many tokens, pictures included.
        case append(Int)
        /// So many tokens behind each of several memories.
        case decode([Int])
        /// So many positions, pictures included.
        case copy(Int)
        /// So many positions that were run before.
        case restore(Int)

        /// Whether tokens were run.
        var isRun: Bool {
            switch self {
            case .append, .decode: true
            case .encode, .truncate, .copy, .restore: false
            }
        }
    }

    let calls = Mutex<[Call]>([])
    private let logits: @Sendable ([Int]) -> [Float]

    /// - Parameter logits: from all that the cache holds.
    init(logits: @escaping @Sendable ([Int]) -> [Float]) { self.logits = logits }

    func encode(_ media: MediaItem) -> Features {
        calls.withLock { $0.append(.encode(media)) }
        return Features(item: media)
    }

    func tokenCount(of features: Features) -> Int { Self.tokens(of: features.item).count }

    func tokenCount(of media: MediaItem) -> Int { Self.tokens(of: media).count }

    func makeCache() -> Cache { Cache() }

    func truncate(_ cache: Cache, to count: Int) {
        calls.withLock { $0.append(.truncate(count)) }
        cache.contents.withLock { $0.removeSubrange(count...) }
    }

    func append(_ inputs: [CoreInput<Features>], to cache: Cache) -> [Float] {
        let added = inputs.flatMap { input in
            switch input {
            case .tokens(let ids): ids
            case .media(let features, let range): Array(Self.tokens(of: features.item)[range])
            }
        }
        precondition(!added.isEmpty, "at least one token is appended")
        calls.withLock { $0.append(.append(added.count)) }
        return logits(appending: added, to: cache)
    }

    func decode(_ steps: [DecodeStep<Cache>]) -> [[Float]] {
        precondition(Set(steps.map { ObjectIdentifier($0.cache) }).count == steps.count, "memories are different")
        calls.withLock { $0.append(.decode(steps.map(\.tokens.count))) }
        return steps.flatMap { step in step.tokens.map { logits(appending: [$0], to: step.cache) } }
    }

    private func logits(appending added: [Int], to cache: Cache) -> [Float] {
        logits(
            cache.contents.withLock { contents in
                contents += added
                return contents
            })
    }

    func copy(_ count: Int, from source: Cache, to target: Cache) {
        calls.withLock { $0.append(.copy(count)) }
        let copied = source.contents.withLock { Array($0[..<count]) }
        target.contents.withLock { $0 = copied }
    }

    func bytes(of cache: Cache) -> Int { cache.contents.withLock { $0.count * Self.bytesPerToken } }

    /// Bytes that a position is said to take.
    static let bytesPerToken = 1000

    func bytes(of features: Features) -> [UInt8] {
        let frames =
            switch features.item {
            case .image(let image): [image]
            case .chunk(let frames): frames
            }
        let isChunk = if case .chunk = features.item { true } else { false }
        return [isChunk ? 1 : 0, UInt8(frames.count), UInt8(frames[0].width), UInt8(frames[0].height)]
            + frames.flatMap(\.pixels)
    }

    func features(of bytes: UnsafeRawBufferPointer) -> Features? {
        guard bytes.count >= 4 else { return nil }
        let (count, width, height) = (Int(bytes[1]), Int(bytes[2]), Int(bytes[3]))
        let frameBytes = width * height * 3
        guard bytes.count == 4 + count * frameBytes else { return nil }
        let frames = (0..<count).map { frame in
            Image(width: width, height: height, pixels: Array(bytes[(4 + frame * frameBytes)...].prefix(frameBytes)))
        }
        return Features(item: bytes[0] == 1 ? .chunk(frames) : .image(frames[0]))
    }

    func bytes(of positions: Range<Int>, in cache: Cache) -> [UInt8] {
        cache.contents.withLock { contents in Array(contents[positions]).withUnsafeBytes { [UInt8]($0) } }
    }

    func append(_ bytes: UnsafeRawBufferPointer, count: Int, to cache: Cache) -> Bool {
        guard bytes.count == count * MemoryLayout<Int>.stride else { return false }
        calls.withLock { $0.append(.restore(count)) }
        cache.contents.withLock { contents in
            for place in 0..<count {
                contents.append(
                    bytes.loadUnaligned(fromByteOffset: place * MemoryLayout<Int>.stride, as: Int.self))
            }
        }
        return true
    }

    /// A picture's tokens: one a pixel, told apart by content and place.
    static func tokens(of item: MediaItem) -> [Int] {
        let frames =
            switch item {
            case .image(let image): [image]
            case .chunk(let frames): frames
            }
        let kind = frames.count > 1 ? 500_000 : 0
        return (0..<frames[0].width * frames[0].height).map { pixel in
            -1 - kind - frames.reduce(0) { $0 + Int($1.pixels[pixel * 3]) } * 1000 - pixel
        }
    }

    /// All that a prompt puts into a cache.
    static func contents(of prompt: [PromptPiece]) -> [Int] {
        prompt.flatMap { piece in
            switch piece {
            case .tokens(let ids): ids
            case .media(let item): tokens(of: item)
            }
        }
    }

    /// What was asked since the last time, forgotten afterwards.
    func takeCalls() -> [Call] {
        calls.withLock { calls in
            defer { calls = [] }
            return calls
        }
    }
}

/// Logits that are different for everything a cache may hold.
func scatteredLogits(_ contents: [Int], count: Int) -> [Float] {
    var state: UInt64 = 0x9e37_79b9
    for value in contents { state = (state ^ UInt64(bitPattern: Int64(value))) &* 0x100_0000_01b3 }
    return (0..<count).map { id in
        var bits = state ^ UInt64(id) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ bits >> 31) &* 0x94d0_49bb_1331_11eb
        return Float(bits >> 40) / Float(1 << 22) - 2
    }
}
