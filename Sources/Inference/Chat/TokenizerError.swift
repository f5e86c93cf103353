// What can be wrong with the files a tokenizer is read from.

/// Why a tokenizer could not be opened.
package enum TokenizerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The file is missing or cannot be read.
    case unreadable(file: String, reason: String)
    /// The file was read and does not say what it must; `place` is a line or a key.
    case malformed(file: String, place: String, expected: String, found: String)

    /// One line for people.
    package var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): \(reason)"
        case .malformed(let file, let place, let expected, let found):
            "\(file), \(place): expected \(expected), found \(found)"
        }
    }
}
