// Pictures and videos that a client sends once, to refer to them in what it asks later. They belong to its key, stand for
// themselves, and go when they are old; their bytes lie on the same shelf as the pictures of conversions.
package import Foundation

/// A picture or video that is kept to be referred to.
package struct MediaFile: Sendable, Equatable {
    /// What a file holds, told by its content.
    package enum Kind: String, Sendable { case image, video }

    /// `file-` and 26 characters; later files sort after earlier ones.
    package var id: String
    /// Whose file it is: an `ApiKey.id`, or `local`.
    package var keyID: String
    /// As the client named it. Not to be used as a path.
    package var name: String
    /// What the client said it is for, in its own word.
    package var purpose: String
    package var kind: Kind
    /// `image/png`, `video/mp4`, …
    package var mediaType: String
    /// SHA-256, 64 lower-case hexadecimal digits.
    package var digest: String
    package var byteCount: Int
    package var createdAt: Date
    /// Where the bytes lie. Never to be written to; whoever has it open can read on when the file is deleted.
    package var path: String

    /// Whether a text has the form of an id.
    package static func isID(_ text: String) -> Bool {
        text.hasPrefix(idPrefix) && Identifiers.isOne(text.dropFirst(idPrefix.count))
    }

    static let idPrefix = "file-"
}

/// A file before it is kept.
package struct MediaDraft: Sendable, Equatable {
    package var name: String
    package var purpose: String
    package var kind: MediaFile.Kind
    package var mediaType: String
    /// The bytes, uploaded to the same store.
    package var upload: StoredUpload

    /// Describes a new file.
    package init(name: String, purpose: String, kind: MediaFile.Kind, mediaType: String, upload: StoredUpload) {
        self.name = name
        self.purpose = purpose
        self.kind = kind
        self.mediaType = mediaType
        self.upload = upload
    }
}

/// What one key may keep.
package struct MediaLimits: Sendable, Equatable {
    package var files: Int
    /// Bytes of all of them; the same content counts each time.
    package var bytes: Int

    /// Bounds the files of a key.
    package init(files: Int, bytes: Int) {
        self.files = files
        self.bytes = bytes
    }
}

/// A part of the list of a key's files.
package struct MediaPage: Sendable, Equatable {
    package var files: [MediaFile]
    /// Whether there are more behind the last.
    package var hasMore: Bool
}
