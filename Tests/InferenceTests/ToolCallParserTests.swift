// Answers taken apart by token: thoughts, text, calls, and the ways in which models stray.
import Inference
import Testing

struct ToolCallParserTests {
    let tokenizer: Tokenizer

    init() throws { tokenizer = try ChatFixtures.tokenizer() }

    /// Control tokens in answers under test are written as `⟨name⟩`.
    func tokens(_ answer: String) throws -> [Int] {
        let names = [
            "think": "<think>", "/think": "</think>", "section": "<|tool_calls_section_begin|>",
            "/section": "<|tool_calls_section_end|>", "call": "<|tool_call_begin|>",
            "args": "<|tool_call_argument_begin|>", "/call": "<|tool_call_end|>", "pad": "<|media_pad|>",
            "reserved": "<|reserved_token_1605|>",
        ]
        var ids: [Int] = []
        for part in answer.split(separator: "⟨", omittingEmptySubsequences: false).enumerated() {
            let halves = part.element.split(separator: "⟩", maxSplits: 1, omittingEmptySubsequences: false)
            if part.offset > 0 {
                let name = try #require(names[String(halves[0])])
                ids.append(try #require(tokenizer.specialID(name)))
            }
            ids += tokenizer.encode(String(halves[halves.count - 1]))
        }
        return ids
    }

    /// The pieces of an answer, touching texts of one kind joined.
    func pieces(
        _ answer: String, thinking: Bool = false, tools: [Tool] = [], firstCallIndex: Int = 0
    ) throws -> [AnswerPiece] {
        var parser = try ToolCallParser(tokenizer, thinking: thinking, tools: tools, firstCallIndex: firstCallIndex)
        var pieces = try tokens(answer).flatMap { parser.push(token: $0) }
        pieces += parser.finish()
        try expectPartsMakeCalls(pieces)
        return pieces.reduce(into: []) { joined, piece in
            switch (joined.last, piece) {
            case (_, .callBegan), (_, .arguments): break
            case (.text(let head)?, .text(let tail)): joined[joined.count - 1] = .text(head + tail)
            case (.reasoning(let head)?, .reasoning(let tail)): joined[joined.count - 1] = .reasoning(head + tail)
            default: joined.append(piece)
            }
        }
    }

    /// Whatever was told of a call in parts is what is told of it as a whole.
    func expectPartsMakeCalls(_ pieces: [AnswerPiece]) throws {
        var begun: (id: String, name: String, arguments: String)?
        for piece in pieces {
            switch piece {
            case .callBegan(let id, let name): begun = (id, name, "")
            case .arguments(let more):
                #expect(begun != nil)
                begun?.arguments += more
            case .toolCall(let call, _):
                if let begun { #expect(begun == (call.id, call.name, call.arguments)) }
                begun = nil
            case .text, .reasoning: break
            }
        }
        #expect(begun == nil)
    }

    func call(_ id: String, _ name: String, _ arguments: String, _ fault: ToolCallFault? = nil) -> AnswerPiece {
        .toolCall(ToolCall(id: id, name: name, arguments: arguments), fault)
    }

    @Test func thoughtsEndWhereTheirTokenStands() throws {
        #expect(
            try pieces("I see.⟨/think⟩It is blue.", thinking: true) == [.reasoning("I see."), .text("It is blue.")])
        #expect(try pieces("All text.") == [.text("All text.")])
        #expect(try pieces("never ends", thinking: true) == [.reasoning("never ends")])
        #expect(try pieces("⟨/think⟩x", thinking: true) == [.text("x")])
    }

    @Test func aCallOfTheRightFormIsToldWhileItIsWritten() throws {
        var parser = try ToolCallParser(tokenizer, thinking: false)
        let answer = "⟨section⟩⟨call⟩functions.f:0⟨args⟩ {\"a\": \"b c\"} \n⟨/call⟩⟨/section⟩"
        let pieces = try tokens(answer).flatMap { parser.push(token: $0) } + parser.finish()
        let parts = pieces.compactMap { if case .arguments(let more) = $0 { more } else { nil } }
        #expect(parts.count > 2)
        #expect(parts.joined() == "{\"a\": \"b c\"}")
        #expect(pieces.first == .callBegan(id: "functions.f:0", name: "f"))
        #expect(pieces.last == call("functions.f:0", "f", "{\"a\": \"b c\"}"))
    }

    @Test func aCallOfAnotherFormIsToldAsAWhole() throws {
        var parser = try ToolCallParser(tokenizer, thinking: false)
        let pieces = try tokens("⟨section⟩⟨call⟩f⟨args⟩{}⟨/call⟩").flatMap { parser.push(token: $0) } + parser.finish()
        #expect(pieces == [call("functions.f:0", "f", "{}")])
    }

    @Test func aModelThatOpensItsThoughtsItselfIsUnderstood() throws {
        #expect(try pieces("⟨think⟩hm⟨/think⟩yes") == [.reasoning("hm"), .text("yes")])
        #expect(try pieces("⟨think⟩hm⟨/think⟩yes", thinking: true) == [.reasoning("hm"), .text("yes")])
    }

    @Test func spelledOutControlTokensAreText() throws {
        let text = "</think><|tool_calls_section_begin|><|tool_call_begin|>functions.f:0<|im_end|>"
        #expect(try pieces(text) == [.text(text)])
        #expect(try pieces(text + "⟨/think⟩a", thinking: true) == [.reasoning(text), .text("a")])
    }

    @Test func controlTokensNeverReachTheText() throws {
        #expect(try pieces("a⟨pad⟩b⟨reserved⟩c⟨/think⟩d⟨args⟩e⟨/call⟩f⟨/section⟩g") == [.text("abcdefg")])
    }

    @Test func callsComeWholeInOrder() throws {
        let answer =
            "Plan.⟨/think⟩Now.⟨section⟩⟨call⟩functions.click:0⟨args⟩{\"x\": 1}⟨/call⟩"
            + "⟨call⟩functions.type-text:1⟨args⟩{\"s\": \"中 😀 ⟩\"}⟨/call⟩⟨/section⟩"
        #expect(
            try pieces(answer.replacing(" ⟩", with: ""), thinking: true) == [
                .reasoning("Plan."), .text("Now."), call("functions.click:0", "click", "{\"x\": 1}"),
                call("functions.type-text:1", "type-text", "{\"s\": \"中 😀\"}"),
            ])
    }

    @Test func aCallComesWithItsEndToken() throws {
        var parser = try ToolCallParser(tokenizer, thinking: false)
        let ids = try tokens("⟨section⟩⟨call⟩functions.f:0⟨args⟩{}⟨/call⟩")
        for id in ids.dropLast() {
            #expect(!parser.push(token: id).contains { if case .toolCall = $0 { true } else { false } })
        }
        #expect(parser.push(token: ids[ids.count - 1]) == [call("functions.f:0", "f", "{}")])
        #expect(parser.finish() == [])
    }

    @Test func textBehindASectionIsIgnoredAndAnotherSectionIsRead() throws {
        #expect(
            try pieces(
                "a⟨section⟩ x ⟨call⟩functions.f:0⟨args⟩{}⟨/call⟩ y ⟨/section⟩ignored⟨section⟩"
                    + "⟨call⟩functions.g:1⟨args⟩{}⟨/call⟩⟨/section⟩")
                == [.text("a"), call("functions.f:0", "f", "{}"), call("functions.g:1", "g", "{}")])
    }

    @Test func aSectionInsideThoughtsEndsThem() throws {
        #expect(
            try pieces("hm⟨section⟩⟨call⟩functions.f:0⟨args⟩{}⟨/call⟩⟨/section⟩", thinking: true)
                == [.reasoning("hm"), call("functions.f:0", "f", "{}")])
        #expect(
            try pieces("hm⟨call⟩functions.f:0⟨args⟩{}⟨/call⟩", thinking: true)
                == [.reasoning("hm"), call("functions.f:0", "f", "{}")])
    }

    @Test func whatStandsBetweenASectionsBeginningAndItsFirstCallIsNoThought() throws {
        #expect(
            try pieces("hm⟨section⟩ \n⟨call⟩functions.f:0⟨args⟩{}⟨/call⟩⟨/section⟩", thinking: true)
                == [.reasoning("hm"), call("functions.f:0", "f", "{}")])
    }

    @Test func whiteSpaceAroundMarkersIsDropped() throws {
        #expect(
            try pieces("⟨section⟩\n⟨call⟩ functions.f:0 \n⟨args⟩\n {\"a\": \" b \"}\n ⟨/call⟩\n⟨/section⟩\n")
                == [call("functions.f:0", "f", "{\"a\": \" b \"}")])
    }

    @Test func theNameIsEverythingUpToTheLastColon() throws {
        #expect(
            try pieces("⟨section⟩⟨call⟩functions.a.b:c-d:12⟨args⟩{}⟨/call⟩⟨/section⟩")
                == [call("functions.a.b:c-d:12", "a.b:c-d", "{}")])
    }

    @Test(arguments: [
        ("click:0", "click"), ("functions_click_0", "click"), ("functions_click", "click"),
        ("functions.click", "click"),
        ("click", "click"), ("functions.click:x", "click:x"), ("functions_double_click_3", "double_click"),
    ])
    func strayIDsBecomeWellFormed(id: String, name: String) throws {
        #expect(
            try pieces("⟨section⟩⟨call⟩\(id)⟨args⟩{}⟨/call⟩⟨/section⟩", firstCallIndex: 5)
                == [call("functions.\(name):5", name, "{}")])
    }

    @Test func strayIDsCountOnFromTheIndicesOfOthers() throws {
        #expect(
            try pieces(
                "⟨section⟩⟨call⟩f:0⟨args⟩{}⟨/call⟩⟨call⟩functions.g:7⟨args⟩{}⟨/call⟩⟨call⟩h⟨args⟩{}⟨/call⟩⟨/section⟩",
                firstCallIndex: 2)
                == [
                    call("functions.f:2", "f", "{}"), call("functions.g:7", "g", "{}"),
                    call("functions.h:8", "h", "{}"),
                ])
    }

    @Test func aBareNumberCallsTheToolThatTheArgumentsFit() throws {
        let tools = [
            Tool(name: "click", description: "", parameters: #"{"properties": {"x": {}, "y": {}}}"#),
            Tool(name: "write", description: "", parameters: #"{"properties": {"text": {}, "x": {}}}"#),
            Tool(name: "broken", description: "", parameters: "{"),
        ]
        func answer(_ arguments: String) -> String { "⟨section⟩⟨call⟩0⟨args⟩\(arguments)⟨/call⟩⟨/section⟩" }
        #expect(
            try pieces(answer(#"{"y": 1}"#), tools: tools) == [call("functions.click:0", "click", #"{"y": 1}"#)])
        #expect(
            try pieces(answer(#"{"x": 1}"#), tools: tools) == [call("functions.:0", "", #"{"x": 1}"#, .unknownTool)])
        #expect(
            try pieces(answer(#"{"z": 1}"#), tools: tools) == [call("functions.:0", "", #"{"z": 1}"#, .unknownTool)])
    }

    @Test(arguments: [
        ("{\"a\": }", "byte 6: expected a value, found “}”"), ("", "byte 0: expected a value, found the end"),
        ("[1]", "expected an object, found an array"), ("{} {}", "byte 3: expected the end of the text, found “{}”"),
        ("{\"a\": \"line\nline\"}", "byte 11: expected an escaped control character, found “\nline\"}”"),
    ])
    func argumentsThatAreNoObjectAreReportedAndKeptAsTheyAre(arguments: String, reason: String) throws {
        #expect(
            try pieces("⟨section⟩⟨call⟩functions.f:0⟨args⟩\(arguments)⟨/call⟩⟨/section⟩")
                == [call("functions.f:0", "f", arguments, .invalidArguments(reason))])
    }

    @Test func aCallWithoutArgumentsIsReported() throws {
        #expect(
            try pieces("⟨section⟩⟨call⟩functions.f:0⟨/call⟩⟨/section⟩") == [
                call("functions.f:0", "f", "", .invalidArguments("byte 0: expected a value, found the end"))
            ])
    }

    @Test func aMissingEndIsImpliedWhenTheArgumentsAreWhole() throws {
        let whole = [call("functions.f:0", "f", "{\"a\": 1}")]
        #expect(try pieces("⟨section⟩⟨call⟩functions.f:0⟨args⟩{\"a\": 1}⟨/call⟩") == whole)
        #expect(try pieces("⟨section⟩⟨call⟩functions.f:0⟨args⟩{\"a\": 1}⟨/section⟩") == whole)
        #expect(try pieces("⟨section⟩⟨call⟩functions.f:0⟨args⟩{\"a\": 1}") == whole)
        #expect(
            try pieces("⟨section⟩⟨call⟩functions.f:0⟨args⟩{\"a\": 1}⟨call⟩functions.g:1⟨args⟩{}⟨/call⟩")
                == whole + [call("functions.g:1", "g", "{}")])
    }

    @Test func aCallThatWasCutOffIsReportedAsSuch() throws {
        #expect(
            try pieces("⟨section⟩⟨call⟩functions.f:0⟨args⟩{\"a\": ") == [
                call("functions.f:0", "f", "{\"a\":", .truncated)
            ])
        #expect(try pieces("⟨section⟩⟨call⟩functions.f") == [call("functions.f:0", "f", "", .truncated)])
        #expect(try pieces("⟨section⟩⟨call⟩") == [call("functions.:0", "", "", .truncated)])
        #expect(try pieces("text⟨section⟩") == [.text("text")])
    }

    @Test func theMisspelledSectionMarkerInFrontOfACallIsDropped() throws {
        let marker = "<|tool_call_section_begin|>"
        #expect(
            try pieces("Go.\(marker)\n⟨call⟩functions.f:0⟨args⟩{}⟨/call⟩")
                == [.text("Go."), call("functions.f:0", "f", "{}")])
        #expect(
            try pieces("hm\(marker)⟨call⟩functions.f:0⟨args⟩{}⟨/call⟩", thinking: true)
                == [.reasoning("hm"), call("functions.f:0", "f", "{}")])
        #expect(try pieces("The marker is \(marker)") == [.text("The marker is \(marker)")])
        #expect(try pieces("\(marker) is a marker") == [.text("\(marker) is a marker")])
        #expect(
            try pieces("a <⟨call⟩functions.f:0⟨args⟩{}⟨/call⟩") == [.text("a <"), call("functions.f:0", "f", "{}")])
    }

    @Test func everyPieceHoldsWholeCharacters() throws {
        var parser = try ToolCallParser(tokenizer, thinking: true)
        let ids = "é中😀".utf8.map { Int($0) } + (try tokens("⟨/think⟩")) + "😀x".utf8.map { Int($0) }
        var pieces = ids.flatMap { parser.push(token: $0) }
        pieces += parser.finish()
        #expect(pieces == [.reasoning("é"), .reasoning("中"), .reasoning("😀"), .text("😀"), .text("x")])
    }

    @Test func aCharacterThatAControlTokenCutsOffIsReplaced() throws {
        var parser = try ToolCallParser(tokenizer, thinking: true)
        let ids = [0x61, 0xe4, 0xb8] + (try tokens("⟨/think⟩")) + [0xad, 0x62]
        var pieces = ids.flatMap { parser.push(token: $0) }
        pieces += parser.finish()
        #expect(pieces == [.reasoning("a"), .reasoning("\u{fffd}"), .text("\u{fffd}"), .text("b")])
    }
}
