// Selectors against what Chromium found, and what is refused.
import Foundation
import Testing

@testable import UIToCode

/// What `Fixtures/parity/selectors/record.py` recorded of one document.
struct RecordedDocument: Decodable, Sendable {
    /// An element: `[name, selector, attributes, start of its text]`.
    struct Row: Decodable, Sendable {
        let name, selector, text: String
        let attributes: [String: String]

        init(from decoder: any Decoder) throws {
            var row = try decoder.unkeyedContainer()
            name = try row.decode(String.self)
            selector = try row.decode(String.self)
            attributes = try row.decode([String: String].self)
            text = try row.decode(String.self)
        }
    }

    /// A selector and the number of the first element it finds; -1 for none.
    struct Query: Decodable, Sendable {
        let selector: String
        let number: Int

        init(from decoder: any Decoder) throws {
            var query = try decoder.unkeyedContainer()
            selector = try query.decode(String.self)
            number = try query.decode(Int.self)
        }
    }

    /// A page of `Fixtures/designs/sources/`, when the text is not here.
    let file: String?
    private let text: String?
    let rows: [Row]
    let queries: [Query]

    func markup() throws -> String {
        if let text { return text }
        let source = Self.fixtures.appending(path: "designs/sources/\(file ?? "")")
        return try String(contentsOf: source, encoding: .utf8)
    }

    static func all() throws -> [RecordedDocument] {
        let truth = try Data(contentsOf: fixtures.appending(path: "parity/selectors/selectors.json"))
        return try JSONDecoder().decode([RecordedDocument].self, from: truth)
    }

    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures")
}

@Suite struct ElementSelectorTests {
    // The text inside an element as a browser gives it.
    private func text(_ source: HTMLSource, _ number: Int) -> String {
        let tags = source.elements[number].tags
        if tags.name == "template" { return "" }
        let inner = source.text(tags.inner)
        if HTMLTags.raw.contains(tags.name) { return HTMLText.collapsed(inner).trimmed }
        var pieces = ""
        let nodes =
            HTMLTags.escapableRaw.contains(tags.name) ? [HTMLNode.text(inner)] : HTMLParser.parse(inner)
        HTMLElement(name: "", children: nodes).visitOutsideTemplates { node in
            guard case .text(let text) = node else { return }
            pieces += HTMLText.unescaped(text)
        }
        return HTMLText.collapsed(pieces).trimmed
    }

    @Test func everySelectorFindsTheElementThatChromiumFinds() throws {
        for document in try RecordedDocument.all() {
            let markup = try document.markup()
            let source = HTMLSource(markup)
            let names = source.elements.map(\.name)
            #expect(names == document.rows.map(\.name), "\(markup)")
            guard names == document.rows.map(\.name) else { continue }
            for (number, row) in document.rows.enumerated() {
                let found = try ElementSelector(row.selector).first(in: source)
                #expect(found == number, "\(row.selector) in \(markup)")
                let element = source.elements[number]
                let attributes = Dictionary(
                    uniqueKeysWithValues: element.tags.attributes.map { ($0.name, element[$0.name]) })
                #expect(attributes == row.attributes, "\(row.selector) in \(markup)")
                // A browser moves a style that follows `</head>` into the head.
                let isMoved = source.elements.contains {
                    $0.parent == number && !element.outer.contains($0.outer.lowerBound)
                }
                guard !isMoved else { continue }
                let start = String(String.UnicodeScalarView(text(source, number).unicodeScalars.prefix(32)))
                #expect(start == row.text, "\(row.selector) in \(markup)")
            }
            for query in document.queries {
                let found = try ElementSelector(query.selector).first(in: source)
                #expect(found ?? -1 == query.number, "\(query.selector) in \(markup)")
            }
        }
    }

    private func first(_ selector: String, in markup: String) throws -> String? {
        let source = HTMLSource(markup)
        return try ElementSelector(selector).first(in: source).map { source.text(source.elements[$0].outer) }
    }

    @Test(
        arguments: [
            ("b", "<b id=\"1\">"), ("B", "<b id=\"1\">"), ("#\\32 ", "<b id=\"2\">"), ("#\\000032", "<b id=\"2\">"),
            ("#2", "<b id=\"2\">"), (".x\\:y", "<b id=\"3\" class=\"x:y\">"),
            ("[class='x:y']", "<b id=\"3\" class=\"x:y\">"),
            ("[ class = \"x\\3a y\" ]", "<b id=\"3\" class=\"x:y\">"), ("[class]", "<b id=\"3\" class=\"x:y\">"),
            ("div>b:nth-of-type( 2 )", "<b id=\"2\">"), ("div  >  *:nth-child(3)", "<b id=\"2\">"),
            ("  html body div b  ", "<b id=\"1\">"), ("i + b", nil), ("body > b", nil), ("p b", nil),
            ("div:nth-child(2)", nil),
        ] as [(String, String?)])
    func formsOfSelectors(selector: String, start: String?) throws {
        let markup = "<div><b id=\"1\"></b><i></i><b id=\"2\"></b><b id=\"3\" class=\"x:y\"></b></div>"
        guard !selector.contains("+") else {
            #expect(throws: EditError.Fault.self) { try ElementSelector(selector) }
            return
        }
        #expect(try first(selector, in: markup)?.replacing("</b>", with: "") == start)
    }

    @Test(arguments: [
        "", "  ", "a, b", "a ~ b", "a:hover", "a::before", "a:nth-child(2n)", "a:nth-child(0)", "a:nth-child(-1)",
        "a:nth-child", "a:nth-of-type()", "a:not(b)", "a >", "> a", "a > > b", ".", "#", "a.", "[", "[a", "[a=", "[a=b",
        "[a^=b]", "[a='b]", "[a=b c]", "a|b", "\\", "a!", "a*", "a{}", "a:nth-child(99999999999999999999)",
    ])
    func whatIsNotUnderstoodIsRefused(selector: String) {
        #expect(throws: EditError.Fault.self) { try ElementSelector(selector) }
    }

    // Every way of matching these steps against this depth: more than a machine could try one by one.
    @Test func aLongSelectorOverADeepPageIsQuick() throws {
        let markup = String(repeating: "<div>", count: 250) + String(repeating: "<i></i>", count: 500)
        let selector = "p " + String(repeating: "div ", count: 200) + "i"
        #expect(try first(selector, in: markup) == nil)
        #expect(try first(String(repeating: "div ", count: 200) + "i", in: markup) == "<i></i>")
    }
}

extension HTMLElement {
    // A browser keeps what is in a template apart from the page.
    fileprivate func visitOutsideTemplates(_ body: (HTMLNode) -> Void) {
        for child in children {
            body(child)
            if let element = child.element, element.name != "template" { element.visitOutsideTemplates(body) }
        }
    }
}
