// The three ways a conversion's body is written: a form, a bare picture or archive, and JSON. Each takes the body in
// pieces, hands pictures to the intake as they come, and says in the end what was wanted.
import Foundation
import Jobs

/// A body that comes in pieces.
protocol UploadBody {
    /// Takes the next bytes, valid during the call.
    mutating func take(_ bytes: UnsafeRawBufferPointer) throws
    /// Takes the end.
    ///
    /// - Returns: the options, those of the query included.
    mutating func end() throws -> ConvertOptionsBody
}

/// `multipart/form-data`: files are pictures or archives, other fields are options.
struct FormBody: UploadBody {
    private var parser: MultipartParser
    private var content: Content

    init(_ parser: MultipartParser, _ pictures: PictureIntake, _ query: [(name: String, value: String)]) {
        self.parser = parser
        content = Content(pictures: pictures, fields: query)
    }

    mutating func take(_ bytes: UnsafeRawBufferPointer) throws {
        do { try parser.push(bytes) { try content.hear($0) } } catch let error as MultipartError {
            throw Problem(error)
        }
    }

    mutating func end() throws -> ConvertOptionsBody {
        do { try parser.finish() } catch { throw Problem(error) }
        return try ConvertOptionsBody(naming: content.fields)
    }

    /// What the form holds so far.
    private struct Content {
        let pictures: PictureIntake
        var fields: [(name: String, value: String)]
        /// The field that is being read; nil while a file is.
        var current: (name: String, bytes: [UInt8])?

        mutating func hear(_ event: MultipartParser.Event) throws {
            switch event {
            case .began(let part) where part.isFile: try pictures.begin(part.fileName ?? "")
            case .began(let part): current = (part.name, [])
            case .bytes(let bytes): if current == nil { try pictures.append(bytes) } else { current?.bytes += bytes }
            case .ended:
                guard let (name, bytes) = current else { return try pictures.end() }
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw Problem(.invalidParameter, "\(name) is not UTF-8", param: name)
                }
                fields.append((name, text))
                current = nil
            }
        }
    }
}

/// A picture or archive that is the whole body.
struct PictureBody: UploadBody {
    private let pictures: PictureIntake
    private let fields: [(name: String, value: String)]
    private var hasBegun = false

    init(_ pictures: PictureIntake, _ query: [(name: String, value: String)]) {
        self.pictures = pictures
        fields = query
    }

    mutating func take(_ bytes: UnsafeRawBufferPointer) throws {
        if !hasBegun { try pictures.begin("") }
        hasBegun = true
        try pictures.append(bytes)
    }

    mutating func end() throws -> ConvertOptionsBody {
        if hasBegun { try pictures.end() }
        return try ConvertOptionsBody(naming: fields)
    }
}

/// JSON with data URLs. It is small, and collected whole before it is read.
struct JSONBody: UploadBody {
    private let pictures: PictureIntake
    private let limits: UploadLimits
    private var bytes: [UInt8] = []

    init(_ pictures: PictureIntake, _ limits: UploadLimits) {
        self.pictures = pictures
        self.limits = limits
    }

    mutating func take(_ bytes: UnsafeRawBufferPointer) throws { self.bytes += bytes }

    mutating func end() throws -> ConvertOptionsBody {
        let body: ConvertJSONBody
        do { body = try ConvertJSONBody(bytes, limits: limits) } catch { throw Problem(error) }
        for image in body.images {
            try pictures.begin(image.name ?? "")
            do { try image.data.decode(atMost: limits.imageBytes) { try pictures.append($0) } } catch let error
                as DataURLError
            {
                throw Problem(error, in: image.parameter)
            }
            try pictures.end()
        }
        return body.options
    }
}

extension ConvertOptionsBody {
    /// Reads options from fields; what is wrong with them is told as a problem.
    fileprivate init(naming fields: [(name: String, value: String)]) throws(Problem) {
        do { try self.init(fields: fields) } catch { throw Problem(error) }
    }
}
