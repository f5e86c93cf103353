// What is to be compared, from a form's parts or a JSON body. A side is a picture or a page; in a form the content
// decides, in JSON a data URL's type does. Both sides are held in memory, each no longer than its limit.
import Foundation
import HTTPTypes
import Hummingbird
import Inference
import Media
import NIOCore
import Render

/// A side of a comparison as it was sent.
enum SubjectBody: Sendable {
    /// A picture's file.
    case picture([UInt8])
    /// A page, UTF-8.
    case page([UInt8])

    /// Tells a picture from a page: a page begins with `<`.
    ///
    /// - Throws: `missing_image` for nothing at all, `unsupported_media` for what is neither, `body_too_large` for a
    ///   page that is too long.
    init(_ content: [UInt8], _ name: String, limits: UploadLimits) throws(Problem) {
        guard !content.isEmpty else { throw .missing(name) }
        let bytes = content.starts(with: [0xef, 0xbb, 0xbf]) ? content.dropFirst(3) : content[...]
        let opening = bytes.drop { [0x20, 0x09, 0x0a, 0x0d, 0x0c].contains($0) }.prefix(5)
        guard ImageFormat.detect(content) == nil, opening.first == UInt8(ascii: "<") else {
            self = .picture(content)
            return
        }
        let start = String(decoding: opening, as: UTF8.self).lowercased()
        guard start != "<?xml", !start.hasPrefix("<svg") else {
            throw Problem(.unsupportedMedia, "\(name): SVG is drawn by browsers; send a PNG of it", param: name)
        }
        try self.init(page: content, name, limits: limits)
    }

    /// Takes a page.
    init(page content: [UInt8], _ name: String, limits: UploadLimits) throws(Problem) {
        guard content.count <= limits.jsonBytes else {
            throw Problem(.bodyTooLarge, "\(name) is a page of more than \(limits.jsonBytes) bytes", param: name)
        }
        guard String(validating: content, as: UTF8.self) != nil else {
            throw Problem(.invalidParameter, "\(name) is a page that is not UTF-8", param: name)
        }
        self = .page(content)
    }

    /// Reads a member of a JSON body: a data URL, or an object with `html`.
    init(_ value: JSONValue, _ name: String, limits: UploadLimits) throws(Problem) {
        guard case .string(let text) = value else {
            let page = try JSONMembers(value, known: ["html"], name: name).requiredString("html")
            try self.init(page: Array(page.utf8), name, limits: limits)
            return
        }
        var bytes: [UInt8] = []
        let isPage: Bool
        do {
            let url = try DataURL(text)
            isPage = url.mediaType == "text/html"
            try url.decode(atMost: limits.imageBytes) { bytes += $0 }
        } catch {
            throw (error as? DataURLError).map { Problem($0, in: name) } ?? .unforeseen
        }
        if isPage { try self.init(page: bytes, name, limits: limits) } else { self = .picture(bytes) }
    }

    /// What is compared. Decoding a picture takes a while and belongs on `PixelThreads`.
    ///
    /// - Throws: what is wrong with the picture.
    func subject(_ name: String, scale: Double, limits: UploadLimits) throws(Problem) -> Subject {
        switch self {
        case .page(let html): return .page(PageFiles(entry: "index.html", files: ["index.html": html]))
        case .picture(let file):
            let imageLimits = ImageLimits(maxSide: limits.imageSide, maxPixels: limits.measuredPixels)
            do { return .picture(try Image.decode(file, name: name, limits: imageLimits), scale: scale) } catch {
                var problem = Problem(error, shown: name, path: name)
                problem.param = name
                throw problem
            }
        }
    }
}

/// A comparison that was asked for.
struct ComparisonOrder: Sendable {
    let design, result: SubjectBody
    let view: ViewOptions

    private static let names = ["design", "result"] + ViewOptions.names

    /// Reads a request.
    ///
    /// - Throws: `Problem`, or what stops the connection.
    static func read(_ request: Request, limits: UploadLimits) async throws -> ComparisonOrder {
        let type = request.headers.mediaType
        switch type {
        case "multipart/form-data":
            var form = try PartCollector(request.headers[.contentType] ?? "", known: names, limits: limits)
            try await request.takeBody(upTo: 2 * limits.imageBytes + 1_000_000) { try form.take($0) }
            return try ComparisonOrder(try form.end(), limits: limits)
        case "application/json":
            let body = try await request.wholeBody(upTo: limits.jsonBytes)
            return try ComparisonOrder(try JSONMembers(body, known: names), limits: limits)
        default:
            throw Problem(
                .unsupportedMedia,
                "a comparison is multipart/form-data or application/json, not \"\(type.prefix(100))\"",
                param: "Content-Type")
        }
    }

    private init(_ parts: [String: [UInt8]], limits: UploadLimits) throws(Problem) {
        func side(_ name: String) throws(Problem) -> SubjectBody {
            try SubjectBody(parts[name] ?? [], name, limits: limits)
        }
        func text(_ name: String) throws(Problem) -> String? {
            guard let bytes = parts[name] else { return nil }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Problem(.invalidParameter, "\(name) is not UTF-8", param: name)
            }
            return text
        }
        view = try ViewOptions(viewport: try text("viewport"), scale: try text("scale"), limits: limits)
        design = try side("design")
        result = try side("result")
    }

    private init(_ members: JSONMembers, limits: UploadLimits) throws(Problem) {
        func side(_ name: String) throws(Problem) -> SubjectBody {
            guard let value = members[name] else { throw .missing(name) }
            return try SubjectBody(value, name, limits: limits)
        }
        view = try members.view(limits: limits)
        design = try side("design")
        result = try side("result")
    }
}

/// Collects the parts of a form by their names, files and fields alike.
private struct PartCollector {
    private var parser: MultipartParser
    private var content: Content

    init(_ contentType: String, known: [String], limits: UploadLimits) throws(Problem) {
        do { parser = try MultipartParser(contentType: contentType, limits: limits) } catch { throw Problem(error) }
        content = Content(known: known, limit: limits.imageBytes)
    }

    mutating func take(_ piece: ByteBuffer) throws {
        do {
            try piece.withUnsafeReadableBytes { bytes in try parser.push(bytes) { try content.hear($0) } }
        } catch let error as MultipartError { throw Problem(error) }
    }

    /// Takes the end, and gives what there was.
    mutating func end() throws(Problem) -> [String: [UInt8]] {
        do { try parser.finish() } catch { throw Problem(error) }
        return content.parts
    }

    /// What came so far.
    private struct Content {
        let known: [String]
        /// Bytes of a part.
        let limit: Int
        var parts: [String: [UInt8]] = [:]
        private var name = ""

        init(known: [String], limit: Int) {
            self.known = known
            self.limit = limit
        }

        mutating func hear(_ event: MultipartParser.Event) throws(Problem) {
            switch event {
            case .began(let part):
                guard known.contains(part.name) else {
                    throw Problem(
                        .invalidParameter,
                        "there is no parameter \(part.name.quotedBriefly); known: \(known.joined(separator: ", "))",
                        param: String(part.name.prefix(100)))
                }
                guard parts.updateValue([], forKey: part.name) == nil else {
                    throw Problem(.invalidParameter, "\(part.name) is given twice", param: part.name)
                }
                name = part.name
            case .bytes(let bytes):
                guard parts[name, default: []].count + bytes.count <= limit else {
                    throw Problem(.imageTooLarge, "\(name) is larger than \(limit) bytes", param: name)
                }
                parts[name, default: []] += bytes
            case .ended: break
            }
        }
    }
}

extension Problem {
    /// A side of a comparison that is not there.
    fileprivate static func missing(_ name: String) -> Problem {
        Problem(.missingImage, "there is no \(name); send a picture or a page", param: name)
    }
}
