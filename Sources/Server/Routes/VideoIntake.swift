// A recording on its way from a request into the store: one, bounded, and refused as soon as it shows that it is no video.
// Whether it can be played shows when it is decoded.
import CoreMetrics
import Foundation
import Jobs

/// Takes the recording of one workflow.
final class VideoIntake: FileIntake {
    private static let openingBytes = 64

    private let store: JobStore
    private let limits: UploadLimits
    private var upload: Upload?
    private var fileName = ""
    /// What was sent; nil when nothing was.
    private(set) var recording: StoredDesign?

    init(store: JobStore, limits: UploadLimits) {
        self.store = store
        self.limits = limits
    }

    /// - Throws: `too_many_files` for a second one.
    func begin(_ fileName: String) throws {
        guard upload == nil, recording == nil else {
            throw Problem(.tooManyFiles, "one video a request", param: "video")
        }
        self.fileName = fileName
        upload = try store.beginUpload()
    }

    /// - Throws: `unsupported_media`, `video_too_large`.
    func append(_ bytes: UnsafeRawBufferPointer) throws {
        guard let upload, !bytes.isEmpty else { return }
        let size = upload.byteCount + bytes.count
        guard size <= limits.videoBytes else {
            throw Problem(.videoTooLarge, "the video is larger than \(limits.videoBytes) bytes", param: "video")
        }
        if upload.byteCount < Self.openingBytes, size >= Self.openingBytes {
            try requireVideo(upload.opening + bytes.prefix(Self.openingBytes))
        }
        try upload.append(bytes)
    }

    /// - Throws: `unsupported_media`, `corrupt_media`.
    func end() throws {
        guard let upload else { return }
        self.upload = nil
        guard upload.byteCount > 0 else {
            guard fileName.isEmpty else { throw Problem(.corruptMedia, "the video is empty", param: "video") }
            return
        }
        let container = try requireVideo(upload.opening)
        let stored = try upload.finish()
        Counter(label: "bottega_upload_bytes_total").increment(by: stored.byteCount)
        recording = StoredDesign(
            name: fileName.isEmpty ? "recording" : PictureIntake.name(of: fileName), mediaType: container.mediaType,
            digest: stored.digest, byteCount: stored.byteCount, width: 0, height: 0)
    }

    @discardableResult
    private func requireVideo(_ opening: [UInt8]) throws(Problem) -> VideoContainer {
        guard let container = VideoContainer.detect(opening) else {
            throw Problem(.unsupportedMedia, "this is no video that is read here", param: "video")
        }
        return container
    }
}
