// Names of characters, `&mdash;` and the like, as characters: not every language that markup is written in knows all of
// HTML's names. The table is that of the HTML standard, one name a line with its code points in hexadecimal.
import Foundation

/// The named character references of HTML.
enum CharacterReferences {
    /// Markup with every named reference as its character, except for the marks of markup itself and `&nbsp;`.
    static func resolved(_ markup: String) -> String {
        guard markup.utf8.contains(UInt8(ascii: "&")) else { return markup }
        var result = ""
        var rest = markup[...]
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            rest = rest[start...]
            if let end = rest.prefix(34).firstIndex(of: ";"), let text = table[String(rest[..<end].dropFirst())] {
                result += HTMLText.escaped(text)
                rest = rest[rest.index(after: end)...]
            } else {
                result.append("&")
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    private static let table: [String: String] = {
        guard let data = FileManager.default.contents(atPath: Bundle.module.bundlePath + "/character-references.txt")
        else { preconditionFailure("character-references.txt ships inside") }
        var table: [String: String] = [:]
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            let scalars = words.dropFirst().compactMap { UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) }
            table[String(words[0])] = String(String.UnicodeScalarView(scalars))
        }
        return table
    }()
}
