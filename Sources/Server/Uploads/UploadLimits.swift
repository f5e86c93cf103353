// How much one request may bring. Every number here can be configured, and clients can read it.

/// The limits of uploads.
package struct UploadLimits: Sendable, Equatable {
    /// Pictures in one request, those in archives as well.
    package var images = 20
    /// Bytes of one picture's file.
    package var imageBytes = 25_000_000
    /// Pixels a side.
    package var imageSide = 16_384
    /// Pixels of one picture in all.
    package var imagePixels = 60_000_000
    /// Pixels of a picture that is compared; larger ones are converted without a score.
    package var measuredPixels = 16_000_000
    /// Files in an archive.
    package var archiveEntries = 500
    /// Bytes of an archive's files, unpacked.
    package var archiveBytes = 500_000_000
    /// Bytes of a JSON body.
    package var jsonBytes = 8 << 20

    /// Bytes of one video's file.
    package var videoBytes = 500_000_000
    /// Files that one key keeps to refer to.
    package var keptFiles = 1000
    /// Bytes of all files that one key keeps.
    package var keptFileBytes = 20_000_000_000
    /// Bytes of a chat, its pictures and videos included.
    package var chatBytes = 100_000_000

    /// Headers of one part of a form.
    package var partHeaders = 32
    /// Bytes of one part's headers.
    package var partHeaderBytes = 16 << 10
    /// Bytes of a form's field that is no file.
    package var fieldBytes = 64 << 10

    /// What the service starts with.
    package init() {}

    /// Parts of one form: every picture, and each option with room for more.
    package var parts: Int { images + 32 }

    /// Bytes of a whole body: every picture at its largest, and a megabyte for what stands between them.
    package var bodyBytes: Int { images * imageBytes + 1_000_000 }

    /// Bytes of a body that brings a folder, and a megabyte for what stands between its files.
    package var folderBodyBytes: Int { archiveBytes + 1_000_000 }

    /// The limits of requests that bring a folder: as many files as an archive may have.
    package var ofFolders: UploadLimits {
        var limits = self
        limits.images = max(images, archiveEntries)
        return limits
    }

    /// Bytes of a body that brings one file: the larger of a picture and a video, and a megabyte.
    package var fileBodyBytes: Int { max(imageBytes, videoBytes) + 1_000_000 }
}
