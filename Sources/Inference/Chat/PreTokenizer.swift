// Cuts text into the pieces that byte-pair encoding never merges across.
// Kimi K2's pattern is the default; a checkpoint may bring its own. Very long texts and very long runs are cut
// first, exactly as the published tokenizer does it, so that no piece grows without bound.
import Foundation

/// Cuts text into pieces.
struct PreTokenizer: Sendable {
    private let expression: NSRegularExpression

    /// Kimi K2's pattern. `&&[^\p{Han}]` keeps Han out of the letter runs, so "abc中文" is two pieces.
    static let kimiPattern = [
        #"[\p{Han}]+"#,
        #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*"#
            + #"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"#,
        #"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+"#
            + #"[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"#,
        #"\p{N}{1,3}"#,
        #" ?[^\s\p{L}\p{N}]+[\r\n]*"#,
        #"\s*[\r\n]+"#,
        #"\s+(?!\S)"#,
        #"\s+"#,
    ].joined(separator: "|")

    /// Scalars of text that are looked at together.
    static let sliceScalars = 400_000
    /// The longest run of only white space, or of none, inside a slice.
    static let runScalars = 25_000

    /// Compiles a pattern; nil when it is not a regular expression.
    init?(pattern: String) {
        guard let expression = try? NSRegularExpression(pattern: pattern) else { return nil }
        self.expression = expression
    }

    /// Each piece's range of UTF-8 offsets in `text`, in order and without gaps.
    ///
    /// Text that the pattern matches nowhere comes as a piece of its own, so nothing is ever lost.
    func pieces(of text: String) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var sliceStart = 0
        for slice in Self.slices(of: text) {
            appendPieces(of: slice, at: sliceStart, to: &pieces)
            sliceStart += slice.utf8.count
        }
        return pieces
    }

    /// Appends the matches of one slice, which come in UTF-16 offsets, by walking along its UTF-8 bytes.
    private func appendPieces(of slice: Substring, at sliceStart: Int, to pieces: inout [Range<Int>]) {
        let bytes = Array(slice.utf8)
        var byte = 0
        var unit = 0
        func appendPiece(upTo endUnit: Int) {
            let start = byte
            while unit < endUnit {
                let lead = bytes[byte]
                byte += lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
                unit += lead < 0xf0 ? 1 : 2
            }
            if byte > start { pieces.append(sliceStart + start..<sliceStart + byte) }
        }
        let unitCount = slice.utf16.count
        for match in expression.matches(in: String(slice), range: NSRange(location: 0, length: unitCount)) {
            appendPiece(upTo: match.range.location)
            appendPiece(upTo: match.range.location + match.range.length)
        }
        appendPiece(upTo: unitCount)
    }

    /// Cuts every 400,000 scalars, and inside of those whenever a run of 25,000 would grow longer.
    ///
    /// Proof: `TokenizerGoldenTests.encodesHugeRunsAsTiktokenDoes`.
    static func slices(of text: String) -> [Substring] {
        let scalars = text.unicodeScalars
        guard text.utf8.count > runScalars else { return text.isEmpty ? [] : [text[...]] }
        var slices: [Substring] = []
        var sliceStart = scalars.startIndex
        var blockCount = 0
        var runCount = 0
        var runIsSpace = false
        var index = sliceStart
        while index < scalars.endIndex {
            let isSpace = endsRun(scalars[index])
            let startsBlock = blockCount == sliceScalars
            runCount = !startsBlock && blockCount > 0 && isSpace == runIsSpace ? runCount + 1 : 1
            if startsBlock || runCount > runScalars {
                slices.append(text[sliceStart..<index])
                sliceStart = index
                runCount = 1
            }
            blockCount = startsBlock ? 1 : blockCount + 1
            runIsSpace = isSpace
            index = scalars.index(after: index)
        }
        slices.append(text[sliceStart...])
        return slices
    }

    /// White space as the published cutting rule sees it: Python's, which adds the four separators U+001C…U+001F.
    private static func endsRun(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value)
    }
}
