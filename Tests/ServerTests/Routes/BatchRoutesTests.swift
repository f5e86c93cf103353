// Batches over HTTP: what comes in, what is answered while they run and after, and what is refused.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Jobs
import NIOCore
import Support
import Testing

@testable import Server

/// The service with what tests of batches do.
extension TestService {
    static let three: [(path: String, bytes: [UInt8])] = [
        ("shots/app/10.png", Picture.png(red: 10)), ("shots/app/2.png", Picture.png(red: 2)),
        ("shots/home.png", Picture.png(red: 3)),
    ]

    /// Sends a zip.
    @discardableResult
    func batch(
        _ files: [(path: String, bytes: [UInt8])] = three, _ query: String = "?draft=true", headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = headers
        headers[.contentType] = "application/zip"
        return try await send(
            .post, "/v1/batches\(query)", headers: headers, body: ByteBuffer(bytes: try Zip.of(files)))
    }

    /// The paths of a batch's items.
    func items(_ answer: TestResponse, _ query: String = "") async throws -> [[String: Any]] {
        let list = try await send(.get, try #require(answer.string("items_url")) + query)
        return list.value("data") as? [[String: Any]] ?? []
    }
}

@Suite struct BatchRoutesTests {
    private static let wait: HTTPFields = [.prefer: "wait=60"]

    @Test func aZipOfAFolderBecomesOneProject() async throws {
        try await TestService.run { service in
            let sent = try await service.batch(headers: Self.wait)
            #expect(sent.status == .ok, "\(sent.text)")
            #expect(sent.string("object") == "batch" && sent.string("status") == "succeeded")
            #expect(sent.string("name") == "shots" && sent.string("stack") == "html")
            #expect(sent.value("item_count") as? Int == 3 && sent.value("done_count") as? Int == 3)
            #expect(sent.value("failed_count") as? Int == 0 && sent.value("kept_count") as? Int == 0)
            let id = try #require(sent.string("id"))
            #expect(sent.headers[.location] == "/v1/batches/\(id)")
            let items = try await service.items(sent)
            #expect(items.compactMap { $0["path"] as? String } == ["app/2.png", "app/10.png", "home.png"])
            let page = try await service.send(.get, try #require(items[0]["page_url"] as? String))
            #expect(page.status == .ok && page.text.contains("<p>One</p>"))
            let shown = try await service.send(.get, try #require(items[0]["preview_url"] as? String))
            #expect(shown.status == .ok && shown.headers[.contentSecurityPolicy]?.contains("sandbox") == true)
            let zip = try Unzipped(try await service.send(.get, try #require(sent.string("archive_url"))))
            #expect(zip.paths.first == "index.html" && zip.paths.count == sent.value("file_count") as? Int)
            let same = try Unzipped(
                try await service.send(.get, "/v1/batches/\(id)", headers: [.accept: "application/zip"]))
            #expect(same.paths == zip.paths)
            let design = try #require(items[2]["design"] as? [String: Any])
            #expect(try await service.send(.get, try #require(design["url"] as? String)).status == .ok)
            let files = try await service.send(.get, try #require(sent.string("files_url")))
            #expect((files.value("data") as? [Any])?.count == zip.paths.count)
        }
    }

    @Test func whoDoesNotSayIsAnsweredAtOnce() async throws {
        try await TestService.run(works: false) { service in
            let sent = try await service.batch()
            #expect(sent.status == .accepted && sent.string("status") == "queued")
            #expect(sent.headers[.retryAfter] != nil)
            #expect(
                try await service.items(sent).compactMap { $0["state"] as? String } == [
                    "waiting", "waiting", "waiting",
                ])
            let pending = try await service.send(.get, try #require(sent.headers[.location]) + "/archive.zip")
            #expect(pending.code == "revision_pending")
        }
    }

    @Test func manyFilesOfAFormAreABatch() async throws {
        try await TestService.run(works: false) { service in
            let form = Form().file("a/x.png", Picture.png(red: 1)).file("b/x.png", Picture.png(red: 2), field: "file")
                .file("x.png", Picture.png(red: 3)).file("X.png", Picture.png(red: 4))
                .file("notes.txt", Array("no picture".utf8)).file(".hidden.png", Picture.png(red: 5))
                .file("broken.png", Array("no picture either".utf8)).field("stack", "vue").field("in_flight", "2")
                .field("sharing", "false").field("name", "Our app")
            let sent = try await service.post("/v1/batches", form: form)
            #expect(sent.status == .accepted, "\(sent.text)")
            #expect(sent.string("stack") == "vue" && sent.value("in_flight") as? Int == 2)
            #expect(sent.value("sharing") as? Bool == false && sent.string("name") == "Our app")
            #expect(
                try await service.items(sent).compactMap { $0["path"] as? String }
                    == ["a/x.png", "b/x.png", "broken.png", "X-2.png", "x.png"])
        }
    }

    @Test func itemsComeInPagesAndByState() async throws {
        try await TestService.run(works: false) { service in
            let sent = try await service.batch()
            let address = try #require(sent.string("items_url"))
            let first = try await service.send(.get, address + "?limit=2")
            #expect((first.value("data") as? [Any])?.count == 2)
            let cursor = try #require(first.string("next_cursor"))
            let second = try await service.send(.get, address + "?limit=2&cursor=\(cursor)")
            #expect(second.value("data", 0, "index") as? Int == 2 && second.value("next_cursor") is NSNull)
            #expect(try await service.items(sent, "?state=failed").isEmpty)
            for query in ["?state=lost", "?cursor=x", "?limit=0", "?page=2"] {
                #expect(try await service.send(.get, address + query).code == "invalid_parameter", "\(query)")
            }
        }
    }

    @Test func aBrokenPictureIsToldOfAndTheRestIsMade() async throws {
        try await TestService.run { service in
            var files = TestService.three
            files[1].bytes = Array(files[1].bytes.prefix(40))
            let sent = try await service.batch(files, headers: Self.wait)
            #expect(sent.string("status") == "succeeded", "\(sent.text)")
            #expect(sent.value("failed_count") as? Int == 1 && sent.value("done_count") as? Int == 2)
            let failed = try await service.items(sent, "?state=failed")
            #expect(failed.first?["path"] as? String == "app/2.png")
            let words = try #require(failed.first?["failure"] as? String)
            #expect(words.contains("PNG") && !words.contains("/uploads/"), "\(words)")
            let id = try #require(sent.string("id"))
            let asked = service.engine.answerCount
            let again = try await service.send(.post, "/v1/batches/\(id)/retry-failed", headers: Self.wait)
            #expect(again.string("status") == "succeeded" && again.value("revision") as? Int == 2, "\(again.text)")
            #expect(again.string("job", "kind") == "batch" && again.value("kept_count") as? Int == 2)
            #expect(service.engine.answerCount == asked)
        }
    }

    @Test func aRunningBatchIsCancelledAndTakenUpAgain() async throws {
        let engine = ScriptedEngine(held: true)
        try await TestService.run(engine: engine) { service in
            let sent = try await service.batch()
            await engine.hasBegun.wait()
            let address = try #require(sent.headers[.location])
            let early = try await service.send(.post, address + "/retry-failed")
            #expect(early.code == "revision_pending" && early.status == .conflict)
            #expect(try await service.send(.post, address + "/cancel").status == .ok)
            await service.hub.waitUntilFinished(try #require(sent.string("job", "id")))
            let cancelled = try await service.send(.get, address)
            #expect(cancelled.string("status") == "cancelled" && cancelled.string("error", "code") == "cancelled")
            #expect(try await service.items(sent).allSatisfy { $0["state"] as? String == "waiting" })
            engine.release()
            let again = try await service.send(.post, address + "/retry-failed", headers: Self.wait)
            #expect(again.string("status") == "succeeded", "\(again.text)")
            #expect(try await service.send(.post, address + "/cancel").string("status") == "succeeded")
        }
    }

    @Test func theStreamTellsOfEachDesignAndEndsWithTheBatch() async throws {
        try await TestService.run { service in
            let sent = try await service.batch(headers: [.accept: "text/event-stream"])
            func check(_ text: String, isWhole: Bool) {
                let names = text.split(separator: "\n").filter { $0.hasPrefix("event: ") }.map { $0.dropFirst(7) }
                #expect(names.count { $0 == "item" } >= 3 && names.last == "done" && !names.contains("file"))
                #expect(text.contains(#""path":"app/10.png""#) && text.contains(#""object":"batch""#))
                if isWhole { #expect(names.contains("stage")) }
            }
            check(sent.text, isWhole: true)
            let list = try await service.send(.get, "/v1/batches")
            let events = try #require(list.value("data", 0, "events_url") as? String)
            check(try await service.send(.get, events).text, isWhole: true)
            let done = try await service.send(.get, events + "?last_event_id=1-999999")
            check(done.text, isWhole: true)
        }
    }

    @Test func otherKeysFindNothing() async throws {
        try await TestService.run(works: false) { service in
            let (one, other) = (
                try await service.store.createKey(name: "one").secret,
                try await service.store.createKey(name: "other").secret
            )
            let mine: HTTPFields = [.authorization: "Bearer \(one)"]
            let theirs: HTTPFields = [.authorization: "Bearer \(other)"]
            let address = try #require(try await service.batch(headers: mine).headers[.location])
            #expect(try await service.send(.get, address, headers: mine).status == .ok)
            for part in ["", "/items", "/archive.zip", "/events"] {
                #expect(try await service.send(.get, address + part, headers: theirs).code == "not_found", "\(part)")
            }
            for part in ["/cancel", "/retry-failed"] {
                #expect(try await service.send(.post, address + part, headers: theirs).code == "not_found", "\(part)")
            }
            #expect(try await service.send(.delete, address, headers: theirs).code == "not_found")
            #expect(try await service.send(.get, "/v1/batches", headers: theirs).value("data", 0) == nil)
            #expect(try await service.send(.delete, address, headers: mine).status == .noContent)
            #expect(try await service.send(.get, address, headers: mine).code == "not_found")
        }
    }

    @Test func kindsAreNotMixedUp() async throws {
        try await TestService.run { service in
            let batch = try #require(try await service.batch(headers: Self.wait).string("id"))
            let page = try #require(try await service.convert("?draft=true").string("id"))
            #expect(try await service.send(.get, "/v1/batches/\(page)").code == "not_found")
            #expect(try await service.send(.get, "/v1/workflows/\(batch)").code == "not_found")
            let list = try await service.send(.get, "/v1/conversions")
            #expect((list.value("data") as? [[String: Any]])?.compactMap { $0["id"] as? String } == [page])
            let whole = try await service.send(.get, "/v1/conversions/\(batch)?text=false")
            #expect(whole.string("object") == "batch" && whole.string("id") == batch)
            let files = try await service.send(.get, "/v1/conversions/\(batch)/files")
            #expect(files.value("data", 0, "path") as? String == "index.html")
            #expect(files.value("data", 0, "text") == nil)
            let edit = #"{"operations":[{"selector":"p","set_text":"x"}]}"#
            #expect(try await service.post("/v1/conversions/\(batch)/edits", json: edit).code == "edit_invalid")
        }
    }

    @Test func theSameRequestIsDoneOnce() async throws {
        try await TestService.run(works: false) { service in
            let headers: HTTPFields = [.idempotencyKey: "once"]
            let first = try await service.batch(headers: headers)
            let again = try await service.batch(headers: headers)
            #expect(again.string("id") == first.string("id") && again.headers[.idempotencyReplayed] == "true")
            #expect(
                try await service.batch(TestService.three, "?draft=true&sharing=false", headers: headers).code
                    == "idempotency_conflict")
        }
    }

    @Test(arguments: [
        ("../x.png", "unsafe_path"), ("/etc/x.png", "unsafe_path"), ("a/../../x.png", "unsafe_path"),
        ("notes.txt", "missing_image"), (".git/x.png", "missing_image"),
    ])
    func pathsThatLeadAwayAreRefused(path: String, code: String) async throws {
        try await TestService.run(works: false) { service in
            let bytes = path.hasSuffix(".png") ? Picture.png() : Array("text".utf8)
            let form = Form().file(path, bytes)
            let answer = try await service.post("/v1/batches", form: form)
            #expect(answer.code == code)
            #expect(try await service.send(.get, "/v1/batches").value("data", 0) == nil)
        }
    }

    @Test func whatIsTooMuchIsRefused() async throws {
        try await TestService.run(works: false) {
            ($0.limits.archiveEntries, $0.limits.imageBytes, $0.limits.archiveBytes) = (2, 2000, 3000)
        } _: { service in
            let whole = try await service.batch()
            #expect(whole.code == "archive_too_large")
            let form = TestService.three.reduce(Form()) { $0.file($1.path, $1.bytes) }
            #expect(try await service.post("/v1/batches", form: form).code == "too_many_files")
            let large = [UInt8](repeating: 0, count: 2500)
            let picture = Form().file("x.png", Picture.png() + large)
            #expect(try await service.post("/v1/batches", form: picture).code == "image_too_large")
            let other = Form().file("x.bin", large).file("y.png", Picture.png())
            #expect(try await service.post("/v1/batches", form: other).status == .accepted)
        }
    }

    @Test func whatCannotBeAskedForIsRefused() async throws {
        try await TestService.run(works: false) { service in
            for (query, code) in [
                ("?stack=cobol", "stack_unknown"), ("?in_flight=0", "invalid_parameter"),
                ("?in_flight=17", "invalid_parameter"), ("?sharing=perhaps", "invalid_parameter"),
                ("?redact=true", "invalid_parameter"), ("?attempts=0", "invalid_parameter"),
            ] {
                #expect(try await service.batch(TestService.three, query).code == code, "\(query)")
            }
            let page = try await service.batch(headers: [.accept: "text/html"])
            #expect(page.code == "not_acceptable")
            let text = try await service.send(.post, "/v1/batches", headers: [.contentType: "text/plain"])
            #expect(text.code == "unsupported_media")
            let noZip = try await service.send(
                .post, "/v1/batches", headers: [.contentType: "application/zip"],
                body: ByteBuffer(string: "PK\u{3}\u{4}"))
            #expect(noZip.code == "corrupt_archive" || noZip.code == "unsupported_media", "\(noZip.text)")
        }
    }
}
