// What takes the files of a request's body, one after the other: pictures into a conversion, a folder into a batch, a
// recording into a workflow. All of it blocks and belongs on the thread pool; one request uses one intake, one call after
// the other.
import Jobs
import Media
import NIOCore

/// Takes the files of one request.
protocol FileIntake: AnyObject {
    /// Begins a file.
    ///
    /// - Parameter fileName: as the client named it; empty when it did not.
    func begin(_ fileName: String) throws
    /// Takes the next bytes of it.
    func append(_ bytes: UnsafeRawBufferPointer) throws
    /// Ends it. A form's file field that nobody filled is nothing.
    func end() throws
}

/// A body with files and options, whatever its form.
protocol FieldBody: UploadBody {
    /// Takes the end.
    ///
    /// - Returns: the options as they were named, those of the query included.
    mutating func fields() throws -> [(name: String, value: String)]
}

/// Takes a body on the thread pool. Pieces come one after the other, never two at once.
final class FieldBodyTaker: @unchecked Sendable {
    private var body: any FieldBody

    init(_ body: any FieldBody) { self.body = body }

    func take(_ piece: ByteBuffer) throws {
        try piece.withUnsafeReadableBytes { bytes in try body.take(bytes) }
    }

    func end() throws -> [(name: String, value: String)] { try body.fields() }
}

/// The first bytes of files.
enum Opening {
    /// Whether it is a zip archive: it begins with an entry, or with its end when it has none.
    static func isArchive(_ opening: [UInt8]) -> Bool {
        opening.starts(with: [0x50, 0x4b, 3, 4]) || opening.starts(with: [0x50, 0x4b, 5, 6])
    }
}
