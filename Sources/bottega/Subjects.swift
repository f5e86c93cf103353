// What a path on the command line shows: a picture, or a page with the files beside it.
import Foundation
import Media
import Render

extension Subject {
    /// Reads one side of a comparison: a folder with an index.html, a file named .html or .htm, else a picture.
    ///
    /// - Throws: `SubjectError` or `MediaError`.
    static func read(_ path: String, scale: Double) throws -> Subject {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
        if exists, isFolder.boolValue { return .page(try PageFolder(path).files(entry: "index.html")) }
        let file = URL(filePath: path)
        guard exists, ["html", "htm"].contains(file.pathExtension.lowercased()) else {
            return .picture(try Image.read(path: path), scale: scale)
        }
        let folder = PageFolder(file.deletingLastPathComponent().path(percentEncoded: false))
        return .page(try folder.files(entry: file.lastPathComponent))
    }
}

/// Why a page cannot be read.
enum SubjectError: Error, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case noPage(folder: String)
    case tooMuch(folder: String)
    case unwritable(path: String, reason: String)

    var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        case .noPage(let folder): "\(folder): has no index.html"
        case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
        case .tooMuch(let folder):
            "\(folder): holds more than \(PageFolder.fileLimit) files or \(PageFolder.byteLimit >> 20) MB, "
                + "too much for one page"
        }
    }
}

/// A folder as the home of a page: what lies in it, and below it, is what the page may ask for. Hidden files and links
/// stay out.
struct PageFolder {
    static let fileLimit = 2000
    static let byteLimit = 200 << 20

    private let path: String

    init(_ path: String) { self.path = path }

    func files(entry: String) throws(SubjectError) -> PageFiles {
        var files: [String: [UInt8]] = [entry: try read(entry)]
        var bytes = files[entry]?.count ?? 0
        for name in try names() where name != entry {
            let content = try read(name)
            bytes += content.count
            guard files.count < Self.fileLimit, bytes <= Self.byteLimit else { throw .tooMuch(folder: path) }
            files[name] = content
        }
        return PageFiles(entry: entry, files: files)
    }

    private func read(_ name: String) throws(SubjectError) -> [UInt8] {
        let file = path + "/" + name
        do { return Array(try Data(contentsOf: URL(filePath: file))) } catch {
            if name == "index.html", !FileManager.default.fileExists(atPath: file) { throw .noPage(folder: path) }
            throw .unreadable(path: file, reason: (error as NSError).localizedDescription)
        }
    }

    // Files that pages are made of, by relative path.
    private func names() throws(SubjectError) -> [String] {
        let root = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
        let keys: [URLResourceKey] = [.isRegularFileKey, .isSymbolicLinkKey]
        guard
            let walk = FileManager.default.enumerator(
                at: root, includingPropertiesForKeys: keys, options: [.skipsHiddenFiles])
        else { throw .unreadable(path: path, reason: "it is no folder") }
        var names: [String] = []
        let start = root.path(percentEncoded: false)
        for case let file as URL in walk {
            guard let values = try? file.resourceValues(forKeys: Set(keys)), values.isRegularFile == true,
                values.isSymbolicLink != true, Self.kinds.contains(file.pathExtension.lowercased())
            else { continue }
            names.append(String(file.standardizedFileURL.path(percentEncoded: false).dropFirst(start.count)))
            guard names.count < Self.fileLimit else { throw .tooMuch(folder: path) }
        }
        return names.sorted()
    }

    private static let kinds: Set<String> = [
        "html", "htm", "css", "js", "mjs", "json", "svg", "png", "jpg", "jpeg", "webp", "gif", "bmp", "avif", "ico",
        "woff", "woff2", "ttf", "otf", "txt",
    ]
}
