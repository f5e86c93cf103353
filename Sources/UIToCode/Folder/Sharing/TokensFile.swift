// `tokens.json`: the names of a site's values in the Design Tokens Format Module of the W3C community group, as
// published in October 2025. One group a kind; a token's key is its name without the kind:
//
//     {"color": {"surface": {"$type": "color", "$value": {"colorSpace": "srgb", "components": [1, 1, 1],
//      "alpha": 1, "hex": "#ffffff"}}}, "space": {"1": {"$type": "dimension", "$value": {"value": 8, "unit": "px"}}}}
//
// A size in `em` is no dimension of that format: it is written as a number, how many times the text around it.
import Foundation
import Render

/// Writes tokens for machines.
enum TokensFile {
    /// The file's text, keys sorted, with a line break at the end.
    static func text(_ tokens: [DesignToken]) -> String {
        var groups: [String: [String: Entry]] = [:]
        for token in tokens {
            let prefix = token.kind.rawValue + "-"
            let key = token.name.hasPrefix(prefix) ? String(token.name.dropFirst(prefix.count)) : token.name
            groups[token.kind.rawValue, default: [:]][key] = entry(token)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(groups), as: UTF8.self) + "\n"
        } catch {
            preconditionFailure("tokens are nothing but texts and finite numbers: \(error)")
        }
    }

    /// The custom properties, `:root { --color-surface: #ffffff; … }`, one a line; empty without tokens.
    static func css(_ tokens: [DesignToken]) -> String {
        guard !tokens.isEmpty else { return "" }
        return ":root {\n\(tokens.map { "  --\($0.name): \($0.value);\n" }.joined())}\n"
    }

    private static func entry(_ token: DesignToken) -> Entry {
        switch token.kind {
        case .colour:
            guard let colour = StyleColour(token.value) else { break }
            return Entry(type: "color", value: .colour(colour))
        case .fontSize, .space, .radius:
            guard let (number, unit) = length(token.value) else { break }
            if unit == "em" {
                return Entry(
                    type: "number", value: .number(number), description: "times the size of the text around it")
            }
            return Entry(type: "dimension", value: .dimension(number, unit))
        case .fontFamily:
            let names = token.value.split(separator: ",").map { String($0).trimmed.trimmingCharacters(in: quotes) }
            return Entry(type: "fontFamily", value: .names(names))
        case .shadow:
            let layers = ShadowLayer.layers(token.value)
            guard !layers.isEmpty else { break }
            return Entry(type: "shadow", value: .shadow(layers))
        }
        // What the format has no words for stays as CSS writes it.
        return Entry(type: nil, value: .text(token.value))
    }

    private static let quotes = CharacterSet(charactersIn: "\"'")

    private static func length(_ text: String) -> (number: Double, unit: String)? {
        for unit in ["px", "rem", "em"] where text.hasSuffix(unit) {
            if let number = Double(text.dropLast(unit.count)) { return (number, unit) }
        }
        return nil
    }

    private struct Entry: Encodable {
        let type: String?
        let value: Value
        var description: String?

        enum CodingKeys: String, CodingKey {
            case type = "$type"
            case value = "$value"
            case description = "$description"
        }
    }

    private enum Value: Encodable {
        case colour(StyleColour)
        case dimension(Double, String)
        case number(Double)
        case names([String])
        case shadow([ShadowLayer])
        case text(String)

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .colour(let colour): try ColourObject(colour).encode(to: encoder)
            case .dimension(let number, let unit): try DimensionObject(value: number, unit: unit).encode(to: encoder)
            case .number(let number): try number.encode(to: encoder)
            case .names(let names): try names.encode(to: encoder)
            case .shadow(let layers): try layers.encode(to: encoder)
            case .text(let text): try text.encode(to: encoder)
            }
        }
    }

    fileprivate struct ColourObject: Encodable {
        let colorSpace = "srgb"
        let components: [Double]
        let alpha: Double
        let hex: String

        init(_ colour: StyleColour) {
            components = colour.rgb.channels.map { ($0 / 255 * 10_000).rounded() / 10_000 }
            alpha = (colour.alpha * 1000).rounded() / 1000
            hex = colour.rgb.hex
        }

        enum CodingKeys: String, CodingKey { case colorSpace, components, alpha, hex }
    }

    fileprivate struct DimensionObject: Encodable {
        let value: Double
        let unit: String
    }
}

/// One shadow of a `box-shadow`.
private struct ShadowLayer: Encodable {
    let color: TokensFile.ColourObject
    let offsetX, offsetY, blur, spread: TokensFile.DimensionObject
    let inset: Bool

    /// The shadows of a value; empty when one of them says something else than lengths, a colour and `inset`.
    static func layers(_ value: String) -> [ShadowLayer] {
        let layers = SelectorText.list(value).map(ShadowLayer.init)
        return layers.contains { $0 == nil } ? [] : layers.compactMap { $0 }
    }

    private init?(_ text: String) {
        var lengths: [TokensFile.DimensionObject] = []
        var colour: StyleColour?
        var isInset = false
        for word in StyleText.words(text) {
            if word == "inset" {
                isInset = true
            } else if let found = StyleColour(word) {
                colour = found
            } else if let number = Double(word.hasSuffix("px") ? String(word.dropLast(2)) : word) {
                lengths.append(TokensFile.DimensionObject(value: number, unit: "px"))
            } else {
                return nil
            }
        }
        guard let colour, (2...4).contains(lengths.count) else { return nil }
        let zero = TokensFile.DimensionObject(value: 0, unit: "px")
        color = TokensFile.ColourObject(colour)
        (offsetX, offsetY) = (lengths[0], lengths[1])
        blur = lengths.count > 2 ? lengths[2] : zero
        spread = lengths.count > 3 ? lengths[3] : zero
        inset = isInset
    }
}
