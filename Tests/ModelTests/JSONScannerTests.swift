// The scanner against Foundation's reader: what it takes, and what it refuses.

import Foundation
import Testing

@testable import Model

@Suite struct JSONScannerTests {
    /// The members of an object, read as strings.
    private func strings(_ text: String) throws -> [[String]] {
        var found: [[String]] = []
        try Array(text.utf8).withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes, file: "x.json")
            try scanner.object { (name, value) throws(CheckpointError) in found.append([name, try value.string()]) }
            try scanner.end()
        }
        return found
    }

    /// Whether a text is an object with whatever in it.
    private func isTaken(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes, file: "x.json")
            do throws(CheckpointError) {
                try scanner.object { (_, value) throws(CheckpointError) in try value.skip() }
                try scanner.end()
                return true
            } catch { return false }
        }
    }

    @Test func namesAndStringsAreTheirCharacters() throws {
        let text = #" { "a" :"b" , "ü":"é😀","q\"\\\/":"\u00e9\n\ud83d\ude00" }"# + "\n"
        #expect(try strings(text) == [["a", "b"], ["ü", "é😀"], [#"q"\/"#, "é\n😀"]])
        #expect(try strings("{}").isEmpty)
    }

    @Test func numbersAreWhole() throws {
        func numbers(_ text: String) throws -> [Int] {
            try Array(text.utf8).withUnsafeBytes { bytes in
                var scanner = JSONScanner(bytes, file: "x.json")
                return try scanner.integers()
            }
        }
        #expect(try numbers("[ 0, -7 ,9223372036854775807]") == [0, -7, .max])
        #expect(try numbers("[]").isEmpty)
        for text in ["[1.5]", "[1e3]", "[9223372036854775808]", "[-]", "[1,]", "[1", "[true]", "[\"1\"]", "1", ""] {
            #expect(throws: CheckpointError.self, "\(text)") { try numbers(text) }
        }
    }

    @Test(arguments: [
        #"{"a": [1, {"b": [true, null, -1.5e+7, "\"]}"]}, []], "c": {}}"#, #"{"a": "}"}"#, "{}", " {\r\n\t} ",
    ])
    func whatNobodyAsksForIsSkipped(text: String) {
        #expect(isTaken(text))
    }

    @Test(arguments: [
        "", "{", "}", "[]", "7", #"{"a"}"#, #"{"a":}"#, #"{"a":1"#, #"{"a":1,}"#, #"{a:1}"#, #"{"a":[1,2}"#,
        #"{"a":{]}"#,
        #"{"a":"b}"#, #"{"a":"\"#, #"{"a":1} x"#, #"{"a" 1}"#, "{\"a\":\"\n\"}", #"{"a":?}"#, #"{"a":1 2}"#,
    ])
    func whatIsBrokenIsRefused(text: String) {
        #expect(!isTaken(text))
    }

    @Test func stringsThatAreNoneAreRefused() {
        for text in [#"{"a": "\x"}"#, #"{"a": "\ud800"}"#, #"{"a": 1}"#, #"{"a": null}"#] {
            #expect(throws: CheckpointError.self, "\(text)") { try strings(text) }
        }
        let broken = Array(#"{""#.utf8) + [0xFF] + Array(#"": "b"}"#.utf8)
        broken.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes, file: "x.json")
            #expect(throws: CheckpointError.self) {
                try scanner.object { (_, value) throws(CheckpointError) in try value.skip() }
            }
        }
    }

    @Test func deepNestingIsRefusedAndNoCrash() {
        let depth = 1_000_000
        #expect(!isTaken(#"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"))
    }

    @Test func anErrorNamesTheFileAndThePlace() throws {
        let error = try #require(throws: CheckpointError.self) { try strings(#"{"a": 1}"#) }
        #expect("\(error)" == "x.json: not JSON as expected: a string should come at byte 6")
    }
}
