// What answers look like, letter by letter. Values that differ from run to run are replaced by names; everything else is
// what clients rely on.
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Server

@Suite struct WireShapeTests {
    /// One line of JSON with ids, times, digests and measured seconds replaced by names.
    private func shape(_ text: String) -> String {
        text.replacing(/conv_[0-9a-z]{26}/, with: "CONVERSION").replacing(/job_[0-9a-z]{26}/, with: "JOB")
            .replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, with: "TIME")
            .replacing(/[0-9a-f]{64}/, with: "DIGEST").replacing(/\/preview\/[A-Za-z0-9_-]+/, with: "/preview/TOKEN")
            .replacing(/"(decode|total)":[0-9.e-]+/) { "\"\($0.1)\":SECONDS" }
            .replacing(/"seconds":[0-9.e-]+/, with: "\"seconds\":SECONDS")
            .replacing(/"request_id":"[^"]+"/, with: "\"request_id\":\"REQUEST\"")
    }

    private static let report =
        #"{"engine":"script","finish_reason":"stop","seconds":{"decode":SECONDS,"encode":0.25,"generate":0.5,"#
        + #""measure":null,"prefill":0.125,"total":SECONDS},"tokens":{"cached_tokens":6,"completion_tokens":181,"#
        + #""prompt_tokens":70,"vision_tokens":64}}"#

    private static let receipt =
        #"{"attempts":0,"design":0,"differences":[],"draft":null,"draft_picture_url":null,"heat_map_url":null,"#
        + #""height":null,"is_estimate":null,"is_out_of_time":false,"json_url":null,"mean_colour_difference":null,"#
        + #""page":"index.html","picture_url":null,"repairs_kept":0,"repairs_tried":0,"report_url":null,"score":null,"#
        + #""seconds":SECONDS,"unmeasured":"the service has no browser to show it in","width":null}"#

    private static let design =
        #"{"bytes":BYTES,"height":6,"media_type":"image/png","name":"sign-in","#
        + #""url":"/v1/conversions/CONVERSION/designs/0","width":8}"#

    private static let page =
        #"<!DOCTYPE html>\n<html><head><title>One</title></head><body><p>One</p></body></html>\n"#

    private static func file(revision: Int) -> String {
        #"{"bytes":84,"media_type":"text/html; charset=utf-8","path":"index.html","sha256":"DIGEST","text":"\#(page)","#
            + #""url":"/v1/conversions/CONVERSION/files/index.html?revision=\#(revision)"}"#
    }

    private static func job(_ status: String, _ members: String) -> String {
        #"{"attempts":\#(status == "queued" ? 0 : 1),"conversion":"CONVERSION","created_at":"TIME","edit":null,"#
            + #""error":null,\#(members),"id":"JOB","kind":"convert","object":"job","parent_revision":null,"#
    }

    @Test func aFinishedConversion() async throws {
        try await TestService.run { service in
            let picture = Picture.png()
            let text = shape(try await service.convert("?name=sign-in", picture: picture).text)
            let job =
                Self.job("succeeded", #""finished_at":"TIME""#)
                + #""position":null,"revision":1,"stage":null,"started_at":"TIME","status":"succeeded","#
                + #""url":"/v1/jobs/JOB"}"#
            let expected =
                #"{"archive_url":"/v1/conversions/CONVERSION/archive.zip?revision=1","created_at":"TIME","#
                + #""designs":[\#(Self.design.replacing("BYTES", with: "\(picture.count)"))],"entry":"index.html","#
                + #""error":null,"events_url":"/v1/conversions/CONVERSION/events","expires_at":"TIME","#
                + #""files":[\#(Self.file(revision: 1))],"id":"CONVERSION","job":\#(job),"latest_revision":1,"#
                + #""name":"sign-in","object":"conversion","preview_url":"/preview/TOKEN/index.html","#
                + #""receipts":[\#(Self.receipt)],"report":\#(Self.report),"revision":1,"score":null,"stack":"html","status":"succeeded","#
                + #""usage":{"cached_tokens":6,"completion_tokens":181,"prompt_tokens":70,"vision_tokens":64}}"#
            #expect(text == expected)
        }
    }

    @Test func aQueuedConversion() async throws {
        try await TestService.run(works: false) { service in
            let picture = Picture.png()
            let answer = try await service.convert(
                "?name=sign-in", headers: [.prefer: "respond-async"], picture: picture)
            let job =
                Self.job("queued", #""finished_at":null"#)
                + #""position":1,"revision":null,"stage":null,"started_at":null,"status":"queued","#
                + #""url":"/v1/jobs/JOB"}"#
            let expected =
                #"{"archive_url":null,"created_at":"TIME","designs":["#
                + #"\#(Self.design.replacing("BYTES", with: "\(picture.count)"))],"entry":null,"error":null,"#
                + #""events_url":"/v1/conversions/CONVERSION/events","expires_at":"TIME","files":[],"id":"CONVERSION","#
                + #""job":\#(job),"latest_revision":null,"name":"sign-in","object":"conversion","preview_url":null,"#
                + #""receipts":[],"report":null,"revision":null,"score":null,"stack":"html","status":"queued","usage":null}"#
            #expect(shape(answer.text) == expected)
        }
    }

    @Test func aFailedJobAndItsAnswer() async throws {
        try await TestService.run(engine: ScriptedEngine([" "])) { service in
            let answer = try await service.convert()
            #expect(
                shape(answer.text)
                    == #"{"error":{"code":"blank_result","details":{"conversion":"CONVERSION","job":"JOB"},"#
                    + #""message":"script wrote a blank page","param":null,"#
                    + #""request_id":"REQUEST","retryable":false,"type":"engine"}}"#)
            let job = try #require(answer.value("error", "details", "job") as? String)
            #expect(
                shape(try await service.send(.get, "/v1/jobs/\(job)").text)
                    == #"{"attempts":1,"conversion":"CONVERSION","created_at":"TIME","edit":null,"#
                    + #""error":{"code":"blank_result","message":"script wrote a blank page","#
                    + #""retryable":false,"type":"engine"},"finished_at":"TIME","id":"JOB","kind":"convert","#
                    + #""object":"job","parent_revision":null,"position":null,"revision":null,"stage":null,"#
                    + #""started_at":"TIME","status":"failed","url":"/v1/jobs/JOB"}"#)
        }
    }

    @Test func aQueuedBatchAndItsItems() async throws {
        try await TestService.run(works: false) { service in
            let picture = Picture.png()
            let sent = try await service.batch([("app/sign-in.png", picture)])
            let job =
                Self.job("queued", #""finished_at":null"#).replacing("\"convert\"", with: "\"batch\"")
                + #""position":1,"revision":null,"stage":null,"started_at":null,"status":"queued","#
                + #""url":"/v1/jobs/JOB"}"#
            #expect(
                shape(sent.text)
                    == #"{"archive_url":null,"components":null,"consistency":null,"consistency_before":null,"#
                    + #""created_at":"TIME","design_tokens":null,"done_count":0,"entry":null,"error":null,"#
                    + #""events_url":"/v1/batches/CONVERSION/events","expires_at":"TIME","failed_count":0,"#
                    + #""file_count":null,"files_url":null,"id":"CONVERSION","in_flight":4,"item_count":1,"#
                    + #""items_url":"/v1/batches/CONVERSION/items","job":\#(job),"kept_count":0,"latest_revision":null,"#
                    + #""name":"app","object":"batch","preview_url":null,"report":null,"revision":null,"score":null,"#
                    + #""sharing":true,"stack":"html","status":"queued","usage":null}"#)
            let design = Self.design.replacing("BYTES", with: "\(picture.count)").replacing(
                "\"sign-in\"", with: "\"sign-in.png\"")
            #expect(
                shape(try await service.send(.get, try #require(sent.string("items_url"))).text)
                    == #"{"data":[{"design":\#(design),"failure":null,"index":0,"kept":false,"object":"batch_item","#
                    + #""page":null,"page_url":null,"path":"sign-in.png","preview_url":null,"receipt_url":null,"#
                    + #""score":null,"seconds":SECONDS,"state":"waiting"}],"next_cursor":null,"object":"list"}"#)
        }
    }

    @Test func aQueuedWorkflow() async throws {
        try await TestService.run(works: false) { service in
            let bytes = [0, 0, 0, 0x20] + Array("ftypisom".utf8) + [UInt8](repeating: 0, count: 60)
            let sent = try await service.send(
                .post, "/v1/workflows?name=tour", headers: [.contentType: "video/mp4"], body: ByteBuffer(bytes: bytes))
            let job =
                Self.job("queued", #""finished_at":null"#).replacing("\"convert\"", with: "\"workflow\"")
                + #""position":1,"revision":null,"stage":null,"started_at":null,"status":"queued","#
                + #""url":"/v1/jobs/JOB"}"#
            #expect(
                shape(sent.text)
                    == #"{"archive_url":null,"created_at":"TIME","damage":null,"diagram_url":null,"entry":null,"#
                    + #""error":null,"events_url":"/v1/workflows/CONVERSION/events","expires_at":"TIME","#
                    + #""file_count":null,"files_url":null,"id":"CONVERSION","job":\#(job),"latest_revision":null,"#
                    + #""name":"tour","object":"workflow","preview_url":null,"procedure_url":null,"prototype":true,"#
                    + #""recording":{"bytes":72,"media_type":"video/mp4","name":"recording","#
                    + #""url":"/v1/conversions/CONVERSION/designs/0"},"redact":false,"replayed":null,"report":null,"#
                    + #""revision":null,"screen_count":null,"screens_url":null,"script_url":null,"status":"queued","#
                    + #""step_count":null,"steps_url":null,"usage":null}"#)
        }
    }

    @Test func aStream() async throws {
        try await TestService.run { service in
            let done = try await service.convert("?name=sign-in")
            let stream = try await service.send(.get, try #require(done.string("events_url")))
            let lines = shape(stream.text).split(separator: "\n").filter { !$0.hasPrefix("id: ") }.map(String.init)
            let expected = [
                "retry: 1000", "event: status",
                #"data: {"conversion":"CONVERSION","job":"JOB","status":"running"}"#, "event: stage",
                #"data: {"design":0,"height":6,"seconds":SECONDS,"stage":"decode","width":8}"#, "event: stage",
                #"data: {"design":0,"seconds":SECONDS,"stage":"encode","tokens":64}"#, "event: stage",
                #"data: {"design":0,"seconds":SECONDS,"stage":"prefill","tokens":70}"#, "event: stage",
                #"data: {"design":0,"stage":"write"}"#, "event: delta",
                #"data: {"path":"index.html","text":"<!DOCTYPE html>\n"}"#, "event: delta",
                #"data: {"path":"index.html","text":"<html><head><title>One</title></head>"}"#, "event: delta",
                #"data: {"path":"index.html","text":"<body><p>One</p>"}"#, "event: delta",
                #"data: {"path":"index.html","text":"</body></html>\n"}"#, "event: stage",
                #"data: {"design":0,"seconds":SECONDS,"stage":"save"}"#, "event: file",
                "data: " + Self.file(revision: 1), "event: receipt", "data: " + Self.receipt, "event: usage",
                #"data: {"cached_tokens":6,"completion_tokens":181,"prompt_tokens":70,"vision_tokens":64}"#,
                "event: done", "data: " + shape(done.text),
            ]
            #expect(lines == expected)
        }
    }
}
