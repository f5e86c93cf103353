// A dialect is known by a file, beside a checkpoint or named in a configuration.
import Foundation

extension Dialect {
    /// Reads the stylesheet.
    ///
    /// - Throws: `.unavailable` with the file's name when it is no UTF-8 text or cannot be read.
    init(contentsOf file: String) throws(EngineError) {
        do {
            self.init(stylesheet: try String(contentsOfFile: file, encoding: .utf8))
        } catch {
            throw .unavailable("\(file): cannot be read as UTF-8 text")
        }
    }
}
