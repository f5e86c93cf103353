// Chooses the chat form when a checkpoint is opened, from what its own files say and never from a name:
//
//     1. the template: `chat_template.jinja`, else `chat_template` in `tokenizer_config.json` or `chat_template.json`;
//     2. without one, `model_type` and the tokens that the tokenizer names: the form of the nearest published model.
//
// A template is not run. Each property of the form has a tell-tale in it:
//
//     default system message   the text behind `<|im_system|>system<|im_middle|>`
//     names                    `message.get('name')` or `message.name`
//     tools                    `tool_declare`; TypeScript when `tools_ts_str` stands there, compact JSON by `separators`
//     line that names a call   `## Return of {{…}}`, and what stands behind it
//     thoughts                 `<think>`; opened by the prompt when it stands behind the last assistant's header
//     behind a picture         what stands behind `<|media_end|>`
//
// A template without the family's turns is refused: nothing here could write what it means.
import Foundation

extension ChatForm {
    /// The form of the checkpoint in a directory.
    ///
    /// - Parameter modelType: `model_type` of its `config.json`.
    /// - Throws: `.unavailable` when the template is not of this family or cannot be read.
    package init(directory: String, modelType: String, _ tokenizer: Tokenizer) throws(EngineError) {
        if let published = try Self.publishedTemplate(directory) {
            try self.init(TemplateText(published.text), file: published.file, modelType: modelType, tokenizer)
        } else {
            try self.init(nearest: modelType, tokenizer, directory: directory)
        }
    }

    /// The form of the published model that is nearest to one without a template.
    private init(nearest modelType: String, _ tokenizer: Tokenizer, directory: String) throws(EngineError) {
        switch modelType {
        case "kimi_k25": self = .kimiK25
        case "kimi_k2": self = tokenizer.specialID("<think>") == nil ? .kimiK2 : .kimiK2Thinking
        case "deepseek_v3": self = .moonlight
        case "kimi_vl": self = .kimiVL
        default:
            throw .unavailable("\(directory): no chat template, and none is known for model_type \(modelType)")
        }
    }

    // MARK: Reading a template

    private static let turns = ["<|im_system|>", "<|im_user|>", "<|im_assistant|>", "<|im_middle|>", "<|im_end|>"]
    private static let answerHeader = "<|im_assistant|>assistant<|im_middle|>"

    private init(
        _ template: TemplateText, file: String, modelType: String, _ tokenizer: Tokenizer
    ) throws(EngineError) {
        for mark in Self.turns + [Self.answerHeader] where !template.mentions(mark) {
            throw .unavailable("\(file), chat_template: expected a layout of the Kimi family, found none of \(mark)")
        }
        defaultSystem = template.literals(behind: "<|im_system|>system<|im_middle|>")
            .first { $0.contains("<|im_end|>") && !$0.hasPrefix("<|im_end|>") }
            .map { String($0.prefix(upTo: $0.range(of: "<|im_end|>")?.lowerBound ?? $0.endIndex)) }
        namesSpeakers = ["get('name')", "message.name", "message['name']"].contains(where: template.mentions)
        tools = try Self.tools(in: template, file: file)
        thoughts = Self.thoughts(in: template, modelType: modelType, tokenizer)
        behindMedia = template.literals(behind: "<|media_end|>").first ?? ""
    }

    private static func tools(in template: TemplateText, file: String) throws(EngineError) -> Tools? {
        guard let lead = template.literals(behind: "tool_declare<|im_middle|>").first else { return nil }
        var tools = Tools(.json(template.mentions("separators") ? .compact : .spaced), lead: lead, behindCallName: nil)
        if template.mentions("tools_ts_str") { tools.declaration = .typeScript }
        let callName = "## Return of "
        if template.mentions(callName) {
            guard let behind = template.literal(behindExpressionAfter: callName) else {
                throw .unavailable("\(file), chat_template: expected {{…}} behind “\(callName)”, found something else")
            }
            tools.behindCallName = behind
        }
        return tools
    }

    private static func thoughts(
        in template: TemplateText, modelType: String, _ tokenizer: Tokenizer
    ) -> Thoughts? {
        guard template.mentions("<think>"), let answer = template.tail(behind: answerHeader) else {
            return modelType == "kimi_vl" ? kimiVLThoughts : nil
        }
        let areTokens = tokenizer.specialID("<think>") != nil && tokenizer.specialID("</think>") != nil
        let history = template.text[..<answer.startIndex]
        return Thoughts(
            areTokens: areTokens, areInHistory: history.contains("<think>"),
            areOpenedByPrompt: answer.contains("<think>"))
    }

    // MARK: Finding the template

    private static func publishedTemplate(
        _ directory: String
    ) throws(EngineError) -> (text: String, file: String)? {
        let own = directory + "/chat_template.jinja"
        if FileManager.default.fileExists(atPath: own) {
            guard let text = try? String(contentsOfFile: own, encoding: .utf8) else {
                throw .unavailable("\(own): cannot be read as UTF-8 text")
            }
            return (text, own)
        }
        for name in ["/tokenizer_config.json", "/chat_template.json"] {
            let file = directory + name
            guard FileManager.default.fileExists(atPath: file) else { continue }
            let config: JSONValue
            do {
                config = try Tokenizer.readJSON(file)
            } catch {
                throw .unavailable(error.description)
            }
            switch config["chat_template"] {
            case nil, .null?: continue
            case .string(let text)?: return (text, file)
            case let other?:
                throw .unavailable("\(file), chat_template: expected a string, found \(other.kindName)")
            }
        }
        return nil
    }
}
