// Everything that can be wrong with a form, one clear line each.

/// A fault of a `multipart/form-data` body or of the header that announces it.
package enum MultipartError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The content type is no `multipart/form-data`, or its boundary is missing or impossible.
    case badContentType(found: String, expected: String)
    /// The body does not begin with the boundary.
    case noBoundary(boundary: String)
    /// Something else than a line break or `--` follows a boundary.
    case badBoundaryLine(boundary: String)
    /// The body ended before its last boundary. `inside` says where.
    case endedEarly(inside: String)
    /// A part's headers are longer than so many bytes.
    case headersTooLong(limit: Int)
    /// A part has more headers than so many.
    case tooManyHeaders(limit: Int)
    /// A line of a part's headers that is none.
    case badHeader(found: String, expected: String)
    /// A part that comes in an encoding; only bytes as they are can be read.
    case encodedPart(name: String, encoding: String)
    /// More parts than allowed.
    case tooManyParts(limit: Int)
    /// A field that is no file is longer than so many bytes.
    case fieldTooLong(name: String, limit: Int)

    /// The form's field at fault, where there is one.
    package var field: String? {
        switch self {
        case .encodedPart(let name, _), .fieldTooLong(let name, _): name
        default: nil
        }
    }

    /// One line: the thing, what was expected, what was found.
    package var description: String {
        switch self {
        case .badContentType(let found, let expected):
            "the content type \(shown(found)) cannot be read: expected \(expected)"
        case .noBoundary(let boundary):
            "the form does not begin with its boundary \(shown("--" + boundary))"
        case .badBoundaryLine(let boundary):
            "the boundary \(shown("--" + boundary)) must be followed by a line break, or by -- at the form's end"
        case .endedEarly(let inside):
            "the form ended early, inside \(inside)"
        case .headersTooLong(let limit):
            "the headers of a part of the form are longer than \(limit) bytes"
        case .tooManyHeaders(let limit):
            "a part of the form has more than \(limit) headers"
        case .badHeader(let found, let expected):
            "a part of the form has the header \(shown(found)): expected \(expected)"
        case .encodedPart(let name, let encoding):
            "the form's field \(shown(name)) comes encoded as \(shown(encoding)): send its bytes as they are"
        case .tooManyParts(let limit):
            "the form has more than \(limit) parts"
        case .fieldTooLong(let name, let limit):
            "the form's field \(shown(name)) is longer than \(limit) bytes; a file needs a file name"
        }
    }

    /// Text from outside, in quotes, fit for one line: control characters escaped, long ones cut.
    private func shown(_ text: String) -> String {
        text.count <= 100 ? text.debugDescription : String(text.prefix(100)).debugDescription + "…"
    }
}
