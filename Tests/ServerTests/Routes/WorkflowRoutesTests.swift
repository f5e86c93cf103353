// Workflows over HTTP: the three ways a recording comes, what is answered, what comes of one, and what is refused.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Jobs
import NIOCore
import Support
import Testing

@testable import Server

@Suite struct WorkflowRoutesTests {
    /// Begins like an MP4; what follows is nothing.
    private static let video: [UInt8] =
        [0, 0, 0, 0x20] + Array("ftypisom".utf8) + [UInt8](repeating: 0, count: 100)

    private func send(
        _ service: TestService, _ query: String = "", _ bytes: [UInt8] = video, type: String = "video/mp4"
    ) async throws -> TestResponse {
        try await service.send(
            .post, "/v1/workflows\(query)", headers: [.contentType: type], body: ByteBuffer(bytes: bytes))
    }

    @Test func aRecordingComesAsTheBodyOrInAForm() async throws {
        try await TestService.run(works: false) { service in
            let raw = try await send(service, "?name=Tour&redact=true")
            #expect(raw.status == .accepted && raw.string("object") == "workflow", "\(raw.text)")
            #expect(raw.string("name") == "Tour" && raw.value("redact") as? Bool == true)
            #expect(raw.value("prototype") as? Bool == true && raw.value("step_count") is NSNull)
            #expect(raw.string("job", "kind") == "workflow")
            let form = Form().file("Sign in.mp4", Self.video, field: "video", type: "video/mp4")
                .field("prototype", "false")
            let sent = try await service.post("/v1/workflows", form: form)
            #expect(sent.string("name") == "Sign in" && sent.value("prototype") as? Bool == false, "\(sent.text)")
            #expect(sent.string("recording", "media_type") == "video/mp4")
            #expect(sent.value("recording", "bytes") as? Int == Self.video.count)
            let recording = try await service.send(.get, try #require(sent.string("recording", "url")))
            #expect(Array(recording.body.readableBytesView) == Self.video)
            let list = try await service.send(.get, "/v1/workflows")
            #expect((list.value("data") as? [Any])?.count == 2)
        }
    }

    @Test func aFileThatWasSentBeforeIsReferredTo() async throws {
        try await TestService.run(works: false) { service in
            let file = Form().file("tour.mp4", Self.video, field: "file", type: "video/mp4").field("purpose", "video")
            let id = try #require(try await service.post("/v1/files", form: file).string("id"))
            let json = try await service.post("/v1/workflows", json: #"{"video":"ms://\#(id)","redact":true}"#)
            #expect(json.status == .accepted && json.string("name") == "tour", "\(json.text)")
            let form = try await service.post("/v1/workflows", form: Form().field("video", "ms://\(id)"))
            #expect(form.status == .accepted, "\(form.text)")
            // The recording outlives the file it came from.
            #expect(try await service.send(.delete, "/v1/files/\(id)").status == .ok)
            let recording = try await service.send(.get, try #require(json.string("recording", "url")))
            #expect(Array(recording.body.readableBytesView) == Self.video)
            let usage = try await service.send(.get, "/v1/usage")
            #expect(usage.value("total", "upload_bytes") as? Int == Self.video.count)
            #expect(try await service.post("/v1/workflows", json: #"{"video":"ms://\#(id)"}"#).code == "not_found")
        }
    }

    @Test func whatIsNoRecordingIsRefused() async throws {
        try await TestService.run(works: false) {
            $0.limits.videoBytes = 2000
        } _: { service in
            let picture = try await send(service, "", Picture.png())
            #expect(picture.code == "unsupported_media")
            #expect(try await send(service, "", Array("short".utf8)).code == "unsupported_media")
            #expect(try await send(service, "", []).code == "invalid_parameter")
            let large = Self.video + [UInt8](repeating: 0, count: 2000)
            #expect(try await send(service, "", large).code == "video_too_large")
            #expect(try await send(service, "", type: "text/plain").code == "unsupported_media")
            for query in ["?redact=perhaps", "?stack=html", "?in_flight=2", "?video=x"] {
                #expect(try await send(service, query).code == "invalid_parameter", "\(query)")
            }
            let two = Form().file("a.mp4", Self.video, field: "video").file("b.mp4", Self.video, field: "video")
            #expect(try await service.post("/v1/workflows", form: two).code == "too_many_files")
            for json in [#"{}"#, #"{"video":"https://a/b.mp4"}"#, #"{"video":{}}"#, #"{"film":"x"}"#] {
                #expect(try await service.post("/v1/workflows", json: json).code == "invalid_parameter", "\(json)")
            }
            #expect(try await service.send(.get, "/v1/workflows").value("data", 0) == nil)
        }
    }

    @Test func aPictureThatWasSentBeforeIsNoRecording() async throws {
        try await TestService.run(works: false) { service in
            let file = Form().file("a.png", Picture.png(), field: "file").field("purpose", "image")
            let id = try #require(try await service.post("/v1/files", form: file).string("id"))
            let sent = try await service.post("/v1/workflows", json: #"{"video":"ms://\#(id)"}"#)
            #expect(sent.code == "unsupported_media" && sent.string("error", "param") == "video")
        }
    }

    @Test(.timeLimit(.minutes(2))) func aRecordingBecomesAnAnalysisWithAPrototype() async throws {
        let recording = [UInt8](try Fixtures.data("videos/small/sign-in.mp4"))
        try await TestService.run(engine: ScriptedEngine(followsInstructions: true)) { service in
            let sent = try await send(service, "?name=Sign+in", recording)
            #expect(sent.status == .accepted, "\(sent.text)")
            let address = try #require(sent.headers[.location])
            let stream = try await service.send(.get, try #require(sent.string("events_url")))
            for stage in ["observe", "convert", "describe", "save"] {
                #expect(stream.text.contains("\"stage\":\"\(stage)\""), "\(stage)")
            }
            #expect(stream.text.contains("event: done"))

            let done = try await service.send(.get, address)
            #expect(done.string("status") == "succeeded" && done.value("revision") as? Int == 1, "\(done.text)")
            #expect(done.value("step_count") as? Int == 2 && done.value("screen_count") as? Int == 2)
            #expect(done.string("entry") == "report.html" && done.value("damage") is NSNull)
            let steps = try await service.send(.get, try #require(done.string("steps_url")))
            let kinds = (steps.value("data") as? [[String: Any]])?.compactMap { $0["kind"] as? String }
            #expect(kinds == ["typing", "navigation"])
            let screens = try await service.send(.get, try #require(done.string("screens_url")))
            #expect((screens.value("data") as? [Any])?.count == 2)
            for (part, words) in [
                ("diagram_url", "stateDiagram"), ("procedure_url", "# Sign in"), ("script_url", "playwright"),
                ("preview_url", "<html"),
            ] {
                let answer = try await service.send(.get, try #require(done.string(part)))
                #expect(answer.status == .ok && answer.text.contains(words), "\(part)")
            }

            let list = try await service.send(.get, try #require(done.string("files_url")))
            let files = (list.value("data") as? [[String: Any]]) ?? []
            let paths = files.compactMap { $0["path"] as? String }
            for path in ["workflow.json", "report.html", "prototype/index.html", "images/screen-1.png"] {
                let url = try #require(files.first { $0["path"] as? String == path }?["url"] as? String, "\(path)")
                let file = try await service.send(.get, url)
                #expect(file.status == .ok && file.body.readableBytes > 100, "\(path)")
            }
            let zip = try Unzipped(try await service.send(.get, try #require(done.string("archive_url"))))
            #expect(zip.paths.sorted() == paths.sorted() && zip["prototype/index.html"]?.contains("<p>One</p>") == true)

            // What was typed, after and before; two screens; the summary.
            #expect(service.engine.answerCount == 5 && done.value("usage", "completion_tokens") as? Int == 5 * 181)
            let usage = try await service.send(.get, "/v1/usage")
            #expect(usage.value("total", "workflows") as? Int == 1)
            #expect(usage.value("total", "completion_tokens") as? Int == 5 * 181)
            #expect(usage.value("total", "vision_tokens") as? Int == 5 * 64)

            #expect(try await service.send(.delete, address).status == .noContent)
            #expect(try await service.send(.get, address + "/archive.zip").code == "not_found")
            #expect(try await service.send(.get, "/v1/workflows").value("data", 0) == nil)
        }
    }

    @Test func nothingIsThereBeforeTheAnalysis() async throws {
        try await TestService.run(works: false) { service in
            let address = try #require(try await send(service).headers[.location])
            for part in ["steps", "screens", "diagram.mmd", "procedure.md", "walkthrough.py", "archive.zip"] {
                #expect(try await service.send(.get, "\(address)/\(part)").code == "revision_pending", "\(part)")
            }
            let cancelled = try await service.send(.post, address + "/cancel")
            #expect(cancelled.string("status") == "cancelled" && cancelled.string("error", "code") == "cancelled")
            let stream = try await service.send(.get, address + "/events")
            #expect(stream.text.contains("event: error"))
            #expect(try await service.send(.delete, address).status == .noContent)
            #expect(try await service.send(.get, address).code == "not_found")
        }
    }
}
