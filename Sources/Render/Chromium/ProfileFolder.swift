// The temporary folder of one browser: its profile, its own temporary files, what it complains about. The folder is
// locked as long as its owner lives; a folder whose owner was killed is removed by the next browser that starts.
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A locked temporary folder.
final class ProfileFolder: Sendable {
    /// How the names of these folders begin.
    static let prefix = "bottega-chromium-"

    /// Without a slash at the end.
    let path: String
    private let descriptor: Int32

    /// Makes a folder that only this user can enter, and removes those that were left behind.
    ///
    /// - Throws: `cannotStart`.
    init(in parent: String = NSTemporaryDirectory()) throws(RenderError) {
        var parent = parent
        while parent.count > 1, parent.hasSuffix("/") { parent.removeLast() }
        Self.sweep(parent)
        var template = Array("\(parent)/\(Self.prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .cannotStart(reason: "no folder can be made in \(parent): \(String(cString: strerror(errno)))")
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw .cannotStart(reason: "\(path) cannot be locked: \(String(cString: strerror(errno)))")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Where the browser complains.
    var complaints: String { path + "/complaints.txt" }

    /// Bytes of complaints that are kept while a page is shown.
    static let complaintBytes = 1 << 20

    /// Forgets what the browser complained about when it is more than that: a page can make it talk without end.
    func boundComplaints() {
        var status = stat()
        if stat(complaints, &status) == 0, status.st_size > Self.complaintBytes { _ = truncate(complaints, 0) }
    }

    /// The last lines of what the browser complained about, as one line.
    var lastComplaint: String? {
        guard let bytes = FileManager.default.contents(atPath: complaints) else { return nil }
        let lines = String(decoding: bytes.suffix(4096), as: UTF8.self).split(separator: "\n").suffix(3)
        return lines.isEmpty ? nil : lines.joined(separator: " | ")
    }

    /// Removes the folder and everything in it.
    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    // A folder younger than a minute may not be locked yet.
    private static func sweep(_ parent: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let path = "\(parent)/\(name)"
            let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_uid == geteuid(),
                time(nil) - status.st_mtim.tv_sec > 60, flock(descriptor, LOCK_EX | LOCK_NB) == 0
            else { continue }
            try? FileManager.default.removeItem(atPath: path)
        }
    }
}
