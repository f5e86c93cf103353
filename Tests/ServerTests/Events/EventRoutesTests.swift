// The event stream: in order, from any place, live or afterwards.
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Jobs
import Testing

@testable import Server

/// One event as a browser takes it.
struct HeardEvent: Equatable {
    var id: String?
    var name = ""
    var data = ""

    /// The events of a stream, comments and the retry time left out.
    static func all(in stream: String) -> [HeardEvent] {
        stream.components(separatedBy: "\n\n").compactMap { frame in
            var event = HeardEvent()
            for line in frame.split(separator: "\n") {
                if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") { event.data = String(line.dropFirst(6)) }
            }
            return event.name.isEmpty ? nil : event
        }
    }

    /// The data as an object.
    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(data.utf8))) as? [String: Any] ?? [:]
    }
}

@Suite struct EventRoutesTests {
    private func events(_ service: TestService, _ address: String, after id: String? = nil) async throws -> [HeardEvent]
    {
        let headers: HTTPFields = id.map { [.lastEventID: $0] } ?? [:]
        let answer = try await service.send(.get, address, headers: headers)
        #expect(answer.status == .ok)
        #expect(answer.text.hasPrefix("retry: 1000\n\n"))
        return HeardEvent.all(in: answer.text)
    }

    @Test func aStreamTellsTheWholeStoryInOrder() async throws {
        try await TestService.run { service in
            let answer = try await service.convert(headers: [.accept: "text/event-stream"])
            let events = HeardEvent.all(in: answer.text)
            let names = events.map(\.name)
            #expect(names.first == "status")
            #expect(names.last == "done")
            let firsts = ["status", "stage", "delta", "file", "usage", "done"].map { names.firstIndex(of: $0) ?? -1 }
            #expect(firsts == firsts.sorted() && !firsts.contains(-1))
            let text = events.filter { $0.name == "delta" }.compactMap { $0.object["text"] as? String }.joined()
            #expect(text.contains("<p>One</p>"))
            let file = try #require(events.first { $0.name == "file" })
            #expect((file.object["text"] as? String)?.contains("<p>One</p>") == true)
            let done = try #require(events.last)
            #expect(done.object["status"] as? String == "succeeded")
            #expect(answer.headers[.location] == "/v1/conversions/\(done.object["id"] as? String ?? "")")
            #expect(answer.headers[.cacheControl] == "no-store")
        }
    }

    @Test func aStreamThatWasCutGoesOnWhereItStopped() async throws {
        try await TestService.run { service in
            let address = try #require(try await service.convert().string("events_url"))
            let whole = try await events(service, address)
            #expect(whole.count > 6)
            for cut in whole.indices {
                let id = try #require(whole[cut].id)
                let rest = try await events(service, address, after: id)
                #expect(rest == Array(whole[(cut + 1)...]), "after \(id)")
            }
            let id = try #require(whole[2].id)
            #expect(try await events(service, "\(address)?last_event_id=\(id)") == Array(whole[3...]))
        }
    }

    @Test func aStreamOfAnOldJobIsToldFromTheStore() async throws {
        try await TestService.run { service in
            let started = try await service.convert()
            let address = try #require(started.string("events_url"))
            let live = try await events(service, address)
            let router = try await buildRouter(
                configuration: ServerConfiguration(), store: service.store, hub: EventHub(), engine: service.engine,
                renderer: nil, metrics: PrometheusRegistry())
            try await Application(router: router).test(.router) { client in
                let later = TestService(
                    client: client, store: service.store, hub: service.hub, engine: service.engine)
                let told = try await events(later, address)
                #expect(told.map(\.name) == ["status", "file", "receipt", "usage", "done"])
                #expect(told.allSatisfy { $0.id == nil })
                #expect(told.suffix(4).map(\.data) == live.suffix(4).map(\.data))
                #expect(told[0].object["status"] as? String == "succeeded")
            }
        }
    }

    @Test func aFailureEndsTheStreamWithItsEnvelope() async throws {
        try await TestService.run(engine: ScriptedEngine([" "])) { service in
            let answer = try await service.convert(headers: [.accept: "text/event-stream"])
            #expect(answer.status == .ok)
            let last = try #require(HeardEvent.all(in: answer.text).last)
            #expect(last.name == "error")
            let error = try #require(last.object["error"] as? [String: Any])
            #expect(error["code"] as? String == "blank_result")
            #expect((error["details"] as? [String: Any])?["job"] != nil)
            #expect(error["request_id"] as? String == answer.headers[.xRequestID])
        }
    }

    @Test func cancellingEndsTheStream() async throws {
        try await TestService.run(works: false) { service in
            let started = try await service.convert(headers: [.prefer: "respond-async"])
            let address = try #require(started.string("events_url"))
            async let stream = events(service, address)
            try await service.send(.delete, "/v1/jobs/\(try #require(started.string("job", "id")))")
            let last = try #require(try await stream.last)
            #expect(last.name == "error")
            #expect((last.object["error"] as? [String: Any])?["code"] as? String == "cancelled")
        }
    }

    @Test func eachEventIsSentWhenItHappens() async throws {
        let engine = ScriptedEngine(held: true)
        try await TestService.run(.live, engine: engine) { service in
            let picture = Picture.png()
            try await RawConnection.open(port: try #require(service.client.port)) { connection in
                try await connection.say(
                    "POST /v1/convert HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
                        + "Accept: text/event-stream\r\nContent-Length: \(picture.count)\r\n\r\n", picture)
                // The engine is held before its last word: what is heard now was sent while it was still writing.
                let early = try await connection.hear("event: delta")
                #expect(early.contains("event: delta"))
                #expect(!early.contains("event: done"))
                engine.release()
                let whole = try await connection.hear("event: done")
                #expect(whole.contains("event: done"))
            }
        }
    }

    @Test func aWaitingJobIsToldItsPlaceAndWhenItMovesUp() async throws {
        try await TestService.run(.live, works: false) { service in
            let first = try await service.convert(headers: [.prefer: "respond-async"])
            let second = try await service.convert(headers: [.prefer: "respond-async"])
            let address = try #require(second.string("events_url"))
            try await RawConnection.open(port: try #require(service.client.port)) { connection in
                try await connection.say("GET \(address) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(try await connection.hear("\"position\":2").contains("\"position\":2"))
                try await service.send(.delete, try #require(first.string("job", "url")))
                #expect(try await connection.hear("\"position\":1").contains("\"position\":1"))
                try await service.send(.delete, try #require(second.string("job", "url")))
                #expect(try await connection.hear("event: error").contains("event: error"))
            }
        }
    }

    @Test func aQuietStreamIsKeptAlive() async throws {
        try await TestService.run(works: false) { service in
            let started = try await service.convert(headers: [.prefer: "respond-async"])
            let job = try await service.store.job(try #require(started.string("job", "id")), key: nil)
            let reader = ConversionReader(
                store: service.store, previews: PreviewSigner(secret: [1]), retentionSeconds: nil)
            let answers = EventAnswers(hub: service.hub, reader: reader, keepAliveSeconds: 0.01)
            let router = Router(context: BottegaRequestContext.self)
            router.get("stream") { _, context in try await answers.answer(job, after: nil, context: context) }
            try await Application(router: router).test(.live) { client in
                try await RawConnection.open(port: try #require(client.port)) { connection in
                    try await connection.say("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    let heard = try await connection.hear(": keep-alive\n\n")
                    #expect(heard.contains(": keep-alive\n\n"))
                }
                service.hub.publish(.cancelled, job: job.id, attempt: 0)
            }
        }
    }

    @Test(arguments: ["last_event_id=x", "last_event_id=1", "last_event_id=1-2-3", "jobs=1"])
    func aStreamRefusesWhatItDoesNotKnow(query: String) async throws {
        try await TestService.run(works: false) { service in
            let started = try await service.convert(headers: [.prefer: "respond-async"])
            let answer = try await service.send(.get, try #require(started.string("events_url")) + "?" + query)
            #expect(answer.code == "invalid_parameter")
            #expect(answer.string("error", "param") == query.prefix { $0 != "=" }.description)
        }
    }

    @Test func aStreamIsOneAndNothingElse() async throws {
        try await TestService.run { service in
            let first = try await service.convert()
            let second = try await service.convert()
            let address = try #require(first.string("events_url"))
            let foreign = try await service.send(.get, "\(address)?job=\(try #require(second.string("job", "id")))")
            #expect(foreign.code == "not_found")
            let own = try await service.send(.get, "\(address)?job=\(try #require(first.string("job", "id")))")
            #expect(own.status == .ok)
            let json = try await service.send(.get, address, headers: [.accept: "application/json"])
            #expect(json.code == "not_acceptable")
        }
    }
}
