// `bottega mcp` from outside, as an editor starts it: messages in, messages out, and nothing else on stdout.
import Foundation
import Testing

// One after the other: each opens the model.
@Suite(.serialized) struct MCPCommandTests {
    private let folder: Folder

    init() throws { folder = try Folder() }

    private static let initialize =
        #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"#
        + #""clientInfo":{"name":"test","version":"1"}}}"#

    private static func call(_ tool: String, _ arguments: [String: Any], id: Int) throws -> String {
        let message: [String: Any] = [
            "jsonrpc": "2.0", "id": id, "method": "tools/call",
            "params": ["name": tool, "arguments": arguments, "_meta": ["progressToken": id]],
        ]
        return String(decoding: try JSONSerialization.data(withJSONObject: message), as: UTF8.self)
    }

    /// Runs the command over these lines.
    ///
    /// - Returns: the messages on stdout, each a line of its own, and how it ended.
    private func run(_ lines: [String], options: String = "") async throws -> ([[String: Any]], Binary.Outcome) {
        try folder.put(Array((lines.joined(separator: "\n") + "\n").utf8), at: "input")
        let outcome = try await Binary.shell("\"$bottega\" mcp \(options) < input", in: folder.path)
        let messages = try outcome.output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
        }
        return (messages, outcome)
    }

    private static func result(_ messages: [[String: Any]], id: Int) throws -> [String: Any] {
        try #require(messages.first { $0["id"] as? Int == id }?["result"] as? [String: Any])
    }

    @Test func aPictureOfThisMachineBecomesAPageOnIt() async throws {
        let convert = try Self.call(
            "convert", ["path": Binary.design("sign-in.png"), "output": folder.path + "/page", "budget_seconds": 1],
            id: 1)
        let (messages, outcome) = try await run([Self.initialize, convert])
        #expect(outcome.code == 0, "\(outcome.errors)")
        let result = try Self.result(messages, id: 1)
        #expect(result["isError"] as? Bool == false, "\(result)")
        let object = try #require(result["structuredContent"] as? [String: Any])
        let html = try #require(object["html"] as? String)
        #expect(html.hasPrefix("<!doctype html>") && html.contains("Sign in"))
        #expect(folder.text("page/index.html") == html)
        #expect(object["engine"] as? String == "embedded")
        let content = try #require(result["content"] as? [[String: Any]])
        if Binary.hasBrowser {
            let score = try #require(object["score"] as? Double)
            #expect((0.5...1).contains(score))
            #expect(content.contains { $0["type"] as? String == "image" })
            #expect(folder.text("page/report.html") != nil)
        }
        let progress = messages.compactMap { ($0["params"] as? [String: Any])?["progress"] as? Double }
        #expect(progress.count > 5 && zip(progress, progress.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func conversionsStayWhereTheyAreKept() async throws {
        let options = "--data kept"
        let convert = try Self.call("convert", ["path": Binary.design("sign-in.png"), "draft": true], id: 1)
        let (first, one) = try await run([Self.initialize, convert], options: options)
        #expect(one.code == 0 && one.errors.isEmpty == Binary.hasBrowser)
        let made = try #require(try Self.result(first, id: 1)["structuredContent"] as? [String: Any])
        let edit = try Self.call(
            "edit",
            [
                "conversion": try #require(made["conversion"] as? String),
                "operations": [["selector": "body", "set_text": "Gone"]],
            ], id: 2)
        let refused = try Self.call(
            "edit", ["conversion": made["conversion"] ?? "", "instruction": "make it blue"], id: 3)
        let (second, _) = try await run([Self.initialize, edit, refused], options: options)
        let edited = try #require(try Self.result(second, id: 2)["structuredContent"] as? [String: Any])
        #expect(edited["revision"] as? Int == 2)
        let refusal = try Self.result(second, id: 3)
        #expect(refusal["isError"] as? Bool == true)
        let words = (refusal["content"] as? [[String: Any]])?.first?["text"] as? String
        #expect(words?.hasPrefix("engine_no_instructions: embedded does not follow instructions") == true)
    }

    @Test func pagesAndPicturesOfThisMachineAreCompared() async throws {
        let design = Binary.design("sign-in.png")
        let same = try Self.call("compare", ["design": ["path": design], "result": ["path": design]], id: 1)
        let none = try Self.call("compare", ["design": ["path": design], "result": ["path": "/none.png"]], id: 2)
        let (messages, _) = try await run([Self.initialize, same, none])
        let object = try Self.result(messages, id: 1)["structuredContent"] as? [String: Any]
        #expect(object?["score"] as? Double == 1)
        #expect(try Self.result(messages, id: 2)["isError"] as? Bool == true)
    }

    @Test func aFolderInUseIsNamedOnStderrAlone() async throws {
        let service = try Binary.start(
            Binary.path, ["serve", "--port", "0", "--data", folder.path + "/data", "--log-level", "error"], in: "/")
        defer { service.process.terminate() }
        while folder.text("data/bottega.sqlite") == nil { try await Task.sleep(for: .milliseconds(20)) }
        let (messages, outcome) = try await run([Self.initialize], options: "--data data")
        #expect(outcome.code == 1 && messages.isEmpty)
        #expect(outcome.errors.hasPrefix("bottega: ") && outcome.errors.contains("is in use by another bottega"))
        // Without a folder of its own nothing stands in its way.
        #expect(try await run([Self.initialize]).0.count == 1)
    }
}
