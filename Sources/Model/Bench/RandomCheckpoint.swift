// A checkpoint of a published shape whose weights say nothing: what times and memory are measured with where the real one
// is not at hand. It is written once, in the published layout with INT4 experts, and mapped as any other.
//
// The weights behave: every matrix has the standard deviation of its fan-in and every norm is 1, so that nothing
// overflows and a router's choice is spread over its experts.

import Foundation

/// Writes checkpoints with random weights.
public struct RandomCheckpoint: Sendable {
    /// What the shape is called, its layers included where they are fewer.
    public let name: String
    /// What its `config.json` says.
    public let config: ModelConfig
    private let configuration: Data
    private let shards: [ShardLayout]

    private static let shardBytes = 5_000_000_000
    private static let indexName = "model.safetensors.index.json"

    /// The shapes by name, each that of a published checkpoint.
    public static let shapes = [
        "kimi-vl-a3b": "kimi-vl-a3b-instruct", "moonlight": "moonlight-16b-a3b", "k2.5": "kimi-k2.5",
    ]

    /// Plans a checkpoint; nothing is written.
    ///
    /// - Parameters:
    ///   - shape: a name of `shapes`.
    ///   - layers: decoder layers; nil for all.
    /// - Throws: `unreadable` for a name that is none; `malformed` for a number of layers that cannot be.
    public init(shape: String, layers: Int? = nil) throws(CheckpointError) {
        guard let published = PublishedCheckpoint.all.first(where: { $0.name == Self.shapes[shape] }) else {
            let names = Self.shapes.keys.sorted().joined(separator: ", ")
            throw .unreadable(file: shape, reason: "none of the shapes \(names)")
        }
        var root = try JSONFile(published.configuration, name: published.name).root.fields
        if let layers {
            if var text = root["text_config"] as? [String: Any] {
                text["num_hidden_layers"] = layers
                root["text_config"] = text
            } else {
                root["num_hidden_layers"] = layers
            }
        }
        let quantised = try QuantizedConfiguration(root, name: published.name)
        name = layers.map { "\(shape)-\($0)" } ?? shape
        configuration = quantised.content
        config = quantised.config
        shards = ShardLayout.shards(
            of: try CheckpointPlan.tensors(of: quantised.config, name: published.name), limit: Self.shardBytes)
    }

    /// Bytes of all its files of weights.
    public var byteCount: Int { shards.reduce(0) { $0 + $1.byteCount } }

    /// Whether a directory holds all of it.
    public func isComplete(in directory: String) -> Bool {
        guard FileManager.default.contents(atPath: directory + "/config.json") == configuration,
            FileManager.default.fileExists(atPath: directory + "/" + Self.indexName)
        else { return false }
        return shards.allSatisfy { shard in
            let attributes = try? FileManager.default.attributesOfItem(atPath: directory + "/" + shard.name)
            return attributes?[.size] as? Int == shard.byteCount
        }
    }

    /// Writes it, the index last: a directory with an index is whole.
    ///
    /// - Parameter progress: is told the share that is written, 0…1.
    /// - Throws: `unwritable`.
    public func write(to directory: String, progress: (Double) -> Void = { _ in }) throws(CheckpointError) {
        try FileWriter.makeFolder(directory)
        var noise = Noise()
        var written = 0
        var map: [String: String] = [:]
        for shard in shards {
            let path = directory + "/" + shard.name
            let file = try FileWriter(path + ".new")
            try file.write(Array(shard.header), at: 0)
            for tensor in shard.tensors {
                guard let place = shard.offsets[tensor.name] else {
                    preconditionFailure("\(tensor.name) has no place")
                }
                try noise.write(tensor, to: file, at: place)
                map[tensor.name] = shard.name
                written += tensor.byteCount
                progress(Double(written) / Double(byteCount))
            }
            try file.finish(as: path)
        }
        try put(configuration, as: directory + "/config.json")
        let index: [String: Any] = ["metadata": ["total_size": byteCount], "weight_map": map]
        try put(JSONFile.text(index), as: directory + "/" + Self.indexName)
    }

    private func put(_ content: Data, as path: String) throws(CheckpointError) {
        let file = try FileWriter(path + ".new")
        try file.write(Array(content), at: 0)
        try file.finish(as: path)
    }
}

/// Endless random weights: one block of each kind, read from another place each time.
private struct Noise {
    private static let blockBytes = 1 << 22
    private var random = RandomStream(seed: 1)
    private var bytes: [UInt8] = []
    /// Rows and columns of the last pack, whose shape is written behind it.
    private var pack: [Int32] = []
    /// By the number of columns.
    private var halves: [Int: [UInt16]] = [:]

    init() {
        bytes = (0..<2 * Self.blockBytes / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
    }

    mutating func write(_ tensor: PlannedTensor, to file: FileWriter, at place: Int) throws(CheckpointError) {
        let (shape, name) = (tensor.shape, tensor.name)
        let count = shape.reduce(1, *)
        switch tensor.type {
        case .int32 where name.hasSuffix(".weight_shape"): try file.write(pack, at: place)
        case .int32:
            pack = [Int32(shape[0]).littleEndian, Int32(shape[1] * 8).littleEndian]
            try repeated(bytes, count * 4, to: file, at: place)
        case .bfloat16 where name.hasSuffix(".weight_scale"):
            let columns = shape[1] * 32
            // Codes from −8 to 7 deviate by 4.61.
            let scale = Self.bfloat16(Float(1 / (4.61 * Double(columns).squareRoot())))
            try repeated([UInt16](repeating: scale, count: Self.blockBytes / 2), count * 2, to: file, at: place)
        case .bfloat16 where shape.count == 1:
            let value = Self.bfloat16(name.hasSuffix("weight") ? 1 : 0)
            try file.write([UInt16](repeating: value, count: count), at: place)
        case .bfloat16:
            try repeated(values(fanIn: shape.dropFirst().reduce(1, *)), count * 2, to: file, at: place)
        default:
            try file.write([UInt8](repeating: 0, count: count * tensor.type.byteCount), at: place)
        }
    }

    // A block over and over, from a random place on.
    private mutating func repeated<Element: BitwiseCopyable>(
        _ block: [Element], _ byteCount: Int, to file: FileWriter, at place: Int
    ) throws(CheckpointError) {
        var done = 0
        let size = MemoryLayout<Element>.stride
        while done < byteCount {
            let piece = min(byteCount - done, Self.blockBytes)
            let room = block.count * size - piece
            let start = room == 0 ? 0 : Int(random.next() % UInt64(room / 64 + 1)) * 64 / size
            try file.write(Array(block[start..<start + piece / size]), at: place + done)
            done += piece
        }
    }

    // Even between ±√3 deviations.
    private mutating func values(fanIn: Int) -> [UInt16] {
        if let known = halves[fanIn] { return known }
        let width = Float(3).squareRoot() / Float(fanIn).squareRoot()
        let block = (0..<Self.blockBytes).map { _ in
            Self.bfloat16(width * (Float(random.next() >> 40) / Float(1 << 23) - 1))
        }
        halves[fanIn] = block
        return block
    }

    private static func bfloat16(_ value: Float) -> UInt16 { UInt16(truncatingIfNeeded: value.bitPattern >> 16) }
}
