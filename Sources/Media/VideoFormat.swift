// The video containers, told apart by their first bytes. File names are never asked, and libav is told which of its
// readers to use, so a file cannot choose a reader of playlists or of pictures.

/// A video container that `VideoReader` reads. Of codecs inside, every one that the libavcodec at hand has.
public enum VideoFormat: String, Sendable, CaseIterable {
    /// ISO base media: MP4, M4V, 3GP.
    case mp4
    /// QuickTime.
    case quickTime = "mov"
    /// WebM.
    case webm
    /// Matroska.
    case matroska = "mkv"
    /// RIFF AVI.
    case avi
    /// GIF, one picture or many.
    case gif
    /// Flash video.
    case flv
    /// MPEG program stream.
    case mpeg
    /// MPEG transport stream.
    case mpegTransport = "mpegts"
    /// Ogg.
    case ogg
    /// ASF, the container of WMV.
    case asf

    /// How many of a file's first bytes `detect` looks at.
    static let openingBytes = 384

    /// The container whose signature `opening` begins with, or nil. A file's first 384 bytes are enough.
    public static func detect(_ opening: some Collection<UInt8>) -> VideoFormat? {
        let bytes = Array(opening.prefix(openingBytes))
        func matches(_ text: String, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
        if matches("ftyp", at: 4) {
            if ImageFormat.detect(bytes) == .avif { return nil }
            return matches("qt  ", at: 8) ? .quickTime : .mp4
        }
        if ["moov", "mdat", "wide", "free", "skip", "pnot"].contains(where: { matches($0, at: 4) }) {
            return .quickTime
        }
        if bytes.starts(with: [0x1a, 0x45, 0xdf, 0xa3]) {
            return bytes.prefix(64).firstRange(of: Array("webm".utf8)) == nil ? .matroska : .webm
        }
        if matches("RIFF") && matches("AVI ", at: 8) { return .avi }
        if matches("GIF87a") || matches("GIF89a") { return .gif }
        if matches("FLV\u{1}") { return .flv }
        if bytes.starts(with: [0, 0, 1, 0xba]) { return .mpeg }
        if matches("OggS") { return .ogg }
        if bytes.starts(with: [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11]) { return .asf }
        // Packets of 188 bytes, or of 192 with a time before each.
        for (first, stride) in [(0, 188), (4, 192)]
        where bytes.count > first + stride && bytes[first] == 0x47 && bytes[first + stride] == 0x47 {
            return .mpegTransport
        }
        return nil
    }

    /// The container's name as people write it.
    var title: String {
        switch self {
        case .quickTime: "QuickTime"
        case .webm: "WebM"
        case .matroska: "Matroska"
        case .mpegTransport: "MPEG-TS"
        case .ogg: "Ogg"
        case .mp4, .avi, .gif, .flv, .mpeg, .asf: rawValue.uppercased()
        }
    }

    /// What libav calls its reader.
    var demuxerName: String {
        switch self {
        case .mp4, .quickTime: "mov"
        case .webm, .matroska: "matroska"
        case .avi, .gif, .flv, .mpeg, .mpegTransport, .ogg, .asf: rawValue
        }
    }
}
