// Texts as scripts write them.
import Inference

/// Strings and keys of ECMAScript.
enum ScriptText {
    /// A string literal in double quotes.
    static func quoted(_ text: String) -> String {
        JSONValue.string(text).text(.compact).replacing("\u{2028}", with: "\\u2028").replacing(
            "\u{2029}", with: "\\u2029")
    }

    /// A string literal that may stand inside markup: no mark of markup or of a template occurs in it.
    static func quotedInMarkup(_ text: String) -> String {
        quoted(text).replacing("<", with: "\\u003c").replacing("{", with: "\\u007b").replacing("}", with: "\\u007d")
    }

    /// The inside of a template literal: nothing in it ends the literal or begins an expression.
    static func template(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("`", with: "\\`").replacing("${", with: "\\${")
    }

    /// A property of CSS as a key of a style object: `backgroundColor`, `WebkitTextFillColor`, `"--size"`.
    static func styleKey(_ property: String) -> String {
        if property.hasPrefix("--") { return quoted(property) }
        let words = property.split(separator: "-", omittingEmptySubsequences: false)
        let key = words.dropFirst().reduce(String(words[0])) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
        return key.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) } ? key : quoted(key)
    }
}
