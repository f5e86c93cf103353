// The files of this machine, for clients that run on it: pictures and pages that are read, projects that are written. A
// path is taken as a shell would: `~/` is the home directory, and what is relative is so to where the program was
// started. Over HTTP there are no local files.
import Foundation
import Jobs
package import Render
import UIToCode

/// Reads and writes files for tools. All of it blocks, and belongs on the thread pool.
package struct LocalFiles: Sendable {
    /// Reads one side of a comparison: a picture, a page, or a folder with one.
    let readSubject: @Sendable (_ path: String, _ scale: Double) throws -> Subject

    package init(readSubject: @escaping @Sendable (_ path: String, _ scale: Double) throws -> Subject) {
        self.readSubject = readSubject
    }

    /// The whole path of an argument.
    static func whole(_ path: String) -> String {
        let home = FileManager.default.homeDirectoryForCurrentUser.path(percentEncoded: false)
        let path = path == "~" ? home : path.hasPrefix("~/") ? home + "/" + path.dropFirst(2) : path
        return URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
    }

    /// Reads a picture's file.
    ///
    /// - Throws: `invalid_parameter` with the reason, `image_too_large`.
    func picture(_ path: String, _ name: String, limits: UploadLimits) throws(Problem) -> [UInt8] {
        let path = Self.whole(path)
        let file = URL(filePath: path).resolvingSymlinksInPath()
        let values: URLResourceValues
        do { values = try file.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey]) } catch {
            throw Problem(
                .invalidParameter, "\(path) cannot be read: \((error as NSError).localizedDescription)", param: name)
        }
        guard values.isRegularFile == true, let size = values.fileSize else {
            throw Problem(.invalidParameter, "\(path) is no file", param: name)
        }
        guard size <= limits.imageBytes else {
            throw Problem(.imageTooLarge, "\(path) is larger than \(limits.imageBytes) bytes", param: name)
        }
        do { return Array(try Data(contentsOf: file)) } catch {
            throw Problem(
                .invalidParameter, "\(path) cannot be read: \((error as NSError).localizedDescription)", param: name)
        }
    }

    /// Reads one side of a comparison.
    ///
    /// - Throws: `invalid_parameter` with the reason.
    func subject(_ path: String, _ name: String, scale: Double) throws(Problem) -> Subject {
        do { return try readSubject(Self.whole(path), scale) } catch {
            throw Problem(.invalidParameter, "\(error)", param: name)
        }
    }
}

/// Where a tool is to write a project.
struct OutputFolder: Sendable {
    let path: String
    let replace: Bool

    /// Reads the arguments `output` and `replace`, and looks at the folder before anything is done.
    ///
    /// - Returns: nil where nothing is to be written.
    /// - Throws: `invalid_parameter`, also for a folder that may not be written to.
    init?(_ arguments: JSONMembers) throws(Problem) {
        let replace = try arguments.truth("replace") ?? false
        guard let output = try arguments.string("output") else {
            guard !replace else {
                throw Problem(.invalidParameter, "replace needs output", param: "replace")
            }
            return nil
        }
        path = LocalFiles.whole(output)
        self.replace = replace
        do { try Project.checkOutput(path, replace: replace) } catch { throw Problem(output: error) }
    }

    /// Writes a revision as `bottega convert` does: its files, and the receipts of its pages beside them.
    ///
    /// - Throws: `invalid_parameter`, `storage_full`.
    func write(_ revision: Revision, of store: JobStore) throws {
        var project = Project()
        for file in revision.files {
            guard let location = store.filePath(file.path, of: revision) else {
                throw StoreError.corrupt("\(file.path) of \(revision.conversionID) has no place")
            }
            try project.add(Array(try Data(contentsOf: URL(filePath: location))), at: file.path)
        }
        for receipt in revision.receipts {
            for (name, ending) in [(ReceiptFiles.Name.page, ".html"), (.json, ".json")] {
                guard let path = receipt.measure?.archiveName, let location = store.path(name, of: receipt) else {
                    continue
                }
                try project.add(Array(try Data(contentsOf: URL(filePath: location))), at: path + ending)
            }
        }
        do { try project.write(to: path, replace: replace) } catch { throw Problem(output: error) }
    }
}

extension Problem {
    /// Why a folder cannot be written to.
    fileprivate init(output error: ProjectError) {
        let hint = if case .outputExists = error { "; replace writes over it" } else { "" }
        self.init(.invalidParameter, "\(error)\(hint)", param: "output")
    }
}
