// A project read back from where it was written. Only the files that are asked for, only what lies below the folder
// as plain files in plain folders: no link is followed, whoever put it there.
import Foundation

extension Project {
    /// Reads files of a project that was written to `folder`.
    ///
    /// - Parameter paths: relative to the folder, each once; the project has its files in this order.
    /// - Throws: `unsafePath` or `pathTaken` as `add` does; `cannotRead` for a file that is absent, is no plain file, or
    ///   lies behind a link.
    public static func read(from folder: String, paths: [String]) throws(ProjectError) -> Project {
        let root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw failure(folder) }
        defer { close(root) }
        var project = Project()
        for path in paths {
            guard isSafe(path) else { throw .unsafePath(path) }
            try project.add(try readFile(path, below: root), at: path)
        }
        return project
    }

    private static func readFile(_ path: String, below root: Int32) throws(ProjectError) -> [UInt8] {
        var folder = root
        defer { if folder != root { close(folder) } }
        let parts = path.split(separator: "/").map(String.init)
        for part in parts.dropLast() {
            let next = openat(folder, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard next >= 0 else { throw failure(path) }
            if folder != root { close(folder) }
            folder = next
        }
        // A pipe would make `open` wait for somebody to write.
        let file = openat(folder, parts[parts.count - 1], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard file >= 0 else { throw failure(path) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .cannotRead(path: path, reason: "it is no plain file") }
        return try bytes(of: file, count: Int(status.st_size), path: path)
    }

    private static func bytes(of file: Int32, count: Int, path: String) throws(ProjectError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let count = bytes.withUnsafeMutableBytes { Foundation.read(file, $0.baseAddress! + filled, count - filled) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path) }
            guard count > 0 else { throw .cannotRead(path: path, reason: "it became shorter while it was read") }
            filled += count
        }
        return bytes
    }

    // The file system's last refusal. A link is refused as a loop, or as something that is no folder.
    private static func failure(_ path: String) -> ProjectError {
        let reason = errno == ELOOP ? "it is a link" : String(cString: strerror(errno)).lowercased()
        return .cannotRead(path: path, reason: reason)
    }
}
