// The three ways a body with files is written: a form, a bare file, and JSON. Each takes the body in pieces, hands files to
// the intake as they come, and says in the end what was wanted.
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
struct FormBody: FieldBody {
    private var parser: MultipartParser
    private var content: Content

    init(_ parser: MultipartParser, _ files: any FileIntake, _ query: [(name: String, value: String)]) {
        self.parser = parser
        content = Content(files: files, fields: query)
    }

    mutating func take(_ bytes: UnsafeRawBufferPointer) throws {
        do { try parser.push(bytes) { try content.hear($0) } } catch let error as MultipartError {
            throw Problem(error)
        }
    }

    mutating func fields() throws -> [(name: String, value: String)] {
        do { try parser.finish() } catch { throw Problem(error) }
        return content.fields
    }

    mutating func end() throws -> ConvertOptionsBody { try ConvertOptionsBody(naming: try fields()) }

    /// What the form holds so far.
    private struct Content {
        let files: any FileIntake
        var fields: [(name: String, value: String)]
        /// The field that is being read; nil while a file is.
        var current: (name: String, bytes: [UInt8])?

        mutating func hear(_ event: MultipartParser.Event) throws {
            switch event {
            case .began(let part) where part.isFile: try files.begin(part.fileName ?? "")
            case .began(let part): current = (part.name, [])
            case .bytes(let bytes): if current == nil { try files.append(bytes) } else { current?.bytes += bytes }
            case .ended:
                guard let (name, bytes) = current else { return try files.end() }
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw Problem(.invalidParameter, "\(name) is not UTF-8", param: name)
                }
                fields.append((name, text))
                current = nil
            }
        }
    }
}

/// A file that is the whole body.
struct PictureBody: FieldBody {
    private let files: any FileIntake
    private let query: [(name: String, value: String)]
    private var hasBegun = false

    init(_ files: any FileIntake, _ query: [(name: String, value: String)]) {
        self.files = files
        self.query = query
    }

    mutating func take(_ bytes: UnsafeRawBufferPointer) throws {
        if !hasBegun { try files.begin("") }
        hasBegun = true
        try files.append(bytes)
    }

    mutating func fields() throws -> [(name: String, value: String)] {
        if hasBegun { try files.end() }
        return query
    }

    mutating func end() throws -> ConvertOptionsBody { try ConvertOptionsBody(naming: try fields()) }
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
