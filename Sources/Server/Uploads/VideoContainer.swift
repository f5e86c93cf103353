// The kinds of video files, told apart by their first bytes. This says what a file claims to be, so that what is no video
// is refused at the door; whether it can be played shows when it is decoded.
//
// Sources: ISO/IEC 14496-12 (`ftyp`), QuickTime File Format (atoms), RFC 8794 (EBML), RIFF, FLV 1, ISO/IEC 13818-1 and
// 11172-2 (start codes), Advanced Systems Format (header object).

/// A kind of video file.
enum VideoContainer: String, Sendable, CaseIterable {
    case mp4, quickTime, threeGP, webM, matroska, avi, gif, flash, mpeg, windowsMedia

    /// The kind whose signature `bytes` begin with, or nil. 64 bytes are enough.
    static func detect(_ bytes: [UInt8]) -> VideoContainer? {
        func matches(_ text: StaticString, at offset: Int = 0) -> Bool {
            bytes.count >= offset + text.utf8CodeUnitCount
                && (0..<text.utf8CodeUnitCount).allSatisfy { bytes[offset + $0] == text.utf8Start[$0] }
        }
        if matches("ftyp", at: 4) {
            // Stills and sound come in the same boxes, under brands of their own.
            let others: [StaticString] = ["avif", "avis", "heic", "heix", "mif1", "msf1", "M4A ", "M4B "]
            if others.contains(where: { matches($0, at: 8) }) { return nil }
            return matches("qt  ", at: 8) ? .quickTime : matches("3g", at: 8) ? .threeGP : .mp4
        }
        let atoms: [StaticString] = ["moov", "mdat", "wide", "pnot"]
        if atoms.contains(where: { matches($0, at: 4) }) { return .quickTime }
        if bytes.starts(with: [0x1a, 0x45, 0xdf, 0xa3]) {
            // The document's type stands among the first elements, in any order.
            return (4..<64).contains { matches("webm", at: $0) }
                ? .webM : (4..<64).contains { matches("matroska", at: $0) } ? .matroska : nil
        }
        if matches("RIFF"), matches("AVI ", at: 8) { return .avi }
        if matches("GIF87a") || matches("GIF89a") { return .gif }
        if matches("FLV"), bytes.count > 3, bytes[3] == 1 { return .flash }
        if bytes.starts(with: [0, 0, 1, 0xba]) || bytes.starts(with: [0, 0, 1, 0xb3]) { return .mpeg }
        if bytes.starts(with: [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11]) { return .windowsMedia }
        return nil
    }

    /// Its media type.
    var mediaType: String {
        switch self {
        case .mp4: "video/mp4"
        case .quickTime: "video/quicktime"
        case .threeGP: "video/3gpp"
        case .webM: "video/webm"
        case .matroska: "video/x-matroska"
        case .avi: "video/x-msvideo"
        case .gif: "image/gif"
        case .flash: "video/x-flv"
        case .mpeg: "video/mpeg"
        case .windowsMedia: "video/x-ms-wmv"
        }
    }
}
