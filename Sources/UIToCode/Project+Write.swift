// A project on disk, whole or not at all. Every file is written to a hidden staging folder first and renamed into
// place last, so that neither a full disk nor a killed process leaves half a file. What stands in an existing folder
// and is not part of the project is never touched.
//
//     folder absent          stage beside it → rename the staging folder
//     folder empty, or       stage inside it → rename file by file over what is there
//     `replace` allowed
import Foundation

extension Project {
    /// Whether a project may be written to `folder` as things stand: it is absent or empty (or `replace` allows what is
    /// in it to be written over), and the nearest existing folder lets files be made.
    ///
    /// - Throws: `outputExists`, `notAFolder`, `cannotWrite`.
    public static func checkOutput(_ folder: String, replace: Bool = false) throws(ProjectError) {
        var nearest = Path.folded(folder)
        if Path.exists(nearest) {
            guard Path.isFolder(nearest) else { throw .notAFolder(folder) }
            guard replace || Path.isEmptyFolder(nearest) else { throw .outputExists(folder) }
        }
        while !Path.exists(nearest) { nearest = Path.parent(nearest) }
        guard Path.isFolder(nearest) else { throw .notAFolder(nearest) }
        guard access(nearest, W_OK | X_OK) == 0 else { throw Path.failure(nearest) }
    }

    /// Writes every file below `folder`, which is made if it is absent, with the folders above it.
    ///
    /// - Throws: what `checkOutput` throws, and `cannotWrite` when the disk is full or refuses. Then `folder` is as it
    ///   was before, except that files renamed before a failed rename (a folder stands in the way) stay.
    public func write(to folder: String, replace: Bool = false) throws(ProjectError) {
        try Self.checkOutput(folder, replace: replace)
        let folder = Path.folded(folder)
        let isNew = !Path.exists(folder)
        let made = try Path.makeFolders(isNew ? Path.parent(folder) : folder)
        let staging = isNew ? Path.beside(folder) : folder + "/" + Path.stagingName
        var isDone = false
        defer {
            if !isDone {
                Path.remove(staging)
                for folder in made.reversed() { rmdir(folder) }
            }
        }
        do { try writeFiles(to: staging) } catch {
            // Nobody knows the staging folder: the file is named by the place it was meant for.
            guard case .cannotWrite(let path, let reason) = error else { throw error }
            throw .cannotWrite(path: path.replacing(staging, with: folder), reason: reason)
        }
        if isNew {
            try Path.move(staging, to: folder)
        } else {
            try moveFiles(from: staging, to: folder)
            Path.remove(staging)
        }
        isDone = true
    }

    private func writeFiles(to folder: String) throws(ProjectError) {
        try Path.makeFolder(folder)
        for file in files {
            try Path.makeFolders(Path.parent(folder + "/" + file.path))
            try Self.writeFile(file.bytes, to: folder + "/" + file.path)
        }
    }

    private func moveFiles(from staging: String, to folder: String) throws(ProjectError) {
        for file in files where Path.isFolder(folder + "/" + file.path) {
            throw .cannotWrite(path: folder + "/" + file.path, reason: "a folder of that name is in the way")
        }
        for file in files {
            try Path.makeFolders(Path.parent(folder + "/" + file.path))
            try Path.move(staging + "/" + file.path, to: folder + "/" + file.path)
        }
    }

    /// Writes a file that must not exist yet, through to the disk.
    static func writeFile(_ bytes: [UInt8], to path: String) throws(ProjectError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Path.failure(path) }
        defer { close(descriptor) }
        try write(bytes, to: descriptor, path: path)
        guard fsync(descriptor) == 0 else { throw Path.failure(path) }
    }

    /// Writes all bytes to an open file; `path` names it in errors.
    static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(ProjectError) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Path.failure(path) }
            written += count
        }
    }
}

/// Paths and folders, for whatever is written whole.
enum Path {
    /// A hidden name that no other write uses, in this process or another.
    static var stagingName: String { ".bottega-\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))" }

    /// The path without slashes at its end; `.` for an empty one.
    static func folded(_ path: String) -> String {
        var path = path[...]
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path.isEmpty ? "." : String(path)
    }

    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : folded(String(path[..<slash]))
    }

    /// A hidden name in the same folder.
    static func beside(_ path: String) -> String { parent(path) + "/" + stagingName }

    /// Whether anything has this name, be it a link that leads nowhere.
    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether two paths lead to one folder or file.
    static func isSame(_ path: String, _ other: String) -> Bool {
        var (status, otherStatus) = (stat(), stat())
        return stat(path, &status) == 0 && stat(other, &otherStatus) == 0 && status.st_dev == otherStatus.st_dev
            && status.st_ino == otherStatus.st_ino
    }

    static func isEmptyFolder(_ path: String) -> Bool {
        (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty ?? false
    }

    static func makeFolder(_ path: String) throws(ProjectError) {
        guard mkdir(path, 0o755) == 0 else { throw failure(path) }
    }

    /// Makes a folder and those above it.
    ///
    /// - Returns: the folders that were not there before, outermost first.
    @discardableResult
    static func makeFolders(_ path: String) throws(ProjectError) -> [String] {
        guard !isFolder(path) else { return [] }
        guard !exists(path) else { throw .notAFolder(path) }
        var made = try makeFolders(parent(path))
        do { try makeFolder(path) } catch {
            for folder in made.reversed() { rmdir(folder) }
            throw error
        }
        made.append(path)
        return made
    }

    static func move(_ source: String, to destination: String) throws(ProjectError) {
        guard rename(source, destination) == 0 else { throw failure(destination) }
    }

    /// Removes a folder with all it holds; nothing to do when it is absent.
    static func remove(_ folder: String) { try? FileManager.default.removeItem(atPath: folder) }

    /// Writes one file, whole or not at all, over what was there.
    static func writeWhole(_ bytes: [UInt8], to path: String) throws(ProjectError) {
        let staging = beside(path)
        do {
            try Project.writeFile(bytes, to: staging)
            try move(staging, to: path)
        } catch {
            unlink(staging)
            guard case .cannotWrite(_, let reason) = error else { throw error }
            throw .cannotWrite(path: path, reason: reason)
        }
    }

    /// The file system's last refusal.
    static func failure(_ path: String) -> ProjectError {
        .cannotWrite(path: path, reason: String(cString: strerror(errno)).lowercased())
    }
}
