// From a picture to files, in every shape and at every pace; listed, read and deleted.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Inference
import Jobs
import NIOCore
import Support
import Testing

@testable import Server

@Suite struct ConversionRoutesTests {
    @Test func aPictureBecomesAConversionWithItsPage() async throws {
        try await TestService.run { service in
            let answer = try await service.convert("?name=sign-in")
            #expect(answer.status == .ok)
            #expect(answer.string("status") == "succeeded")
            #expect(answer.string("name") == "sign-in")
            #expect(answer.string("entry") == "index.html")
            #expect(answer.value("revision") as? Int == 1)
            #expect(answer.value("designs", 0, "media_type") as? String == "image/png")
            #expect(answer.value("designs", 0, "width") as? Int == 8)
            #expect((answer.value("files", 0, "text") as? String)?.contains("<p>One</p>") == true)
            #expect(answer.value("usage", "completion_tokens") as? Int == 181)
            let id = try #require(answer.string("id"))
            #expect(answer.headers[.location] == "/v1/conversions/\(id)")
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.headers[.preferenceApplied] == nil)
        }
    }

    @Test func theFlowFromPictureToSecondArchive() async throws {
        try await TestService.run { service in
            let started = try await service.convert(headers: [.prefer: "respond-async"])
            #expect(started.status == .accepted)
            let address = try #require(started.headers[.location])
            let job = try #require(started.string("job", "id"))
            await service.hub.waitUntilFinished(job)
            let first = try await service.send(.get, address)
            #expect(first.string("status") == "succeeded")
            let files = try await service.send(.get, address + "/files")
            #expect((files.value("data", 0, "text") as? String)?.contains("<p>One</p>") == true)

            let edited = try await service.post(
                address + "/edits", json: #"{"operations":[{"selector":"p","set_text":"Two"}]}"#)
            #expect(edited.status == .ok)
            #expect(edited.value("revision") as? Int == 2)
            #expect(edited.string("job", "kind") == "edit")
            let page = try await service.send(.get, address + "/files/index.html")
            #expect(page.text.contains("<p>Two</p>"))
            let before = try await service.send(.get, address + "/files/index.html?revision=1")
            #expect(before.text.contains("<p>One</p>"))

            let archive = try await service.send(.get, address + "/archive.zip")
            #expect(archive.headers[.contentType] == "application/zip")
            let entries = try Unzipped(archive)
            #expect(entries.paths == ["index.html"])
            #expect(entries["index.html"] == page.text)
        }
    }

    @Test func acceptChoosesTheShapeOfTheResult() async throws {
        try await TestService.run { service in
            let page = try await service.convert(headers: [.accept: "text/html"])
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(page.headers[.contentSecurityPolicy]?.contains("sandbox") == true)
            #expect(page.text.contains("<p>One</p>"))
            #expect(page.headers[.location] != nil)

            let archive = try await service.convert(headers: [.accept: "application/zip"])
            #expect(try Unzipped(archive).paths == ["index.html"])
            #expect(archive.headers[.contentDisposition] == "attachment; filename=\"design.zip\"")

            let stream = try await service.convert(headers: [.accept: "text/event-stream"])
            #expect(stream.headers[.contentType] == "text/event-stream")
            #expect(stream.text.hasPrefix("retry: 1000\n\n"))
            #expect(stream.text.contains("\nevent: done\n"))
        }
    }

    @Test func whatIsNotOfferedIsRefusedBeforeTheBodyIsKept() async throws {
        try await TestService.run { service in
            let answer = try await service.convert(headers: [.accept: "image/png"])
            #expect(answer.status == .notAcceptable)
            #expect(answer.code == "not_acceptable")
            #expect(try await service.store.counts().queued == 0)
            #expect(try await service.send(.get, "/v1/conversions").value("data", 0) == nil)
        }
    }

    @Test func aPageOfSeveralFilesCannotBeOnePage() async throws {
        try await TestService.run { service in
            let form = Form().file("a.png", Picture.png()).file("a.png", Picture.png(red: 1))
            let answer = try await service.post("/v1/convert", form: form, headers: [.accept: "text/html"])
            #expect(answer.status == .notAcceptable)
            #expect(
                answer.value("error", "details", "offered") as? [String] == ["application/json", "application/zip"])
            let both = try await service.post(
                "/v1/convert", form: form, headers: [.accept: "text/html, application/json;q=0.1"])
            let paths = (both.value("files") as? [[String: Any]])?.compactMap { $0["path"] as? String }
            #expect(paths == ["a/index.html", "a-2/index.html"])
        }
    }

    @Test func whoDoesNotWaitIsToldWhereToAsk() async throws {
        try await TestService.run(works: false) { service in
            for preference in ["respond-async", "wait=0"] {
                let answer = try await service.convert(headers: [.prefer: preference])
                #expect(answer.status == .accepted)
                #expect(answer.string("status") == "queued")
                #expect(answer.headers[.preferenceApplied] == preference)
                #expect(answer.headers[.retryAfter].flatMap { Int($0) } ?? 0 >= 1)
                #expect(answer.headers[.location] == answer.string("id").map { "/v1/conversions/\($0)" })
                #expect(answer.value("files") as? [String] == [])
                #expect(answer.value("preview_url") is NSNull)
            }
            let answer = try await service.convert(headers: [.prefer: "wait=0", .accept: "application/zip"])
            #expect(answer.status == .accepted)
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.value("job", "position") as? Int == 3)
        }
    }

    @Test func aFailedJobAnswersWithItsCode() async throws {
        let engine = ScriptedEngine(failure: .contextExceeded(promptTokens: 9000, contextTokens: 4096))
        try await TestService.run(engine: engine) { service in
            let answer = try await service.convert()
            #expect(answer.status == .unprocessableContent)
            #expect(answer.code == "engine_context_exceeded")
            let id = try #require(answer.value("error", "details", "conversion") as? String)
            let conversion = try await service.send(.get, "/v1/conversions/\(id)")
            #expect(conversion.status == .ok)
            #expect(conversion.string("status") == "failed")
            #expect(conversion.string("error", "code") == "engine_context_exceeded")
            #expect(conversion.string("job", "id") == answer.value("error", "details", "job") as? String)
            #expect(try await service.send(.get, "/v1/conversions/\(id)/files").code == "not_found")
        }
    }

    @Test func aBlankAnswerIsABlankResult() async throws {
        try await TestService.run(engine: ScriptedEngine(["   "])) { service in
            let answer = try await service.convert()
            #expect(answer.status == .unprocessableContent)
            #expect(answer.code == "blank_result")
        }
    }

    @Test func anEngineThatCannotSeeRefusesPictures() async throws {
        try await TestService.run(engine: ScriptedEngine(readsImages: false)) { service in
            let answer = try await service.convert()
            #expect(answer.status == .unprocessableContent)
            #expect(answer.code == "engine_no_vision")
        }
    }

    @Test func aListGoesFromNewToOldInPages() async throws {
        try await TestService.run(works: false) { service in
            var made: [String] = []
            for _ in 0..<3 {
                made.append(try #require(try await service.convert(headers: [.prefer: "respond-async"]).string("id")))
            }
            let first = try await service.send(.get, "/v1/conversions?limit=2")
            #expect(first.string("object") == "list")
            #expect(
                (first.value("data") as? [[String: Any]])?.compactMap { $0["id"] as? String } == [made[2], made[1]])
            let cursor = try #require(first.string("next_cursor"))
            let second = try await service.send(.get, "/v1/conversions?limit=2&cursor=\(cursor)")
            #expect((second.value("data") as? [[String: Any]])?.compactMap { $0["id"] as? String } == [made[0]])
            #expect(second.value("next_cursor") is NSNull)
        }
    }

    @Test(arguments: ["limit=0", "limit=101", "limit=x", "cursor=nonsense", "page=2"])
    func aListRefusesWhatItDoesNotKnow(query: String) async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.send(.get, "/v1/conversions?\(query)")
            #expect(answer.status == .badRequest)
            #expect(answer.code == "invalid_parameter")
            #expect(answer.string("error", "param") == query.prefix { $0 != "=" }.description)
        }
    }

    @Test func aListHasNoTextAndAConversionNeedNotHaveAny() async throws {
        try await TestService.run { service in
            let id = try #require(try await service.convert().string("id"))
            let list = try await service.send(.get, "/v1/conversions")
            #expect(list.value("data", 0, "files", 0, "path") as? String == "index.html")
            #expect(list.value("data", 0, "files", 0, "text") == nil)
            let bare = try await service.send(.get, "/v1/conversions/\(id)?text=false")
            #expect(bare.value("files", 0, "text") == nil)
            #expect(try await service.send(.get, "/v1/conversions/\(id)").value("files", 0, "text") != nil)
        }
    }

    @Test func aConversionIsReadInEveryShape() async throws {
        try await TestService.run { service in
            let id = try #require(try await service.convert().string("id"))
            let page = try await service.send(.get, "/v1/conversions/\(id)", headers: [.accept: "text/html"])
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            let archive = try await service.send(.get, "/v1/conversions/\(id)", headers: [.accept: "application/zip"])
            #expect(try Unzipped(archive).paths == ["index.html"])
            let stream = try await service.send(.get, "/v1/conversions/\(id)", headers: [.accept: "text/event-stream"])
            #expect(stream.code == "not_acceptable")
            #expect(try await service.send(.get, "/v1/conversions/\(id)?revision=2").code == "not_found")
            #expect(try await service.send(.get, "/v1/conversions/\(id)?revision=0").code == "invalid_parameter")
        }
    }

    @Test func revisionsTellWhereTheyCameFrom() async throws {
        try await TestService.run { service in
            let id = try #require(try await service.convert().string("id"))
            let edit = #"{"operations":[{"selector":"p","remove":true}],"revision":1}"#
            try await service.post("/v1/conversions/\(id)/edits", json: edit)
            let list = try await service.send(.get, "/v1/conversions/\(id)/revisions")
            #expect((list.value("data") as? [[String: Any]])?.compactMap { $0["number"] as? Int } == [1, 2])
            #expect(list.value("data", 0, "parent") is NSNull)
            #expect(list.value("data", 1, "parent") as? Int == 1)
            #expect(list.value("data", 1, "files") as? Int == 1)
            let selector = (list.value("data", 1, "edit", "operations", 0) as? [String: Any])?["selector"]
            #expect(selector as? String == "p")
        }
    }

    @Test func deletingTakesTheJobsAndIsDoneOnce() async throws {
        try await TestService.run(works: false) { service in
            let started = try await service.convert(headers: [.prefer: "respond-async"])
            let id = try #require(started.string("id"))
            let job = try #require(started.string("job", "id"))
            let gone = try await service.send(.delete, "/v1/conversions/\(id)")
            #expect(gone.status == .noContent)
            #expect(gone.body.readableBytes == 0)
            await service.hub.waitUntilFinished(job)
            #expect(try await service.send(.get, "/v1/conversions/\(id)").code == "not_found")
            #expect(try await service.send(.get, "/v1/jobs/\(job)").code == "not_found")
            #expect(try await service.send(.delete, "/v1/conversions/\(id)").status == .notFound)
        }
    }

    @Test func nobodySeesWhatBelongsToAnotherKey() async throws {
        try await TestService.run { service in
            let mine = try await service.store.createKey(name: "mine", requestsPerMinute: nil, activeJobs: nil).secret
            let other = try await service.store.createKey(name: "other", requestsPerMinute: nil, activeJobs: nil).secret
            let id = try #require(
                try await service.convert(headers: [.authorization: "Bearer \(mine)"]).string("id"))
            let own = try await service.send(.get, "/v1/conversions/\(id)", headers: [.authorization: "Bearer \(mine)"])
            #expect(own.status == .ok)
            let job = try #require(own.string("job", "id"))
            let foreign: HTTPFields = [.authorization: "Bearer \(other)", .contentType: "application/json"]
            for (method, path) in [
                (HTTPRequest.Method.get, ""), (.get, "/files"), (.get, "/files/index.html"), (.get, "/designs/0"),
                (.get, "/archive.zip"), (.get, "/report"), (.get, "/revisions"), (.get, "/events"), (.delete, ""),
            ] {
                let answer = try await service.send(method, "/v1/conversions/\(id)\(path)", headers: foreign)
                #expect(answer.status == .notFound, "\(method) \(path)")
                #expect(answer.code == "not_found", "\(method) \(path)")
            }
            let edit = try await service.post(
                "/v1/conversions/\(id)/edits", json: #"{"operations":[{"selector":"p","remove":true}]}"#,
                headers: foreign)
            #expect(edit.status == .notFound)
            #expect(try await service.send(.get, "/v1/jobs/\(job)", headers: foreign).status == .notFound)
            #expect(try await service.send(.delete, "/v1/jobs/\(job)", headers: foreign).status == .notFound)
            #expect(try await service.send(.get, "/v1/conversions", headers: foreign).value("data", 0) == nil)
            #expect(try await service.send(.get, "/v1/conversions").status == .unauthorized)
        }
    }

    @Test func aKeyMayHaveOnlySoManyJobs() async throws {
        try await TestService.run(works: false) { service in
            let secret = try await service.store.createKey(name: "one", requestsPerMinute: nil, activeJobs: 1).secret
            let headers: HTTPFields = [.authorization: "Bearer \(secret)", .prefer: "respond-async"]
            #expect(try await service.convert(headers: headers).status == .accepted)
            let second = try await service.convert(headers: headers)
            #expect(second.status == .tooManyRequests)
            #expect(second.code == "concurrency_limited")
        }
    }

    @Test func aFullQueueSaysWhenToTryAgain() async throws {
        var options = StoreOptions()
        options.queueLimit = 1
        try await TestService.run(works: false, options: options, configure: { $0.queueLimit = 1 }) { service in
            #expect(try await service.convert(headers: [.prefer: "respond-async"]).status == .accepted)
            let second = try await service.convert(headers: [.prefer: "respond-async"])
            #expect(second.status == .tooManyRequests)
            #expect(second.code == "queue_full")
            #expect(second.headers[.retryAfter] != nil)
            let ready = try await service.send(.get, "/readyz")
            #expect(ready.status == .serviceUnavailable)
            #expect(ready.value("reasons") as? [String] == ["the queue is full"])
        }
    }
}
