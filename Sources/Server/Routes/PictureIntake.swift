// Pictures on their way from a request into the store, piece by piece: counted before they begin, measured while they
// come, and looked at when they are whole. What turns out to be a zip archive is unpacked, entry by entry, into further
// pictures under the same limits. Everything here blocks and belongs on the thread pool; one request uses one intake, one
// call after the other.
import Archive
import CoreMetrics
import Foundation
import HTTPTypes
import Jobs
import Media
import UIToCode

/// Takes the pictures of one request.
final class PictureIntake: FileIntake {
    /// A picture that is being written.
    private struct Current {
        let upload: Upload
        /// As the client named it; empty when it did not.
        let fileName: String
    }

    private let store: JobStore
    private let limits: UploadLimits
    private var current: Current?
    private(set) var designs: [StoredDesign] = []
    /// The designs' names in lower case.
    private var names: Set<String> = []

    init(store: JobStore, limits: UploadLimits) {
        self.store = store
        self.limits = limits
    }

    /// Begins a picture or archive.
    ///
    /// - Parameter fileName: as the client named it; empty when it did not.
    /// - Throws: `too_many_files`, or what keeps the store from taking more.
    func begin(_ fileName: String) throws {
        precondition(current == nil, "one file at a time")
        try requireRoom()
        current = Current(upload: try store.beginUpload(), fileName: fileName)
    }

    /// Takes the next bytes of it.
    ///
    /// - Throws: `image_too_large` before more than the limit is kept.
    func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard let current, !bytes.isEmpty else { return }
        let size = current.upload.byteCount + bytes.count
        if size > limits.imageBytes {
            let opening = current.upload.opening + bytes.prefix(4)
            guard Opening.isArchive(opening) else { throw tooManyBytes(current.fileName) }
            guard size <= limits.bodyBytes else {
                throw Problem(.archiveTooLarge, "\(shown(current.fileName)) is larger than \(limits.bodyBytes) bytes")
            }
        }
        try current.upload.append(bytes)
    }

    /// Ends it: a picture is checked and kept, an archive is unpacked. A form's file field that nobody filled is
    /// nothing.
    ///
    /// - Throws: `unsupported_media`, `corrupt_media`, `image_too_large`, or what is wrong with the archive.
    func end() throws {
        guard let current else { return }
        self.current = nil
        if current.upload.byteCount == 0 {
            guard current.fileName.isEmpty else {
                throw Problem(.corruptMedia, "\(shown(current.fileName)) is empty")
            }
            return
        }
        let isArchive = Opening.isArchive(current.upload.opening)
        let stored = try current.upload.finish()
        Counter(label: "bottega_upload_bytes_total").increment(by: stored.byteCount)
        if isArchive {
            try unpack(stored, current.fileName)
        } else {
            try keep(stored, current.fileName)
        }
    }

    /// Takes a whole picture from memory.
    func add(_ bytes: some Collection<UInt8>, named fileName: String) throws {
        try begin(fileName)
        let result: Void? = try bytes.withContiguousStorageIfAvailable { try append(UnsafeRawBufferPointer($0)) }
        if result == nil { try Array(bytes).withUnsafeBytes { try append($0) } }
        try end()
    }

    // MARK: Pictures

    private func keep(_ stored: StoredUpload, _ fileName: String) throws {
        let imageLimits = ImageLimits(maxSide: limits.imageSide, maxPixels: limits.imagePixels)
        let probe: ImageProbe
        do { probe = try Image.probe(path: stored.path, limits: imageLimits) } catch {
            throw Problem(error, shown: shown(fileName), path: stored.path)
        }
        designs.append(
            StoredDesign(
                name: Design.unique(Self.name(of: fileName), in: &names),
                mediaType: "image/\(probe.format.rawValue)", digest: stored.digest, byteCount: stored.byteCount,
                width: probe.width, height: probe.height))
    }

    private func requireRoom() throws(Problem) {
        guard designs.count < limits.images else {
            throw Problem(.tooManyFiles, "more than \(limits.images) pictures")
        }
    }

    private func tooManyBytes(_ fileName: String) -> Problem {
        Problem(.imageTooLarge, "\(shown(fileName)) is larger than \(limits.imageBytes) bytes")
    }

    // MARK: Archives

    private func unpack(_ stored: StoredUpload, _ fileName: String) throws {
        do {
            let zip = try ZipReader(
                stored.path, name: shown(fileName),
                limits: ZipLimits(entries: limits.archiveEntries, unpackedBytes: limits.archiveBytes))
            while let entry = try zip.next() { try unpack(entry, from: zip) }
        } catch let error as ArchiveError { throw Problem(error) }
    }

    private func unpack(_ entry: ZipReader.Entry, from zip: ZipReader) throws {
        try requireRoom()
        if let size = entry.announcedByteCount, size > limits.imageBytes { throw tooManyBytes(entry.path) }
        let upload = try store.beginUpload()
        try zip.read { chunk in
            guard upload.byteCount + chunk.count <= limits.imageBytes else { throw tooManyBytes(entry.path) }
            try upload.append(chunk)
        }
        try keep(try upload.finish(), entry.path)
    }

    // MARK: Names

    /// The name of a design whose file had this name; at most 100 characters.
    static func name(of fileName: String) -> String {
        String(Design.stem(of: fileName.replacing("\\", with: "/")).prefix(100))
    }

    /// How an error calls a file.
    private func shown(_ fileName: String) -> String {
        let name = fileName.unicodeScalars.filter { $0.properties.generalCategory != .control }
        return name.isEmpty
            ? "picture \(designs.count + 1)" : String(String(String.UnicodeScalarView(name)).prefix(120))
    }
}

extension Problem {
    /// What is wrong with a picture or a video.
    ///
    /// - Parameters:
    ///   - shown: what the client calls it.
    ///   - path: where it lies on this machine, which no client is told.
    init(_ error: MediaError, shown: String, path: String) {
        let message = error.description.replacing(path, with: shown)
        switch error {
        case .unsupportedFormat, .unsupportedFeature, .notAVideo, .unreadableVideo:
            self.init(.unsupportedMedia, message)
        case .tooLarge, .videoTooLarge, .videoTooLong, .tooManyFrames:
            self.init(.imageTooLarge, message, status: .unprocessableContent)
        case .tooManyBytes: self.init(.imageTooLarge, message)
        case .corrupt, .damagedVideo, .videoTooSlow: self.init(.corruptMedia, message)
        case .unreadable, .unencodable, .cancelled:
            self = .unforeseen
        }
    }

    /// What is wrong with an archive.
    init(_ error: ArchiveError) {
        switch error.meaning {
        case .notAnArchive: self.init(.unsupportedMedia, error.description)
        case .corrupt: self.init(.corruptArchive, error.description)
        case .tooLarge: self.init(.archiveTooLarge, error.description)
        case .unsafe: self.init(.unsafePath, error.description)
        case .machine: self = .unforeseen
        }
    }
}
