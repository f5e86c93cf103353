// Prompts against those that jinja2 renders (Fixtures/parity/chat/record_template.py), and what has no golden.
import Foundation
import Inference
import Media
import Model
import Support
import Testing

struct ChatTemplateTests {
    let tokenizer: Tokenizer
    let template: ChatTemplate

    init() throws {
        tokenizer = try ChatFixtures.tokenizer()
        template = try ChatTemplate(tokenizer)
    }

    @Test func rendersConversationsAsTheLayoutDoes() throws {
        let cases: [RecordedConversation] = try ChatFixtures.cases("template.json")
        #expect(cases.count >= 30)
        let pad = try #require(tokenizer.specialID("<|media_pad|>"))
        for recorded in cases {
            let thinking = recorded.thinking ?? true
            #expect(recorded.thinking != nil)
            let pieces = try template.render(recorded.conversation, thinking: thinking)
            let ids = pieces.flatMap { piece in if case .tokens(let ids) = piece { ids } else { [pad] } }
            #expect(ids == recorded.ids, "\(recorded.name): \(tokenizer.decode(ids))")
            #expect(tokenizer.decode(ids) == recorded.text, "\(recorded.name)")
        }
    }

    @Test func picturesStandInOrderBetweenTokens() throws {
        let red = Image(width: 2, height: 1, fill: (255, 0, 0))
        let blue = Image(width: 1, height: 3, fill: (0, 0, 255))
        let frames = (0..<6).map { Image(width: 2, height: 2, fill: (UInt8($0), 0, 0)) }
        let clip = VideoClip(frames: frames, seconds: [0, 0.5, 1, 1.5, 2, 2.5])
        let pieces = try template.render(
            Conversation([Message(.user, [.image(red), .video(clip), .image(blue)])]), thinking: false)
        let media = pieces.compactMap { piece in if case .media(let item) = piece { item } else { nil } }
        #expect(media == [.image(red), .chunk(Array(frames[..<4])), .chunk(Array(frames[4...])), .image(blue)])
        for index in pieces.indices {
            let isMedia = if case .media = pieces[index] { true } else { false }
            #expect(isMedia == !index.isMultiple(of: 2), "media stand alone between tokens")
        }
        #expect(pieces.count == 9)
    }

    @Test func touchingTextsAreEncodedAsOne() throws {
        let whole = try template.render(Conversation([Message(.user, "button")]), thinking: true)
        let parts = try template.render(
            Conversation([Message(.user, [.text("but"), .text(""), .text("ton")])]), thinking: true)
        #expect(whole == parts)
        #expect(tokenizer.encode("button") != tokenizer.encode("but") + tokenizer.encode("ton"))
    }

    @Test func aVideoWithoutFramesIsRefused() {
        let conversation = Conversation([Message(.user, [.video(VideoClip(frames: [], seconds: []))])])
        #expect(
            errorThrown { () throws(EngineError) in try template.render(conversation, thinking: true) }
                == .unsupported("a video without frames"))
    }

    @Test func aVideoWithFramesOfTwoSizesIsRefused() {
        let frames = [Image(width: 2, height: 2, fill: (0, 0, 0)), Image(width: 2, height: 3, fill: (0, 0, 0))]
        let conversation = Conversation([Message(.user, [.video(VideoClip(frames: frames, seconds: [0, 1]))])])
        #expect(
            errorThrown { () throws(EngineError) in try template.render(conversation, thinking: true) }
                == .unsupported("a video whose frames differ in size"))
    }

    @Test func aToolWhoseParametersAreNoJSONIsRefusedByName() {
        let tools = [Tool(name: "f", description: "", parameters: "{\"a\":}")]
        #expect(
            errorThrown { () throws(EngineError) in try template.render(Conversation([], tools: tools), thinking: true)
            }
                == .unsupported("the parameters of tool f are not JSON: byte 5: expected a value, found “}”"))
    }

    @Test func aTokenizerWithoutTurnMarksIsRefused() throws {
        let directory = try TemporaryDirectory([
            "tiktoken.model": MadeVocabulary.model([]),
            "tokenizer_config.json": try MadeVocabulary.config([256: "<|im_system|>"]),
        ])
        let bare = try Tokenizer(directory: directory.path)
        #expect(
            errorThrown { () throws(EngineError) in try ChatTemplate(bare) }
                == .unavailable("the tokenizer has no token named <|im_user|>, which every chat needs"))
    }

    @Test func aModelWithoutThoughtsToolsAndPicturesChatsInTextAlone() throws {
        let names = ["<|im_system|>", "<|im_user|>", "<|im_assistant|>", "<|im_middle|>", "<|im_end|>"]
        let directory = try TemporaryDirectory([
            "tiktoken.model": MadeVocabulary.model([]),
            "tokenizer_config.json": try MadeVocabulary.config(
                Dictionary(uniqueKeysWithValues: names.enumerated().map { (256 + $0, $1) })),
        ])
        let plain = try Tokenizer(directory: directory.path)
        let template = try ChatTemplate(plain)
        let pieces = try template.render(
            Conversation([Message(.user, "q"), Message(.assistant, [.text("a")], reasoning: "r")]), thinking: true)
        #expect(
            pieces.map { piece in if case .tokens(let ids) = piece { plain.decode(ids) } else { "" } } == [
                "<|im_user|>user<|im_middle|>q<|im_end|><|im_assistant|>assistant<|im_middle|>a<|im_end|>"
                    + "<|im_assistant|>assistant<|im_middle|>"
            ])
        let picture = Conversation([Message(.user, [.image(Image(width: 1, height: 1, fill: (0, 0, 0)))])])
        #expect(
            errorThrown { () throws(EngineError) in try template.render(picture, thinking: true) }
                == .unsupported("the model's tokenizer has no tokens for pictures"))
        let call = ToolCall(id: "functions.f:0", name: "f", arguments: "{}")
        #expect(
            errorThrown { () throws(EngineError) in
                try template.render(Conversation([Message(.assistant, [], toolCalls: [call])]), thinking: true)
            } == .unsupported("the model's tokenizer has no tokens for tool calls"))
    }
}
