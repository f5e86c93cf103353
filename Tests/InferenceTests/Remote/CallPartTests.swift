// Parts of tool calls come as they are written, under the ids of the whole calls; servers that do not call as they must
// are told so.
import Inference
import Testing

struct CallPartTests {
    struct Outcome {
        var events: [GenerationEvent] = []
        /// The fault that ended it.
        var fault: RemoteFault?
        var reason: GenerationSummary.FinishReason?

        var parts: [ToolCallPart] { events.compactMap { if case .toolCallPart(let part) = $0 { part } else { nil } } }
        var calls: [ToolCall] { events.compactMap { if case .toolCall(let call) = $0 { call } else { nil } } }
    }

    /// What pieces of calls tell, with text in front.
    func run(
        _ pieces: [String], text: String = "", finish: String = "tool_calls", stop: [String] = [],
        _ change: (inout GenerationRequest) -> Void = { _ in }
    ) -> Outcome {
        var request = GenerationRequest(Conversation([]))
        change(&request)
        var assembly = ChunkAssembly(request, stop: stop)
        var outcome = Outcome()
        let choices =
            ["{\"delta\": {\"content\": \"\(text)\"}}"] + pieces.map { "{\"delta\": {\"tool_calls\": [\($0)]}}" } + [
                "{\"delta\": {}, \"finish_reason\": \"\(finish)\"}"
            ]
        do throws(RemoteFault) {
            for choice in choices {
                outcome.events += try assembly.push(try ChatChunk(parsing: Array("{\"choices\": [\(choice)]}".utf8)))
            }
            let (events, reason) = try assembly.finish()
            outcome.events += events
            outcome.reason = reason
        } catch { outcome.fault = error }
        return outcome
    }

    let one = #"{"index": 0, "id": "a", "function": {"name": "one", "arguments": "{}"}}"#
    let two = #"{"index": 1, "id": "b", "function": {"name": "two", "arguments": "{}"}}"#

    // MARK: Parts

    @Test func theFirstPartHasTheNameAndTheIDAndLaterOnesTheArguments() {
        let outcome = run([
            #"{"index": 0, "id": "call_1", "function": {"name": "one", "arguments": ""}}"#,
            #"{"index": 0, "function": {"arguments": "{\"x\""}}"#,
            #"{"index": 0, "function": {"arguments": ": 1}"}}"#,
        ])
        let id = "functions.one:0"
        #expect(
            outcome.events == [
                .toolCallPart(ToolCallPart(index: 0, id: id, name: "one", arguments: "")),
                .toolCallPart(ToolCallPart(index: 0, id: id, name: "one", arguments: "{\"x\"")),
                .toolCallPart(ToolCallPart(index: 0, id: id, name: "one", arguments: ": 1}")),
                .toolCall(ToolCall(id: id, name: "one", arguments: "{\"x\": 1}")),
            ])
    }

    @Test func callsInOnePieceHaveTwoParts() {
        #expect(run([one]).parts.map(\.arguments) == ["", "{}"])
    }

    @Test func callsAreNumberedOnFromTheConversation() {
        let outcome = run([one, two]) {
            let earlier = ToolCall(id: "functions.one:6", name: "one", arguments: "{}")
            $0.conversation = Conversation([Message(.assistant, [], toolCalls: [earlier])])
        }
        #expect(outcome.calls.map(\.id) == ["functions.one:7", "functions.two:8"])
        #expect(
            outcome.parts.map(\.id) == ["functions.one:7", "functions.one:7", "functions.two:8", "functions.two:8"])
        #expect(outcome.parts.map(\.index) == [0, 0, 1, 1])
    }

    @Test func nothingIsToldOfACallBeforeItsName() {
        let outcome = run([
            #"{"index": 0, "function": {"arguments": "{"}}"#,
            #"{"index": 0, "id": "functions.one:3", "function": {"name": "one", "arguments": "}"}}"#,
        ])
        #expect(
            outcome.events == [
                .toolCallPart(ToolCallPart(index: 0, id: "functions.one:3", name: "one", arguments: "")),
                .toolCallPart(ToolCallPart(index: 0, id: "functions.one:3", name: "one", arguments: "{}")),
                .toolCall(ToolCall(id: "functions.one:3", name: "one", arguments: "{}")),
            ])
    }

    @Test func textThatWasHeldBackComesBeforeTheParts() {
        let outcome = run([one], text: "see </bo", stop: ["</body>"])
        #expect(outcome.events.prefix(3).dropLast() == [.text("see "), .text("</bo")])
        #expect(outcome.parts.count == 2)
    }

    // MARK: What must be called

    @Test func whereOneCallIsAllowedFurtherOnesAreDropped() {
        let outcome = run([one, two, #"{"index": 0, "function": {"arguments": " "}}"#]) { $0.callsInParallel = false }
        #expect(outcome.parts.map(\.name) == ["one", "one", "one"])
        #expect(outcome.calls == [ToolCall(id: "functions.one:0", name: "one", arguments: "{} ")])
        #expect(outcome.reason == .toolCalls)
        #expect(run([one, two]).calls.count == 2)
    }

    @Test func aForcedCallThatDoesNotComeIsAFault() {
        let outcome = run([], text: "No.", finish: "stop") { $0.toolChoice = .required }
        #expect(outcome.fault == RemoteFault(.refused, "calls no tool though it must"))
        #expect(run([one]) { $0.toolChoice = .required }.fault == nil)
        #expect(run([], finish: "length") { $0.toolChoice = .required }.reason == .length)
    }

    @Test func aNamedToolIsCalledOnceAndNoOtherIs() {
        #expect(run([one, two]) { $0.toolChoice = .named("one") }.calls.map(\.name) == ["one"])
        #expect(
            run([two]) { $0.toolChoice = .named("one") }.fault
                == RemoteFault(.refused, "calls two though it must call one"))
        #expect(
            run([], finish: "stop") { $0.toolChoice = .named("one") }.fault
                == RemoteFault(.refused, "calls no tool though it must call one"))
    }

    @Test func aCallThatIsForbiddenIsAFaultBeforeItIsTold() {
        let outcome = run([one]) { $0.toolChoice = .none }
        #expect(outcome.fault == RemoteFault(.refused, "calls a tool though it must not"))
        #expect(outcome.parts.isEmpty)
    }
}
