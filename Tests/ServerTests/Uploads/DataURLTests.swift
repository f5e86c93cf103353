// data: URLs as scripts and people write them.

import Foundation
import Testing

@testable import Server

@Suite struct DataURLTests {
    private func decode(_ text: String, limit: Int = 1000) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let count = try DataURL(text).decode(atMost: limit) { bytes += $0 }
        #expect(count == bytes.count)
        return bytes
    }

    @Test(arguments: [
        ("data:,", "text/plain", false), ("DATA:image/PNG;base64,", "image/png", true),
        ("data:image/svg+xml;charset=utf-8,<svg/>", "image/svg+xml", false), ("data:;base64,", "text/plain", true),
        ("data:image/png; name=a ; BASE64 ,", "image/png", true), ("data:base64,", "base64", false),
    ])
    func theOpeningIsRead(text: String, mediaType: String, isBase64: Bool) throws {
        let url = try DataURL(text)
        #expect(url.mediaType == mediaType && url.isBase64 == isBase64)
    }

    @Test func base64OfEveryLengthComesBackWithPaddingAndWithout() throws {
        for count in 0..<200 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ count) }
            let encoded = Data(bytes).base64EncodedString()
            let bare = encoded.replacing("=", with: "")
            let escaped = encoded.replacing("+", with: "%2B").replacing("/", with: "%2f").replacing("=", with: "%3D")
            let broken = encoded.map { "\($0)\r\n " }.joined()
            for content in [encoded, bare, escaped, broken] {
                let decoded = try decode("data:image/png;base64," + content)
                #expect(decoded == bytes)
            }
        }
    }

    @Test func otherContentIsPercentEncoded() throws {
        let decoded = try decode("data:,a%20b%E7%94%BB画,c")
        #expect(decoded == Array("a b画画,c".utf8))
    }

    @Test func largeContentComesInPieces() throws {
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 11) }
        var pieces: [[UInt8]] = []
        let url = try DataURL("data:;base64," + Data(bytes).base64EncodedString())
        try url.decode(atMost: 200_000) { pieces.append(Array($0)) }
        #expect(pieces.joined().elementsEqual(bytes))
        #expect(pieces.allSatisfy { $0.count <= 48 << 10 })
    }

    @Test func contentBeyondTheLimitIsRefused() throws {
        let whole = try decode("data:,abcde", limit: 5)
        #expect(whole.count == 5)
        #expect(throws: DataURLError.tooLong(limit: 5)) { try decode("data:,abcdef", limit: 5) }
        #expect(throws: DataURLError.tooLong(limit: 5)) { try decode("data:;base64,AAAAAAAA", limit: 5) }
    }

    @Test(arguments: ["", "http://x/a.png", "dat", "data", "image/png;base64,AA"])
    func anotherURLIsRefused(text: String) {
        #expect(throws: DataURLError.notDataURL(found: String(text.prefix(20)))) { try DataURL(text) }
    }

    @Test func aURLWithoutContentIsRefused() {
        #expect(throws: DataURLError.noContent) { try DataURL("data:image/png;base64") }
        #expect(throws: DataURLError.noContent) { try DataURL("data:" + String(repeating: "x", count: 2000) + ",") }
    }

    @Test(arguments: [
        ("data:;base64,A", 14), ("data:;base64,AAAAA", 18), ("data:;base64,AA=", 16), ("data:;base64,AA==A", 17),
        ("data:;base64,AAAA=", 18), ("data:;base64,AA-_", 15), ("data:;base64,AA===", 17), ("data:,a%2", 7),
        ("data:,a%zz", 7), ("data:;base64,%", 13),
    ])
    func damageIsNamedWithItsPlace(text: String, offset: Int) {
        let error = #expect(throws: DataURLError.self) { try decode(text) }
        guard case .badContent(offset, _) = error else { return #expect(error == nil, "another error") }
    }
}
