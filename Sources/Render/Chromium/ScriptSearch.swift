// Whether scripts may run in a page, told from its files alone. What is overlooked here does not run: where the answer is
// no, the page is shown with scripts forbidden. So an answer that is wrong costs time, or a page's effects, never safety.

extension PageFiles {
    /// Whether a file holds a script, or markup or style whose look depends on scripts. Frames, whatever is in them, and
    /// `http-equiv` count as scripts.
    var mayHaveScripts: Bool {
        files.contains { path, bytes in
            switch Self.ending(of: path) {
            case "html", "htm", "xhtml", "xml", "svg": ScriptSearch(bytes).findsMarkup
            case "css": ScriptSearch(bytes).findsStyle
            case "js", "mjs", "wasm": true
            default: false
            }
        }
    }
}

/// A search for scripts in a text, upper and lower case alike.
struct ScriptSearch {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private static let tags = ["script", "noscript", "iframe", "frame", "object", "embed", "portal"].map {
        Array($0.utf8)
    }
    private static let javascript = Array("javascript:".utf8)
    private static let equivalent = Array("http-equiv".utf8)
    private static let scripting = Array("scripting".utf8)

    /// Tags, addresses, attributes of events, and media queries.
    var findsMarkup: Bool {
        bytes.indices.contains { index in
            switch bytes[index] {
            case UInt8(ascii: "<"): Self.tags.contains { stands($0, at: index + 1) }
            case UInt8(ascii: "j"), UInt8(ascii: "J"): stands(Self.javascript, at: index)
            case UInt8(ascii: "h"), UInt8(ascii: "H"): stands(Self.equivalent, at: index)
            case UInt8(ascii: "("): asksForScripts(at: index + 1)
            case 9, 10, 12, 13, 32, UInt8(ascii: "/"), UInt8(ascii: "'"), UInt8(ascii: "\""): isEvent(at: index + 1)
            default: false
            }
        }
    }

    /// Media queries that ask whether scripts run.
    var findsStyle: Bool {
        bytes.indices.contains { bytes[$0] == UInt8(ascii: "(") && asksForScripts(at: $0 + 1) }
    }

    private func stands(_ word: [UInt8], at start: Int) -> Bool {
        start + word.count <= bytes.count && word.indices.allSatisfy { bytes[start + $0] | 0x20 == word[$0] | 0x20 }
    }

    private func asksForScripts(at start: Int) -> Bool {
        stands(Self.scripting, at: bytes[start...].firstIndex { !$0.isSpace } ?? bytes.count)
    }

    // `onload =`
    private func isEvent(at start: Int) -> Bool {
        guard start + 2 < bytes.count, bytes[start] | 0x20 == UInt8(ascii: "o"),
            bytes[start + 1] | 0x20 == UInt8(ascii: "n")
        else { return false }
        let name = bytes[(start + 2)...].prefix { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) }
        guard !name.isEmpty else { return false }
        return bytes[name.endIndex...].first { !$0.isSpace } == UInt8(ascii: "=")
    }
}

extension UInt8 {
    /// White space of HTML.
    fileprivate var isSpace: Bool { [9, 10, 12, 13, 32].contains(self) }
}
