// The safetensors container: an 8-byte little-endian header length, a JSON header, then the tensors' bytes.
// Every offset is checked against the file before it is used; a hostile header is an error, never a bad pointer.

import Foundation

/// Element types met in published checkpoints.
package enum ElementType: String, Sendable {
    case float32 = "F32"
    case bfloat16 = "BF16"
    case float16 = "F16"
    case float8 = "F8_E4M3"
    case int32 = "I32"
    case int64 = "I64"

    /// Bytes of one element.
    package var byteCount: Int {
        switch self {
        case .float8: 1
        case .bfloat16, .float16: 2
        case .float32, .int32: 4
        case .int64: 8
        }
    }
}

/// One tensor where it lies in its mapped file.
package struct Tensor: Sendable {
    /// The full name in the checkpoint.
    package let name: String
    /// How elements are stored.
    package let elementType: ElementType
    /// Axes, slowest first.
    package let shape: [Int]
    /// `shape`'s product times the element's size; row-major; alignment is whatever the file gave.
    nonisolated(unsafe) package let bytes: UnsafeRawBufferPointer
    /// Keeps `bytes` alive.
    let file: MappedFile

    /// Number of elements.
    package var count: Int { shape.reduce(1, *) }
}

/// One `.safetensors` file, mapped.
package struct SafetensorsFile: Sendable {
    /// The file's path.
    package let path: String
    /// Tensors by name.
    package let tensors: [String: Tensor]
    let file: MappedFile

    /// The largest header accepted. Published headers stay below 4 MiB.
    static let maxHeaderBytes = 100 << 20

    /// Maps a file and checks its header.
    ///
    /// - Throws: `malformed` when the header is not JSON, a type is unknown, a range leaves the file or overlaps
    ///   another, or a range's length is not its shape's.
    package init(_ path: String) throws(CheckpointError) {
        let file = try MappedFile(path)
        self.path = path
        self.file = file
        guard file.bytes.count >= 8 else { throw .malformed(file: path, reason: "shorter than a safetensors header") }
        let declared = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
        guard declared <= UInt64(min(Self.maxHeaderBytes, file.bytes.count - 8)) else {
            throw .malformed(file: path, reason: "header of \(declared) bytes in a file of \(file.bytes.count)")
        }
        let header = UnsafeRawBufferPointer(rebasing: file.bytes[8..<8 + Int(declared)])
        let data = UnsafeRawBufferPointer(rebasing: file.bytes[(8 + Int(declared))...])
        var tensors: [String: Tensor] = [:]
        var ranges: [(range: Range<Int>, name: String)] = []
        var scanner = JSONScanner(header, file: path)
        try scanner.object { (name, value) throws(CheckpointError) in
            guard name != "__metadata__" else { return try value.skip() }
            let (type, shape, range) = try Self.entry(name, &value, dataCount: data.count, path: path)
            ranges.append((range, name))
            let tensor = Tensor(
                name: name, elementType: type, shape: shape, bytes: UnsafeRawBufferPointer(rebasing: data[range]),
                file: file)
            guard tensors.updateValue(tensor, forKey: name) == nil else {
                throw .malformed(file: path, reason: "\(name) is there twice")
            }
        }
        try scanner.end()
        ranges.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        for (one, next) in zip(ranges, ranges.dropFirst()) where one.range.upperBound > next.range.lowerBound {
            throw .malformed(file: path, reason: "\(one.name) and \(next.name) overlap")
        }
        self.tensors = tensors
    }

    private static func entry(
        _ name: String, _ value: inout JSONScanner, dataCount: Int, path: String
    ) throws(CheckpointError) -> (ElementType, [Int], Range<Int>) {
        var found: (type: String?, shape: [Int]?, offsets: [Int]?)
        try value.object { (field, value) throws(CheckpointError) in
            switch field {
            case "dtype": found.type = try value.string()
            case "shape": found.shape = try value.integers()
            case "data_offsets": found.offsets = try value.integers()
            default: try value.skip()
            }
        }
        guard let typeName = found.type, let shape = found.shape, let offsets = found.offsets, offsets.count == 2
        else { throw .malformed(file: path, reason: "\(name): needs dtype, shape and two data_offsets") }
        guard let type = ElementType(rawValue: typeName) else {
            throw .malformed(file: path, reason: "\(name): unknown dtype \(typeName)")
        }
        guard 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= dataCount else {
            throw .malformed(file: path, reason: "\(name): bytes \(offsets) lie outside the file's \(dataCount)")
        }
        var byteCount = type.byteCount
        for side in shape {
            let (product, overflow) = byteCount.multipliedReportingOverflow(by: side)
            guard side >= 0, !overflow else {
                throw .malformed(file: path, reason: "\(name): impossible shape \(shape)")
            }
            byteCount = product
        }
        guard byteCount == offsets[1] - offsets[0] else {
            throw .malformed(
                file: path, reason: "\(name): shape \(shape) needs \(byteCount) bytes, has \(offsets[1] - offsets[0])")
        }
        return (type, shape, offsets[0]..<offsets[1])
    }
}
