// The receipt as clients get it: in the object, in the header, in the archive, in the stream, and by address.
import Archive
import Foundation
import HTTPTypes
import HummingbirdTesting
import Jobs
import Media
import NIOCore
import Render
import Support
import Testing
import UIToCode

@testable import Server

@Suite struct ReceiptRoutesTests {
    private static let picture: [UInt8] = {
        do { return try Image(width: 64, height: 48, fill: PaintingRenderer.blue).encodedPNG() } catch { return [] }
    }()

    private func run(
        _ page: String = "grey", fault: RenderError? = nil,
        _ test: @escaping @Sendable (TestService) async throws -> Void
    ) async throws {
        let engine = ScriptedEngine(["<!DOCTYPE html>\n<html><head></head><body><p>\(page)</p></body></html>\n"])
        try await TestService.run(engine: engine, renderer: PaintingRenderer(fault: fault), test)
    }

    private func convert(
        _ service: TestService, _ query: String = "", _ headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await service.convert(query, headers: headers, picture: Self.picture)
    }

    @Test func everyAnswerTellsHowFaithfulThePageIs() async throws {
        try await run { service in
            let answer = try await convert(service)
            let score = try #require(answer.value("score") as? Double)
            #expect(score > 0 && score < 1)
            #expect(answer.headers[.fidelityScore] == score.headerText)
            #expect(answer.value("receipts", 0, "score", "total") as? Double == score)
            #expect(answer.value("receipts", 0, "page") as? String == "index.html")
            #expect(answer.value("receipts", 0, "is_estimate") as? Bool == true)
            #expect(answer.value("receipts", 0, "width") as? Double == 64)
            #expect(answer.value("receipts", 0, "unmeasured") is NSNull)
            #expect(answer.value("receipts", 0, "differences", 0, "kind") is String)
            #expect((answer.value("report", "seconds", "measure") as? Double ?? 0) > 0)
            let address = try #require(answer.headers[.location])
            let listing = try await service.send(.get, "/v1/conversions")
            #expect(listing.value("data", 0, "score") as? Double == score)
            #expect(listing.value("data", 0, "receipts", 0, "score", "total") as? Double == score)
            #expect(listing.value("data", 0, "receipts", 0, "differences") == nil)
            #expect(
                try await service.send(.get, address + "/revisions").value("data", 0, "score") as? Double == score)
            for accept in ["application/json", "application/zip", "text/html"] {
                let other = try await service.send(.get, address, headers: [.accept: accept])
                #expect(other.headers[.fidelityScore] == score.headerText, "\(accept)")
            }
            let archive = try await service.send(.get, address + "/archive.zip")
            #expect(archive.headers[.fidelityScore] == score.headerText)
        }
    }

    @Test func theReceiptsFilesHaveAddresses() async throws {
        try await run { service in
            let answer = try await convert(service, "?repair=false")
            let types = [
                "report_url": "text/html; charset=utf-8", "json_url": "application/json",
                "heat_map_url": "image/png", "picture_url": "image/png",
            ]
            for (key, type) in types {
                let url = try #require(answer.value("receipts", 0, key) as? String)
                let file = try await service.send(.get, url)
                #expect(file.status == .ok && file.headers[.contentType] == type, "\(key)")
                let tag = try #require(file.headers[.eTag])
                let known = try await service.send(.get, url, headers: [.ifNoneMatch: tag])
                #expect(known.status == .notModified, "\(key)")
            }
            let json = try await service.send(.get, try #require(answer.value("receipts", 0, "json_url") as? String))
            let receipt = try ReceiptJSON(reading: Array(buffer: json.body)).receipt
            #expect(receipt.fidelity.score.total == answer.value("score") as? Double && receipt.attempts.count == 1)
            let heat = try await service.send(
                .get, try #require(answer.value("receipts", 0, "heat_map_url") as? String))
            #expect(try Image.decode(Array(buffer: heat.body), name: "heat").height == 48)
            // No repair changed the page: there is no draft to be shown beside it.
            #expect(answer.value("receipts", 0, "draft_picture_url") is NSNull)
            let address = try #require(answer.headers[.location])
            for path in ["0/draft.png", "1/report.html", "0/index.html", "00/report.html", "-1/report.html", "x/y"] {
                let missing = try await service.send(.get, "\(address)/receipts/\(path)")
                #expect(missing.code == "not_found", "\(path)")
            }
        }
    }

    @Test func theReportIsAPageForPeopleThatReachesNothing() async throws {
        try await run { service in
            let address = try #require(try await convert(service).headers[.location]) + "/report"
            let page = try await service.send(.get, address, headers: [.accept: "text/html,*/*;q=0.8"])
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(page.text.contains("Fidelity receipt"))
            let policy = try #require(page.headers[.contentSecurityPolicy])
            #expect(policy.contains("sandbox allow-scripts;") && policy.contains("default-src 'none'"))
            #expect(!policy.contains("allow-same-origin"))
            let json = try await service.send(.get, address)
            #expect(json.value("receipts", 0, "score", "total") as? Double == json.value("score") as? Double)
            #expect(json.value("revision") as? Int == 1)
            let other = try await service.send(.get, address + "?design=3", headers: [.accept: "text/html"])
            #expect(other.code == "not_found")
        }
    }

    @Test func theArchiveHoldsTheReportsBesideTheirPages() async throws {
        try await run { service in
            let answer = try await convert(service, "", [.accept: "application/zip"])
            #expect(try names(in: answer) == ["index.html", "report.html", "report.json"])
        }
    }

    private func names(in answer: TestResponse) throws -> [String] {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.zip")
        try Data(answer.body.readableBytesView).write(to: URL(filePath: path))
        let zip = try ZipReader(path, name: "a.zip", limits: ZipLimits(entries: 9, unpackedBytes: 1 << 24))
        var names: [String] = []
        while let entry = try zip.next() {
            names.append(entry.path)
            try zip.read { _ in }
        }
        return names
    }

    @Test func theStreamTellsScoresAndReceipts() async throws {
        try await run { service in
            let answer = try await convert(service, "?attempts=2", [.accept: "text/event-stream"])
            let events = HeardEvent.all(in: answer.text)
            let scores = events.filter { $0.name == "score" }
            #expect(scores.compactMap { $0.object["attempt"] as? Int } == [1, 2])
            #expect(scores.allSatisfy { $0.object["total"] is Double })
            #expect(events.contains { $0.name == "stage" && $0.object["stage"] as? String == "measure" })
            let receipt = try #require(events.firstIndex { $0.name == "receipt" })
            let usage = try #require(events.firstIndex { $0.name == "usage" })
            #expect(receipt < usage)
            #expect(events[receipt].object["attempts"] as? Int == 2)
            let done = try #require(events.last?.object)
            #expect(done["score"] is Double)
        }
    }

    @Test func whatWasNotMeasuredSaysWhy() async throws {
        try await run(fault: .timedOut(seconds: 10)) { service in
            let answer = try await convert(service)
            #expect(answer.status == .ok && answer.value("score") is NSNull)
            #expect(answer.headers[.fidelityScore] == nil)
            #expect(answer.value("receipts", 0, "score") is NSNull)
            #expect(
                answer.value("receipts", 0, "unmeasured") as? String == RenderError.timedOut(seconds: 10).description)
            #expect(answer.value("receipts", 0, "report_url") is NSNull)
            let address = try #require(answer.headers[.location])
            let report = try await service.send(.get, address + "/report", headers: [.accept: "text/html"])
            #expect(report.code == "not_found")
            #expect(report.string("error", "message")?.contains("10 s") == true)
        }
    }

    @Test func withoutABrowserDraftsComeAndSaySo() async throws {
        try await TestService.run { service in
            let answer = try await service.convert()
            #expect(answer.value("receipts", 0, "unmeasured") as? String == "the service has no browser to show it in")
            let engine = try await service.send(.get, "/v1/engine")
            #expect(engine.value("measures") as? Bool == false)
            #expect(engine.value("limits", "measured_pixels") as? Int == 16_000_000)
        }
    }

    @Test(arguments: [
        ("?draft=true&attempts=2", "attempts"), ("?attempts=0", "attempts"), ("?attempts=17", "attempts"),
        ("?budget_seconds=601", "budget_seconds"), ("?budget_seconds=-1", "budget_seconds"),
        ("?repair=yes", "repair"), ("?draft=1", "draft"), ("?draft=", "draft"),
    ])
    func optionsThatCannotBeAreRefusedByName(query: String, parameter: String) async throws {
        try await run { service in
            let answer = try await convert(service, query)
            #expect(answer.code == "invalid_parameter" && answer.string("error", "param") == parameter)
        }
    }

    @Test func aDraftIsWhatTheModelWrote() async throws {
        try await run { service in
            let answer = try await convert(service, "?draft=true")
            #expect(answer.value("receipts", 0, "unmeasured") as? String == "only the draft was asked for")
            #expect(answer.value("report", "seconds", "measure") is NSNull)
        }
    }

    @Test func anEditTellsWhatItDidToTheScore() async throws {
        try await run { service in
            let first = try await convert(service, "?repair=false")
            let address = try #require(first.headers[.location])
            let edit = #"{"operations":[{"selector":"p","set_text":"blue"}]}"#
            let second = try await service.post(address + "/edits", json: edit)
            let (before, after) = (first.value("score") as? Double ?? 1, second.value("score") as? Double ?? 0)
            #expect(after > before && second.headers[.fidelityScore] == after.headerText)
            #expect(second.value("receipts", 0, "draft", "total") as? Double == before)
            #expect(second.value("receipts", 0, "attempts") as? Int == 0)
            let old = try await service.send(.get, address + "?revision=1")
            #expect(old.value("score") as? Double == before)
        }
    }
}
