// Ids against those that the `tiktoken` package gives (Fixtures/parity/chat/record_tokenizer.py).
import Foundation
import Inference
import Testing

struct TokenizerGoldenTests {
    /// A recorded text with its ids, or a huge one with their number and hash.
    struct Case: Decodable {
        var text: String?
        var ids: [Int]?
        var parts: [Repeated]?
        var count: Int?
        var hash: String?
    }

    /// `unit` repeated; recorded as a list of two.
    struct Repeated: Decodable {
        var unit: String
        var count: Int

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            unit = try list.decode(String.self)
            count = try list.decode(Int.self)
        }
    }

    let tokenizer: Tokenizer
    let cases: [Case]

    init() throws {
        tokenizer = try ChatFixtures.tokenizer()
        cases = try ChatFixtures.cases("tokenizer.json")
    }

    @Test func encodesTextsAsTiktokenDoes() throws {
        let texts = cases.filter { $0.text != nil }
        #expect(texts.count > 400)
        for recorded in texts {
            let text = try #require(recorded.text)
            #expect(tokenizer.encode(text) == recorded.ids, "\(text.debugDescription)")
        }
    }

    @Test func encodesHugeRunsAsTiktokenDoes() throws {
        let huge = cases.filter { $0.parts != nil }
        #expect(huge.count >= 24)
        for recorded in huge {
            let parts = try #require(recorded.parts)
            let text = parts.map { String(repeating: $0.unit, count: $0.count) }.joined()
            let ids = tokenizer.encode(text)
            #expect(ids.count == recorded.count, "\(parts)")
            #expect(Self.hash(ids) == recorded.hash, "\(parts)")
        }
    }

    @Test func decodesWhatItEncoded() throws {
        for recorded in cases where recorded.text != nil {
            let text = try #require(recorded.text)
            #expect(Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8))
        }
    }

    @Test func noTextBecomesASpecialToken() throws {
        for id in tokenizer.specialRange {
            let name = tokenizer.decode([id])
            #expect(tokenizer.specialID(name) == id)
            #expect(tokenizer.encode("a\(name)b").allSatisfy { !tokenizer.specialRange.contains($0) })
        }
    }

    /// FNV-1a over each id as four bytes, lowest first.
    private static func hash(_ ids: [Int]) -> String {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for id in ids {
            for shift in [0, 8, 16, 24] { value = (value ^ UInt64(id >> shift & 0xff)) &* 0x100_0000_01b3 }
        }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
