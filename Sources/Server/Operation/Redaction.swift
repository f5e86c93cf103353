// What must never stand in a log: key secrets, credentials, prompts, pictures. Values under telling names are left out
// whole; in any other text the tokens that can be told by their form are cut. Nothing here depends on who logs: the
// log handler passes every line through it.

/// Takes secrets out of what is about to be logged.
enum Redaction {
    /// What stands where something was left out.
    static let mark = "[redacted]"

    // Names of metadata whose values are never written, without regard to case and separators.
    private static let names: Set<String> = [
        "authorization", "proxyauthorization", "cookie", "setcookie", "apikey", "key", "secret", "token", "password",
        "credential", "prompt", "instruction", "image", "images", "picture", "body", "base64", "data",
    ]

    /// Whether values under this name are left out.
    static func hides(_ name: String) -> Bool {
        names.contains(name.lowercased().filter { $0 != "-" && $0 != "_" && $0 != "." })
    }

    /// The text without what looks like a key, a bearer token, a data URL or a preview's token. The id of a key stays:
    /// `bk_k3x9_[redacted]`.
    static func cut(_ text: String) -> String {
        var result = text
        if holds(result, "bk_") { result = cutKeys(result) }
        for (opening, kept) in [("Bearer ", 7), ("bearer ", 7), ("data:image/", 5), ("/preview/", 9)] {
            if holds(result, opening) { result = cut(result, after: opening, keeping: kept) }
        }
        return result
    }

    // Byte for byte: every line of the log is looked through, and next to none holds anything.
    private static func holds(_ text: String, _ opening: String) -> Bool {
        var (text, opening) = (text, opening)
        return text.withUTF8 { text in
            opening.withUTF8 { opening in
                text.indices.dropLast(opening.count - 1).contains { start in
                    text[start] == opening[0] && text[start...].starts(with: opening)
                }
            }
        }
    }

    // bk_<id>_<secret>: the secret goes.
    private static func cutKeys(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "bk_") {
            result += rest[..<start.upperBound]
            rest = rest[start.upperBound...]
            let id = rest.prefix { $0.isLetter || $0.isNumber }
            guard rest[id.endIndex...].hasPrefix("_") else { continue }
            rest = rest[rest.index(after: id.endIndex)...]
            let secret = rest.prefix { isTokenCharacter($0) }
            result += id + "_" + (secret.isEmpty ? "" : mark)
            rest = rest[secret.endIndex...]
        }
        return result + rest
    }

    // The token that follows each `opening`, of which `keeping` characters stay.
    private static func cut(_ text: String, after opening: String, keeping kept: Int) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: opening) {
            result += rest[..<rest.index(start.lowerBound, offsetBy: kept)]
            rest = rest[start.upperBound...]
            let token = rest.prefix { isTokenCharacter($0) || (opening == "data:image/" && ";,/+=".contains($0)) }
            result += token.isEmpty ? "" : mark
            rest = rest[token.endIndex...]
        }
        return result + rest
    }

    private static func isTokenCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "-_.~+=".contains(character))
    }
}
