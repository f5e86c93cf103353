// What the headers of one part of a form say: RFC 7578 with the ways browsers and libraries write names.
//
//     form-data; name="file"; filename="a%22b.png"; filename*=UTF-8''a%22b.png
//
// A quote inside a name comes as %22 from browsers and as \" from others; both are read, and a backslash before
// anything else is itself. Where both forms of a file name are given, the one with `*` counts.

/// One part of a form.
package struct MultipartPart: Sendable, Equatable {
    /// The field's name.
    package var name: String
    /// The file's name as it was sent, folders included; nil for a plain field. Not to be used as a path.
    package var fileName: String?
    /// The content type without parameters, in lower case; nil when none is given.
    package var mediaType: String?

    /// Whether the part is a file: it has a file name, or a name that only files have here.
    package var isFile: Bool { fileName != nil || Self.fileFields.contains(name) }

    private static let fileFields: Set = ["image", "images", "image[]", "file", "files", "archive"]

    init(name: String, fileName: String? = nil, mediaType: String? = nil) {
        self.name = name
        self.fileName = fileName
        self.mediaType = mediaType
    }

    /// Reads the lines before a part's content, without the empty one that ends them.
    init(headers block: [UInt8], limit: Int) throws(MultipartError) {
        let lines = try Self.lines(of: block)
        guard lines.count <= limit else { throw .tooManyHeaders(limit: limit) }
        var disposition: HeaderValue?
        var encoding: String?
        self.init(name: "")
        for line in lines {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
                line[..<colon].allSatisfy(HeaderValue.isToken)
            else { throw .badHeader(found: String(decoding: line, as: UTF8.self), expected: "a name and a colon") }
            let value = line[(colon + 1)...]
            switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
            case "content-disposition":
                guard disposition == nil else {
                    throw .badHeader(found: "Content-Disposition", expected: "only one of it")
                }
                disposition = try HeaderValue(value)
            case "content-type": mediaType = try HeaderValue(value).essence
            case "content-transfer-encoding": encoding = try HeaderValue(value).essence
            default: continue
            }
        }
        guard let disposition, disposition.essence == "form-data", let name = try disposition.text("name") else {
            throw .badHeader(
                found: disposition?.source ?? "", expected: "Content-Disposition: form-data; name=\"…\"")
        }
        self.name = name
        fileName = try disposition.text("filename")
        if let encoding, !["7bit", "8bit", "binary"].contains(encoding) {
            throw .encodedPart(name: name, encoding: encoding)
        }
    }

    /// The lines of a block; one that begins with white space goes on with the line before.
    private static func lines(of block: [UInt8]) throws(MultipartError) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        for var line in block.split(separator: 0x0a, omittingEmptySubsequences: true) {
            if line.last == 0x0d { line.removeLast() }
            if line.isEmpty { continue }
            guard !line.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7f }) else {
                throw .badHeader(
                    found: String(decoding: line, as: UTF8.self), expected: "no control characters")
            }
            if let first = line.first, first == 0x20 || first == 0x09, let last = lines.popLast() {
                lines.append(last + line)
            } else {
                lines.append(line)
            }
        }
        return lines
    }
}
