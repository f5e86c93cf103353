// A file's bytes, mapped read-only: nothing is copied, pages arrive when they are touched, and processes that open
// the same checkpoint share them. Unmapped with the last reference.

import Foundation

/// A read-only mapping of a whole file.
final class MappedFile: Sendable {
    /// The file's path, for errors.
    let path: String
    nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

    /// Maps a file. An empty file maps to no bytes.
    init(_ path: String) throws(CheckpointError) {
        self.path = path
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw .unreadable(file: path, reason: String(cString: strerror(errno)))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(file: path, reason: "not a file") }
        let size = Int(status.st_size)
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), address != MAP_FAILED else {
            throw .unreadable(file: path, reason: "cannot be mapped: \(String(cString: strerror(errno)))")
        }
        bytes = UnsafeRawBufferPointer(start: address, count: size)
    }

    /// Says whether what is touched lies alone, so that the system reads single pages, or has neighbours that will be
    /// touched as well, as it assumes from the beginning.
    func touches(alone: Bool) {
        guard let address = bytes.baseAddress else { return }
        madvise(UnsafeMutableRawPointer(mutating: address), bytes.count, alone ? MADV_RANDOM : MADV_NORMAL)
    }

    /// Lets the system take back the memory through which some of the bytes were read; they can be read again.
    func release(_ part: UnsafeRawBufferPointer) {
        guard let address = part.baseAddress else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = Int(bitPattern: address) / page * page
        let end = (Int(bitPattern: address) + part.count + page - 1) / page * page
        madvise(UnsafeMutableRawPointer(bitPattern: first), end - first, MADV_DONTNEED)
    }

    deinit {
        if let address = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: address), bytes.count) }
    }
}
