// A file of this machine, read at any place. Folders, devices and pipes are refused.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An open regular file, closed with its last reference.
final class RegularFile {
    /// Its size when it was opened.
    let byteCount: Int
    /// What errors call it.
    let name: String
    private let descriptor: Int32

    /// Opens the file at `path` for reading.
    init(_ path: String, name: String) throws(ArchiveError) {
        self.name = name
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            byteCount = 0
            throw .unreadable(file: name, reason: String(cString: strerror(errno)))
        }
        var status = stat()
        let isKnown = fstat(descriptor, &status) == 0
        byteCount = Int(status.st_size)
        guard isKnown, status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(file: name, reason: "it is not a regular file")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Reads from `offset` on into `buffer`. Returns how many bytes there were; 0 at the end.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else {
                throw .unreadable(file: name, reason: String(cString: strerror(errno)))
            }
        }
    }
}
