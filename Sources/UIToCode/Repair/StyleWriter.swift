// Says changes of style as operations on a document: where all elements of one kind (tag and classes) agree, one rule
// in the page's stylesheet; else the style of each element. Writes rules only into a document that has exactly one
// stylesheet of its own.
import Render

/// Turns changes of style into operations.
struct StyleWriter {
    private let elements: [String: ElementBox]
    private let all: [ElementBox]
    private var stylesheet: String?
    private var operations: [EditOperation] = []

    /// - Parameters:
    ///   - document: the page as it is written.
    ///   - elements: its elements as they are shown.
    init(document: String, elements: [ElementBox]) {
        all = elements
        self.elements = Dictionary(elements.map { ($0.selector, $0) }) { first, _ in first }
        let source = HTMLSource(document)
        let sheets = source.elements.filter { $0.name == "style" }
        stylesheet = sheets.count == 1 ? source.text(sheets[0].tags.inner) : nil
    }

    /// The operations that make the changes, in order; the stylesheet's comes last.
    static func operations(
        for changes: [StyleChange], document: String, elements: [ElementBox]
    ) -> [EditOperation] {
        var writer = StyleWriter(document: document, elements: elements)
        let before = writer.stylesheet
        for change in changes { writer.add(change) }
        if let after = writer.stylesheet, after != before {
            writer.operations.append(EditOperation("style", .setText(after)))
        }
        return writer.operations
    }

    private mutating func add(_ change: StyleChange) {
        if let selector = kind(of: change.selectors), let sheet = stylesheet {
            let edited = Self.merging(change.declarations, into: selector, of: sheet)
            if edited.utf8.count <= Edit.Limit.textBytes {
                stylesheet = edited
                return
            }
        }
        for selector in change.selectors { operations.append(EditOperation(selector, .setStyle(change.declarations))) }
    }

    // The selector of the kind that consists of exactly these elements; nil for a single element.
    private func kind(of selectors: [String]) -> String? {
        guard selectors.count > 1, let first = selectors.first.flatMap({ elements[$0] }) else { return nil }
        let classes = Set(first.classes)
        let members = all.filter { $0.tag == first.tag && classes.isSubset(of: $0.classes) }
        guard Set(members.map(\.selector)) == Set(selectors), classes.allSatisfy(Self.isPlain) else { return nil }
        return ([first.tag] + first.classes.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
            .joined(separator: ".")
    }

    // A name that needs no escape in a selector.
    private static func isPlain(_ name: String) -> Bool {
        let isWord = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x5F
        }
        return isWord && (name.utf8.first.map { (0x61...0x7A).contains($0 | 0x20) || $0 == 0x5F } ?? false)
    }

    // The stylesheet with the declarations in the last line that is a rule of this selector alone, or in a new rule at
    // its end.
    private static func merging(_ declarations: [String: String], into selector: String, of sheet: String) -> String {
        var lines = sheet.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let head = "\(selector) { "
        if let index = lines.lastIndex(where: { $0.trimmed.hasPrefix(head) && $0.trimmed.hasSuffix(" }") }) {
            let rule = lines[index].trimmed
            let body = String(rule.dropFirst(head.count).dropLast(2))
            if !body.contains("{"), !body.contains("/*") {
                let indent = lines[index].prefix { $0 == " " || $0 == "\t" }
                lines[index] = "\(indent)\(head)\(body.setting(declarations)) }"
                return lines.joined(separator: "\n")
            }
        }
        let indent = lines.last { !$0.trimmed.isEmpty }?.prefix { $0 == " " || $0 == "\t" } ?? "    "
        let rule = "\(indent)\(head)\("".setting(declarations)) }"
        let place = lines.lastIndex { !$0.trimmed.isEmpty }.map { $0 + 1 } ?? lines.startIndex
        lines.insert(rule, at: place)
        if place == lines.count - 1 { lines.append("") }
        if place == 0 { lines.insert("", at: 0) }
        return lines.joined(separator: "\n")
    }
}

extension String {
    // Declarations of a rule with some of them set.
    fileprivate func setting(_ declarations: [String: String]) -> String {
        var style = InlineStyle(HTMLText.escaped(self))
        for (name, value) in declarations.sorted(by: { $0.key < $1.key }) { style.set(name, value) }
        return HTMLText.unescaped(style.markup ?? "") + ";"
    }
}
