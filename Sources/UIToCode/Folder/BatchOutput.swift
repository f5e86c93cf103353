// The folder that a batch writes its project to, again and again. One process has it at a time. Which files are the batch's
// is written down in it, so that files of removed designs go, and files of other people stay. A new state is staged whole
// before the first file is moved:
//
//     .bottega/new/           the new files; moved one by one, the last of them is the report
//     .bottega/written.json   paths that were written here: old and new while files are moved, then the new ones
//
// A process that is killed in between leaves a mixed folder that the next run puts right: it stages everything anew.
import Foundation

/// A file on its way into the project.
struct OutputFile {
    /// Where its content comes from.
    enum Content {
        case bytes([UInt8])
        /// A file that is not changed any more: linked where the file system can do so, else copied.
        case file(String)
    }

    let path: String
    let content: Content
}

/// An output folder that this process has to itself until the value is gone.
///
/// Proof: `BatchOutputTests`.
final class BatchOutput {
    private let folder: String
    private let replaces: Bool
    private let lock: Int32

    private var mark: String { folder + "/" + FolderListing.mark }
    private var staging: String { mark + "/new" }
    private var manifest: String { mark + "/written.json" }

    /// Takes the folder, which is made if it is absent.
    ///
    /// - Parameter replaces: whether files of other people may be written over.
    /// - Throws: what `check` throws, `busy` when another process has it.
    init(folder: String, replaces: Bool) throws(BatchError) {
        let folder = Path.folded(folder)
        try Self.check(folder, replaces: replaces)
        self.folder = folder
        self.replaces = replaces
        do { try Path.makeFolders(folder) } catch { throw .project(error) }
        lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard lock >= 0 else { throw .project(Path.failure(folder)) }
        // The kernel gives the lock back when the process ends, however it ends.
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            close(lock)
            throw .busy(folder: folder)
        }
        do { try Path.makeFolders(mark) } catch {
            close(lock)
            throw .project(error)
        }
    }

    deinit { close(lock) }

    /// Whether a batch may write to a folder: it is absent, empty, or what an earlier batch wrote.
    ///
    /// - Throws: `project`, with what `Project.checkOutput` throws.
    static func check(_ folder: String, replaces: Bool) throws(BatchError) {
        let isOurs = Path.isFolder(Path.folded(folder) + "/" + FolderListing.mark)
        do { try Project.checkOutput(folder, replace: replaces || isOurs) } catch { throw .project(error) }
    }

    /// Puts files in the place of those that were written before.
    ///
    /// - Throws: `outputExists` for a file of other people, `cannotWrite`; nothing was changed then, unless a file could not
    ///   be moved.
    func write(_ files: [OutputFile]) throws(ProjectError) {
        let old = earlierPaths
        let new = Set(files.map(\.path))
        for file in files where !old.contains(file.path) && Path.exists(folder + "/" + file.path) && !replaces {
            throw .outputExists(folder + "/" + file.path)
        }
        Path.remove(staging)
        defer { Path.remove(staging) }
        for file in files { try stage(file) }
        try note(old.union(new))
        for file in files {
            let place = folder + "/" + file.path
            guard !Path.isFolder(place) else {
                throw .cannotWrite(path: place, reason: "a folder of that name is in the way")
            }
            try Path.makeFolders(Path.parent(place))
            try Path.move(staging + "/" + file.path, to: place)
        }
        for path in old.subtracting(new) { remove(path) }
        try note(new)
    }

    private func stage(_ file: OutputFile) throws(ProjectError) {
        guard Project.isSafe(file.path) else { throw .unsafePath(file.path) }
        let place = staging + "/" + file.path
        do {
            try Path.makeFolders(Path.parent(place))
            switch file.content {
            case .bytes(let bytes): try Project.writeFile(bytes, to: place)
            case .file(let source): try Path.link(source, at: place)
            }
        } catch {
            // Nobody knows the staging folder: the file is named by the place it was meant for.
            guard case .cannotWrite(let path, let reason) = error else { throw error }
            throw .cannotWrite(path: path.replacing(staging, with: folder), reason: reason)
        }
    }

    private var earlierPaths: Set<String> {
        guard let data = FileManager.default.contents(atPath: manifest),
            let paths = try? JSONDecoder().decode([String].self, from: data)
        else { return [] }
        return Set(paths.filter(Project.isSafe))
    }

    private func note(_ paths: Set<String>) throws(ProjectError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes]
        do { try Path.writeWhole(Array(try encoder.encode(paths.sorted())), to: manifest) } catch {
            throw error as? ProjectError ?? .cannotWrite(path: manifest, reason: "\(error)")
        }
    }

    // With the folders above it that hold nothing else.
    private func remove(_ path: String) {
        unlink(folder + "/" + path)
        var parent = Path.parent(path)
        while parent != ".", rmdir(folder + "/" + parent) == 0 { parent = Path.parent(parent) }
    }
}

extension Path {
    /// Gives a file a second place, by a link or as a copy.
    static func link(_ source: String, at place: String) throws(ProjectError) {
        guard Foundation.link(source, place) != 0 else { return }
        guard exists(source) else { throw .cannotRead(path: source, reason: "it is gone") }
        do { try FileManager.default.copyItem(atPath: source, toPath: place) } catch {
            throw .cannotWrite(path: place, reason: (error as NSError).localizedDescription)
        }
    }
}
