// Characters from bytes that come in any pieces (expected texts decoded by Python, record_tokenizer.py).
import Inference
import Testing

struct UTF8StreamTests {
    struct Case: Decodable {
        var hex: String
        var text: String

        var bytes: [UInt8] {
            stride(from: 0, to: hex.count, by: 2).compactMap {
                UInt8(hex.dropFirst($0).prefix(2), radix: 16)
            }
        }
    }

    let cases: [Case]

    init() throws { cases = try ChatFixtures.cases("bytes.json") }

    @Test func decodesBrokenBytesAsPythonDoesHoweverTheyAreCut() {
        #expect(cases.count > 40)
        for recorded in cases {
            for cut in 0...recorded.bytes.count {
                var stream = UTF8Stream()
                var text = stream.push(recorded.bytes[..<cut])
                text += stream.push(recorded.bytes[cut...])
                text += stream.flush()
                #expect(Array(text.utf8) == Array(recorded.text.utf8), "\(recorded.hex) cut at \(cut)")
            }
            var stream = UTF8Stream()
            var text = recorded.bytes.map { stream.push([$0]) }.joined()
            text += stream.flush()
            #expect(Array(text.utf8) == Array(recorded.text.utf8), "\(recorded.hex) byte by byte")
        }
    }

    @Test func aCharacterComesWithItsLastByte() {
        var stream = UTF8Stream()
        #expect(Array("a😀中".utf8).map { stream.push([$0]) } == ["a", "", "", "", "😀", "", "", "中"])
        #expect(stream.flush() == "")
    }

    @Test func bytesThatCannotBecomeACharacterAreNotHeldBack() {
        var stream = UTF8Stream()
        #expect(stream.push([0xed, 0xa0]) == "\u{fffd}\u{fffd}")
        #expect(stream.push([0xf4, 0x90]) == "\u{fffd}\u{fffd}")
        #expect(stream.push([0xc0]) == "\u{fffd}")
    }

    @Test func flushingStartsOver() {
        var stream = UTF8Stream()
        #expect(stream.push([0xe4, 0xb8]) == "")
        #expect(stream.flush() == "\u{fffd}")
        #expect(stream.push([0xad]) == "\u{fffd}")
        #expect(stream.push([0x61]) == "a")
    }
}
