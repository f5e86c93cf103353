// Edits in JSON: the exact form, and what is refused by name.
import Foundation
import Testing

@testable import UIToCode

@Suite struct EditTests {
    private func decoded(_ json: String) throws -> Edit { try JSONDecoder().decode(Edit.self, from: Data(json.utf8)) }

    private func encoded(_ edit: Edit) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(edit), as: UTF8.self)
    }

    // What is said of JSON that is refused; empty when it is taken.
    private func refusal(_ json: String) -> String {
        do {
            _ = try decoded(json)
            return ""
        } catch DecodingError.dataCorrupted(let context) {
            return context.debugDescription
        } catch { return "\(error)" }
    }

    private static let forms: [(String, EditOperation.Change)] = [
        ("\"selector\":\"#a > b\",\"set_text\":\"x\"", .setText("x")),
        ("\"selector\":\"#a > b\",\"set_style\":{\"color\":\"#0a0\"}", .setStyle(["color": "#0a0"])),
        (
            "\"selector\":\"#a > b\",\"set_attribute\":{\"name\":\"href\",\"value\":\"/x\"}",
            .setAttribute(name: "href", value: "/x")
        ),
        (
            "\"selector\":\"#a > b\",\"set_attribute\":{\"name\":\"href\",\"value\":null}",
            .setAttribute(name: "href", value: nil)
        ),
        ("\"remove\":true,\"selector\":\"#a > b\"", .remove),
        ("\"duplicate\":true,\"selector\":\"#a > b\"", .duplicate),
        ("\"move\":\"up\",\"selector\":\"#a > b\"", .move(.up)),
        ("\"move\":\"down\",\"selector\":\"#a > b\"", .move(.down)),
        ("\"selector\":\"#a > b\",\"set_html\":\"<b>x</b>\"", .setHTML("<b>x</b>")),
    ]

    @Test func everyOperationHasItsForm() throws {
        for (json, change) in Self.forms {
            let edit = Edit.operations([EditOperation("#a > b", change)])
            #expect(try encoded(edit) == "{\"operations\":[{\(json)}]}")
            #expect(try decoded("{\"operations\":[{\(json)}]}") == edit)
        }
    }

    @Test func instructionsHaveTheirForm() throws {
        let json = """
            {"box":{"height":4,"width":30.5,"x":0,"y":-2},"instruction":"greener","selector":"main > b"}
            """
        let edit = Edit.instruction(
            Instruction("greener", selector: "main > b", box: .init(x: 0, y: -2, width: 30.5, height: 4)))
        #expect(try encoded(edit) == json)
        #expect(try decoded(json) == edit)
        #expect(try encoded(.instruction(Instruction("x"))) == "{\"instruction\":\"x\"}")
        #expect(try decoded("{\"instruction\":\"x\",\"selector\":null,\"box\":null}") == .instruction(Instruction("x")))
    }

    @Test func whatSaysWhichFileMayStandBeside() throws {
        let json = "{\"file\":\"a.html\",\"revision\":3,\"instruction\":\"x\"}"
        #expect(try decoded(json) == .instruction(Instruction("x")))
    }

    @Test(arguments: [
        ("{\"instruction\":\"x\",\"colour\":1}", "an instruction has no field \"colour\""),
        ("{\"operations\":[{\"selector\":\"a\",\"remove\":true}],\"selector\":\"b\"}", "no field \"selector\""),
        ("{\"operations\":[{\"selector\":\"a\",\"setText\":\"x\"}]}", "an operation has no field \"setText\""),
        ("{\"operations\":[{\"selector\":\"a\",\"set_attribute\":{\"name\":\"a\",\"value\":\"\",\"x\":1}}]}", "\"x\""),
        (
            "{\"instruction\":\"x\",\"box\":{\"x\":0,\"y\":0,\"width\":1,\"height\":1,\"z\":1}}",
            "a box has no field \"z\""
        ),
        ("{}", "either an instruction or operations"),
        ("{\"instruction\":\"x\",\"operations\":[]}", "either an instruction or operations"),
        ("{\"operations\":[]}", "1 to 100 operations, not 0"),
        ("{\"operations\":[{\"selector\":\"a\"}]}", "an operation has one change, not none"),
        (
            "{\"operations\":[{\"selector\":\"a\",\"remove\":true,\"set_text\":\"x\"}]}",
            "an operation has one change, not remove and set_text"
        ),
        ("{\"operations\":[{\"selector\":\"a\",\"remove\":false}]}", "remove is true or left out"),
        ("{\"operations\":[{\"selector\":\"a\",\"set_attribute\":{\"name\":\"a\"}}]}", "value is missing"),
        ("{\"operations\":[{\"selector\":\"a\",\"set_style\":{}}]}", "1 to 100 properties, not 0"),
        (
            "{\"operations\":[{\"selector\":\"a\",\"remove\":true},{\"selector\":\"a,b\",\"remove\":true}]}",
            "operation 1, \"a,b\""
        ),
        ("{\"instruction\":\" \\n\"}", "the instruction is empty"),
        ("{\"instruction\":\"x\",\"selector\":\"a:hover\"}", "\":hover\" is not known"),
        ("{\"instruction\":\"x\",\"box\":{\"x\":0,\"y\":0,\"width\":0,\"height\":1}}", "a box has a width"),
    ])
    func whatIsWrongIsNamed(json: String, words: String) {
        #expect(refusal(json).contains(words), "\(refusal(json))")
    }

    @Test(arguments: [
        "{\"operations\":[{\"remove\":true}]}", "{\"operations\":[{\"selector\":\"a\",\"move\":\"left\"}]}",
        "{\"operations\":[{\"selector\":\"a\",\"set_text\":null}]}", "{\"operations\":{}}", "{\"instruction\":7}", "[]",
        "{\"instruction\":\"x\",\"box\":{\"x\":0,\"y\":0,\"width\":1}}",
    ])
    func otherShapesAreRefused(json: String) {
        #expect(throws: DecodingError.self) { try decoded(json) }
    }

    @Test func boundsHoldInMemoryToo() {
        let operation = EditOperation("a", .remove)
        #expect(throws: Never.self) { try Edit.operations(Array(repeating: operation, count: 100)).check() }
        #expect(throws: EditError.self) { try Edit.operations(Array(repeating: operation, count: 101)).check() }
        let long = String(repeating: "a", count: 1000)
        #expect(throws: Never.self) { try EditOperation(long, .remove).check() }
        #expect(throws: EditError.Fault.self) { try EditOperation(long + "a", .remove).check() }
        let text = String(repeating: "é", count: 50 * 1024)
        #expect(throws: Never.self) { try EditOperation("a", .setText(text)).check() }
        for change in [
            EditOperation.Change.setText(text + "x"), .setHTML(text + "x"), .setStyle(["color": text + "x"]),
        ] {
            #expect(throws: EditError.Fault.self) { try EditOperation("a", change).check() }
        }
        #expect(throws: EditError.Fault.self) { try EditOperation("a", .setText("\0")).check() }
        #expect(throws: EditError.Fault.self) { try Instruction(text + "x").check() }
    }
}
