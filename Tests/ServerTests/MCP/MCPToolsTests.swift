// What the tools do, give and refuse. The engine plays a script, and there is no browser: pages are drafts.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Inference
import Jobs
import Media
import Testing

@testable import Server

@Suite struct MCPToolsTests {
    private static func error(_ answer: TestResponse) -> String? {
        answer.value("result", "_meta", "error", "code") as? String
    }

    private static func structured(_ answer: TestResponse, _ key: String) -> Any? {
        answer.value("result", "structuredContent", key)
    }

    @Test func aPictureBecomesAPage() async throws {
        try await TestService.run { service in
            let client = try await MCPTestClient.open(service)
            let answer = try await client.convert(#","name":"One""#)
            #expect(answer.value("result", "isError") as? Bool == false)
            let content = try #require(answer.value("result", "content") as? [[String: Any]])
            #expect(content.map { $0["type"] as? String } == ["text", "text", "resource_link"])
            let words = try #require(content[0]["text"] as? String)
            #expect(words.hasPrefix("One: revision 1 of conv_") && words.contains("not measured: "))
            let page = try #require(content[1]["text"] as? String)
            #expect(page.contains("<p>One</p>"))

            #expect(Self.structured(answer, "html") as? String == page)
            #expect(Self.structured(answer, "score") is NSNull)
            #expect(Self.structured(answer, "entry") as? String == "index.html")
            #expect(Self.structured(answer, "engine") as? String == "script")
            #expect(Self.structured(answer, "output") is NSNull)
            let id = try #require(Self.structured(answer, "conversion") as? String)
            // The same conversion is there for the rest of the service.
            let read = try await service.send(.get, "/v1/conversions/\(id)")
            #expect(read.string("name") == "One")
            #expect(try await service.send(.get, "/v1/conversions/\(id)/files/index.html").text == page)
        }
    }

    @Test func everyResultHasWhatItsSchemaPromises() async throws {
        try await TestService.run { service in
            let client = try await MCPTestClient.open(service)
            let list = try #require(try await client.request("tools/list").value("result", "tools") as? [[String: Any]])
            let picture = MCPTestClient.picture
            let made = try await client.convert()
            let compared = try await client.call(
                "compare", #"{"design":{"image":"\#(picture)"},"result":{"image":"\#(picture)"}}"#)
            for (tool, answer) in [("convert", made), ("compare", compared)] {
                let schema = try #require(
                    list.first { $0["name"] as? String == tool }?["outputSchema"] as? [String: Any])
                let properties = try #require(schema["properties"] as? [String: Any])
                let object = try #require(answer.value("result", "structuredContent") as? [String: Any])
                #expect(Set(object.keys) == Set(properties.keys), "\(tool)")
                #expect(Set(try #require(schema["required"] as? [String])).isSubset(of: object.keys))
            }
            #expect(list.allSatisfy { ($0["inputSchema"] as? [String: Any])?["type"] as? String == "object" })
        }
    }

    @Test(arguments: [
        ("{}", "missing_image"), (#"{"image":"***"}"#, "invalid_parameter"), (#"{"image":7}"#, "invalid_parameter"),
        (#"{"image":"data:text/plain,words"}"#, "unsupported_media"),
        (#"{"image":"data:image/png;base64,iVBORw0KGgo="}"#, "corrupt_media"),
        (#"{"image":"","draft":"yes"}"#, "invalid_parameter"), (#"{"image":"","attempts":17}"#, "invalid_parameter"),
        (#"{"image":"","stack":"cobol"}"#, "stack_unknown"), (#"{"image":"","colour":1}"#, "invalid_parameter"),
        (#"{"path":"/etc/passwd"}"#, "invalid_parameter"), (#"{"image":"","output":"/tmp"}"#, "invalid_parameter"),
    ])
    func whatCannotBeConvertedIsTheToolsError(arguments: String, code: String) async throws {
        try await TestService.run(works: false) { service in
            let client = try await MCPTestClient.open(service)
            let answer = try await client.call("convert", arguments)
            #expect(answer.status == .ok && answer.fault == nil)
            #expect(answer.value("result", "isError") as? Bool == true)
            #expect(Self.error(answer) == code)
            let words = answer.value("result", "content", 0, "text") as? String
            #expect(words?.hasPrefix(code + ": ") == true)
            #expect(answer.value("result", "structuredContent") == nil)
        }
    }

    @Test func anEngineThatFailsIsTheToolsError() async throws {
        let engine = ScriptedEngine(failure: .contextExceeded(promptTokens: 9000, contextTokens: 4096))
        try await TestService.run(engine: engine) { service in
            let client = try await MCPTestClient.open(service)
            let answer = try await client.convert()
            #expect(answer.value("result", "isError") as? Bool == true)
            #expect(Self.error(answer) == "engine_context_exceeded")
            #expect(answer.value("result", "_meta", "error", "retryable") as? Bool == false)
        }
    }

    @Test func anEditMakesTheNextRevision() async throws {
        try await TestService.run { service in
            let client = try await MCPTestClient.open(service)
            let made = try await client.convert()
            let id = try #require(Self.structured(made, "conversion") as? String)
            let edited = try await client.call(
                "edit", #"{"conversion":"\#(id)","operations":[{"selector":"p","set_text":"Two"}]}"#)
            #expect(Self.structured(edited, "revision") as? Int == 2)
            #expect((Self.structured(edited, "html") as? String)?.contains("<p>Two</p>") == true)
            #expect(Self.structured(edited, "engine") as? String == "none")
            let earlier = try await client.call(
                "edit", #"{"conversion":"\#(id)","revision":1,"operations":[{"selector":"p","set_text":"Three"}]}"#)
            #expect(Self.structured(earlier, "revision") as? Int == 3)
            #expect(service.engine.answerCount == 1)
        }
    }

    @Test(arguments: [
        (#""instruction":"make it green""#, "engine_no_instructions"), (#""operations":[]"#, "edit_invalid"),
        (#""operations":[{"selector":"table","remove":true}]"#, "edit_target_missing"),
        (#""operations":[{"selector":"p","remove":true}],"revision":7"#, "not_found"),
        (#""operations":[{"selector":"p","remove":true}],"file":"x.html""#, "edit_invalid"),
        (#""colour":"red""#, "invalid_parameter"), (#""selector":"p""#, "edit_invalid"),
    ])
    func whatCannotBeEditedIsTheToolsError(arguments: String, code: String) async throws {
        try await TestService.run { service in
            let client = try await MCPTestClient.open(service)
            let id = try #require(Self.structured(try await client.convert(), "conversion") as? String)
            let answer = try await client.call("edit", #"{"conversion":"\#(id)",\#(arguments)}"#)
            #expect(Self.error(answer) == code)
            #expect(Self.error(try await client.call("edit", "{\(arguments)}")) == "invalid_parameter")
        }
    }

    @Test func anInstructionGoesToAnEngineThatFollowsOne() async throws {
        let page = "```html\n<!DOCTYPE html><html><body><p>Green</p></body></html>\n```\n"
        try await TestService.run(engine: ScriptedEngine([page], followsInstructions: true)) { service in
            let client = try await MCPTestClient.open(service)
            let id = try #require(Self.structured(try await client.convert(), "conversion") as? String)
            // The engine writes one page always: what was taken away comes back.
            _ = try await client.call(
                "edit", #"{"conversion":"\#(id)","operations":[{"selector":"p","remove":true}]}"#)
            let answer = try await client.call("edit", #"{"conversion":"\#(id)","instruction":"make it green"}"#)
            #expect(Self.structured(answer, "engine") as? String == "script", "\(answer.text)")
            #expect(service.engine.answerCount == 2)
        }
    }

    @Test func twoPicturesAreCompared() async throws {
        try await TestService.run(works: false) { service in
            let client = try await MCPTestClient.open(service)
            let one = Data(Picture.png(width: 96, height: 64)).base64EncodedString()
            let two = Data(Picture.png(width: 96, height: 64, red: 90)).base64EncodedString()
            let same = try await client.call(
                "compare", #"{"design":{"image":"\#(one)"},"result":{"image":"data:image/png;base64,\#(one)"}}"#)
            #expect(Self.structured(same, "difference_count") as? Int == 0, "\(same.text)")
            let other = try await client.call(
                "compare", #"{"design":{"image":"\#(one)"},"result":{"image":"\#(two)"}}"#)
            let score = try #require(Self.structured(other, "score") as? Double)
            #expect(score < 1)
            let content = try #require(other.value("result", "content") as? [[String: Any]])
            #expect((content[0]["text"] as? String)?.hasPrefix("score \(score.headerText)") == true)
            #expect(content[1]["mimeType"] as? String == "image/png")
            let heatMap = try #require(Data(base64Encoded: content[1]["data"] as? String ?? ""))
            let image = try Image.decode(Array(heatMap), name: "heat map")
            #expect((image.width, image.height) == (96, 64))
        }
    }

    @Test(arguments: [
        ("{}", "invalid_parameter"), (#"{"design":"x","result":"x"}"#, "invalid_parameter"),
        (#"{"design":{},"result":{}}"#, "invalid_parameter"),
        (#"{"design":{"image":"x","html":"y"},"result":{}}"#, "invalid_parameter"),
        (#"{"design":{"path":"/etc/passwd"},"result":{}}"#, "invalid_parameter"),
        (#"{"design":{"html":"<p>"},"result":{"html":"<p>"}}"#, "renderer_unavailable"),
        (#"{"design":{"uri":"bottega://conversions/conv_x/files/index.html"},"result":{"html":"<p>"}}"#, "not_found"),
        (#"{"design":{"html":"<p>"},"result":{"html":"<p>"},"viewport":"wide"}"#, "invalid_parameter"),
    ])
    func whatCannotBeComparedIsTheToolsError(arguments: String, code: String) async throws {
        try await TestService.run(works: false) { service in
            let client = try await MCPTestClient.open(service)
            #expect(Self.error(try await client.call("compare", arguments)) == code)
        }
    }

    @Test func progressIsToldInTheStreamBeforeTheAnswer() async throws {
        try await TestService.run { service in
            let client = try await MCPTestClient.open(service)
            let answer = try await client.convert(token: #""t-1""#, accept: MCPTestClient.both)
            #expect(answer.headers[.contentType] == "text/event-stream")
            let messages = answer.messages
            let told = messages.dropLast().compactMap { $0["params"] as? [String: Any] }
            #expect(told.count == messages.count - 1 && told.count >= 4)
            #expect(told.allSatisfy { $0["progressToken"] as? String == "t-1" && $0["total"] as? Double == 6 })
            let values = told.compactMap { $0["progress"] as? Double }
            #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
            #expect(values.last == 6)
            #expect(messages.last?["id"] as? Int == 1 && messages.last?["result"] != nil)

            let silent = try await client.convert(accept: MCPTestClient.both)
            #expect(silent.messages.count == 1)
        }
    }

    @Test func aCancelledRequestCancelsItsJobAndIsNotAnswered() async throws {
        try await TestService.run(engine: ScriptedEngine(held: true)) { service in
            let client = try await MCPTestClient.open(service)
            async let answer = client.convert(accept: MCPTestClient.both)
            await service.engine.hasBegun.wait()
            let note = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"x"}}"#
            #expect(try await client.post(note).status == .accepted)
            #expect(try await answer.messages.isEmpty)
            await service.engine.wasCancelled.wait()
            let jobs = try await service.store.jobs(key: "local", limit: 10).items
            await service.hub.waitUntilFinished(jobs[0].id)
            #expect(try await service.store.job(jobs[0].id, key: "local").state == .cancelled)
        }
    }

    @Test func theEndOfASessionCancelsWhatIsUnderWay() async throws {
        try await TestService.run(engine: ScriptedEngine(held: true)) { service in
            let client = try await MCPTestClient.open(service)
            async let answer = client.convert()
            await service.engine.hasBegun.wait()
            try await service.send(.delete, "/mcp", headers: [.mcpSessionID: client.session])
            // Plain JSON must be something.
            #expect(try await answer.fault == -32800)
            await service.engine.wasCancelled.wait()
        }
    }

    @Test func aRequestUnderWayKeepsItsName() async throws {
        try await TestService.run(engine: ScriptedEngine(held: true)) { service in
            let client = try await MCPTestClient.open(service)
            async let first = client.convert()
            await service.engine.hasBegun.wait()
            #expect(try await client.request("ping", id: 1).fault == -32600)
            #expect(try await client.request("ping", id: 2).fault == nil)
            service.engine.release()
            #expect(try await first.value("result", "isError") as? Bool == false)
            #expect(try await client.request("ping", id: 1).fault == nil)
        }
    }

    @Test func jobsAreLimitedAsElsewhere() async throws {
        try await TestService.run(engine: ScriptedEngine(held: true)) {
            $0.activeJobs = 1
        } _: { service in
            let client = try await MCPTestClient.open(service)
            async let first = client.convert()
            await service.engine.hasBegun.wait()
            let second = try await client.call("convert", #"{"image":"\#(MCPTestClient.picture)"}"#, id: 2)
            #expect(Self.error(second) == "concurrency_limited")
            service.engine.release()
            _ = try await first
        }
    }

    @Test func filesAreReadAsResources() async throws {
        try await TestService.run { service in
            let client = try await MCPTestClient.open(service)
            let made = try await client.convert(#","name":"One""#)
            let address = try #require(made.value("result", "structuredContent", "files", 0, "uri") as? String)
            #expect(address.hasPrefix("bottega://conversions/conv_"))
            #expect(address.hasSuffix("/files/index.html?revision=1"))
            let read = try await client.request("resources/read", #"{"uri":"\#(address)"}"#)
            #expect(read.value("result", "contents", 0, "uri") as? String == address)
            #expect(read.value("result", "contents", 0, "mimeType") as? String == "text/html; charset=utf-8")
            #expect(read.value("result", "contents", 0, "text") as? String == Self.structured(made, "html") as? String)
            let latest = address.replacing("?revision=1", with: "")
            #expect(try await client.request("resources/read", #"{"uri":"\#(latest)"}"#).fault == nil)
            for wrong in ["?revision=2", "?revision=0", "?x=1", "/x", "#x"] {
                let answer = try await client.request("resources/read", #"{"uri":"\#(latest)\#(wrong)"}"#)
                #expect(answer.fault == -32002, "\(wrong)")
            }

            let list = try await client.request("resources/list")
            #expect(list.value("result", "resources", 0, "uri") as? String == address)
            #expect(list.value("result", "resources", 0, "title") as? String == "One")
            let templates = try await client.request("resources/templates/list")
            #expect((templates.value("result", "resourceTemplates") as? [Any])?.count == 2)
        }
    }

    @Test func anothersFilesAreNotThere() async throws {
        try await TestService.run { service in
            let (_, mine) = try await service.store.createKey(name: "mine")
            let (_, other) = try await service.store.createKey(name: "other")
            let client = try await MCPTestClient.open(service, headers: [.authorization: "Bearer \(mine)"])
            let made = try await client.convert()
            let address = try #require(made.value("result", "structuredContent", "files", 0, "uri") as? String)
            let id = try #require(Self.structured(made, "conversion") as? String)
            let stranger = try await MCPTestClient.open(service, headers: [.authorization: "Bearer \(other)"])
            #expect(try await stranger.request("resources/read", #"{"uri":"\#(address)"}"#).fault == -32002)
            let list = try await stranger.request("resources/list")
            #expect((list.value("result", "resources") as? [Any])?.isEmpty == true)
            let edit = try await stranger.call(
                "edit", #"{"conversion":"\#(id)","operations":[{"selector":"p","remove":true}]}"#)
            #expect(Self.error(edit) == "not_found")
        }
    }

    @Test func largePicturesAreMadeSmallerForModels() throws {
        let small = Picture.png(width: 1568, height: 10)
        #expect(try ModelPicture.fitted(small) == small)
        let large = try Image.decode(ModelPicture.fitted(Picture.png(width: 4000, height: 1000)), name: "large")
        #expect((large.width, large.height) == (1568, 392))
    }
}
