// Jobs: listed, read, and cancelled once.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Jobs
import Testing

@testable import Server

@Suite struct JobRoutesTests {
    @Test func aQueuedJobHasAPlaceAndIsCancelledAtOnce() async throws {
        try await TestService.run(works: false) { service in
            try await service.convert(headers: [.prefer: "respond-async"])
            let started = try await service.convert(headers: [.prefer: "respond-async"])
            let address = try #require(started.string("job", "url"))
            let job = try await service.send(.get, address)
            #expect(job.string("status") == "queued")
            #expect(job.value("position") as? Int == 2)
            let cancelled = try await service.send(.delete, address)
            #expect(cancelled.status == .ok)
            #expect(cancelled.string("status") == "cancelled")
            #expect(cancelled.string("error", "code") == "cancelled")
            #expect(cancelled.value("position") is NSNull)
            let conversion = try await service.send(.get, try #require(started.headers[.location]))
            #expect(conversion.string("status") == "cancelled")
        }
    }

    @Test func aRunningJobIsStopped() async throws {
        let engine = ScriptedEngine(held: true)
        try await TestService.run(engine: engine) { service in
            let started = try await service.convert(headers: [.prefer: "respond-async"])
            await engine.hasBegun.wait()
            let id = try #require(started.string("job", "id"))
            #expect(try await service.send(.delete, "/v1/jobs/\(id)").status == .ok)
            await service.hub.waitUntilFinished(id)
            #expect(try await service.send(.get, "/v1/jobs/\(id)").string("status") == "cancelled")
            await engine.wasCancelled.wait()
        }
    }

    @Test func aFinishedJobIsLeftAsItIs() async throws {
        try await TestService.run { service in
            let id = try #require(try await service.convert().string("job", "id"))
            let answer = try await service.send(.delete, "/v1/jobs/\(id)")
            #expect(answer.status == .ok)
            #expect(answer.string("status") == "succeeded")
            #expect(answer.value("error") is NSNull)
        }
    }

    @Test func jobsAreListedByState() async throws {
        try await TestService.run(works: false) { service in
            let first = try #require(try await service.convert(headers: [.prefer: "respond-async"]).string("job", "id"))
            let second = try #require(
                try await service.convert(headers: [.prefer: "respond-async"]).string("job", "id"))
            try await service.send(.delete, "/v1/jobs/\(first)")
            func ids(_ query: String) async throws -> [String] {
                let list = try await service.send(.get, "/v1/jobs\(query)")
                return (list.value("data") as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
            }
            #expect(try await ids("") == [second, first])
            #expect(try await ids("?status=queued") == [second])
            #expect(try await ids("?status=cancelled") == [first])
            #expect(try await ids("?status=succeeded") == [])
            let unknown = try await service.send(.get, "/v1/jobs?status=lost")
            #expect(unknown.code == "invalid_parameter")
            #expect(unknown.string("error", "param") == "status")
        }
    }

    @Test func anUnknownJobIsNotFound() async throws {
        try await TestService.run(works: false) { service in
            for id in ["job_01arz3ndektsv4rrffq69g5fav", "conv_1", "%2e%2e", "x"] {
                for method in [HTTPRequest.Method.get, .delete] {
                    let answer = try await service.send(method, "/v1/jobs/\(id)")
                    #expect(answer.code == "not_found", "\(method) \(id)")
                }
            }
        }
    }
}
