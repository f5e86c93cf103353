// Paths of archive entries, which come from strangers on the way in and from a model on the way out. One that could
// leave its folder on any system, or that two entries would fight over, is refused; nothing is repaired.

/// What a path inside an archive may be.
enum EntryPath {
    /// The longest path, in bytes of UTF-8.
    static let maxBytes = 1024

    /// Whether `path` stays inside its folder wherever it is unpacked: relative, at most 1024 bytes; every part 1 to
    /// 255 bytes, neither `.` nor `..`, without control characters and backslashes; the first without a drive letter.
    /// A folder's path may end in `/`.
    static func isSafe(_ path: String) -> Bool {
        guard path.utf8.count <= maxBytes else { return false }
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count > 1, parts.last == "" { parts.removeLast() }
        guard let first = parts.first, !opensWithDrive(first) else { return false }
        return parts.allSatisfy { part in
            (1...255).contains(part.utf8.count) && part != "." && part != ".."
                && part.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control && $0 != "\\" }
        }
    }

    /// Whether a part begins like `C:`.
    private static func opensWithDrive(_ part: Substring) -> Bool {
        let opening = Array(part.utf8.prefix(2))
        return opening.count == 2 && opening[1] == UInt8(ascii: ":")
            && (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(opening[0] | 0x20)
    }

    /// Whether `path` is what an operating system leaves behind in archives, never what was meant to be sent.
    static func isLitter(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return parts.first == "__MACOSX" || parts.last == ".DS_Store"
    }

    /// A stored name as text: UTF-8 where it is valid, else code page 437, which is what zip means by other bytes.
    static func decode(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(byte < 0x80 ? Unicode.Scalar(byte) : codePage437[Int(byte) - 0x80]) }
        return String(text)
    }

    // Bytes 0x80 to 0xff of code page 437.
    private static let codePage437 = Array(
        ("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
            + "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}").unicodeScalars)
}

/// The paths that the entries of one archive use so far.
struct TakenPaths {
    private var files: Set<String> = []
    private var folders: Set<String> = []

    /// Takes a file's path and the folders above it. False when a file or folder is in its way.
    mutating func take(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        var above: [String] = []
        for count in 1..<max(parts.count, 1) { above.append(parts[..<count].joined(separator: "/")) }
        guard !files.contains(path), !folders.contains(path), files.isDisjoint(with: above) else { return false }
        files.insert(path)
        folders.formUnion(above)
        return true
    }
}
