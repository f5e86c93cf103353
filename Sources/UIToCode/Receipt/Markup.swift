// Markup of the reports, safe by the way it is put together: what stands in the source is markup, whatever is put in is
// text. Reports show what models write and pages say, so nothing gets in unescaped unless it is markup already.

/// A piece of HTML.
///
///     let row: Markup = "<td>\(words)</td>"        // words are escaped
///     let table: Markup = "<table>\(rows)</table>"  // rows are markup
///
/// Proof: `MarkupTests`.
struct Markup: Sendable, Equatable, ExpressibleByStringInterpolation {
    /// The markup.
    let text: String

    /// Markup that stands in the source.
    init(stringLiteral value: String) { text = value }
    /// Markup that stands in the source, with texts put in.
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }
    /// Markup that is known to be safe: style sheets, scripts, addresses of pictures that were encoded here.
    init(trusted text: String) { self.text = text }

    /// Collects the parts.
    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ words: String) { text += Markup.escaped(words) }
        mutating func appendInterpolation(_ number: Int) { text += String(number) }
        mutating func appendInterpolation(_ markup: Markup) { text += markup.text }
        mutating func appendInterpolation(_ parts: [Markup]) { for part in parts { text += part.text } }
        mutating func appendInterpolation(_ markup: Markup?) { text += markup?.text ?? "" }
    }

    /// Words of a model or a page: they keep the direction they are written in to themselves.
    static func foreign(_ words: String) -> Markup { "<bdi>\(words)</bdi>" }

    // What is no character of a text, and what turns the text around it, is shown as U+FFFD.
    private static func escaped(_ words: String) -> String {
        let isShown: (Unicode.Scalar) -> Bool = { scalar in
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: true
            case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: false
            default: true
            }
        }
        guard !words.unicodeScalars.allSatisfy(isShown) else { return HTMLText.escaped(words) }
        var cleaned = String.UnicodeScalarView()
        for scalar in words.unicodeScalars { cleaned.append(isShown(scalar) ? scalar : "\u{FFFD}") }
        return HTMLText.escaped(String(cleaned))
    }
}

extension Double {
    /// The number with so many digits behind the point; `–` where it is none, or too large to be told.
    func fixed(_ digits: Int) -> String {
        guard isFinite, magnitude < 1e12 else { return "–" }
        var power = 1
        for _ in 0..<digits { power *= 10 }
        let scaled = Int((magnitude * Double(power)).rounded())
        let sign = self < 0 && scaled > 0 ? "−" : ""
        guard digits > 0 else { return sign + String(scaled) }
        let fraction = String(scaled % power)
        return sign + String(scaled / power) + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// A score with three digits. Only 1 itself reads 1.000.
    var scoreWords: String { self < 1 ? Swift.min(self, 0.999).fixed(3) : fixed(3) }

    /// A difference of scores with its sign.
    func changeWords(_ digits: Int = 3) -> String {
        let words = fixed(digits)
        return words.first == "−" || words.allSatisfy({ "0.".contains($0) }) ? words : "+" + words
    }

    /// `12 ms`, `1.42 s`, `31.4 s`, `12 min 5 s`.
    var secondsWords: String {
        guard isFinite else { return "–" }
        return switch self {
        case ..<0.0095: (self * 1000).fixed(0) + " ms"
        case ..<10: fixed(2) + " s"
        case ..<120: fixed(1) + " s"
        case ..<1e9: "\(Int(self.rounded()) / 60) min \(Int(self.rounded()) % 60) s"
        default: "–"
        }
    }

    /// Whole where it is whole, else one digit.
    var pixelWords: String {
        let words = fixed(1)
        return words.hasSuffix(".0") ? String(words.dropLast(2)) : words
    }

    /// The number as drawings need it: two digits, a hyphen for minus, 0 where it is no number.
    var coordinate: String {
        guard isFinite else { return "0" }
        let words = fixed(2)
        return words.first == "−" ? "-" + words.dropFirst() : words == "–" ? "0" : words
    }
}

extension Int {
    /// `1 repair`, `3 repairs`.
    func counted(_ one: String, _ many: String? = nil) -> String { "\(self) \(self == 1 ? one : many ?? one + "s")" }
}
