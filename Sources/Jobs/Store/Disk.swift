// The few things the store asks of the file system: folders, whole files, free space, and a lock that dies with its
// process. Folders are made for their owner alone.
import Foundation

/// Files and folders.
enum Disk {
    /// Makes a folder and those above it, if they are absent.
    static func makeFolder(_ path: String) throws(StoreError) {
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFDIR else { throw .cannotOpen("\(path) is not a folder") }
            return
        }
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex { try makeFolder(String(path[..<slash])) }
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(path) }
    }

    /// Makes a folder that must not exist yet. The folder above it is there.
    static func makeNewFolder(_ path: String) throws(StoreError) {
        guard mkdir(path, 0o700) == 0 else { throw failure(path) }
    }

    /// Makes the names in a folder last through a loss of power.
    static func synchronize(folder: String) throws(StoreError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(folder) }
    }

    /// The names in a folder; none for one that is absent.
    static func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    /// Removes a file, or a folder with all it holds; nothing to do when it is absent.
    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The bytes of a file.
    static func read(_ path: String) throws(StoreError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes[filled...].withUnsafeMutableBytes {
                Foundation.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw count < 0 ? failure(path) : .io("\(path) became shorter while it was read") }
            filled += count
        }
        return bytes
    }

    /// Bytes that may still be written below a folder; 0 when it cannot be asked.
    static func freeBytes(_ folder: String) -> Int {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return 0 }
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }

    /// The system's last refusal: `full` when space, quota or inodes ran out, else `io`.
    static func failure(_ path: String) -> StoreError {
        let code = errno
        let reason = String(cString: strerror(code)).lowercased()
        return code == ENOSPC || code == EDQUOT ? .full("\(path): \(reason)") : .io("\(path): \(reason)")
    }

    /// Whether words that `strerror` wrote, in lower case, say that there is no space.
    static func saysNoSpace(_ reason: String) -> Bool {
        [ENOSPC, EDQUOT].contains { reason == String(cString: strerror($0)).lowercased() }
    }
}

/// An exclusive `flock`, let go when this is released or the process ends in whatever way.
final class FileLock: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock of a file, which is made if it is absent.
    ///
    /// - Throws: `locked` when somebody, in this process or another, holds it; `directory` is what the error names.
    static func take(_ path: String, directory: String) throws(StoreError) -> FileLock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen("\(Disk.failure(path))") }
        let lock = FileLock(descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw .cannotOpen("\(Disk.failure(path))") }
            throw .locked(directory: directory)
        }
        return lock
    }

    /// Waits for the lock of a folder itself, which leaves no file behind. Meant for moments.
    static func wait(forFolder path: String) throws(StoreError) -> FileLock {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen("\(Disk.failure(path))") }
        let lock = FileLock(descriptor)
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw .cannotOpen("\(Disk.failure(path))") }
        }
        return lock
    }
}
