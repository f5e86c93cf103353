// A project that its maker wrote to disk, on its way to be a revision: too large to be held in memory, so its manifest is
// made by reading every file once, piece by piece, and its files are moved and never copied.
import Crypto
import Foundation
import UIToCode

/// A folder of files that nobody writes to any more.
package struct StagedProject: Sendable, Equatable {
    /// Where it lies: below the data directory of the store that is to take it.
    package let folder: String
    /// Its files, the one that opens it first, then by path.
    package let files: [StoredFile]
    /// Its folders, relative to it; itself as the empty text.
    let folders: [String]

    /// Reads a folder. What is hidden in it is its maker's own, and is removed.
    ///
    /// - Parameter entry: the path of the file that opens the project.
    /// - Throws: `io` for a folder without `entry`, or with something in it that is neither file nor folder or has no
    ///   portable name.
    package init(folder: String, entry: String) throws(StoreError) {
        var found: (files: [StoredFile], folders: [String]) = ([], [""])
        try Self.collect(folder, "", into: &found)
        guard let first = found.files.first(where: { $0.path == entry }) else {
            throw .io("the project in \(folder) has no \(entry)")
        }
        self.folder = folder
        files = [first] + found.files.filter { $0.path != entry }.sorted { $0.path < $1.path }
        folders = found.folders
    }

    private static func collect(
        _ root: String, _ prefix: String, into found: inout (files: [StoredFile], folders: [String])
    ) throws(StoreError) {
        for name in Disk.names(in: root + "/" + prefix) {
            let path = prefix + name
            guard !name.hasPrefix(".") else {
                Disk.remove("\(root)/\(path)")
                continue
            }
            guard path.utf8.count <= 1024, name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0 != "\\" }) else {
                throw .io("\(path.debugDescription) is no path of a project")
            }
            var status = stat()
            guard lstat("\(root)/\(path)", &status) == 0 else { throw Disk.failure("\(root)/\(path)") }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                found.folders.append(path)
                try collect(root, path + "/", into: &found)
            case S_IFREG:
                let (digest, byteCount) = try self.digest(of: "\(root)/\(path)")
                found.files.append(
                    StoredFile(
                        path: path, mediaType: Project.mediaType(of: path), digest: digest, byteCount: byteCount))
            default: throw .io("\(path) is neither a file nor a folder")
            }
        }
    }

    private static func digest(of path: String) throws(StoreError) -> (String, Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Disk.failure(path) }
        defer { close(descriptor) }
        var hash = SHA256()
        var byteCount = 0
        var piece = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count = piece.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Disk.failure(path) }
            guard count > 0 else { return (hash.finalize().hexadecimal, byteCount) }
            piece.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            byteCount += count
        }
    }

    /// Makes everything in it last through a loss of power.
    func synchronize() throws(StoreError) {
        for file in files {
            let path = "\(folder)/\(file.path)"
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Disk.failure(path) }
            defer { close(descriptor) }
            guard fsync(descriptor) == 0 else { throw Disk.failure(path) }
        }
        for name in folders { try Disk.synchronize(folder: name.isEmpty ? folder : "\(folder)/\(name)") }
    }
}
