// What screens are called: by the words that stand out on their pages.
import Render

/// Names screens.
enum ScreenNames {
    private static let longest = 48

    /// A name for each screen; no two are alike.
    static func names(of screens: [ScreenPage], _ course: Course) -> [String] {
        var names: [String] = []
        var taken: Set<String> = []
        for (index, page) in screens.enumerated() {
            let below = course.screens[index].below.flatMap { $0 < index ? $0 : nil }
            let name = below.map { overlay(page, above: screens[$0], names[$0]) } ?? heading(of: page)
            names.append(Design.unique(name ?? "Screen \(index + 1)", in: &taken))
        }
        return names
    }

    /// The first heading, else the largest text, else the title.
    private static func heading(of page: ScreenPage) -> String? {
        let source = HTMLSource(page.html)
        for level in ["h1", "h2"] {
            for element in source.elements where element.name == level {
                let words = PageWords.text(of: source.text(element.outer))
                if !words.isEmpty { return short(words) }
            }
        }
        return largest(page.shown?.texts ?? []).map(short)
    }

    // What an overlay says and the screen below does not.
    private static func overlay(_ page: ScreenPage, above below: ScreenPage, _ name: String) -> String? {
        let known = Set((below.shown?.texts ?? []).compactMap(\.text))
        let own = (page.shown?.texts ?? []).filter { text in text.text.map { !known.contains($0) } ?? false }
        return largest(own).map(short) ?? "\(name), overlay"
    }

    // The first of the largest.
    private static func largest(_ texts: [TextBox]) -> String? {
        let readable = texts.filter { ($0.text?.trimmed.count ?? 0) >= 2 }
        guard let size = readable.map(\.fontSize).max() else { return nil }
        return readable.first { $0.fontSize == size }?.text?.trimmed
    }

    private static func short(_ words: String) -> String {
        words.count <= longest ? words : words.prefix(longest - 1) + "…"
    }

    /// File names without extension of `a…z 0…9 -`, one for each name; the first is `index`.
    static func slugs(of names: [String]) -> [String] {
        var taken: Set<String> = []
        return names.enumerated().map { index, name in
            guard index > 0 else { return Design.unique("index", in: &taken) }
            var slug = ""
            for character in name.lowercased().unicodeScalars {
                let isPlain = ("a"..."z").contains(character) || ("0"..."9").contains(character)
                if isPlain { slug.unicodeScalars.append(character) } else if slug.last != "-" { slug.append("-") }
            }
            let plain = slug.split(separator: "-").joined(separator: "-").prefix(40)
            return Design.unique(plain.isEmpty ? "screen-\(index + 1)" : String(plain), in: &taken)
        }
    }
}
