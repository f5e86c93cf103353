// Recorded tensors by name. A reader of its own, independent of the one in Model that it helps to test.

import Foundation

/// One file of recorded tensors: safetensors with float32, int32 and uint8 only.
package struct Goldens: Sendable {
    /// Why a golden cannot be used.
    package struct Missing: Error, CustomStringConvertible {
        /// One line: which file and what is wrong.
        package let description: String
    }

    private struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let dataOffsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case dataOffsets = "data_offsets"
        }
    }

    private let file: String
    private let bytes: Data
    private let entries: [String: Entry]

    /// Opens `Fixtures/parity/model/goldens/<name>.safetensors`.
    package init(_ name: String) throws {
        file = "parity/model/goldens/\(name).safetensors"
        let content = try Fixtures.data(file)
        let headerCount = content.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = content.dropFirst(8).prefix(headerCount)
        let objects = try JSONSerialization.jsonObject(with: header) as? [String: Any] ?? [:]
        var entries: [String: Entry] = [:]
        for (name, fields) in objects where name != "__metadata__" {
            entries[name] = try JSONDecoder().decode(Entry.self, from: JSONSerialization.data(withJSONObject: fields))
        }
        self.entries = entries
        bytes = Data(content.dropFirst(8 + headerCount))
    }

    /// The names that begin with `prefix`, sorted, without it.
    package func names(under prefix: String) -> [String] {
        entries.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    /// The axes of a tensor, slowest first.
    package func shape(_ name: String) throws -> [Int] { try entry(name).shape }

    /// A float32 tensor, row-major.
    package func floats(_ name: String) throws -> [Float] {
        try words(name, "F32").map(Float.init(bitPattern:))
    }

    /// An int32 tensor, row-major.
    package func ints(_ name: String) throws -> [Int] {
        try words(name, "I32").map { Int(Int32(bitPattern: $0)) }
    }

    /// A uint8 tensor, row-major.
    package func levels(_ name: String) throws -> [UInt8] { [UInt8](try content(name, "U8")) }

    private func entry(_ name: String) throws -> Entry {
        guard let entry = entries[name] else { throw Missing(description: "\(file) has no \(name)") }
        return entry
    }

    private func content(_ name: String, _ type: String) throws -> Data {
        let entry = try entry(name)
        guard entry.dtype == type else { throw Missing(description: "\(file): \(name) is \(entry.dtype), not \(type)") }
        return bytes.subdata(in: entry.dataOffsets[0]..<entry.dataOffsets[1])
    }

    private func words(_ name: String, _ type: String) throws -> [UInt32] {
        let content = try content(name, type)
        return stride(from: 0, to: content.count, by: 4).map { first in
            (0..<4).reduce(0) { $0 | UInt32(content[first + $1]) << (8 * UInt32($1)) }
        }
    }
}
