// Pieces of answers that no fixture holds: calls without an index, pieces that alternate, answers that are cut.
import Inference
import Testing

struct ChunkAssemblyTests {
    /// What pieces tell, given as JSON of a choice each.
    func run(
        _ choices: [String], after conversation: Conversation = Conversation([]), stop: [String] = []
    ) throws -> (events: [GenerationEvent], reason: GenerationSummary.FinishReason) {
        var assembly = ChunkAssembly(GenerationRequest(conversation), stop: stop)
        var events: [GenerationEvent] = []
        for choice in choices {
            let chunk = try ChatChunk(parsing: Array("{\"choices\": [\(choice)]}".utf8))
            events += try assembly.push(chunk)
        }
        let (more, reason) = try assembly.finish()
        return (events + more, reason)
    }

    func calls(_ pieces: [String], finish: String = "tool_calls") throws -> [ToolCall] {
        let choices =
            pieces.map { "{\"delta\": {\"tool_calls\": [\($0)]}}" } + [
                "{\"delta\": {}, \"finish_reason\": \"\(finish)\"}"
            ]
        return try run(choices).events.compactMap { if case .toolCall(let call) = $0 { call } else { nil } }
    }

    func fault(_ work: () throws -> Void) -> RemoteFault? {
        do { try work() } catch { return error as? RemoteFault }
        return nil
    }

    // MARK: Calls

    @Test func piecesOfTwoCallsMayAlternate() throws {
        let found = try calls([
            #"{"index": 0, "id": "a", "function": {"name": "one", "arguments": "{\"x\""}}"#,
            #"{"index": 1, "id": "b", "function": {"name": "two", "arguments": ""}}"#,
            #"{"index": 0, "function": {"arguments": ": 1}"}}"#,
            #"{"index": 1, "function": {"arguments": "{}"}}"#,
        ])
        #expect(
            found == [
                ToolCall(id: "functions.one:0", name: "one", arguments: "{\"x\": 1}"),
                ToolCall(id: "functions.two:1", name: "two", arguments: "{}"),
            ])
    }

    @Test func withoutAnIndexANewIDBeginsACall() throws {
        let found = try calls([
            #"{"id": "a", "function": {"name": "one", "arguments": "{"}}"#,
            #"{"id": "a", "function": {"name": "one", "arguments": "}"}}"#,
            #"{"id": "b", "function": {"name": "one", "arguments": "["}}"#,
            #"{"function": {"arguments": "]"}}"#,
        ])
        #expect(found.map(\.arguments) == ["{}", "[]"])
        #expect(found.map(\.name) == ["one", "one"])
    }

    @Test func idsCountOnFromTheConversationAndNoneIsUsedTwice() throws {
        let conversation = Conversation([
            Message(.assistant, [], toolCalls: [ToolCall(id: "functions.f:0", name: "f", arguments: "{}")])
        ])
        let piece = { (index: Int, id: String) in
            "{\"delta\": {\"tool_calls\": [{\"index\": \(index), \"id\": \"\(id)\", \"function\": {\"name\": \"f\"}}]}}"
        }
        // A server that numbers every turn from 0, one whose numbers go on, and one with names of its own.
        let (events, _) = try run(
            [
                piece(0, "functions.f:0"), piece(1, "functions.f:5"), piece(2, "call_9"),
                #"{"delta": {}, "finish_reason": "tool_calls"}"#,
            ], after: conversation)
        let ids = events.compactMap { if case .toolCall(let call) = $0 { call.id } else { nil } }
        #expect(ids == ["functions.f:1", "functions.f:5", "functions.f:6"])
    }

    @Test func aCallWithoutANameIsAFault() {
        #expect(
            fault { _ = try calls([#"{"index": 0, "id": "a", "function": {"arguments": "{}"}}"#]) }?.kind == .malformed)
    }

    @Test func theLimitDropsACallThatItCutsAndKeepsWholeOnes() throws {
        let whole = #"{"index": 0, "function": {"name": "one", "arguments": "{\"x\": 1}"}}"#
        let cut = #"{"index": 1, "function": {"name": "two", "arguments": "{\"y\": "}}"#
        #expect(try calls([whole, cut], finish: "length").map(\.name) == ["one"])
        #expect(try calls([whole], finish: "length").map(\.name) == ["one"])
    }

    // MARK: Endings

    @Test(arguments: [
        ("stop", GenerationSummary.FinishReason.stop), ("length", .length), ("tool_calls", .toolCalls),
        ("function_call", .toolCalls),
    ])
    func reasonsAreUnderstood(said: String, reason: GenerationSummary.FinishReason) throws {
        let call = #"{"delta": {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]}}"#
        let end = "{\"delta\": {}, \"finish_reason\": \"\(said)\"}"
        #expect(try run(reason == .toolCalls ? [call, end] : [end]).reason == reason)
    }

    @Test func anAnswerWithCallsEndsForThemWhateverTheServerSays() throws {
        let call = #"{"delta": {"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]}}"#
        #expect(try run([call, #"{"delta": {}, "finish_reason": "stop"}"#]).reason == .toolCalls)
    }

    @Test func otherReasonsAreFaults() {
        for (said, words) in [
            ("\"abort\"", "ended the answer for another reason than its end: abort"),
            ("\"content_filter\"", "withholds the rest of the answer (content_filter)"),
            ("null", "ended the stream before the answer was finished"),
        ] {
            let found = fault { _ = try run(["{\"delta\": {\"content\": \"a\"}, \"finish_reason\": \(said)}"]) }
            #expect(found?.message == words)
        }
    }

    @Test func stopStringsCutTheAnswerWhereTheServerIsNotToldOfThem() throws {
        let (events, reason) = try run(
            [
                #"{"delta": {"content": "one</bo"}}"#, #"{"delta": {"content": "dy>two"}}"#,
                #"{"delta": {"content": "x"}}"#,
            ],
            stop: ["</body>"])
        #expect(events == [.text("one")])
        #expect(reason == .stop)
    }

    @Test func whatWasHeldBackComesAtTheEnd() throws {
        let (events, _) = try run(
            [#"{"delta": {"content": "one</bo"}}"#, #"{"delta": {}, "finish_reason": "stop"}"#], stop: ["</body>"])
        #expect(events == [.text("one"), .text("</bo")])
    }

    // MARK: Pieces

    @Test func onlyTheFirstChoiceIsHeard() throws {
        let data = #"{"choices": [{"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}}]}"#
        #expect(try ChatChunk(parsing: Array(data.utf8)).text == "a")
    }

    @Test(arguments: [
        ("{", RemoteFault.Kind.malformed), ("[]", .malformed), ("{}", .malformed), ("", .malformed),
        (#"{"error": {"message": "m", "code": 400}}"#, .refused),
        (#"{"error": "m"}"#, .broken),
        (#"{"object": "error", "message": "m", "code": 429}"#, .busy),
        (#"{"error": {"message": "m", "code": "503"}}"#, .broken),
    ])
    func whatIsNoPieceIsAFault(data: String, kind: RemoteFault.Kind) {
        #expect(fault { _ = try ChatChunk(parsing: Array(data.utf8)) }?.kind == kind)
    }

    @Test func anErrorThatIsNullIsNone() throws {
        #expect(try ChatChunk(parsing: Array(#"{"error": null, "choices": []}"#.utf8)).hasTokens == false)
    }
}
