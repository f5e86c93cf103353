// Where the recorded truth and the samples lie, found from this file's own place in the repository.

package import Foundation

/// The repository's `Fixtures` folder.
package enum Fixtures {
    /// `Fixtures` itself.
    package static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    /// The path of something inside `Fixtures`.
    package static func path(_ relative: String) -> String { folder.appendingPathComponent(relative).path }

    /// The directory of a tiny checkpoint; `Fixtures/parity/model/README.md` lists them.
    package static func checkpoint(_ name: String) -> String { path("checkpoints/" + name) }

    /// Everything in a file.
    package static func data(_ relative: String) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent(relative))
    }
}
