// Which form a checkpoint's own files make: the layouts in Fixtures/parity/chat, templates that differ in one thing,
// no template at all, templates of other families.
import Foundation
import Inference
import Support
import Testing

@testable import struct Inference.TemplateText

struct ChatFormTests {
    static let forms: [String: ChatForm] = [
        "kimi-k25": .kimiK25, "kimi-k2-thinking": .kimiK2Thinking, "kimi-k2": .kimiK2, "moonlight": .moonlight,
        "kimi-vl": .kimiVL,
    ]
    static let modelTypes = [
        "kimi-k25": "kimi_k25", "kimi-k2-thinking": "kimi_k2", "kimi-k2": "kimi_k2", "moonlight": "deepseek_v3",
        "kimi-vl": "kimi_vl",
    ]

    /// The form of a family's files after a change.
    func form(
        _ family: String, _ change: (TemporaryDirectory) throws -> Void = { _ in }
    ) throws -> ChatForm {
        let directory = try ChatFixtures.directory(of: family)
        try change(directory)
        return try ChatForm(
            directory: directory.path, modelType: try #require(Self.modelTypes[family]),
            try Tokenizer(directory: directory.path))
    }

    /// The form of a family's files with another template.
    func form(_ family: String, template: String) throws -> ChatForm {
        try form(family) { try $0.write(Data(template.utf8), to: "chat_template.jinja") }
    }

    @Test(arguments: forms.keys.sorted())
    func theTemplateSaysAll(family: String) throws {
        #expect(try form(family) == Self.forms[family])
    }

    @Test(arguments: forms.keys.sorted())
    func withoutATemplateModelTypeAndTokensSayTheSame(family: String) throws {
        let nearest = try form(family) { directory in
            try directory.editJSON("tokenizer_config.json") { $0["chat_template"] = nil }
        }
        #expect(nearest == Self.forms[family])
    }

    /// The conversations of every layout, ids and text; recorded by jinja2 and tiktoken.
    @Test(arguments: ["kimi-k2-thinking", "kimi-k2", "moonlight", "kimi-vl"])
    func promptsAreThoseOfTheLayout(family: String) throws {
        let directory = try ChatFixtures.directory(of: family)
        let tokenizer = try Tokenizer(directory: directory.path)
        let template = try ChatTemplate(tokenizer, try #require(Self.forms[family]))
        let pad = tokenizer.specialID("<|media_pad|>") ?? -1
        let cases = try ChatFixtures.cases("forms.json", as: RecordedConversation.self).filter { $0.form == family }
        #expect(cases.count >= 11)
        for recorded in cases {
            for thinking in [true, false] {
                let pieces = try template.render(recorded.conversation, thinking: thinking)
                let ids = pieces.flatMap { piece in if case .tokens(let ids) = piece { ids } else { [pad] } }
                #expect(ids == recorded.ids, "\(recorded.name): \(tokenizer.decode(ids))")
                #expect(tokenizer.decode(ids) == recorded.text, "\(recorded.name)")
            }
        }
    }

    /// Jinja's white space, against what jinja2 prints.
    @Test func literalsAreReadAsJinjaPrintsThem() throws {
        struct Case: Decodable { var template, text: String }
        let cases = try ChatFixtures.cases("literals.json", as: Case.self)
        #expect(cases.count >= 17)
        for one in cases {
            let literal = TemplateText(one.template).literals(behind: "◆").first.map { literal in
                literal.range(of: "■").map { String(literal[..<$0.lowerBound]) } ?? literal
            }
            #expect(literal == one.text, "\(one.template)")
        }
    }

    // MARK: Templates that differ in one thing

    static let turns = """
        {%- for m in messages -%}<|im_system|><|im_user|><|im_assistant|>{{ m.role }}<|im_middle|>{{ m.content }}<|im_end|>
        {%- endfor -%}
        """
    static let generation = "{%- if add_generation_prompt -%}<|im_assistant|>assistant<|im_middle|>{%- endif -%}"

    @Test func toolsAreReadInEveryWayTheyWerePublished() throws {
        func tools(_ declaration: String, _ result: String) throws -> ChatForm.Tools? {
            try form("kimi-k2", template: declaration + Self.turns + result + Self.generation).tools
        }
        #expect(
            try tools(
                "{% if tools -%}{{ '<|im_system|>tool_declare<|im_middle|>' -}}{{- tools | tojson -}}{%- endif -%}", "")
                == ChatForm.Tools(.json(.spaced), behindCallName: nil))
        #expect(
            try tools(
                "{%- if tools -%}\n  <|im_system|>tool_declare<|im_middle|>\n  # Tools\n  {{ tools | tojson }}{%- endif -%}",
                "## Return of {{ message.tool_call_id }}\n    {{ message['content'] }}")
                == ChatForm.Tools(.json(.spaced), lead: "\n  # Tools\n  ", behindCallName: "\n    "))
        #expect(
            try tools(
                "<|im_system|>tool_declare<|im_middle|>{{ tools | tojson(separators=(',', ':')) }}",
                "## Return of {{ id -}}\n  {{ content }}")
                == ChatForm.Tools(.json(.compact), behindCallName: ""))
        #expect(try tools("", "") == nil)
    }

    @Test func anotherDeclarationIsWrittenAsItsTemplateHasIt() throws {
        let directory = try ChatFixtures.directory(of: "kimi-k2")
        let tokenizer = try Tokenizer(directory: directory.path)
        var form = ChatForm.kimiK2
        form.tools = ChatForm.Tools(.json(.spaced), lead: "\n  # Tools\n  ", behindCallName: "\n    ")
        let tool = Tool(name: "f", description: "d", parameters: #"{"type":"object"}"#)
        var answer = Message(.tool, "ok")
        answer.toolCallID = "functions.f:0"
        let pieces = try ChatTemplate(tokenizer, form).render(
            Conversation([Message(.system, "S"), answer], tools: [tool]), thinking: false)
        guard case .tokens(let ids)? = pieces.first else {
            Issue.record("no tokens")
            return
        }
        #expect(
            tokenizer.decode(ids)
                == "<|im_system|>tool_declare<|im_middle|>\n  # Tools\n  "
                + #"[{"function": {"description": "d", "name": "f", "parameters": {"type": "object"}}, "#
                + #""type": "function"}]<|im_end|><|im_system|>system<|im_middle|>S<|im_end|>"#
                + "<|im_system|>tool<|im_middle|>## Return of functions.f:0\n    ok<|im_end|>"
                + "<|im_assistant|>assistant<|im_middle|>")
    }

    @Test func theDefaultSystemMessageIsReadFromTheTemplate() throws {
        func system(_ text: String) throws -> String? {
            try form("kimi-k2", template: text + Self.turns + Self.generation).defaultSystem
        }
        #expect(try system("{{ '<|im_system|>system<|im_middle|>Be kind.<|im_end|>' }}") == "Be kind.")
        #expect(try system("{{'<|im_system|>system<|im_middle|>'}}{{ content }}") == nil)
        #expect(
            try system("{{'<|im_system|>system<|im_middle|>'}}x<|im_system|>system<|im_middle|>Hi<|im_end|>") == "Hi")
    }

    @Test func theOwnFileOfATemplateCountsMoreThanTheConfigs() throws {
        #expect(try form("kimi-vl", template: Self.turns + Self.generation).defaultSystem == nil)
        let inProcessor = try form("kimi-vl") { directory in
            let config = try JSONSerialization.jsonObject(with: directory.read("tokenizer_config.json"))
            let template = (config as? [String: Any])?["chat_template"] as? String
            try directory.editJSON("tokenizer_config.json") { $0["chat_template"] = nil }
            try directory.write(
                try JSONSerialization.data(withJSONObject: ["chat_template": (template ?? "") + "{# #}"]),
                to: "chat_template.json")
        }
        #expect(inProcessor == .kimiVL)
    }

    // MARK: What is refused

    func reason(_ family: String, template: String) throws -> String? {
        let directory = try ChatFixtures.directory(of: family)
        try directory.write(Data(template.utf8), to: "chat_template.jinja")
        let tokenizer = try Tokenizer(directory: directory.path)
        let error = errorThrown { () throws(EngineError) in
            try ChatForm(directory: directory.path, modelType: "kimi_k2", tokenizer)
        }
        guard case .unavailable(let reason)? = error else { return nil }
        return reason.replacing(directory.path + "/", with: "")
    }

    @Test func aTemplateOfAnotherFamilyIsRefused() throws {
        #expect(
            try reason("kimi-k2", template: "{{ bos }}{% for m in messages %}<|im_start|>{{ m.role }}{% endfor %}")
                == "chat_template.jinja, chat_template: expected a layout of the Kimi family, found none of "
                + "<|im_system|>")
    }

    @Test func aCallNameThatCannotBeReadIsRefused() throws {
        #expect(
            try reason(
                "kimi-k2",
                template: "<|im_system|>tool_declare<|im_middle|>{{ tools }}" + Self.turns
                    + "{{ '## Return of ' + id }}" + Self.generation)
                == "chat_template.jinja, chat_template: expected {{…}} behind “## Return of ”, found something else")
    }

    @Test func aTemplateThatIsNoTextIsRefused() throws {
        let directory = try ChatFixtures.directory(of: "kimi-k2")
        try directory.editJSON("tokenizer_config.json") { $0["chat_template"] = [["name": "default"]] }
        let tokenizer = try Tokenizer(directory: directory.path)
        #expect(
            errorThrown { () throws(EngineError) in
                try ChatForm(directory: directory.path, modelType: "kimi_k2", tokenizer)
            }
                == .unavailable(
                    directory.file("tokenizer_config.json") + ", chat_template: expected a string, found an array"))
    }

    @Test func anUnknownModelTypeWithoutATemplateIsRefused() throws {
        let directory = try ChatFixtures.directory(of: "moonlight")
        try directory.editJSON("tokenizer_config.json") { $0["chat_template"] = nil }
        let tokenizer = try Tokenizer(directory: directory.path)
        #expect(
            errorThrown { () throws(EngineError) in
                try ChatForm(directory: directory.path, modelType: "kimi_linear", tokenizer)
            }
                == .unavailable(
                    "\(directory.path): no chat template, and none is known for model_type kimi_linear"))
    }

    @Test func toolsWhereTheLayoutKnowsNoneAreRefused() throws {
        let directory = try ChatFixtures.directory(of: "moonlight")
        let template = try ChatTemplate(try Tokenizer(directory: directory.path), .moonlight)
        let call = ToolCall(id: "functions.f:0", name: "f", arguments: "{}")
        for conversation in [
            Conversation([Message(.user, "q")], tools: [Tool(name: "f", description: "", parameters: "{}")]),
            Conversation([Message(.assistant, [], toolCalls: [call])]), Conversation([Message(.tool, "ok")]),
        ] {
            #expect(
                errorThrown { () throws(EngineError) in try template.render(conversation, thinking: false) }
                    == .unsupported("the model's chat layout knows no tools"))
        }
    }
}
