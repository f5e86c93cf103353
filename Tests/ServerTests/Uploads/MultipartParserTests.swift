// The parser's grammar, bounds and refusals, on forms written by hand.

import Testing

@testable import Server

@Suite struct MultipartParserTests {
    private static let type = "multipart/form-data; boundary=edge"

    /// A form of one part with these headers and this content.
    private func form(_ headers: String, _ content: String = "x") -> [UInt8] {
        Array("--edge\r\n\(headers)\r\n\r\n\(content)\r\n--edge--\r\n".utf8)
    }

    private func parts(_ text: String, limits: UploadLimits = .init()) throws -> [TakenPart] {
        try takeApart(Array(text.utf8), contentType: Self.type, limits: limits)
    }

    @Test func whatSurroundsTheFormIsIgnored() throws {
        let found = try parts(
            "This is a form.\r\n--edg\r\n--edge \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--edge--\r\nbye --edge"
        )
        #expect(found == [TakenPart(name: "a", bytes: Array("1".utf8))])
    }

    @Test func aFormMayHaveNoParts() throws {
        let found = try parts("--edge--")
        #expect(found.isEmpty)
    }

    @Test func theBreakBehindTheHeadersMayEndThePart() throws {
        let header = "Content-Disposition: form-data; name=a\r\n\r\n"
        let found = try parts("--edge\r\n\(header)--edge\r\n\(header)\r\n--edge\r\n\(header)--edg\r\n--edge--")
        #expect(found.map { String(decoding: $0.bytes, as: UTF8.self) } == ["", "", "--edg"])
    }

    @Test(arguments: [
        (#"form-data; name="a"; filename="b.png""#, "a", "b.png"),
        (#"FORM-DATA;name=a ; filename = b.png ;"#, "a", "b.png"),
        (#"form-data; name="a"; filename="%22b%22 100%.png""#, "a", "\"b\" 100%.png"),
        (#"form-data; name="a"; filename="\"b\\\".png""#, "a", #""b\".png"#),
        (#"form-data; name="a"; filename="C:\shots\b.png""#, "a", #"C:\shots\b.png"#),
        (#"form-data; name="a"; filename="x"; filename*=UTF-8''%e7%94%bb%20b.png"#, "a", "画 b.png"),
        (#"form-data; name="a"; filename*=iso-8859-1'de'gr%F6%DFe.png"#, "a", "größe.png"),
        (#"form-data; name="größe"; filename="画面;=.png""#, "größe", "画面;=.png"),
    ])
    func namesAreReadAsEveryoneWritesThem(disposition: String, name: String, fileName: String) throws {
        let found = try takeApart(form("Content-Disposition: " + disposition), contentType: Self.type)
        #expect(found == [TakenPart(name: name, fileName: fileName, bytes: Array("x".utf8))])
    }

    @Test(arguments: [
        "X: y", "Content-Disposition: attachment; name=a", "Content-Disposition: form-data",
        "Content-Disposition: form-data; name=\"a", "Content-Disposition: form-data; name=a; name=b",
        "Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b", "no colon", ": empty",
        "Content Disposition: form-data; name=a", "Content-Disposition: form-data; name=\"a\u{1}\"",
        "Content-Disposition: form-data; name=a; filename*=UTF-16''x", "Content-Disposition: form-data; name=\"a\" b",
        "Content-Disposition: form-data; name=a; filename*=UTF-8''%zz",
    ])
    func badHeadersAreNamed(headers: String) {
        let error = #expect(throws: MultipartError.self) { try takeApart(form(headers), contentType: Self.type) }
        guard case .badHeader = error else { return #expect(error == nil, "another error") }
        #expect(error?.description.contains("\r") == false)
    }

    @Test func aNameThatIsNoTextIsNamed() {
        let bytes =
            Array("--edge\r\nContent-Disposition: form-data; name=\"".utf8) + [0xff, 0xfe] + Array("\"\r\n\r\n".utf8)
        #expect(throws: MultipartError.self) { try takeApart(bytes, contentType: Self.type) }
    }

    @Test func onlyBytesAsTheyAreAreRead() throws {
        let disposition = "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: "
        let plain = try takeApart(form(disposition + "8bit"), contentType: Self.type)
        #expect(plain.count == 1)
        #expect(throws: MultipartError.encodedPart(name: "a", encoding: "base64")) {
            try takeApart(form(disposition + "BASE64"), contentType: Self.type)
        }
    }

    @Test func foldedHeadersAreOne() throws {
        let headers = "content-disposition: form-data;\r\n\tname=a;\r\n  filename=b.png\r\nContent-Type: Image/PNG; q=1"
        let found = try takeApart(form(headers), contentType: Self.type)
        #expect(found == [TakenPart(name: "a", fileName: "b.png", mediaType: "image/png", bytes: Array("x".utf8))])
    }

    @Test(arguments: [
        "application/json", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=x",
        "multipart/form-data; boundary=\"x", "multipart/form-data; boundary=\"a \"",
        "multipart/form-data; boundary=" + String(repeating: "x", count: 71), "multipart/form-data; boundary=é",
    ])
    func anImpossibleBoundaryIsRefused(contentType: String) {
        let error = #expect(throws: MultipartError.self) { try MultipartParser(contentType: contentType) }
        guard case .badContentType(contentType, _) = error else { return #expect(error == nil, "another error") }
    }

    @Test(arguments: [
        "multipart/form-data; boundary=\"a b:c\"", "Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\"",
    ])
    func aBoundaryMayBeQuoted(contentType: String) throws {
        let body = "--a b:c\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--a b:c--"
        let found = try takeApart(Array(body.utf8), contentType: contentType)
        #expect(found == [TakenPart(name: "a", bytes: Array("1".utf8))])
    }

    @Test(arguments: ["--edgex\r\n", "--edge-\r\n", "--edge\n", "--edge\rx", "--edge \u{0}", "--edge -"])
    func onlyALineBreakFollowsABoundary(body: String) {
        #expect(throws: MultipartError.badBoundaryLine(boundary: "edge")) { try parts(body + "more") }
    }

    @Test func aBodyWithoutItsBoundaryIsRefusedEarly() throws {
        #expect(throws: MultipartError.noBoundary(boundary: "edge")) { try parts("hello") }
        var parser = try MultipartParser(contentType: Self.type)
        #expect(throws: MultipartError.noBoundary(boundary: "edge")) {
            for _ in 0..<100 { try parser.push([UInt8](repeating: 0x61, count: 1000)) { _ in } }
        }
    }

    @Test func theEndIsMissed() {
        let start = "--edge\r\nContent-Disposition: form-data; name=a\r\n"
        #expect(throws: MultipartError.endedEarly(inside: "a boundary")) { try parts("--edge") }
        #expect(throws: MultipartError.endedEarly(inside: "a part's headers")) { try parts(start) }
        #expect(throws: MultipartError.endedEarly(inside: "the field \"a\"")) { try parts(start + "\r\nx\r\n--ed") }
    }

    @Test func everythingIsBounded() throws {
        let disposition = "Content-Disposition: form-data; name=a"
        let limits = UploadLimits()
        let headers = (0..<32).map { "\r\nX-\($0): y" }.joined()
        #expect(throws: MultipartError.tooManyHeaders(limit: 32)) {
            try takeApart(form(disposition + headers), contentType: Self.type)
        }
        #expect(throws: MultipartError.headersTooLong(limit: 16_384)) {
            try takeApart(form("X: " + String(repeating: "y", count: 20_000)), contentType: Self.type)
        }
        let long = String(repeating: "z", count: limits.fieldBytes)
        let whole = try takeApart(form(disposition, long), contentType: Self.type)
        #expect(whole.first?.bytes.count == 65_536)
        #expect(throws: MultipartError.fieldTooLong(name: "a", limit: 65_536)) {
            try takeApart(form(disposition, long + "z"), contentType: Self.type)
        }
        let file = try takeApart(form(disposition + "; filename=b", long + "z"), contentType: Self.type)
        #expect(file.first?.bytes.count == 65_537)
        let many = String(repeating: "--edge\r\n\(disposition)\r\n\r\n\r\n", count: limits.parts + 1)
        #expect(throws: MultipartError.tooManyParts(limit: 52)) { try parts(many) }
    }

    @Test func aFileIsToldByItsFileNameOrItsField() {
        #expect(MultipartPart(name: "x", fileName: "").isFile)
        #expect(
            ["image", "images", "image[]", "file", "files", "archive"].allSatisfy { MultipartPart(name: $0).isFile })
        #expect(!MultipartPart(name: "stack").isFile)
    }

    @Test func theReceiversErrorComesBack() throws {
        struct Full: Error {}
        var parser = try MultipartParser(contentType: Self.type)
        #expect(throws: Full.self) {
            try parser.push(form("Content-Disposition: form-data; name=a")) { _ in throw Full() }
        }
    }

    /// Seeded damage, cut at random: parts or one typed, one-line error.
    @Test func damageNeverCrashes() {
        let original = form("Content-Disposition: form-data; name=\"a\"; filename*=UTF-8''b%20.png", "\r\n--ed\r\n")
        var random = Random(seed: 7)
        for _ in 0..<3_000 {
            var damaged = original
            for _ in 0..<random.next(below: 4) + 1 {
                damaged[random.next(below: damaged.count)] =
                    [0x0d, 0x0a, 0x2d, 0x25, 0x22, 0x3b, 0xff][random.next(below: 7)]
            }
            let cut = random.next(below: damaged.count)
            do {
                _ = try takeApart(
                    damaged, contentType: Self.type, pieces: [Array(damaged[..<cut]), Array(damaged[cut...])])
            } catch let error as MultipartError {
                #expect(!error.description.contains("\n"))
            } catch { Issue.record(error) }
        }
    }
}
