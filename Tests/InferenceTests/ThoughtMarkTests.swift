// Thoughts between marks of plain text, as Kimi-VL-Thinking writes them: never part of the answer, however the marks
// are cut into tokens. And models that open their thoughts themselves.
import Inference
import Support
import Testing

struct ThoughtMarkTests {
    let directory: TemporaryDirectory
    let tokenizer: Tokenizer

    init() throws {
        directory = try ChatFixtures.directory(of: "kimi-vl")
        tokenizer = try Tokenizer(directory: directory.path)
    }

    /// The pieces of an answer whose tokens are given, touching texts of one kind joined.
    func pieces(_ tokens: [Int], _ form: ChatForm = .kimiVL, _ tokenizer: Tokenizer? = nil) throws -> [AnswerPiece] {
        var parser = try ToolCallParser(tokenizer ?? self.tokenizer, form, thinking: false)
        var pieces = tokens.flatMap { parser.push(token: $0) }
        pieces += parser.finish()
        return pieces.reduce(into: []) { joined, piece in
            switch (joined.last, piece) {
            case (.text(let head)?, .text(let tail)): joined[joined.count - 1] = .text(head + tail)
            case (.reasoning(let head)?, .reasoning(let tail)): joined[joined.count - 1] = .reasoning(head + tail)
            default: joined.append(piece)
            }
        }
    }

    /// Every byte a token of its own: the single bytes are the first 256 ranks.
    func bytes(_ text: String) -> [Int] { text.utf8.map { Int($0) } }

    static let answers: [(String, [AnswerPiece])] = [
        ("◁think▷A cat?◁/think▷A cat.", [.reasoning("A cat?"), .text("A cat.")]),
        ("◁think▷中◁/think▷\n\n是", [.reasoning("中"), .text("\n\n是")]),
        ("◁think▷◁/think▷x", [.text("x")]),
        ("◁think▷never ends", [.reasoning("never ends")]),
        ("a◁think▷b◁/think▷c◁think▷d", [.text("a"), .reasoning("b"), .text("c"), .reasoning("d")]),
        ("no thoughts", [.text("no thoughts")]),
        // Marks in the wrong place do nothing, and are not shown either.
        ("a◁/think▷b", [.text("ab")]),
        ("◁think▷a◁think▷b◁/think▷c", [.reasoning("ab"), .text("c")]),
        // What only begins like a mark is text.
        ("◁thin air ◁/ ◀ ▷", [.text("◁thin air ◁/ ◀ ▷")]),
        ("◁think▷◁thin◁/think▷◁◁think▷x", [.reasoning("◁thin"), .text("◁"), .reasoning("x")]),
        ("x◁thi", [.text("x◁thi")]),
        ("<think>x</think>", [.text("<think>x</think>")]),
    ]

    @Test(arguments: answers)
    func textMarksPartThoughtsFromTheAnswer(answer: String, expected: [AnswerPiece]) throws {
        #expect(try pieces(tokenizer.encode(answer)) == expected)
        #expect(try pieces(bytes(answer)) == expected, "byte by byte")
    }

    @Test func whatPrecedesAMarkIsNotHeldBack() throws {
        var parser = try ToolCallParser(tokenizer, .kimiVL, thinking: false)
        var written: [String] = []
        for byte in bytes("ab◁c") {
            written.append(
                parser.push(token: byte).map { piece in if case .text(let text) = piece { text } else { "?" } }.joined()
            )
        }
        #expect(written == ["a", "b", "", "", "", "◁c"])
    }

    @Test func withoutTextMarksTheSameIsText() throws {
        let answer = "◁think▷A◁/think▷B"
        for form in [ChatForm.kimiK25, .kimiK2Thinking, .kimiK2, .moonlight] {
            #expect(try pieces(tokenizer.encode(answer), form) == [.text(answer)])
        }
    }

    /// Should a tokenizer not name the marks that its template writes, they are text like any other.
    @Test func marksThatTheTokenizerDoesNotNameAreReadAsText() throws {
        let directory = try ChatFixtures.directory(of: "kimi-k2")
        try directory.write(
            Fixtures.data("parity/chat/layouts/kimi-k2-thinking.jinja"), to: "chat_template.jinja")
        let tokenizer = try Tokenizer(directory: directory.path)
        let form = try ChatForm(directory: directory.path, modelType: "kimi_k2", tokenizer)
        var expected = ChatForm.kimiK2Thinking
        expected.thoughts?.areTokens = false
        #expect(form == expected)
        #expect(try pieces(bytes("<think>a</think>b"), form, tokenizer) == [.reasoning("a"), .text("b")])
        let prompt = try ChatTemplate(tokenizer, form).render(
            Conversation([
                Message(.user, "q"),
                Message(
                    .assistant, [], reasoning: "r",
                    toolCalls: [ToolCall(id: "functions.f:0", name: "f", arguments: "{}")]),
            ]), thinking: true)
        guard case .tokens(let ids)? = prompt.first else {
            Issue.record("no tokens")
            return
        }
        #expect(tokenizer.decode(ids).contains("<|im_middle|><think>r</think><|tool_calls_section_begin|>"))
        #expect(ids.contains(sequence: tokenizer.encode("<think>r</think>")))
    }

    @Test func aModelThatOpensItsThoughtsItselfIsReadFromTheFirstToken() throws {
        let directory = try ChatFixtures.directory(of: "kimi-k2-thinking")
        let tokenizer = try Tokenizer(directory: directory.path)
        let begin = try #require(tokenizer.specialID("<think>")), end = try #require(tokenizer.specialID("</think>"))
        let template = try ChatTemplate(tokenizer, .kimiK2Thinking)
        #expect(!template.opensThoughts(thinking: true))
        let answer = [begin] + tokenizer.encode("hm") + [end] + tokenizer.encode("yes")
        #expect(try pieces(answer, .kimiK2Thinking, tokenizer) == [.reasoning("hm"), .text("yes")])
    }

    /// The whole way: prompt, answer, events.
    @Test func theEngineSendsThoughtsAsThoughts() async throws {
        let answer = tokenizer.encode("◁think▷Red?◁/think▷Red.")
        let end = try #require(tokenizer.specialID("<|im_end|>"))
        let count = tokenizer.count
        let start = try ChatTemplate(tokenizer, .kimiVL).render(Conversation([Message(.user, "q")]), thinking: true)
            .reduce(0) { total, piece in if case .tokens(let ids) = piece { total + ids.count } else { total } }
        let core = FakeCore { contents in
            var logits = [Float](repeating: 0, count: count)
            logits[answer.dropFirst(contents.count - start).first ?? end] = 1
            return logits
        }
        let abilities = Abilities(
            modelName: "fake", contextTokens: 1000, readsImages: true, readsVideo: false, callsTools: false,
            followsInstructions: true)
        let engine = try CoreEngine(core, tokenizer, form: .kimiVL, abilities: abilities, endTokens: [])
        var thoughts = "", text = ""
        for try await event in engine.generate(
            GenerationRequest(Conversation([Message(.user, "q")]), thinking: true, stop: ["Red?"]))
        {
            switch event {
            case .reasoning(let more): thoughts += more
            case .text(let more): text += more
            case .finished(let summary):
                #expect(summary.reason == .stop && summary.completionTokens == answer.count + 1)
            default: break
            }
        }
        #expect(thoughts == "Red?" && text == "Red.")
    }
}

extension Array where Element == Int {
    /// Whether some stretch of this array equals `sequence`.
    fileprivate func contains(sequence: [Int]) -> Bool {
        indices.contains { self[$0...].starts(with: sequence) }
    }
}
