import Foundation
import Render
import Testing

@testable import UIToCode

@Suite struct StyleWriterTests {
    private let document = """
        <html><head><style>
            b { color: #000000; }
            .card { padding: 4px; }
          </style></head><body><b class="card">x</b><b class="card">y</b><i>z</i></body></html>
        """

    private let elements = [
        ElementBox(selector: "body > b:nth-child(1)", tag: "b", classes: ["card"], box: .unit),
        ElementBox(selector: "body > b:nth-child(2)", tag: "b", classes: ["card"], box: .unit),
        ElementBox(selector: "body > i:nth-child(3)", tag: "i", box: .unit),
    ]

    private func edited(_ changes: StyleChange..., document: String? = nil) throws -> String {
        var editor = try DocumentEditor(document ?? self.document)
        for operation in StyleWriter.operations(for: changes, document: editor.text, elements: elements) {
            try editor.apply(operation)
        }
        return editor.text
    }

    @Test func aKindThatAgreesGetsOneRule() throws {
        let change = StyleChange(selectors: elements.prefix(2).map(\.selector), declarations: ["color": "#ff0000"])
        #expect(
            try edited(change)
                == document.replacing(
                    "    .card { padding: 4px; }", with: "    .card { padding: 4px; }\n    b.card { color: #ff0000; }"))
    }

    @Test func laterChangesOfAKindGoIntoItsRule() throws {
        let selectors = elements.prefix(2).map(\.selector)
        let first = StyleChange(selectors: selectors, declarations: ["color": "#ff0000", "width": "4px"])
        let second = StyleChange(selectors: selectors, declarations: ["color": "#00ff00"])
        let text = try edited(first, second)
        #expect(text.contains("b.card { color: #00ff00; width: 4px; }"))
        #expect(try edited(second, document: edited(first)) == text)
    }

    @Test func partOfAKindGetsItsOwnStyle() throws {
        let text = try edited(StyleChange(selectors: [elements[1].selector], declarations: ["color": "#ff0000"]))
        #expect(text == document.replacing(#"card">y"#, with: #"card" style="color: #ff0000">y"#))
    }

    @Test func elementsOfSeveralKindsGetTheirOwnStyle() throws {
        let text = try edited(StyleChange(selectors: elements.map(\.selector), declarations: ["color": "#ff0000"]))
        #expect(text.components(separatedBy: #"style="color: #ff0000""#).count == 4)
    }

    @Test func withoutOneStylesheetElementsGetTheirOwnStyle() throws {
        let change = StyleChange(selectors: elements.prefix(2).map(\.selector), declarations: ["color": "#ff0000"])
        let bare = "<body><b class=\"card\">x</b><b class=\"card\">y</b></body>"
        #expect(try edited(change, document: bare).components(separatedBy: "style=").count == 3)
        let two = "<style></style><style></style>" + bare
        #expect(try edited(change, document: two).components(separatedBy: "style=").count == 3)
    }

    @Test func aKindIsNotARuleWhenOtherElementsWouldMatch() throws {
        var elements = elements
        elements[1].classes = ["card", "wide"]
        elements.append(ElementBox(selector: "body > b:nth-child(9)", tag: "b", classes: ["card"], box: .unit))
        let change = StyleChange(
            selectors: [elements[0].selector, elements[3].selector], declarations: ["color": "red"])
        let operations = StyleWriter.operations(for: [change], document: document, elements: elements)
        #expect(operations.map(\.selector) == change.selectors)
    }
}

extension Box {
    static let unit = Box(x: 0, y: 0, width: 1, height: 1)
}
