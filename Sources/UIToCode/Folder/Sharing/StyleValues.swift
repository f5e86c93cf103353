// The values inside declarations that a design has names for: colours wherever they stand, sizes of type, families,
// spacings, radii, shadows. They are found and written over in one walk, so that what is counted is what is replaced.
import Render

/// A colour as CSS writes it.
struct StyleColour: Hashable, Sendable {
    var rgb: RGB
    /// 0 to 1.
    var alpha = 1.0

    /// Reads `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, `rgb()`, `rgba()`, and names; nil for anything else.
    init?(_ text: String) {
        let text = text.trimmed.lowercased()
        if text.hasPrefix("#") {
            let digits = text.dropFirst().map(String.init)
            let pairs =
                digits.count <= 4
                ? digits.map { $0 + $0 }
                : stride(from: 0, to: digits.count - 1, by: 2).map {
                    digits[$0] + digits[$0 + 1]
                }
            let bytes = pairs.compactMap { UInt8($0, radix: 16) }
            guard [3, 4, 6, 8].contains(digits.count), bytes.count == pairs.count else { return nil }
            rgb = RGB(bytes[0], bytes[1], bytes[2])
            alpha = bytes.count == 4 ? Double(bytes[3]) / 255 : 1
        } else if text.hasPrefix("rgb(") || text.hasPrefix("rgba("), text.hasSuffix(")") {
            let inner = text[text.index(after: text.firstIndex(of: "(") ?? text.startIndex)...].dropLast()
            let parts = inner.split { $0 == "," || $0 == "/" || $0 == " " }.map(String.init)
            let numbers = parts.map { Double($0.hasSuffix("%") ? String($0.dropLast()) : $0) }
            guard [3, 4].contains(parts.count), !numbers.contains(nil) else { return nil }
            let levels = zip(parts, numbers).prefix(3).map { $0.hasSuffix("%") ? ($1 ?? 0) * 2.55 : $1 ?? 0 }
            rgb = RGB(channels: levels)
            if let last = numbers.count == 4 ? numbers[3] : nil { alpha = parts[3].hasSuffix("%") ? last / 100 : last }
        } else if let named = Self.named[text] {
            rgb = named
        } else {
            return nil
        }
    }

    /// `#rrggbb`, or `rgba(1, 2, 3, 0.5)` when it is translucent.
    var css: String {
        guard alpha < 1 else { return rgb.hex }
        let rounded = (alpha * 1000).rounded() / 1000
        return "rgba(\(rgb.red), \(rgb.green), \(rgb.blue), \(rounded.words))"
    }

    /// Whether nobody sees a difference: ΔE00 under 1, the same alpha.
    func isLike(_ other: StyleColour) -> Bool {
        abs(alpha - other.alpha) < 0.005 && ColourDifference.between(rgb, other.rgb) < 1
    }

    /// How far the channels lie apart: 0 for greys.
    var spread: Int {
        let channels = [Int(rgb.red), Int(rgb.green), Int(rgb.blue)]
        return (channels.max() ?? 0) - (channels.min() ?? 0)
    }

    private static let named: [String: RGB] = [
        "black": RGB(0, 0, 0), "white": RGB(255, 255, 255), "red": RGB(255, 0, 0), "green": RGB(0, 128, 0),
        "blue": RGB(0, 0, 255), "yellow": RGB(255, 255, 0), "orange": RGB(255, 165, 0), "purple": RGB(128, 0, 128),
        "gray": RGB(128, 128, 128), "grey": RGB(128, 128, 128), "silver": RGB(192, 192, 192), "navy": RGB(0, 0, 128),
        "teal": RGB(0, 128, 128), "maroon": RGB(128, 0, 0), "olive": RGB(128, 128, 0), "lime": RGB(0, 255, 0),
        "aqua": RGB(0, 255, 255), "cyan": RGB(0, 255, 255), "fuchsia": RGB(255, 0, 255), "magenta": RGB(255, 0, 255),
        "pink": RGB(255, 192, 203), "gold": RGB(255, 215, 0), "tomato": RGB(255, 99, 71), "coral": RGB(255, 127, 80),
        "crimson": RGB(220, 20, 60), "indigo": RGB(75, 0, 130), "whitesmoke": RGB(245, 245, 245),
        "lightgray": RGB(211, 211, 211), "lightgrey": RGB(211, 211, 211), "darkgray": RGB(169, 169, 169),
        "darkgrey": RGB(169, 169, 169), "dimgray": RGB(105, 105, 105), "dimgrey": RGB(105, 105, 105),
        "slategray": RGB(112, 128, 144), "slategrey": RGB(112, 128, 144),
    ]
}

/// One value that a design may have a name for.
enum StyleValue: Hashable, Sendable {
    case colour(StyleColour)
    /// A length; the kind is one of `fontSize`, `space`, `radius`.
    case length(DesignToken.Kind, number: Double, unit: String)
    case family(String)
    case shadow(String)
    /// A name that is used already.
    case token(String)

    var kind: DesignToken.Kind? {
        switch self {
        case .colour: .colour
        case .length(let kind, _, _): kind
        case .family: .fontFamily
        case .shadow: .shadow
        case .token: nil
        }
    }

    var css: String {
        switch self {
        case .colour(let colour): colour.css
        case .length(_, let number, let unit): number.words + unit
        case .family(let text), .shadow(let text): text
        case .token(let name): "var(--\(name))"
        }
    }

    /// Whether nobody sees a difference: lengths within a third of a pixel, colours under ΔE 1, the rest equal.
    func isLike(_ other: StyleValue) -> Bool {
        switch (self, other) {
        case (.colour(let one), .colour(let two)): one.isLike(two)
        case (.length(let kind, let one, let unit), .length(let otherKind, let two, let otherUnit)):
            kind == otherKind && unit == otherUnit && abs(one - two) <= (unit == "px" ? 0.34 : 0.02)
        default: self == other
        }
    }
}

extension Double {
    /// Without needless digits: `14`, `1.7`.
    var words: String { self == rounded() && magnitude < 1e9 ? String(Int(self)) : String(self) }
}

extension StyleDeclaration {
    /// The values in it, in order.
    var values: [StyleValue] {
        var values: [StyleValue] = []
        _ = mapping { value in
            values.append(value)
            return nil
        }
        return values
    }

    /// The declaration with every value written anew.
    ///
    /// - Parameter write: a value's new text; nil leaves it as it is written.
    func mapping(_ write: (StyleValue) -> String?) -> StyleDeclaration {
        guard value.lowercased().hasSuffix("!important") else {
            return StyleDeclaration(name: name, value: mapped(value, write))
        }
        let plain = String(value.dropLast("!important".count)).trimmed
        return StyleDeclaration(name: name, value: mapped(plain, write) + " !important")
    }

    private func mapped(_ value: String, _ write: (StyleValue) -> String?) -> String {
        func whole(_ found: StyleValue) -> String { write(found) ?? value }
        if let name = Self.tokenName(value) { return whole(.token(name)) }
        switch name {
        case "box-shadow":
            let isPlain = !["none", "inherit", "initial", "unset"].contains(value) && !value.contains("var(")
            return isPlain ? whole(.shadow(Self.tidied(value))) : colours(value, write)
        case "font-family":
            return ["inherit", "initial", "unset"].contains(value) ? value : whole(.family(Self.tidied(value)))
        case "font-size": return Self.length(value, .fontSize, ["px", "rem", "em"]).map { whole($0) } ?? value
        case "font": return font(value, write)
        case let name where Self.isSpace(name): return lengths(value, .space, write)
        case let name where name.hasSuffix("radius"): return lengths(value, .radius, write)
        case let name where Self.takesColour(name): return colours(value, write)
        default: return value
        }
    }

    private static func isSpace(_ name: String) -> Bool {
        ["gap", "row-gap", "column-gap"].contains(name) || name.hasPrefix("padding") || name.hasPrefix("margin")
    }

    private static func takesColour(_ name: String) -> Bool {
        name.hasPrefix("--") || name.contains("color") || name.hasPrefix("background") || name.hasPrefix("border")
            || name.hasPrefix("outline") || ["fill", "stroke", "text-decoration", "text-shadow"].contains(name)
    }

    /// The name in `var(--name)`, when there is nothing else.
    private static func tokenName(_ value: String) -> String? {
        guard value.hasPrefix("var(--"), value.hasSuffix(")") else { return nil }
        let name = value.dropFirst("var(--".count).dropLast()
        return name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
            ? String(name) : nil
    }

    private static func tidied(_ value: String) -> String {
        HTMLText.collapsed(value).replacing(" ,", with: ",").replacing(",", with: ", ").replacing(",  ", with: ", ")
    }

    private static func length(_ word: String, _ kind: DesignToken.Kind, _ units: [String]) -> StyleValue? {
        for unit in units where word.hasSuffix(unit) {
            guard let number = Double(word.dropLast(unit.count)), number > 0, number <= 1000 else { continue }
            return .length(kind, number: number, unit: unit)
        }
        return nil
    }

    // Each word that is a length of its own.
    private func lengths(
        _ value: String, _ kind: DesignToken.Kind, _ write: (StyleValue) -> String?
    ) -> String {
        StyleText.words(value).map { word in
            if let name = Self.tokenName(word) { return write(.token(name)) ?? word }
            return Self.length(word, kind, ["px", "rem"]).flatMap { write($0) } ?? word
        }.joined(separator: " ")
    }

    // The shorthand: what stands before the size, the size, a line height, the family.
    private func font(_ value: String, _ write: (StyleValue) -> String?) -> String {
        let words = StyleText.words(value)
        for (index, word) in words.enumerated() {
            let parts = word.split(separator: "/", maxSplits: 1).map(String.init)
            guard let first = parts.first,
                let size = Self.tokenName(first).map({ StyleValue.token($0) })
                    ?? Self.length(first, .fontSize, ["px", "rem", "em"])
            else { continue }
            let family = words[(index + 1)...].joined(separator: " ")
            let line = parts.count > 1 ? "/" + parts[1] : ""
            let sized = (write(size) ?? parts[0]) + line
            let families = Self.tokenName(family).map { StyleValue.token($0) } ?? .family(Self.tidied(family))
            let named = family.isEmpty ? [] : [write(families) ?? family]
            return (words[..<index] + [sized] + named).joined(separator: " ")
        }
        return value
    }

    // Every colour, wherever in the value it stands; what is quoted or an address stays.
    private func colours(_ value: String, _ write: (StyleValue) -> String?) -> String {
        let isOwnName = name.hasPrefix("--")
        var result = ""
        var rest = value[...]
        var isFresh = true
        while let first = rest.first {
            if isFresh, let (token, length) = Self.colour(at: rest, namesToo: !isOwnName) {
                result += write(token) ?? String(rest.prefix(length))
                rest = rest.dropFirst(length)
                isFresh = false
                continue
            }
            let skipped = Self.skip(rest)
            result += rest.prefix(skipped)
            rest = rest.dropFirst(skipped)
            isFresh = !(first.isLetter || first.isNumber || "-_#".contains(first)) || skipped > 1
        }
        return result
    }

    // How much of the text is one thing that holds no colour: a string, an address, a character.
    private static func skip(_ text: Substring) -> Int {
        guard let first = text.first else { return 0 }
        if first == "\"" || first == "'" {
            return text.dropFirst().firstIndex(of: first).map { text.distance(from: text.startIndex, to: $0) + 1 }
                ?? text.count
        }
        if text.lowercased().hasPrefix("url(") {
            return text.firstIndex(of: ")").map { text.distance(from: text.startIndex, to: $0) + 1 } ?? text.count
        }
        return 1
    }

    // The colour, or the token, that the text starts with, and its length.
    private static func colour(at text: Substring, namesToo: Bool) -> (StyleValue, Int)? {
        let lower = text.prefix(8).lowercased()
        if lower.hasPrefix("var(--") {
            guard let end = text.firstIndex(of: ")"), let name = tokenName(String(text[...end])) else { return nil }
            return (.token(name), text.distance(from: text.startIndex, to: end) + 1)
        }
        if lower.hasPrefix("rgb(") || lower.hasPrefix("rgba(") {
            guard let end = text.firstIndex(of: ")") else { return nil }
            let piece = text[...end]
            return StyleColour(String(piece)).map { (.colour($0), piece.count) }
        }
        let piece =
            text.first == "#"
            ? text.prefix(1) + text.dropFirst().prefix { $0.isHexDigit } : text.prefix { $0.isLetter }
        guard !piece.isEmpty, piece.first == "#" || namesToo else { return nil }
        let next = text.dropFirst(piece.count).first
        guard next.map({ !($0.isLetter || $0.isNumber || "-_(".contains($0)) }) ?? true else { return nil }
        return StyleColour(String(piece)).map { (.colour($0), piece.count) }
    }
}
