// Makes the tensors of a shard from those of the source, block by block: read where they are mapped, rounded on all
// threads, written at their place, forgotten.

import Foundation
import Kernels

/// Writes shards. One caller at a time.
final class ShardRounding {
    private let checkpoint: Checkpoint
    private let weights: WeightReader
    private let scales: Int4Scales
    private let compute: Compute
    /// Weights of a block: enough to keep some threads busy, 8 MiB of float32.
    private static let blockWeights = 1 << 21
    private let block: FloatBuffer
    private let rounded: FloatBuffer

    /// - Parameter longestRow: weights in a row of the widest tensor.
    init(_ checkpoint: Checkpoint, scales: Int4Scales, longestRow: Int, compute: Compute) {
        self.checkpoint = checkpoint
        weights = WeightReader(ledger: WeightLedger(checkpoint), path: "")
        self.scales = scales
        self.compute = compute
        block = FloatBuffer(count: max(Self.blockWeights, longestRow))
        rounded = FloatBuffer(count: max(Self.blockWeights, longestRow))
    }

    /// Writes every tensor of a shard.
    ///
    /// - Parameter progress: is told the bytes of the shard that are written.
    /// - Returns: the file, not finished yet, and what rounding has cost.
    func write(
        _ shard: ShardLayout, to file: FileWriter, progress: (_ byteCount: Int) -> Void
    ) throws(CheckpointError) -> (file: FileWriter, errors: [QuantizationReport.TensorError]) {
        var errors: [QuantizationReport.TensorError] = []
        var written = shard.header.count
        try file.write(Array(shard.header), at: 0)
        for tensor in shard.tensors {
            guard let place = shard.offsets[tensor.name] else { preconditionFailure("\(tensor.name) has no place") }
            if let stem = tensor.name.stem(of: ".weight_packed") {
                guard let scalesPlace = shard.offsets[stem + ".weight_scale"],
                    let shapePlace = shard.offsets[stem + ".weight_shape"]
                else { preconditionFailure("\(stem) has no scales") }
                let (rows, columns) = (tensor.rows, tensor.weightColumns)
                errors.append(try quantise(stem, rows, columns, file, place, scalesPlace))
                try file.write([Int32(rows).littleEndian, Int32(columns).littleEndian], at: shapePlace)
            } else if tensor.part != .experts {
                if let error = try convert(tensor, file, place) { errors.append(error) }
            }
            written += tensor.byteCount
            progress(written)
        }
        return (file, errors)
    }

    /// One expert's matrix to INT4.
    private func quantise(
        _ stem: String, _ rows: Int, _ columns: Int, _ file: FileWriter, _ place: Int, _ scalesPlace: Int
    ) throws(CheckpointError) -> QuantizationReport.TensorError {
        let matrix = try weights.linear(stem, rows, columns)
        let groups = columns / Int4Scales.groupColumns
        var chosen = [UInt16](repeating: 0, count: rows * groups)
        var error = RoundingError()
        for range in blocks(rows, columns) {
            nonisolated(unsafe) let packed = UnsafeMutableRawPointer(rounded.pointer)
                .bindMemory(to: UInt8.self, capacity: range.count * columns / 2)
            let costs = chosen.withUnsafeMutableBufferPointer { chosen in
                nonisolated(unsafe) let chosen = chosen.baseAddress! + range.lowerBound * groups
                return perRow(range) { [block, scales] row in
                    let values = block.pointer + row * columns
                    matrix.expand(row: range.lowerBound + row, into: values)
                    return scales.quantise(
                        values, columns: columns, packed: packed + row * columns / 2, scales: chosen + row * groups)
                }
            }
            try add(costs, to: &error, stem + ".weight")
            let bytes = UnsafeRawBufferPointer(start: packed, count: range.count * columns / 2)
            try file.write(bytes, at: place + range.lowerBound * columns / 2)
            release(stem + ".weight", rows: range, of: rows)
        }
        try file.write(chosen, at: scalesPlace)
        return QuantizationReport.TensorError(name: stem + ".weight", storedAs: "INT4", error)
    }

    /// Any other tensor, in the type that it is published in; nil when its values stay what they are.
    private func convert(
        _ tensor: PlannedTensor, _ file: FileWriter, _ place: Int
    ) throws(CheckpointError) -> QuantizationReport.TensorError? {
        let (rows, columns) = (tensor.rows, tensor.columns)
        let rowBytes = columns * tensor.type.byteCount
        guard let source = checkpoint.tensors[tensor.name] else {
            throw .missingTensors(directory: checkpoint.directory, names: [tensor.name])
        }
        if source.elementType == tensor.type {
            for range in blocks(rows, columns) {
                let bytes = source.bytes[range.lowerBound * rowBytes..<range.upperBound * rowBytes]
                try file.write(UnsafeRawBufferPointer(rebasing: bytes), at: place + range.lowerBound * rowBytes)
                release(tensor.name, rows: range, of: rows)
            }
            return nil
        }
        let matrix =
            if tensor.shape.count == 2, let stem = tensor.name.stem(of: ".weight") {
                try weights.linear(stem, rows, columns)
            } else {
                try weights.matrix(tensor.name, rows, columns, shape: tensor.shape)
            }
        var error = RoundingError()
        for range in blocks(rows, columns) {
            nonisolated(unsafe) let target = UnsafeMutableRawPointer(rounded.pointer)
            let costs = perRow(range) { [block] row in
                let values = block.pointer + row * columns
                matrix.expand(row: range.lowerBound + row, into: values)
                return Self.store(values, columns, as: tensor.type, at: target + row * rowBytes)
            }
            try add(costs, to: &error, tensor.name)
            let bytes = UnsafeRawBufferPointer(start: target, count: range.count * rowBytes)
            try file.write(bytes, at: place + range.lowerBound * rowBytes)
            release(tensor.name, rows: range, of: rows)
        }
        guard tensor.type == .bfloat16 else { return nil }
        return QuantizationReport.TensorError(name: tensor.name, storedAs: tensor.elementType, error)
    }

    /// Stores one row as bfloat16 or float32; nil when a value is not finite.
    private static func store(
        _ values: UnsafePointer<Float>, _ count: Int, as type: ElementType, at target: UnsafeMutableRawPointer
    ) -> RoundingError? {
        var error = RoundingError()
        for index in 0..<count {
            let stored = type == .bfloat16 ? BFloat16.rounded(values[index]) : values[index]
            guard stored.isFinite else { return nil }
            error.add(values[index], storedAs: stored)
            if type == .bfloat16 {
                target.storeBytes(of: BFloat16.bits(stored), toByteOffset: 2 * index, as: UInt16.self)
            } else {
                target.storeBytes(of: stored, toByteOffset: 4 * index, as: Float.self)
            }
        }
        return error
    }

    /// Rows that fit into a block, at least one.
    private func blocks(_ rows: Int, _ columns: Int) -> [Range<Int>] {
        let height = max(1, Self.blockWeights / columns)
        return stride(from: 0, to: rows, by: height).map { $0..<min($0 + height, rows) }
    }

    /// Calls `body` with the number of each row in the block, on all threads.
    private func perRow(_ range: Range<Int>, _ body: (Int) -> RoundingError?) -> [RoundingError?] {
        [RoundingError?](unsafeUninitializedCapacity: range.count) { costs, count in
            nonisolated(unsafe) let first = costs.baseAddress!
            compute.parallel(range.count) { row in (first + row).initialize(to: body(row)) }
            count = range.count
        }
    }

    // In the order of rows, so that the sums do not depend on the threads.
    private func add(
        _ costs: [RoundingError?], to error: inout RoundingError, _ name: String
    ) throws(CheckpointError) {
        for cost in costs {
            guard let cost else {
                throw .unsupported(
                    file: checkpoint.directory, reason: "\(name) holds a weight that is no finite bfloat16")
            }
            error += cost
        }
    }

    /// Gives back the memory through which rows of the source were read.
    private func release(_ name: String, rows: Range<Int>, of count: Int) {
        guard let tensor = checkpoint.tensors[name] else { return }
        let rowBytes = tensor.bytes.count / count
        tensor.file.release(
            UnsafeRawBufferPointer(rebasing: tensor.bytes[rows.lowerBound * rowBytes..<rows.upperBound * rowBytes]))
    }
}

extension PlannedTensor {
    /// Slices along the first axis of a tensor with several; 1 for a vector.
    var rows: Int { shape.count > 1 ? shape[0] : 1 }
    /// Elements of a slice.
    var columns: Int { shape.reduce(1, *) / rows }
    /// Weights in a slice: eight an element where they are packed.
    var weightColumns: Int { name.hasSuffix(".weight_packed") ? 8 * columns : columns }
}

extension String {
    /// What stands before a suffix; nil without it.
    fileprivate func stem(of suffix: String) -> String? {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil
    }
}
