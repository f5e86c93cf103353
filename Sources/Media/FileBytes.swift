// A path's content in memory. Directories, devices and sockets are refused; pipes are read until they end.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Reads whole files.
package enum FileBytes {
    /// The content of a regular file or a pipe of at most `limit` bytes.
    package static func load(_ path: String, atMost limit: Int) throws(MediaError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path, errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG, S_IFIFO: break
        case S_IFDIR: throw .unreadable(file: path, reason: "it is a directory")
        default: throw .unreadable(file: path, reason: "it is neither a file nor a pipe")
        }
        guard status.st_size <= limit else { throw .tooManyBytes(file: path, limit: limit) }
        return try readToEnd(descriptor, path, expecting: Int(status.st_size), atMost: limit)
    }

    private static func readToEnd(
        _ descriptor: Int32, _ path: String, expecting size: Int, atMost limit: Int
    ) throws(MediaError) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(size)
        var block = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = read(descriptor, &block, block.count)
            if count == 0 { return content }
            if count < 0 {
                if errno == EINTR { continue }
                throw unreadable(path, errno)
            }
            guard content.count + count <= limit else { throw .tooManyBytes(file: path, limit: limit) }
            content += block[..<count]
        }
    }

    private static func unreadable(_ path: String, _ code: Int32) -> MediaError {
        .unreadable(file: path, reason: String(cString: strerror(code)))
    }
}
