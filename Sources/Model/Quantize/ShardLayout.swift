// Where every tensor of a checkpoint that is to be written will lie: which shard, at which byte. Settled before the
// first byte is written, so that a shard's header is known, and a shard that is there can be told from one that is not.

import Foundation

/// One file of a checkpoint to be written.
struct ShardLayout: Sendable {
    /// The file's name.
    let name: String
    /// Tensors in the order in which they are made: that of the forward pass.
    let tensors: [PlannedTensor]
    /// The file's first bytes: the header's length and the header.
    let header: Data
    /// Where a tensor begins in the file, by its name. Wide elements come first, so that each is aligned to its size.
    let offsets: [String: Int]
    /// Bytes of the whole file.
    let byteCount: Int

    /// Divides tensors among shards as Kimi-K2.5 names them, each as full as `limit` bytes of tensors allow.
    ///
    /// The three parts of an INT4 matrix stay together; what is larger than the limit gets a shard of its own.
    static func shards(of tensors: [PlannedTensor], limit: Int) -> [ShardLayout] {
        var shards: [[PlannedTensor]] = [[]]
        var bytes = 0
        var index = 0
        while index < tensors.count {
            let count = tensors[index].name.hasSuffix(".weight_packed") ? 3 : 1
            let unit = tensors[index..<index + count]
            let size = unit.reduce(0) { $0 + $1.byteCount }
            if bytes > 0, bytes + size > limit {
                shards.append([])
                bytes = 0
            }
            shards[shards.count - 1] += unit
            bytes += size
            index += count
        }
        return shards.enumerated().map { index, tensors in
            ShardLayout(String(format: "model-%05d-of-%06d.safetensors", index + 1, shards.count), tensors)
        }
    }

    private init(_ name: String, _ tensors: [PlannedTensor]) {
        self.name = name
        self.tensors = tensors
        var entries: [String: Any] = ["__metadata__": ["format": "pt"]]
        var begins: [(name: String, begin: Int)] = []
        var end = 0
        let widths = Set(tensors.map(\.type.byteCount)).sorted(by: >)
        for tensor in widths.flatMap({ width in tensors.filter { $0.type.byteCount == width } }) {
            begins.append((tensor.name, end))
            entries[tensor.name] = [
                "dtype": tensor.elementType, "shape": tensor.shape, "data_offsets": [end, end + tensor.byteCount],
            ]
            end += tensor.byteCount
        }
        var json = JSONFile.text(entries)
        json.append(contentsOf: repeatElement(0x20, count: (8 - json.count % 8) % 8))
        header = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json
        let start = header.count
        offsets = Dictionary(uniqueKeysWithValues: begins.map { ($0.name, start + $0.begin) })
        byteCount = start + end
    }
}
