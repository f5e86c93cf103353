// Checkpoints in the published layouts with sizes that INT4 takes, drawn at random from their plans.

import Foundation
import Support

@testable import Model

extension TemporaryDirectory {
    /// A checkpoint like a tiny one of the fixtures, but with other sizes and weights, in two shards.
    ///
    /// - Parameter sizes: fields of the language core's configuration.
    convenience init(
        like name: String, sizes: [String: Int] = ["hidden_size": 96, "moe_intermediate_size": 64]
    ) throws {
        try self.init(checkpoint: name)
        for file in try FileManager.default.contentsOfDirectory(atPath: path)
        where file.hasSuffix(".safetensors") || file.hasSuffix(".index.json") { try remove(file) }
        try editJSON("config.json") { root in
            guard var text = root["text_config"] as? [String: Any] else {
                root.merge(sizes) { $1 }
                return
            }
            text.merge(sizes) { $1 }
            root["text_config"] = text
        }
        let tensors = try CheckpointPlan.read(path).tensors
        var random = Draws(seed: 7)
        for (index, half) in [tensors[..<(tensors.count / 2)], tensors[(tensors.count / 2)...]].enumerated() {
            var draft = try SafetensorsDraft(SafetensorsDraft.lengthField(2) + Data("{}".utf8))
            for tensor in half.sorted(by: { $0.type.byteCount > $1.type.byteCount }) {
                let begin = draft.data.count
                draft.data.append(random.content(of: tensor))
                draft.header[tensor.name] = [
                    "dtype": tensor.elementType, "shape": tensor.shape, "data_offsets": [begin, draft.data.count],
                ]
            }
            var file = try draft.encoded()
            let padding = (8 - file.count % 8 + draft.data.count) % 8
            file = try draft.encoded(padding: padding)
            try write(file, to: "model-\(index + 1)-of-2.safetensors")
        }
    }
}

/// Weights by turns.
private struct Draws {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Evenly in −1…1.
    private mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
    }

    mutating func content(of tensor: PlannedTensor) -> Data {
        let scale = 1.7 / Float(tensor.columns).squareRoot()
        var content = Data()
        for _ in 0..<tensor.shape.reduce(1, *) {
            let value = next()
            switch tensor.type {
            case .float8:
                // Any byte but NaN is a number; exponents near 1, so that a block's scale is what makes it small.
                content.append(UInt8(abs(value) * 31) + 0x28 | (value < 0 ? 0x80 : 0))
            case .float32 where tensor.name.hasSuffix("_scale_inv"):
                content.append(contentsOf: bytes(of: 0.05 * (1.5 + value)))
            case .float32: content.append(contentsOf: bytes(of: 0.1 * value))
            default:
                let isNorm = tensor.shape.count == 1 && tensor.name.hasSuffix("weight")
                content.append(contentsOf: bytes(of: BFloat16.bits(isNorm ? 1 + 0.2 * value : scale * value)))
            }
        }
        return content
    }

    private func bytes<Value: BitwiseCopyable>(of value: Value) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
}
