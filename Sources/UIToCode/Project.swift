// What goes out: files by relative path, in memory. Paths come from a model and are not trusted: one that could leave
// the project's folder, or that two files would fight over, is refused. Writing to disk is in `Project+Write.swift`,
// reading back in `Project+Read.swift`.

/// Why a project cannot be put together or written.
public enum ProjectError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A path that is empty, absolute, climbs out of the project, or is no portable file name.
    case unsafePath(String)
    /// A path that another file already uses, as a file or as a folder.
    case pathTaken(String)
    /// The output folder holds something already.
    case outputExists(String)
    /// The output path, or a folder above it, is something else than a folder.
    case notAFolder(String)
    /// The file system refused; the reason in its own words.
    case cannotWrite(path: String, reason: String)
    /// A file cannot be read back; the reason in words.
    case cannotRead(path: String, reason: String)

    /// One line for people.
    public var description: String {
        switch self {
        case .unsafePath(let path): "\"\(path)\" is not a path inside a project"
        case .pathTaken(let path): "two files of the project want the path \(path)"
        case .outputExists(let path): "\(path) exists already and is not empty"
        case .notAFolder(let path): "\(path) is not a folder"
        case .cannotWrite(let path, let reason): "cannot write \(path): \(reason)"
        case .cannotRead(let path, let reason): "cannot read \(path): \(reason)"
        }
    }
}

/// Files that belong together, by relative path.
public struct Project: Sendable, Equatable {
    /// One file.
    public struct File: Sendable, Equatable {
        /// Relative, with `/` between folders.
        public let path: String
        /// The content.
        public fileprivate(set) var bytes: [UInt8]
    }

    /// The files in the order they were added.
    public private(set) var files: [File] = []

    /// A project without files.
    public init() {}

    /// Adds a file.
    ///
    /// - Throws: `unsafePath`, or `pathTaken` when a file of that path, or a folder or file in its way, is there.
    public mutating func add(_ bytes: [UInt8], at path: String) throws(ProjectError) {
        guard Self.isSafe(path) else { throw .unsafePath(path) }
        let isTaken = files.contains { file in
            file.path == path || file.path.hasPrefix(path + "/") || path.hasPrefix(file.path + "/")
        }
        guard !isTaken else { throw .pathTaken(path) }
        files.append(File(path: path, bytes: bytes))
    }

    /// The bytes of the file at `path`; nil when there is none.
    public subscript(path: String) -> [UInt8]? { files.first { $0.path == path }?.bytes }

    /// Gives a file that the project has new content, at its old place.
    mutating func replace(_ path: String, with bytes: [UInt8]) {
        guard let index = files.firstIndex(where: { $0.path == path }) else {
            preconditionFailure("the project has a file \(path)")
        }
        files[index].bytes = bytes
    }

    // Relative, at most 1024 bytes; every part 1 to 255 bytes, neither `.` nor `..`, without control characters and
    // backslashes.
    static func isSafe(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return path.utf8.count <= 1024
            && parts.allSatisfy { part in
                (1...255).contains(part.utf8.count) && part != "." && part != ".."
                    && part.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control && $0 != "\\" }
            }
    }
}
