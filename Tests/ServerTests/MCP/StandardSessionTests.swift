// The protocol over streams: one message a line, what is no message, the end of the input, and the end from outside.
import Foundation
import Inference
import Jobs
import Logging
import Media
import Render
import Support
import Testing

@testable import Server

@Suite struct StandardSessionTests {
    /// A session over two pipes, with a worker.
    private struct Desk {
        let toServer = Pipe()
        let fromServer = Pipe()
        let directory: TemporaryDirectory
        let store: JobStore
        let session: StandardSession
        let work: Task<Void, any Error>
        let serving: Task<Void, Never>

        init(engine: ScriptedEngine, lineLimit: Int = 1 << 20) async throws {
            directory = try TemporaryDirectory()
            store = try JobStore.open(directory.path + "/data")
            let hub = EventHub()
            let configuration = ServerConfiguration()
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let bench = try await ToolBench(
                configuration: configuration, store: store, hub: hub, abilities: engine.abilities,
                rendering: Rendering(renderer: nil, limits: configuration.limits),
                localFiles: LocalFiles { path, scale in .picture(try Image.read(path: path), scale: scale) })
            let streams = StandardStreams(
                input: toServer.fileHandleForReading.fileDescriptor,
                output: fromServer.fileHandleForWriting.fileDescriptor, lineLimit: lineLimit)
            let session = StandardSession(server: MCPServer(bench: bench, logger: logger), streams: streams)
            self.session = session
            let worker = Worker(store: store, hub: hub, engine: engine, options: configuration.worker, logger: logger)
            work = Task { try await worker.run() }
            serving = Task { await session.run() }
        }

        func say(_ lines: String...) throws {
            try toServer.fileHandleForWriting.write(contentsOf: Data((lines.joined(separator: "\n") + "\n").utf8))
        }

        /// Everything that was answered, once the session is over.
        func end() async throws -> [JSONValue] {
            await serving.value
            work.cancel()
            _ = await work.result
            try fromServer.fileHandleForWriting.close()
            let bytes = try fromServer.fileHandleForReading.readToEnd() ?? Data()
            await store.close()
            return try bytes.split(separator: 0x0A).map { try JSONValue(parsing: Array($0)) }
        }
    }

    private static let initialize = MCPTestClient.initialize("2025-06-18")

    private static func convert(_ arguments: String, id: Int = 1) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"convert","arguments":\#(arguments)}}"#
    }

    @Test func everyLineIsAMessageAndTheEndOfTheInputEndsTheSession() async throws {
        let desk = try await Desk(engine: ScriptedEngine(), lineLimit: 4096)
        try desk.say(
            #"{"jsonrpc":"2.0","id":"early","method":"tools/list"}"#, "", "words", Self.initialize, "  \r",
            String(repeating: "x", count: 5000), #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
            #"{"jsonrpc":"2.0","id":"a","method":"ping"}"#)
        try desk.toServer.fileHandleForWriting.close()
        let answers = try await desk.end()
        func codes(_ id: JSONValue) -> [JSONValue] {
            answers.filter { $0["id"] == id }.compactMap { $0["error"]?["code"] }
        }
        #expect(answers.count == 5)
        #expect(codes("early") == [-32600])
        #expect(Set(codes(.null).compactMap { $0.text(.compact) }) == ["-32700", "-32600"])
        #expect(answers.contains { $0["id"] == 0 && $0["result"]?["serverInfo"]?["name"] == "bottega" })
        #expect(answers.contains { $0["id"] == "a" && $0["result"] == [:] })
    }

    @Test func whatIsUnderWayAtTheEndOfTheInputIsFinishedAndWritten() async throws {
        let desk = try await Desk(engine: ScriptedEngine())
        let picture = desk.directory.path + "/one.png"
        try Data(Picture.png()).write(to: URL(filePath: picture))
        let output = desk.directory.path + "/out"
        try desk.say(Self.initialize, Self.convert(#"{"path":"\#(picture)","output":"\#(output)"}"#))
        try desk.toServer.fileHandleForWriting.close()
        let answers = try await desk.end()
        let result = try #require(answers.first { $0["id"] == 1 }?["result"])
        #expect(result["isError"] == false)
        #expect(result["structuredContent"]?["output"] == .string(output))
        #expect(result["structuredContent"]?["name"] == "one")
        let page = try String(contentsOfFile: output + "/index.html", encoding: .utf8)
        #expect(result["structuredContent"]?["html"] == .string(page))
    }

    @Test func pathsThatCannotBeUsedAreTheToolsErrors() async throws {
        let desk = try await Desk(engine: ScriptedEngine())
        let folder = desk.directory.path
        try Data(Picture.png()).write(to: URL(filePath: folder + "/one.png"))
        let wrong = [
            #"{"path":"\#(folder)/none.png"}"#, #"{"path":"\#(folder)"}"#, #"{"path":"/etc/hostname"}"#,
            #"{"path":"\#(folder)/one.png","output":"\#(folder)"}"#, #"{"path":"\#(folder)/one.png","replace":true}"#,
            #"{"path":"\#(folder)/one.png","image":"x"}"#,
        ]
        try desk.say(Self.initialize)
        for (index, arguments) in wrong.enumerated() { try desk.say(Self.convert(arguments, id: index + 1)) }
        try desk.toServer.fileHandleForWriting.close()
        let answers = try await desk.end()
        let codes = (1...wrong.count).map { id in
            answers.first { $0["id"] == .integer(id) }?["result"]?["_meta"]?["error"]?["code"]?.asString
        }
        #expect(
            codes == [
                "invalid_parameter", "invalid_parameter", "unsupported_media", "invalid_parameter",
                "invalid_parameter", "invalid_parameter",
            ])
    }

    @Test func aSessionStoppedFromOutsideCancelsItsJobs() async throws {
        let engine = ScriptedEngine(held: true)
        let desk = try await Desk(engine: engine)
        try desk.say(Self.initialize, Self.convert(#"{"image":"\#(MCPTestClient.picture)"}"#))
        await engine.hasBegun.wait()
        desk.session.stop()
        await engine.wasCancelled.wait()
        let answers = try await desk.end()
        #expect(answers.count == 1)
        try desk.toServer.fileHandleForWriting.close()
    }

    @Test func aClientThatReadsNoMoreCancelsWhatItLeft() async throws {
        let engine = ScriptedEngine(held: true)
        let desk = try await Desk(engine: engine)
        try desk.say(Self.initialize, Self.convert(#"{"image":"\#(MCPTestClient.picture)"}"#))
        await engine.hasBegun.wait()
        try desk.fromServer.fileHandleForReading.close()
        try desk.toServer.fileHandleForWriting.close()
        await engine.wasCancelled.wait()
        await desk.serving.value
        desk.work.cancel()
        _ = await desk.work.result
        await desk.store.close()
    }
}
