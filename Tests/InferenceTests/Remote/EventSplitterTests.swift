// Server-sent events come out whole, wherever the bytes are cut and whatever ends a line.
import Inference
import Support
import Testing

struct EventSplitterTests {
    /// The events of a text, pushed in pieces.
    func events(_ pieces: [[UInt8]]) throws -> [String] {
        var splitter = EventSplitter()
        return try pieces.flatMap { try splitter.push($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    func events(_ text: String) throws -> [String] { try events([Array(text.utf8)]) }

    @Test(arguments: [
        ("data: a\n\ndata: b\n\n", ["a", "b"]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
        ("data: a\r\rdata: b\r\r", ["a", "b"]),
        ("data: a\r\n\ndata: b\n\r\n", ["a", "b"]),
        ("data:a\n\n", ["a"]),
        ("data:  a\n\n", [" a"]),
        ("data: a\ndata: b\n\n", ["a\nb"]),
        ("data\n\n", [""]),
        ("data:\n\n", [""]),
        (": keep-alive\n\ndata: a\n\n:\n\n", ["a"]),
        (": inside\ndata: a\n: inside\n\n", ["a"]),
        ("event: chunk\nid: 7\nretry: 10\ndata: a\n\n", ["a"]),
        ("event: ping\n\n", []),
        ("database: a\n\n", []),
        ("\u{feff}data: a\n\n", ["a"]),
        ("\n\n\ndata: a\n\n\n\n", ["a"]),
        ("data: a\n\ndata: cut off", ["a"]),
        ("data: a\n\ndata: cut off\n", ["a"]),
        ("", []),
    ])
    func eventsAreReadAsTheStandardSays(text: String, expected: [String]) throws {
        let bytes = Array(text.utf8)
        #expect(try events([bytes]) == expected)
        #expect(try events(bytes.map { [$0] }) == expected)
        for cut in 0...bytes.count {
            #expect(try events([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "cut at \(cut)")
        }
    }

    @Test func anEventComesWithTheByteThatEndsIt() throws {
        var splitter = EventSplitter()
        #expect(try splitter.push("data: a\r\n".utf8).isEmpty)
        #expect(try splitter.push("\r".utf8) == [Array("a".utf8)])
        #expect(try splitter.push("\n".utf8).isEmpty)
        #expect(try splitter.push("data: b\n\n".utf8) == [Array("b".utf8)])
    }

    @Test func endlessLinesAreAFault() throws {
        var splitter = EventSplitter()
        let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        for _ in 0..<16 { #expect(try splitter.push(megabyte).isEmpty) }
        #expect(throws: RemoteFault(.malformed, "an event of more than 16777216 bytes")) { try splitter.push([0x78]) }
        var lines = EventSplitter()
        let line = Array("data: ".utf8) + megabyte + [UInt8(ascii: "\n")]
        #expect(throws: RemoteFault.self) { for _ in 0..<17 { _ = try lines.push(line) } }
    }
}
