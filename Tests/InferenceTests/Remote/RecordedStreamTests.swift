// The streams of four kinds of servers become the same events, cut anywhere. Fixtures/remote/README.md says where the
// streams come from.
import Inference
import Support
import Testing

/// A stream of Fixtures/remote and what it tells.
struct RecordedStream: Sendable, CustomTestStringConvertible {
    var file: String
    var reasoning = ""
    var text = ""
    var calls: [ToolCall] = []
    var reason = GenerationSummary.FinishReason.stop
    var usage: ChatChunk.Usage
    var key: RequestForm.ReasoningKey?

    var testDescription: String { file }

    var bytes: [UInt8] { get throws { Array(try Fixtures.data("remote/\(file).sse")) } }

    static let all = documented + recorded

    /// What a running vLLM 0.32 said.
    private static let recorded = [
        RecordedStream(
            file: "vllm-0.32-plain",
            text: #"<body class="<body class="bg-slate-50 size-13 roomy p-2 gap-2"></body>"#,
            usage: .init(promptTokens: 17, completionTokens: 10)),
        RecordedStream(
            file: "vllm-0.32-picture", text: #"<body class="dark grotesk roomy p-4 gap-2 center">"#, reason: .length,
            usage: .init(promptTokens: 18, completionTokens: 8)),
        RecordedStream(
            file: "vllm-0.32-thinking", reasoning: #"<body class="<body class="<body class="bg-slate-50 size-13"#,
            text: #"<body class="bg-slate-50em.eri"#, reason: .length,
            usage: .init(promptTokens: 16, completionTokens: 14), key: .reasoning),
        // The model gave both calls the number 6.
        RecordedStream(
            file: "vllm-0.32-tools",
            calls: [
                ToolCall(id: "functions.weather:6", name: "weather", arguments: #"{"city":"Bern"}"#),
                ToolCall(id: "functions.weather:7", name: "weather", arguments: #"{"city":"Köln"}"#),
            ],
            reason: .toolCalls, usage: .init(promptTokens: 287, completionTokens: 78)),
        RecordedStream(
            file: "vllm-0.32-tools-cut", reason: .length, usage: .init(promptTokens: 287, completionTokens: 28)),
    ]

    private static let documented = [
        RecordedStream(
            file: "vllm", reasoning: "A sign-in form.", text: "<body>café 登录 😀</body>",
            usage: .init(promptTokens: 312, completionTokens: 17, cachedTokens: 256), key: .reasoning),
        RecordedStream(
            file: "vllm-tools", reasoning: "Two cities.", text: "Looking.",
            calls: [
                ToolCall(id: "functions.weather:0", name: "weather", arguments: "{\"city\": \"Köln\"}"),
                ToolCall(id: "functions.weather:1", name: "weather", arguments: "{\"city\": \"Bern\"}"),
            ],
            reason: .toolCalls, usage: .init(promptTokens: 90, completionTokens: 41, cachedTokens: nil),
            key: .reasoningContent),
        RecordedStream(
            file: "sglang", reasoning: "Short.", text: "Yes.",
            usage: .init(promptTokens: 40, completionTokens: 6, cachedTokens: 32), key: .reasoningContent),
        RecordedStream(
            file: "sglang-tools",
            calls: [
                ToolCall(id: "functions.search:0", name: "search", arguments: "{\"query\": \"a\\\"b\"}"),
                ToolCall(id: "functions.open:1", name: "open", arguments: "{}"),
            ],
            reason: .toolCalls, usage: .init(promptTokens: 120, completionTokens: 30, cachedTokens: nil)),
        RecordedStream(
            file: "llama-server", reasoning: "Hm.", text: "Blue!", reason: .length,
            usage: .init(promptTokens: 32, completionTokens: 5, cachedTokens: 24), key: .reasoningContent),
        RecordedStream(
            file: "llama-server-tools",
            calls: [ToolCall(id: "functions.weather:0", name: "weather", arguments: "{\"city\":\"Rom\"}")],
            reason: .toolCalls, usage: .init(promptTokens: 70, completionTokens: 12, cachedTokens: 0)),
        RecordedStream(
            file: "moonshot", reasoning: "One table, four rows.", text: "<table></table>",
            usage: .init(promptTokens: 210, completionTokens: 19, cachedTokens: 128), key: .reasoningContent),
        RecordedStream(
            file: "moonshot-tools",
            calls: [ToolCall(id: "functions.shell:0", name: "shell", arguments: "{\"command\":\"ls\"}")],
            reason: .toolCalls, usage: .init(promptTokens: 60, completionTokens: 22, cachedTokens: 0)),
    ]
}

struct RecordedStreamTests {
    /// What pieces of a stream tell, with neighbours of a kind joined.
    func read(_ pieces: [ArraySlice<UInt8>]) throws -> RecordedStream {
        var splitter = EventSplitter()
        var assembly = ChunkAssembly(GenerationRequest(Conversation([])))
        var stream = RecordedStream(file: "", usage: .init(promptTokens: 0, completionTokens: 0))
        var isDone = false
        var parts: [ToolCall] = []
        func hear(_ events: [GenerationEvent]) {
            for event in events {
                switch event {
                case .reasoning(let more): stream.reasoning += more
                case .text(let more): stream.text += more
                case .toolCallPart(let part):
                    if part.index == parts.count { parts.append(ToolCall(id: part.id, name: part.name, arguments: "")) }
                    parts[part.index].arguments += part.arguments
                    #expect(part.id == parts[part.index].id)
                case .toolCall(let call): stream.calls.append(call)
                default: Issue.record("\(event)")
                }
            }
        }
        for event in try pieces.flatMap({ try splitter.push($0) }) {
            #expect(!isDone)
            if event.elementsEqual("[DONE]".utf8) {
                isDone = true
            } else {
                let chunk = try ChatChunk(parsing: event)
                stream.key = chunk.reasoningKey ?? stream.key
                hear(try assembly.push(chunk))
            }
        }
        #expect(isDone)
        let (events, reason) = try assembly.finish()
        hear(events)
        // A call that the limit cut off was told in parts, and never comes whole.
        #expect(reason == .length ? parts.starts(with: stream.calls) : parts == stream.calls)
        stream.reason = reason
        stream.usage = try #require(assembly.usage)
        return stream
    }

    func expect(_ found: RecordedStream, _ expected: RecordedStream, _ comment: Comment) {
        #expect(found.reasoning == expected.reasoning, comment)
        #expect(found.text == expected.text, comment)
        #expect(found.calls == expected.calls, comment)
        #expect(found.reason == expected.reason, comment)
        #expect(found.usage == expected.usage, comment)
        #expect(found.key == expected.key, comment)
    }

    @Test(arguments: RecordedStream.all)
    func aStreamTellsTheSameWhereverItIsCut(stream: RecordedStream) throws {
        let bytes = try stream.bytes
        expect(try read([bytes[...]]), stream, "whole")
        expect(try read(bytes.indices.map { bytes[$0...$0] }), stream, "byte by byte")
        // In two pieces: the events are the same bytes, so they tell the same.
        var whole = EventSplitter()
        let events = try whole.push(bytes)
        var before = EventSplitter()
        var eventsBefore: [[UInt8]] = []
        // At every byte of a short stream, at some thousands of a long one: each cut reads the rest.
        let step = 1 + bytes.count / 5000
        for cut in stride(from: 0, to: bytes.count, by: step) {
            var behind = before
            #expect(eventsBefore + (try behind.push(bytes[cut...])) == events, "cut at \(cut)")
            eventsBefore += try before.push(bytes[cut..<min(cut + step, bytes.count)])
        }
    }

    @Test func anErrorInsideAStreamIsAFault() throws {
        var splitter = EventSplitter()
        let events = try splitter.push(try Fixtures.data("remote/vllm-error.sse"))
        #expect(events.count == 4)
        #expect(try ChatChunk(parsing: events[1]).text == "<bo")
        #expect(
            throws: RemoteFault(
                .broken,
                "failed (status 500): EngineCore encountered an issue. See stack trace (above) for the root cause.")
        ) { try ChatChunk(parsing: events[2]) }
    }
}
