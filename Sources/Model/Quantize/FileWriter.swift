// Files that are whole or not there: written under another name, made durable, then put in their place.

import Foundation

/// A file that is being written.
final class FileWriter {
    private let path: String
    private let descriptor: Int32

    /// Begins a file; what was there under that name is gone.
    init(_ path: String) throws(CheckpointError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit { close(descriptor) }

    /// Writes bytes at a place.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(CheckpointError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            done += count
        }
    }

    /// Writes values, as they lie in memory, at a place.
    func write<Element: BitwiseCopyable>(_ values: [Element], at offset: Int) throws(CheckpointError) {
        let outcome = values.withUnsafeBytes { bytes in
            Result { () throws(CheckpointError) in try write(bytes, at: offset) }
        }
        try outcome.get()
    }

    /// Makes what was written last, and gives the file its name in the same file system.
    func finish(as name: String) throws(CheckpointError) {
        guard fsync(descriptor) == 0 else { throw Self.failure(path) }
        guard rename(path, name) == 0 else { throw Self.failure(name) }
        try Self.sync((name as NSString).deletingLastPathComponent)
    }

    /// Makes the names in a folder last.
    static func sync(_ folder: String) throws(CheckpointError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(folder) }
    }

    /// Makes a folder and those above it.
    static func makeFolder(_ path: String) throws(CheckpointError) {
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw .unwritable(file: path, reason: "cannot be made a folder: \(error.localizedDescription)")
        }
    }

    private static func failure(_ path: String) -> CheckpointError {
        .unwritable(file: path, reason: String(cString: strerror(errno)))
    }
}
