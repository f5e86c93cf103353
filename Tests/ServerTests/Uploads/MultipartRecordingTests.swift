// Forms that other programs wrote, recorded in Fixtures/parity/multipart, against the parts that those were given; in one
// piece, byte by byte, and cut at random.

import Foundation
import Support
import Testing

@testable import Server

@Suite struct MultipartRecordingTests {
    @Test(arguments: RecordedForm.all)
    func theGivenPartsComeBack(form: RecordedForm) throws {
        let parts = try takeApart(try form.bytes, contentType: form.contentType)
        #expect(parts == form.expected)
    }

    @Test(arguments: RecordedForm.all)
    func everyCutGivesTheSameParts(form: RecordedForm) throws {
        let bytes = try form.bytes
        let single = try takeApart(bytes, contentType: form.contentType, pieces: bytes.map { [$0] })
        #expect(single == form.expected)
        var random = Random(seed: UInt64(bytes.count))
        for _ in 0..<60 {
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(random.next(below: [3, 20, 700][pieces.count % 3]) + 1)
                pieces.append(Array(piece))
                rest = rest.dropFirst(piece.count)
            }
            let cut = try takeApart(bytes, contentType: form.contentType, pieces: pieces)
            #expect(cut == form.expected)
        }
    }

    @Test(arguments: RecordedForm.all)
    func everyShorterFormThrows(form: RecordedForm) throws {
        // What follows the last boundary's two hyphens is not needed.
        let bytes = try form.bytes.dropLast(2)
        for count in 0..<bytes.count {
            #expect(throws: MultipartError.self, "the first \(count) bytes of \(form.body)") {
                try takeApart(Array(bytes[..<count]), contentType: form.contentType)
            }
        }
    }

    @Test func everyProgramIsRecorded() {
        #expect(RecordedForm.all.count == 20)
    }
}

/// A form that another program wrote.
struct RecordedForm: Decodable, Sendable, CustomStringConvertible {
    struct Part: Decodable, Sendable {
        var name: String
        var fileName: String?
        var mediaType: String?
        /// In hexadecimal digits.
        var content: String
    }

    var body: String
    var program: String
    var contentType: String
    var parts: [Part]

    var description: String { body }
    var bytes: [UInt8] { get throws { Array(try Fixtures.data("parity/multipart/" + body)) } }

    /// The parts given to the program. curl and requests make files and media types of fields in ways of their own.
    var expected: [TakenPart] {
        parts.map { part in
            let digits = Array(part.content.utf8)
            let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
            }
            return TakenPart(name: part.name, fileName: part.fileName, mediaType: part.mediaType, bytes: bytes)
        }
    }

    static let all: [RecordedForm] = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode([RecordedForm].self, from: Fixtures.data("parity/multipart/forms.json"))
        } catch {
            fatalError("Fixtures/parity/multipart/forms.json: \(error)")
        }
    }()
}

/// A part with all its bytes.
struct TakenPart: Equatable {
    var name: String
    var fileName: String?
    var mediaType: String?
    var bytes: [UInt8] = []
}

/// All parts of a form, which comes in `pieces` when they are given.
func takeApart(
    _ body: [UInt8], contentType: String, pieces: [[UInt8]]? = nil, limits: UploadLimits = .init()
) throws -> [TakenPart] {
    var parser = try MultipartParser(contentType: contentType, limits: limits)
    var parts: [TakenPart] = []
    var isOpen = false
    for piece in pieces ?? [body] {
        try parser.push(piece) { event in
            switch event {
            case .began(let part):
                #expect(!isOpen)
                isOpen = true
                parts.append(TakenPart(name: part.name, fileName: part.fileName, mediaType: part.mediaType))
            case .bytes(let bytes):
                #expect(isOpen && !bytes.isEmpty)
                parts[parts.count - 1].bytes += bytes
            case .ended:
                #expect(isOpen)
                isOpen = false
            }
        }
    }
    try parser.finish()
    #expect(!isOpen)
    return parts
}

/// Numbers that look random and are the same on every run.
struct Random {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next(below limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(limit))
    }
}
