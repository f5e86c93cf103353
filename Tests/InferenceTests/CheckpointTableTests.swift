// The published checkpoints of the family × what must hold for each: opens, parity, tokenizer, template, tools. A cell
// that cannot apply tests that the engine says so. README.md shows the same table.
//
// Weights are tiny and random, written in exactly the published layouts (`Fixtures/parity/model`); what they compute was
// recorded from transformers, what the layouts print from jinja2, ids from tiktoken.
import Foundation
import Inference
import Media
import Model
import Support
import Testing

/// One published checkpoint, in small.
struct PublishedCheckpoint: Sendable, CustomTestStringConvertible {
    let name: String
    /// The directory under `Fixtures/checkpoints`.
    let fixture: String
    /// The layout and tokenizer under `Fixtures/parity/chat`.
    let family: String
    let modelType: String
    let form: ChatForm
    let contextTokens: Int
    var readsImages = false
    var readsVideo = false
    /// The ends of an answer that its configuration names.
    let ends: Set<String>
    /// Special tokens beside those that all have, at the ids of the published vocabulary.
    let names: [String: Int]
    /// Patches of a picture at most, when it differs from the fixture's.
    var patchLimit: Int?

    var testDescription: String { name }

    static let toolTokens = [
        "<|tool_calls_section_begin|>": 163_595, "<|tool_calls_section_end|>": 163_596, "<|tool_call_begin|>": 163_597,
        "<|tool_call_argument_begin|>": 163_598, "<|tool_call_end|>": 163_599,
    ]
    static let thoughtTokens = ["<think>": 163_606, "</think>": 163_607]

    static func mediaTokens(begin: String) -> [String: Int] {
        [begin: 163_602, "<|media_content|>": 163_603, "<|media_end|>": 163_604, "<|media_pad|>": 163_605]
    }

    static let all = [
        PublishedCheckpoint(
            name: "Kimi-K2.5", fixture: "k25", family: "kimi-k25", modelType: "kimi_k25", form: .kimiK25,
            contextTokens: 262_144, readsImages: true, readsVideo: true, ends: ["[EOS]", "<|im_end|>"],
            names: toolTokens.merging(thoughtTokens) { $1 }.merging(mediaTokens(begin: "<|media_begin|>")) { $1 }),
        PublishedCheckpoint(
            name: "Kimi-K2-Thinking", fixture: "k2-thinking", family: "kimi-k2-thinking", modelType: "kimi_k2",
            form: .kimiK2Thinking, contextTokens: 262_144, ends: ["<|im_end|>"],
            names: toolTokens.merging(thoughtTokens) { $1 }),
        PublishedCheckpoint(
            name: "Kimi-K2-Instruct", fixture: "k2-fp8", family: "kimi-k2", modelType: "kimi_k2", form: .kimiK2,
            contextTokens: 131_072, ends: ["[EOS]"], names: toolTokens),
        PublishedCheckpoint(
            name: "Moonlight-16B-A3B-Instruct", fixture: "moonlight", family: "moonlight", modelType: "deepseek_v3",
            form: .moonlight, contextTokens: 8192, ends: ["<|im_end|>"], names: [:]),
        PublishedCheckpoint(
            name: "Kimi-VL-A3B-Instruct", fixture: "kimi-vl", family: "kimi-vl", modelType: "kimi_vl", form: .kimiVL,
            contextTokens: 131_072, readsImages: true, ends: ["[EOS]"], names: mediaTokens(begin: "<|media_start|>")),
        PublishedCheckpoint(
            name: "Kimi-VL-A3B-Thinking", fixture: "kimi-vl", family: "kimi-vl", modelType: "kimi_vl", form: .kimiVL,
            contextTokens: 131_072, readsImages: true, ends: ["[EOS]"], names: mediaTokens(begin: "<|media_start|>")),
        PublishedCheckpoint(
            name: "Kimi-VL-A3B-Thinking-2506", fixture: "kimi-vl", family: "kimi-vl", modelType: "kimi_vl",
            form: .kimiVL, contextTokens: 131_072, readsImages: true, ends: ["[EOS]"],
            names: mediaTokens(begin: "<|media_start|>"), patchLimit: 384),
    ]

    /// A copy of the directory, with what differs from the fixture.
    func directory() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory(checkpoint: fixture)
        if let patchLimit { try directory.editJSON("preprocessor_config.json") { $0["in_token_limit"] = patchLimit } }
        return directory
    }
}

@Suite struct CheckpointTableTests {
    /// A column of the table.
    enum Column: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case opens, parity, tokenizer, template, tools

        var testDescription: String { rawValue }
    }

    @Test(arguments: PublishedCheckpoint.all, Column.allCases)
    func holds(checkpoint: PublishedCheckpoint, column: Column) async throws {
        switch column {
        case .opens: try opens(checkpoint)
        case .parity: try computesWhatTransformersDoes(checkpoint)
        case .tokenizer: try readsTheTokenizer(checkpoint)
        case .template: try writesThePromptsOfItsLayout(checkpoint)
        case .tools:
            if checkpoint.form.tools == nil {
                try await saysThatItCallsNoTools(checkpoint)
            } else {
                try callsTools(checkpoint)
            }
        }
    }

    // MARK: Cells

    /// Every tensor is found and used, and the engine says what the model can do.
    private func opens(_ checkpoint: PublishedCheckpoint) throws {
        let directory = try checkpoint.directory()
        let engine = try LocalEngine.open(directory.path, name: checkpoint.name, threads: 1)
        #expect(
            engine.abilities
                == Abilities(
                    modelName: checkpoint.name, contextTokens: checkpoint.contextTokens,
                    readsImages: checkpoint.readsImages, readsVideo: checkpoint.readsVideo,
                    callsTools: checkpoint.form.tools != nil, followsInstructions: true))
        guard checkpoint.readsImages else { return }
        let model = try KimiModel.open(directory.path, threads: 1)
        let isLarger = checkpoint.patchLimit != nil
        #expect(model.mediaTokenCount(width: 280, height: 140) == (isLarger ? 50 : 28))
    }

    /// Logits at every position of a prompt, with a picture where the model sees, and the greedy answer to it.
    private func computesWhatTransformersDoes(_ checkpoint: PublishedCheckpoint) throws {
        let goldens = try Goldens(checkpoint.fixture)
        let directory = try checkpoint.directory()
        let model = try KimiModel.open(directory.path, threads: 2, precision: .exact)
        let ids = try goldens.ints("prompt/ids")
        var inputs = [InputSpan.tokens(ids)]
        if let pad = model.config.mediaPadTokenID {
            let frame = try goldens.ints("wide/frames")
            let picture = model.encode(.image(Image.noise(width: frame[0], height: frame[1], seed: frame[2])))
            let before = ids.prefix { $0 != pad }
            inputs = [
                .tokens(Array(before)), .media(picture),
                .tokens(Array(ids.dropFirst(before.count + picture.tokenCount))),
            ]
        }
        let found = Distance(
            model.forwardAll(inputs, cache: model.makeCache()), try goldens.floats("prompt/logits"))
        #expect(found.greatest <= Tolerances.logits, "\(found)")

        let expected = try goldens.ints("greedy/ids")
        let cache = model.makeCache()
        var logits = model.forward(inputs, cache: cache)
        var answer: [Int] = []
        while answer.count < expected.count {
            answer.append(try #require(logits.indices.max { logits[$0] < logits[$1] }))
            logits = model.forward([.tokens([answer[answer.count - 1]])], cache: cache)
        }
        #expect(answer == expected)
    }

    /// The names of its special tokens at the published ids, behind a vocabulary of the published size; and that the
    /// tiny tokenizer fits the tiny model and ends answers where the configuration says.
    private func readsTheTokenizer(_ checkpoint: PublishedCheckpoint) throws {
        let small = try Tokenizer(directory: Fixtures.checkpoint(checkpoint.fixture))
        let config = try ModelConfig.read(Fixtures.checkpoint(checkpoint.fixture))
        #expect(Set(config.endTokenIDs.map { small.decode([$0]) }) == checkpoint.ends)
        #expect(small.decode(small.encode("Größe <|im_end|> 中")) == "Größe <|im_end|> 中")

        let directory = try ChatFixtures.directory(of: checkpoint.family)
        try directory.write(Self.vocabularyOfPublishedSize, to: "tiktoken.model")
        try directory.editJSON("tokenizer_config.json") { config in
            let named = config["added_tokens_decoder"] as? [String: Any] ?? [:]
            config["added_tokens_decoder"] = Dictionary(
                uniqueKeysWithValues: named.map { ("\((Int($0.key) ?? 0) - 1600 + Self.ranks)", $0.value) })
        }
        let tokenizer = try Tokenizer(directory: directory.path)
        #expect(tokenizer.count == 163_840 && tokenizer.namedEnd == 163_840)
        let common = [
            "[BOS]": 163_584, "[EOS]": 163_585, "<|im_end|>": 163_586, "<|im_user|>": 163_587,
            "<|im_assistant|>": 163_588, "<|im_system|>": 163_594, "<|im_middle|>": 163_601,
        ]
        for (name, id) in common.merging(checkpoint.names, uniquingKeysWith: { $1 }) {
            #expect(tokenizer.specialID(name) == id, "\(name)")
            #expect(tokenizer.decode([id]) == name)
        }
        for name in Set(PublishedCheckpoint.all.flatMap(\.names.keys)).subtracting(checkpoint.names.keys) {
            #expect(tokenizer.specialID(name) == nil, "\(name) is not named")
        }
    }

    /// The form is chosen by the files alone, and writes what the layout prints.
    private func writesThePromptsOfItsLayout(_ checkpoint: PublishedCheckpoint) throws {
        let directory = try ChatFixtures.directory(of: checkpoint.family)
        let tokenizer = try Tokenizer(directory: directory.path)
        let form = try ChatForm(directory: directory.path, modelType: checkpoint.modelType, tokenizer)
        #expect(form == checkpoint.form)
        let tiny = Fixtures.checkpoint(checkpoint.fixture)
        let ofWeights = try ChatForm(
            directory: tiny, modelType: try ModelConfig.read(tiny).modelType, try Tokenizer(directory: tiny))
        #expect(ofWeights == checkpoint.form)

        let template = try ChatTemplate(tokenizer, form)
        let recorded: [RecordedConversation] =
            checkpoint.family == "kimi-k25"
            ? try ChatFixtures.cases("template.json")
            : try ChatFixtures.cases("forms.json").filter { $0.form == checkpoint.family }
        #expect(recorded.count >= 11)
        let pad = tokenizer.specialID("<|media_pad|>") ?? -1
        for one in recorded {
            let pieces = try template.render(one.conversation, thinking: one.thinking ?? true)
            let ids = pieces.flatMap { piece in if case .tokens(let ids) = piece { ids } else { [pad] } }
            #expect(ids == one.ids, "\(one.name): \(tokenizer.decode(ids))")
            #expect(tokenizer.decode(ids) == one.text, "\(one.name)")
        }
    }

    /// A declared tool is in the prompt, a call comes out of an answer, and its result goes back under the call's id.
    private func callsTools(_ checkpoint: PublishedCheckpoint) throws {
        let tokenizer = try Tokenizer(directory: Fixtures.checkpoint(checkpoint.fixture))
        let template = try ChatTemplate(tokenizer, checkpoint.form)
        let tool = Tool(
            name: "click", description: "Clicks.",
            parameters: #"{"type":"object","properties":{"x":{"type":"number"}}}"#)
        var parser = try ToolCallParser(tokenizer, checkpoint.form, thinking: false, tools: [tool])
        func special(_ name: String) throws -> Int { try #require(tokenizer.specialID(name)) }
        let answer =
            try [special("<|tool_calls_section_begin|>"), special("<|tool_call_begin|>")]
            + tokenizer.encode("functions.click:0") + [special("<|tool_call_argument_begin|>")]
            + tokenizer.encode(#"{"x": 1}"#) + [special("<|tool_call_end|>"), special("<|tool_calls_section_end|>")]
        let call = ToolCall(id: "functions.click:0", name: "click", arguments: #"{"x": 1}"#)
        let told = answer.flatMap { parser.push(token: $0) } + parser.finish()
        #expect(told.last == .toolCall(call, nil))
        #expect(told.allSatisfy { if case .text = $0 { false } else { true } })

        let result = Message(.tool, [.text("clicked")], toolCallID: call.id)
        let pieces = try template.render(
            Conversation([Message(.user, "go"), Message(.assistant, [], toolCalls: [call]), result], tools: [tool]),
            thinking: true)
        guard case .tokens(let ids)? = pieces.first, pieces.count == 1 else {
            Issue.record("expected tokens alone")
            return
        }
        let prompt = tokenizer.decode(ids)
        let declaration =
            checkpoint.form.tools?.declaration == .typeScript
            ? "# Tools\n\n## functions\nnamespace functions {\n// Clicks.\ntype click = (_: {\n  x?: number\n}) => any;\n}\n"
            : #"[{"function":{"description":"Clicks.","name":"click","parameters":"#
                + #"{"properties":{"x":{"type":"number"}},"type":"object"}},"#
                + #""type":"function"}]"#
        #expect(prompt.hasPrefix("<|im_system|>tool_declare<|im_middle|>" + declaration + "<|im_end|>"))
        #expect(
            prompt.contains(
                "<|tool_call_begin|>functions.click:0<|tool_call_argument_begin|>{\"x\": 1}<|tool_call_end|>"
                    + "<|tool_calls_section_end|><|im_end|>"
                    + "<|im_system|>tool<|im_middle|>## Return of functions.click:0\nclicked<|im_end|>"))
    }

    /// A request with tools is refused before anything is computed.
    private func saysThatItCallsNoTools(_ checkpoint: PublishedCheckpoint) async throws {
        let directory = try checkpoint.directory()
        defer { withExtendedLifetime(directory) {} }
        let engine = try LocalEngine.open(directory.path, name: checkpoint.name, threads: 1)
        #expect(!engine.abilities.callsTools)
        let tool = Tool(name: "f", description: "", parameters: "{}")
        let request = GenerationRequest(Conversation([Message(.user, "go")], tools: [tool]))
        await #expect(throws: EngineError.unsupported("\(checkpoint.name) calls no tools")) {
            for try await _ in engine.generate(request) {}
        }
    }

    // MARK: A vocabulary of the published size

    static let ranks = 163_584

    /// `tiktoken.model` with 163,584 ranks: the single bytes, then strings of two and three bytes.
    static let vocabularyOfPublishedSize = Data(
        (0..<ranks).map { rank -> String in
            let number = rank - 256
            let bytes =
                rank < 256
                ? [UInt8(rank)]
                : number < 65_536
                    ? [UInt8(number >> 8), UInt8(number & 255)]
                    : [UInt8((number - 65_536) >> 16), UInt8((number - 65_536) >> 8 & 255), UInt8(number & 255)]
            return Data(bytes).base64EncodedString() + " \(rank)\n"
        }.joined().utf8)
}
