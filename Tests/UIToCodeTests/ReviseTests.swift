// Projects changed by operations and by instructions.
import Inference
import Media
import Testing

@testable import UIToCode

@Suite struct ReviseTests {
    private let design = Design(name: "sign-in.png", image: Image(width: 40, height: 30, fill: (1, 2, 3)))
    private static let page = "<!doctype html>\n<main><b>One</b> <i id=i>two</i></main>\n"

    private func project() throws -> Project {
        var project = Project()
        try project.add([1], at: "a.css")
        try project.add(Array(Self.page.utf8), at: "index.html")
        try project.add([0xFF, 0x3C], at: "broken.html")
        return project
    }

    private func html(_ project: Project, _ path: String = "index.html") -> String {
        String(decoding: project[path] ?? [], as: UTF8.self)
    }

    // The edit's refusal; nil when it is made.
    private func refusal(
        _ edit: Edit, _ engine: ScriptedEngine = ScriptedEngine([]), file: String? = nil
    ) async throws -> ConvertError? {
        do {
            _ = try await Convert(engine: engine).revise(try project(), of: design, by: edit, file: file)
            return nil
        } catch { return error as? ConvertError }
    }

    // MARK: Operations

    @Test func operationsNeedNoEngineAndFollowEachOther() async throws {
        let engine = ScriptedEngine([], dialect: "x {}", readsImages: false)
        var events: [ConvertEvent] = []
        let (revised, report) = try await Convert(engine: engine).revise(
            try project(), of: design,
            by: .operations([
                EditOperation("main > b", .setText("Three")), EditOperation("main > i", .move(.up)),
                EditOperation("main > :nth-child(1)", .setStyle(["color": "#0a0"])),
            ])
        ) { events.append($0) }
        #expect(
            html(revised)
                == "<!doctype html>\n<main><i id=i style=\"color: #0a0\">two</i> <b>Three</b></main>\n")
        #expect(revised.files.map(\.path) == ["a.css", "index.html", "broken.html"] && revised["a.css"] == [1])
        #expect(engine.request == nil && events == [.finished(report)])
        #expect(report.finishReason == .stop && report.promptTokens == 0 && report.completionTokens == 0)
        #expect(report.files == revised.files.map(\.path) && report.totalSeconds > 0)
    }

    @Test func aFailureNamesItsOperationAndChangesNothing() async throws {
        let edit = Edit.operations([EditOperation("b", .remove), EditOperation("b", .remove)])
        let error = EditError.operation(1, selector: "b", .nothingMatches)
        #expect(try await refusal(edit) == .edit(error))
        #expect(error.isTargetMissing && error.description == "operation 1, \"b\": no element matches the selector")
        #expect(!EditError.operation(0, selector: "b", .selectorInvalid("x")).isTargetMissing)
    }

    @Test func anEditThatChangesNothingSaysSo() async throws {
        let same = Edit.operations([EditOperation("b", .setText("One"))])
        #expect(try await refusal(same) == .edit(.unchanged(path: "index.html")))
        let back = Edit.operations([EditOperation("b", .move(.down)), EditOperation("b", .move(.up))])
        #expect(try await refusal(back) == .edit(.unchanged(path: "index.html")))
    }

    @Test func theFileMustBeThereAndBeAPage() async throws {
        for edit in [Edit.operations([EditOperation("b", .remove)]), .instruction(Instruction("x"))] {
            #expect(try await refusal(edit, file: "x.html") == .edit(.fileMissing(path: "x.html")))
            #expect(try await refusal(edit, file: "a.css") == .edit(.notHTML(path: "a.css")))
            #expect(try await refusal(edit, file: "broken.html") == .edit(.notHTML(path: "broken.html")))
        }
        guard case .edit(.invalid) = try await refusal(.operations([])) else {
            Issue.record("taken")
            return
        }
    }

    // MARK: Instructions

    @Test func anInstructionIsTheNextTurnOfTheTalk() async throws {
        let answer = Self.page.replacing("One", with: "Green")
        let engine = ScriptedEngine(["```html\n" + answer, "```"], cachedTokens: 280)
        let edit = Edit.instruction(
            Instruction(" make it green ", selector: "#i", box: .init(x: 1, y: 2, width: 3.5, height: 4)))
        var events: [ConvertEvent] = []
        let (revised, report) = try await Convert(engine: engine).revise(try project(), of: design, by: edit) {
            events.append($0)
        }
        #expect(html(revised) == answer && revised["a.css"] == [1])
        #expect(report.files == ["a.css", "index.html", "broken.html"] && report.cachedTokens == 280)
        #expect(events.first == .decoded(width: 40, height: 30, seconds: 0) && events.last == .finished(report))
        #expect(
            events.contains(.wrote(path: "index.html", text: "\n"))
                || events.contains { if case .wrote = $0 { true } else { false } })

        let messages = try #require(engine.request).conversation.messages
        #expect(messages.map(\.role) == [.user, .assistant, .user])
        // Letter by letter what the conversion said, so that what the engine holds of it is of use.
        let first = ScriptedEngine(["<p>x</p>"])
        _ = try await Convert(engine: first).run(design)
        #expect(messages[0] == first.request?.conversation.messages[0])
        #expect(messages[1] == Message(.assistant, "```html\n" + Self.page + "```"))
        guard case .text(let prompt) = messages[2].content[0] else {
            Issue.record("no prompt")
            return
        }
        #expect(prompt.contains("\nmake it green\n") && prompt.contains("`#i`"))
        #expect(prompt.contains("<i id=i>two</i>") && prompt.contains("3.5 px wide and 4 px high"))
    }

    @Test func anotherFileIsChangedUnderItsOwnPath() async throws {
        var project = try project()
        try project.add(Array("<p>Old</p>".utf8), at: "b/index.html")
        let engine = ScriptedEngine(["<!doctype html>\n<p>New</p>\n</html>\n"])
        let (revised, _) = try await Convert(engine: engine).revise(
            project, of: design, by: .instruction(Instruction("x")), file: "b/index.html")
        #expect(html(revised, "b/index.html") == "<!doctype html>\n<p>New</p>\n</html>\n")
        #expect(html(revised) == Self.page)
    }

    @Test func anAnswerThatIsCutIsClosed() async throws {
        let engine = ScriptedEngine(["```html\n<main><b>Green"], reason: .length)
        let (revised, report) = try await Convert(engine: engine).revise(
            try project(), of: design, by: .instruction(Instruction("x")))
        #expect(html(revised) == "<main><b>Green</b></main>\n" && report.finishReason == .length)
    }

    @Test func theSamePageAgainIsNoChange() async throws {
        let engine = ScriptedEngine(["```html\n" + Self.page + "```"])
        #expect(
            try await refusal(.instruction(Instruction("x")), engine) == .edit(.unchanged(path: "index.html")))
    }

    @Test func wordsAreNoPage() async throws {
        #expect(
            try await refusal(.instruction(Instruction("x")), ScriptedEngine(["I cannot."]))
                == .noPage(modelName: "script", answer: "I cannot."))
    }

    @Test func anElementThatIsNotThereIsNamedBeforeTheEngineIsAsked() async throws {
        let engine = ScriptedEngine(["<p>x"])
        #expect(
            try await refusal(.instruction(Instruction("x", selector: "u")), engine)
                == .edit(.target(selector: "u", .nothingMatches)))
        #expect(engine.request == nil)
    }

    @Test func anEngineThatDoesNotFollowIsNotAsked() async throws {
        let engine = ScriptedEngine(["<body>x</body>"], dialect: "x {}")
        #expect(
            try await refusal(.instruction(Instruction("x")), engine) == .engineCannotFollow(modelName: "script"))
        #expect(engine.request == nil)
    }
}
