// Everything that can be wrong with an archive, one clear line each, and what it means for whoever sent it.

/// A fault of an archive, of a file in it, or of its surroundings.
package enum ArchiveError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A file of this machine could not be read: the archive, or one that was to go into it.
    case unreadable(file: String, reason: String)
    /// The content is no zip archive. `found` describes it.
    case notZip(file: String, found: String)
    /// The content breaks the format's rules, ends early, or fails its checksum. `entry` is where; nil for the whole.
    case corrupt(file: String, entry: String?, reason: String)
    /// An entry needs a password.
    case encrypted(entry: String)
    /// An entry uses a part of the format that is not read.
    case unsupported(entry: String, feature: String)
    /// A path that is empty, absolute, climbs out of its folder, or is no portable file name.
    case unsafePath(String)
    /// A path that another entry uses already, as a file or as a folder.
    case pathTaken(String)
    /// An entry that is neither file nor folder, such as a link.
    case notAFile(entry: String, found: String)
    /// More files than allowed.
    case tooManyEntries(limit: Int)
    /// The table of contents is longer than so many bytes.
    case directoryTooLarge(limit: Int)
    /// The files unpack to more bytes than allowed. Counted while unpacking.
    case tooManyBytes(limit: Int)
    /// An entry grows more than so many times while it is unpacked.
    case growsTooMuch(entry: String, limit: Int)
    /// An entry could not be written.
    case cannotWrite(entry: String, reason: String)

    /// Whose fault an error is, in the words of no protocol.
    package enum Meaning: Sendable, Equatable {
        /// It is no archive of a kind that is read.
        case notAnArchive
        /// It is damaged, or uses what is not read.
        case corrupt
        /// It exceeds a limit.
        case tooLarge
        /// It names or holds what may not be unpacked.
        case unsafe
        /// This machine failed, not the archive.
        case machine
    }

    /// Whose fault this is.
    package var meaning: Meaning {
        switch self {
        case .notZip: .notAnArchive
        case .corrupt, .encrypted, .unsupported: .corrupt
        case .tooManyEntries, .directoryTooLarge, .tooManyBytes, .growsTooMuch: .tooLarge
        case .unsafePath, .pathTaken, .notAFile: .unsafe
        case .unreadable, .cannotWrite: .machine
        }
    }

    /// One line that names the file or entry, what was expected and what was found.
    package var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
        case .notZip(let file, let found): "\(file): not a zip archive: \(found)"
        case .corrupt(let file, nil, let reason): "\(file): damaged zip archive: \(reason)"
        case .corrupt(let file, let entry?, let reason): "\(file): damaged entry \(shown(entry)): \(reason)"
        case .encrypted(let entry): "the entry \(shown(entry)) is encrypted; only open archives are read"
        case .unsupported(let entry, let feature): "the entry \(shown(entry)) uses \(feature), which is not read"
        case .unsafePath(let path): "\(shown(path)) is not a safe path inside an archive"
        case .pathTaken(let path): "two entries want the path \(shown(path))"
        case .notAFile(let entry, let found): "the entry \(shown(entry)) is \(found); only files and folders are read"
        case .tooManyEntries(let limit): "the archive holds more than \(limit) files"
        case .directoryTooLarge(let limit): "the archive's table of contents is longer than \(limit) bytes"
        case .tooManyBytes(let limit): "the archive unpacks to more than \(limit) bytes"
        case .growsTooMuch(let entry, let limit):
            "the entry \(shown(entry)) unpacks to more than \(limit) times its size"
        case .cannotWrite(let entry, let reason): "cannot write the entry \(shown(entry)): \(reason)"
        }
    }

    /// A path from outside, in quotes, fit for one line: control characters escaped, long ones cut.
    private func shown(_ path: String) -> String {
        path.count <= 120 ? path.debugDescription : String(path.prefix(120)).debugDescription + "…"
    }
}
