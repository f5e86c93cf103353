// The same request is done once, however often it is sent.
import HTTPTypes
import HummingbirdTesting
import Jobs
import Testing

@testable import Server

@Suite struct IdempotencyTests {
    private static let key = HTTPField.Name.idempotencyKey
    private static let replayed = HTTPField.Name.idempotencyReplayed

    @Test func theSameRequestIsAnsweredWithTheSameConversion() async throws {
        try await TestService.run { service in
            let first = try await service.convert("?name=a", headers: [Self.key: "k1"])
            let second = try await service.convert("?name=a", headers: [Self.key: "k1"])
            #expect(first.headers[Self.replayed] == nil)
            #expect(second.headers[Self.replayed] == "true")
            #expect(second.status == .ok)
            #expect(second.string("id") == first.string("id"))
            #expect(service.engine.answerCount == 1)
            #expect(try await service.send(.get, "/v1/conversions").value("data", 1) == nil)
        }
    }

    @Test func theWayOfSendingDoesNotMatter() async throws {
        try await TestService.run { service in
            let raw = try await service.convert("?name=a&seed=3", headers: [Self.key: "k1"])
            let form = Form().field("seed", "3").field("name", "a").file("x.png", Picture.png())
            // A form names its file, and the design's name is part of what is asked for.
            let other = try await service.post("/v1/convert", form: form, headers: [Self.key: "k1"])
            #expect(other.code == "idempotency_conflict")
            let reordered = try await service.convert("?seed=3&name=a", headers: [Self.key: "k1"])
            #expect(reordered.string("id") == raw.string("id"))
        }
    }

    @Test(arguments: ["?name=b", "?name=a&seed=1", "?name=a&temperature=0.5", "?name=a&max_tokens=9"])
    func anotherRequestUnderTheSameKeyIsRefused(query: String) async throws {
        try await TestService.run { service in
            try await service.convert("?name=a", headers: [Self.key: "k1"])
            let other = try await service.convert(query, headers: [Self.key: "k1"])
            #expect(other.status == .unprocessableContent)
            #expect(other.code == "idempotency_conflict")
        }
    }

    @Test func anotherPictureUnderTheSameKeyIsRefused() async throws {
        try await TestService.run { service in
            try await service.convert(headers: [Self.key: "k1"])
            let other = try await service.convert(headers: [Self.key: "k1"], picture: Picture.png(red: 9))
            #expect(other.code == "idempotency_conflict")
        }
    }

    @Test func aRequestThatIsStillBeingAnsweredIsNotDoneTwice() async throws {
        let engine = ScriptedEngine(held: true)
        try await TestService.run(engine: engine) { service in
            async let first = service.convert(headers: [Self.key: "k1"])
            await engine.hasBegun.wait()
            let second = try await service.convert(headers: [Self.key: "k1"])
            #expect(second.status == .conflict)
            #expect(second.code == "idempotency_in_flight")
            #expect(try await service.convert(headers: [Self.key: "k2", .prefer: "wait=0"]).status == .accepted)
            engine.release()
            #expect(try await first.status == .ok)
            let third = try await service.convert(headers: [Self.key: "k1"])
            #expect(third.headers[Self.replayed] == "true")
        }
    }

    @Test func aReplayTellsTheCurrentState() async throws {
        try await TestService.run(works: false) { service in
            let headers: HTTPFields = [Self.key: "k1", .prefer: "respond-async"]
            let first = try await service.convert(headers: headers)
            #expect(try await service.convert(headers: headers).status == .accepted)
            try await service.send(.delete, "/v1/jobs/\(try #require(first.string("job", "id")))")
            let replay = try await service.convert(headers: headers)
            #expect(replay.status == .conflict)
            #expect(replay.code == "cancelled")
        }
    }

    @Test func keysOfDifferentCallersAreDifferent() async throws {
        try await TestService.run { service in
            let mine = try await service.store.createKey(name: "mine", requestsPerMinute: nil, activeJobs: nil).secret
            let other = try await service.store.createKey(name: "other", requestsPerMinute: nil, activeJobs: nil).secret
            let first = try await service.convert(headers: [Self.key: "k1", .authorization: "Bearer \(mine)"])
            let second = try await service.convert(headers: [Self.key: "k1", .authorization: "Bearer \(other)"])
            #expect(second.headers[Self.replayed] == nil)
            #expect(second.string("id") != first.string("id"))
        }
    }

    @Test(arguments: ["", "a b", "ä", String(repeating: "k", count: 256)])
    func aMalformedKeyIsRefused(text: String) async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.convert(headers: [Self.key: text])
            #expect(answer.code == "invalid_parameter")
            #expect(answer.string("error", "param") == "Idempotency-Key")
        }
    }
}
