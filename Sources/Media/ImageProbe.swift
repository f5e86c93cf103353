// The size of a picture file without decoding it and without reading it whole: what the header says, after the turns
// that reading would apply. Headers are read a few bytes at a time from wherever the format puts them; what lies between
// (metadata, pixels) is stepped over. A file that passes may still be damaged further on.
//
// The formats' own rules are those of the decoders, and so are the words of errors.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What a picture file announces.
public struct ImageProbe: Sendable, Equatable {
    /// Told by content.
    public let format: ImageFormat
    /// Columns of the picture as `Image.read` returns it.
    public let width: Int
    /// Rows of the picture as `Image.read` returns it.
    public let height: Int
}

extension Image {
    /// Reads a picture file's header: its format and the size that `read` gives, limits checked.
    ///
    /// Most files need less than 2 KiB, and one made to cost time no more than 16 MiB. Only regular files can be probed.
    ///
    /// Proof: `ImageProbeTests`.
    public static func probe(path: String, limits: ImageLimits = .init()) throws(MediaError) -> ImageProbe {
        let source = try PictureSource(path)
        guard source.byteCount <= limits.maxFileBytes else {
            throw .tooManyBytes(file: path, limit: limits.maxFileBytes)
        }
        let opening = try source.bytes(at: 0, count: 1024)
        guard let format = ImageFormat.detect(opening) else {
            throw .unsupportedFormat(file: path, found: describeOpening(of: opening))
        }
        let file = EncodedPicture(
            name: path, format: format, bytes: opening, limits: limits, byteCount: source.byteCount)
        let size =
            switch format {
            case .png: try file.pngSize()
            case .gif: try file.gifSize()
            case .bmp: try file.bmpSize()
            case .jpeg: try file.jpegSize(source)
            case .webp: try file.webPSize(source)
            case .avif: try file.avifSize(source)
            }
        try file.checkSize(size.width, size.height)
        return ImageProbe(format: format, width: size.width, height: size.height)
    }
}

/// A file that is read in places. Reading more than a header can be long is damage, or meant to cost time.
final class PictureSource {
    /// The size of the whole file.
    let byteCount: Int
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(MediaError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            byteCount = 0
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        byteCount = Int(status.st_size)
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .unreadable(file: path, reason: "it is a directory")
        default: throw .unreadable(file: path, reason: "it is not a regular file")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Up to `count` bytes from `offset` on; fewer where the file ends.
    func bytes(at offset: Int, count: Int) throws(MediaError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let read = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
            }
            if read == 0 { break }
            if read < 0 {
                if errno == EINTR { continue }
                throw .unreadable(file: path, reason: String(cString: strerror(errno)))
            }
            filled += read
        }
        bytes.removeLast(count - filled)
        return bytes
    }
}

// MARK: - JPEG

extension EncodedPicture {
    /// Walks the markers to the first scan: one of them has the size, one may say how to turn it.
    fileprivate func jpegSize(_ source: PictureSource) throws(MediaError) -> PictureSize {
        var size: PictureSize?
        var orientation: Orientation?
        var position = 2
        for _ in 0..<4096 {
            let head = try source.bytes(at: position, count: 4)
            guard head.count == 4 else { throw truncated("headers") }
            guard head[0] == 0xff else {
                // Garbage between segments is stepped over, as libjpeg does; EXIF behind it counts no more.
                orientation = orientation ?? .upright
                position = try nextMarker(source, from: position)
                continue
            }
            let marker = head[1]
            if marker == 0xff {
                position += 1
                continue
            }
            let length = Int(head[2]) << 8 | Int(head[3])
            if marker == 0xda || marker == 0xd9 { break }
            guard length >= 2 else { throw corrupt("Bogus marker length") }
            guard position + 2 + length <= byteCount else { throw truncated("headers") }
            if marker == 0xe1, orientation == nil {
                orientation = Orientation(exif: try source.bytes(at: position + 4, count: length - 2)[...])
            } else if (0xc0...0xcf).contains(marker), ![0xc4, 0xc8, 0xcc].contains(marker), size == nil {
                let frame = try source.bytes(at: position + 4, count: 5)
                guard length >= 7 else { throw corrupt("Bogus marker length") }
                size = (Int(frame[3]) << 8 | Int(frame[4]), Int(frame[1]) << 8 | Int(frame[2]))
            }
            position += 2 + length
        }
        guard let size else { throw corrupt("no frame header before the first scan") }
        return (orientation ?? .upright).swapsSides ? (size.height, size.width) : size
    }

    /// The next byte from `start` on that may begin a marker, or where to look further for it.
    private func nextMarker(_ source: PictureSource, from start: Int) throws(MediaError) -> Int {
        let bytes = try source.bytes(at: start, count: 4096)
        return start + (bytes.firstIndex(of: 0xff) ?? bytes.count)
    }
}

// MARK: - WebP

extension EncodedPicture {
    /// The canvas of an extended file, else the size in the picture's own header.
    fileprivate func webPSize(_ source: PictureSource) throws(MediaError) -> PictureSize {
        let end = 8 + (try littleEndian(at: 4, bytes: 4, "header"))
        try requireInFile(0..<end, "chunks")
        guard end >= 12 else { throw corrupt("it says it is \(end) bytes long") }
        var position = 12
        for _ in 0..<1024 where position + 8 <= end {
            var window = self
            window.bytes = try source.bytes(at: position, count: min(32, end - position))
            let type = try window.fourCharacters(at: 0, "chunks")
            let length = try window.littleEndian(at: 4, bytes: 4, "chunks")
            guard position + 8 + length <= end else { throw corrupt("its \(type) chunk is longer than what holds it") }
            switch type {
            case "VP8X": return try window.webPCanvas(at: 8)
            case "VP8 ", "VP8L": return try window.webPPictureSize(type, 8..<8 + length)
            default: position += 8 + length + length & 1
            }
        }
        throw corrupt("it holds no picture")
    }
}

// MARK: - AVIF

extension EncodedPicture {
    /// The longest table of contents that is read; a still's has a few hundred bytes.
    private static let metaLimit = 1 << 20

    /// The size and the turns of the primary item, out of the `meta` box wherever it stands.
    fileprivate func avifSize(_ source: PictureSource) throws(MediaError) -> PictureSize {
        var container = self
        container.bytes = try metaBox(source)
        let boxes = try AVIFContainer(container)
        let picture = try boxes.properties(of: boxes.primary)
        return picture.turns.reduce((picture.width, picture.height)) { size, turn in
            turn.swapsSides ? (size.1, size.0) : size
        }
    }

    private func metaBox(_ source: PictureSource) throws(MediaError) -> [UInt8] {
        var position = 0
        for _ in 0..<1024 where position < byteCount {
            var window = self
            window.bytes = try source.bytes(at: position, count: 16)
            var length = try window.bigEndian(at: 0, bytes: 4, "boxes")
            let type = try window.fourCharacters(at: 4, "boxes")
            if length == 1 {
                guard try window.bigEndian(at: 8, bytes: 2, "boxes") == 0 else {
                    throw corrupt("a number beyond any file")
                }
                length = try window.bigEndian(at: 10, bytes: 6, "boxes")
            }
            if length == 0 { length = byteCount - position }
            guard length >= 8, length <= byteCount - position else {
                throw corrupt("truncated: its \(type) box of \(length) bytes does not fit (byte \(position))")
            }
            if type == "meta" {
                guard length <= Self.metaLimit else { throw corrupt("its meta box is \(length) bytes long") }
                return try source.bytes(at: position, count: length)
            }
            position += length
        }
        throw corrupt("no meta box")
    }
}
