// A directory that lives as long as one test.

package import Foundation

/// A fresh directory, removed with its last reference.
package final class TemporaryDirectory {
    /// The directory.
    package let path: String

    /// Makes an empty directory.
    package init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("bottega-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Makes a copy of a tiny checkpoint, to be broken or changed.
    package convenience init(checkpoint name: String) throws {
        try self.init()
        let original = Fixtures.checkpoint(name)
        for file in try FileManager.default.contentsOfDirectory(atPath: original) {
            try FileManager.default.copyItem(atPath: original + "/" + file, toPath: path + "/" + file)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a file inside.
    package func file(_ name: String) -> String { path + "/" + name }

    /// Writes a file inside.
    package func write(_ content: Data, to name: String) throws {
        try content.write(to: URL(fileURLWithPath: file(name)))
    }

    /// Reads a file inside.
    package func read(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: file(name))) }

    /// Removes a file inside.
    package func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }

    /// The names of everything inside, sorted.
    package func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }

    /// Removes the directory itself, so that something else can take its place.
    package func removeFolder() throws { try FileManager.default.removeItem(atPath: path) }

    /// Changes the root object of a JSON file inside.
    package func editJSON(_ name: String, _ edit: (inout [String: Any]) -> Void) throws {
        var object = try JSONSerialization.jsonObject(with: read(name)) as? [String: Any] ?? [:]
        edit(&object)
        try write(try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]), to: name)
    }
}
