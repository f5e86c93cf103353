// A safetensors file taken apart so that a test can break it, and put together again.

package import Foundation

/// The two parts of a safetensors file, both open to change; nothing is checked.
package struct SafetensorsDraft {
    /// Tensor name → `dtype`, `shape`, `data_offsets`.
    package var header: [String: Any]
    /// What follows the header.
    package var data: Data

    /// Takes a well-formed file apart.
    package init(_ file: Data) throws {
        let count = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        header = try JSONSerialization.jsonObject(with: file.dropFirst(8).prefix(count)) as? [String: Any] ?? [:]
        data = Data(file.dropFirst(8 + count))
    }

    /// Puts the file together.
    ///
    /// - Parameter padding: spaces after the header's JSON, which move every tensor.
    package func encoded(padding: Int = 0) throws -> Data {
        let json = try JSONSerialization.data(withJSONObject: header) + Data(repeating: 0x20, count: padding)
        return Self.lengthField(UInt64(json.count)) + json + data
    }

    /// Eight bytes, little-endian.
    package static func lengthField(_ length: UInt64) -> Data {
        Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) })
    }

    /// Changes one field of one tensor.
    package mutating func set(_ field: String, of tensor: String, to value: Any) {
        var fields = header[tensor] as? [String: Any] ?? [:]
        fields[field] = value
        header[tensor] = fields
    }

    /// The bytes of one tensor.
    package func range(of tensor: String) -> Range<Int> {
        let fields = header[tensor] as? [String: Any]
        let offsets = fields?["data_offsets"] as? [Int] ?? [0, 0]
        return offsets[0]..<offsets[1]
    }
}
