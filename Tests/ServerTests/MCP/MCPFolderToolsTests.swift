// The tools `batch` and `workflow`: what they do, give and refuse.
import Foundation
import HummingbirdTesting
import Jobs
import Testing

@testable import Server

@Suite struct MCPFolderToolsTests {
    private static func image(_ path: String, red: UInt8) -> String {
        #"{"path":"\#(path)","data":"\#(Data(Picture.png(red: red)).base64EncodedString())"}"#
    }

    private static func error(_ answer: TestResponse) -> String? {
        answer.value("result", "_meta", "error", "code") as? String
    }

    @Test func picturesBecomeOneProject() async throws {
        try await TestService.run { service in
            let client = try await MCPTestClient.open(service)
            let images = [Self.image("app/a.png", red: 1), Self.image("app/b.png", red: 2)].joined(separator: ",")
            let answer = try await client.call("batch", #"{"images":[\#(images)],"name":"App","draft":true}"#)
            #expect(answer.value("result", "isError") as? Bool == false, "\(answer.text)")
            let object = try #require(answer.value("result", "structuredContent") as? [String: Any])
            #expect(object["object"] as? String == "batch" && object["name"] as? String == "App")
            #expect(object["done_count"] as? Int == 2 && object["entry"] as? String == "index.html")
            let content = try #require(answer.value("result", "content") as? [[String: Any]])
            let words = try #require(content[0]["text"] as? String)
            #expect(words.contains("2 of 2 designs are pages"), "\(words)")
            #expect(
                content.dropFirst().contains {
                    ($0["uri"] as? String)?.hasSuffix("/files/index.html?revision=1") == true
                })
            let list = try #require(try await client.request("tools/list").value("result", "tools") as? [[String: Any]])
            let schema = list.first { $0["name"] as? String == "batch" }?["outputSchema"] as? [String: Any]
            #expect(Set(try #require(schema?["required"] as? [String])).isSubset(of: object.keys))
        }
    }

    @Test func whatCannotBeAskedForIsRefused() async throws {
        try await TestService.run(works: false) { service in
            let client = try await MCPTestClient.open(service)
            let image = Self.image("a.png", red: 1)
            for (arguments, code) in [
                ("{}", "missing_image"), (#"{"images":[]}"#, "missing_image"), (#"{"images":{}}"#, "invalid_parameter"),
                (#"{"images":[\#(image)],"stack":"cobol"}"#, "stack_unknown"),
                (#"{"images":[\#(Self.image("../a.png", red: 1))]}"#, "unsafe_path"),
                (#"{"path":"/etc"}"#, "invalid_parameter"), (#"{"images":[{"path":"a"}]}"#, "invalid_parameter"),
            ] {
                #expect(Self.error(try await client.call("batch", arguments)) == code, "\(arguments)")
            }
            for (arguments, code) in [
                ("{}", "invalid_parameter"), (#"{"video":"x"}"#, "invalid_parameter"),
                (#"{"video":"ms://file-01kay7zq3v8m5tqe0c9h2rwx4d"}"#, "not_found"),
                (#"{"video":"ms://x","redact":"yes"}"#, "invalid_parameter"),
            ] {
                #expect(Self.error(try await client.call("workflow", arguments)) == code, "\(arguments)")
            }
        }
    }
}
