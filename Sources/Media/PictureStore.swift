// Pictures that are kept without being held in memory: PNG, one after the other, in a file without a name that goes
// with the last of them. A recording may leave hundreds of frames worth keeping.

import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A picture at hand, or laid down in a file until it is looked at.
public struct KeptPicture: Sendable {
    /// Columns.
    public let width: Int
    /// Rows.
    public let height: Int
    private let place: Place

    private enum Place: Sendable {
        case memory(Image)
        case file(PictureStore, offset: Int, count: Int)
    }

    /// A picture that stays in memory.
    public init(_ image: Image) {
        width = image.width
        height = image.height
        place = .memory(image)
    }

    fileprivate init(width: Int, height: Int, _ store: PictureStore, offset: Int, count: Int) {
        self.width = width
        self.height = height
        place = .file(store, offset: offset, count: count)
    }

    /// The picture. One that lies in a file is read and decoded each time.
    ///
    /// - Throws: `.unreadable`, when the file system fails.
    public func image() throws(MediaError) -> Image {
        switch place {
        case .memory(let image): return image
        case .file(let store, let offset, let count):
            return try Image.decode(try store.read(at: offset, count: count), name: "a kept picture")
        }
    }
}

/// Lays pictures down. The file goes when neither the store nor a picture of it is left.
package final class PictureStore: Sendable {
    private let descriptor: Int32
    /// Bytes that are written or spoken for.
    private let end = Mutex(0)

    /// Makes an empty store in the system's folder for temporary files.
    ///
    /// - Throws: `.unreadable`, where no file can be made there.
    package init() throws(MediaError) {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var name = Array("\(folder)/bottega-pictures-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw .unreadable(file: folder, reason: String(cString: strerror(errno))) }
        unlink(name)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    /// Lays a picture down.
    ///
    /// - Throws: `.unencodable`, when it cannot be written.
    package func keep(_ image: Image) throws(MediaError) -> KeptPicture {
        let bytes = try image.encodedPNG()
        let offset = end.withLock { end in
            defer { end += bytes.count }
            return end
        }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress! + written, bytes.count - written, off_t(offset + written))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .unencodable(reason: String(cString: strerror(errno))) }
            written += count
        }
        return KeptPicture(width: image.width, height: image.height, self, offset: offset, count: bytes.count)
    }

    fileprivate func read(at offset: Int, count: Int) throws(MediaError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var got = 0
        while got < count {
            let more = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + got, count - got, off_t(offset + got))
            }
            if more < 0, errno == EINTR { continue }
            guard more > 0 else {
                let reason = more == 0 ? "it ends early" : String(cString: strerror(errno))
                throw .unreadable(file: "a kept picture", reason: reason)
            }
            got += more
        }
        return bytes
    }
}
