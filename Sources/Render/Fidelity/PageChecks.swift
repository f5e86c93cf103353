// What a page lacks, beside what its picture shows: text left out, content out of the window, placeholders, checks for
// people who cannot see it. Faults that the design has too are not held against the result.

/// Completeness and accessibility of a result.
struct PageChecks {
    /// 0 for a blank result; else share of the design's text found × share of the width that fits × share of lines
    /// that are no placeholders. A comment in the place of something left out counts as one more line that is.
    let completeness: Double
    /// Share of checks without fault; relative to the design's when that is a page too; nil when the result is none.
    let accessibility: Double?
    /// CSS pixels by which the result is wider than its window, beyond what the design is.
    let overflow: Double
    /// Lines of the result that stand for something still to be written and that the design does not have.
    let placeholders: [TextBox]
    /// Comments of the result that stand in the place of something left out, and that the design does not have.
    let excuses: [String]

    init(result: Sight, design: Sight, text: TextScore, isBlank: Bool) {
        overflow = max(0, (result.page?.overflow ?? 0) - (design.page?.overflow ?? 0))
        let allowed = Set(design.texts.compactMap(\.text))
        placeholders = result.texts.filter { line in
            line.text.map { Self.isPlaceholder($0) && !allowed.contains($0) } ?? false
        }
        let window = result.page.map { Double($0.viewport.width) } ?? result.width
        let fits = max(0, 1 - overflow / max(1, window))
        let known = Set(design.page?.comments ?? [])
        excuses = (result.page?.comments ?? []).filter { Self.isExcuse($0) && !known.contains($0) }
        let lines = result.texts.count + excuses.count
        let written = lines == 0 ? 1 : Double(result.texts.count - placeholders.count) / Double(lines)
        completeness = isBlank ? 0 : text.shareFound * fits * written
        accessibility = result.page.map { page in
            let own = page.accessibility.shareWithoutFault
            guard let asked = design.page?.accessibility.shareWithoutFault else { return own }
            return asked == 0 ? 1 : min(1, own / asked)
        }
    }

    /// Whether a line is filler: it begins with "lorem ipsum", or is nothing but a phrase such as "your text here",
    /// "placeholder", "image here", "todo" or "..." (case, brackets and punctuation at its ends set aside).
    static func isPlaceholder(_ text: String) -> Bool {
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
        if words.hasPrefix("lorem ipsum") { return true }
        if words.isEmpty { return text == "..." || text == "…" }
        return phrases.contains(words)
    }

    /// Whether a comment stands for something that was left out, as models write it: "... rest of the rows", "Repeat for
    /// the other cards", "more items here", "TODO", "omitted for brevity".
    static func isExcuse(_ comment: String) -> Bool {
        let text = comment.lowercased()
        if ["...", "…"].contains(where: { text.hasPrefix($0) || text.hasSuffix($0) }) { return true }
        let words = " " + text.split { !$0.isLetter && !$0.isNumber }.joined(separator: " ") + " "
        return excuses.contains { words.contains(" \($0) ") }
    }

    private static let excuses = [
        "todo", "tbd", "fixme", "rest of the", "the rest", "remaining", "omitted", "for brevity", "and so on",
        "repeat for", "repeat this", "repeat as", "repeat the", "repeated for", "add more", "more items", "more cards",
        "more rows", "more content", "other items", "other cards", "other rows", "similar items", "similar structure",
        "similar cards", "same as above", "continue with", "goes here", "go here", "as needed",
    ]

    private static let phrases: Set<String> = [
        "placeholder", "placeholder text", "image placeholder", "placeholder image", "your text here", "text here",
        "your text", "insert text here", "sample text", "image", "image here", "your image here", "insert image here",
        "title here", "your title here", "your content here", "content here", "content goes here", "text goes here",
        "more content here", "todo", "tbd", "to do", "add more items here", "rest of the content",
    ]
}

extension Accessibility {
    /// The mean over the rules that looked at something of the share without fault; 1 when none did.
    var shareWithoutFault: Double {
        let rules = Rule.allCases.filter { (checked[$0] ?? 0) > 0 }
        guard !rules.isEmpty else { return 1 }
        let sum = rules.reduce(0.0) { sum, rule in
            let faults = findings.count { $0.rule == rule }
            return sum + max(0, 1 - Double(faults) / Double(checked[rule]!))
        }
        return sum / Double(rules.count)
    }
}
