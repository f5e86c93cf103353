// The two shapes of an answer that is a picture with a story: the story as JSON, the picture inside it, or the picture
// alone.
import Foundation
import HTTPTypes
import Hummingbird
import Media
import NIOCore

/// The shapes that comparisons and screenshots can be answered in.
enum PictureShape: OfferedShape {
    /// Everything.
    case json
    /// The picture alone.
    case picture

    /// Type and subtype, in lower case.
    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .picture: "image/png"
        }
    }
}

/// A picture with a story. Encoding it takes a while and belongs on `PixelThreads`.
protocol PicturedAnswer: Encodable {
    /// The picture, as PNG.
    var png: EmbeddedPicture { get }
}

extension PicturedAnswer {
    /// The answer.
    func answer(as shape: PictureShape, headers: HTTPFields = [:]) throws -> Response {
        guard shape == .picture else { return try Wire.answer(self, headers: headers) }
        var headers = headers
        headers[.contentType] = shape.mediaType
        headers[.cacheControl] = "no-store"
        return Response(
            status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: png.bytes)))
    }
}

/// A PNG that is written as a data URL.
struct EmbeddedPicture: Encodable, Sendable {
    let bytes: [UInt8]

    init(_ image: Image) throws(MediaError) { bytes = try image.encodedPNG() }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode("data:image/png;base64," + Data(bytes).base64EncodedString())
    }
}
