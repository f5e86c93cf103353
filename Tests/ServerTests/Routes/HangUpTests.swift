// A client that hangs up takes its job with it, if it was waiting for it.
import HTTPTypes
import HummingbirdTesting
import Jobs
import Testing

@testable import Server

@Suite struct HangUpTests {
    private func request(_ headers: String, picture: [UInt8]) -> String {
        "POST /v1/convert HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
            + "Content-Length: \(picture.count)\r\n\(headers)\r\n"
    }

    private func onlyJob(_ service: TestService) async throws -> Job {
        try #require(try await service.store.jobs(key: "local", state: nil, limit: 10, cursor: nil).items.first)
    }

    @Test func hangingUpWhileWaitingCancelsTheJob() async throws {
        let engine = ScriptedEngine(held: true)
        try await TestService.run(.live, engine: engine) { service in
            let picture = Picture.png()
            try await RawConnection.open(port: try #require(service.client.port)) { connection in
                try await connection.say(request("", picture: picture), picture)
                await engine.hasBegun.wait()
            }
            await engine.wasCancelled.wait()
            let job = try await onlyJob(service)
            await service.hub.waitUntilFinished(job.id)
            #expect(try await onlyJob(service).state == .cancelled)
        }
    }

    @Test(arguments: [
        "Prefer: respond-async\r\n", "Prefer: respond-async, wait=20\r\n", "Accept: text/event-stream\r\n",
    ])
    func hangingUpLetsAJobGoOnThatNobodyHadToWaitFor(headers: String) async throws {
        let engine = ScriptedEngine(held: true)
        try await TestService.run(.live, engine: engine) { service in
            let picture = Picture.png()
            try await RawConnection.open(port: try #require(service.client.port)) { connection in
                try await connection.say(request(headers, picture: picture), picture)
                await engine.hasBegun.wait()
            }
            // The service has seen the end of the connection when it answers on another one after it.
            #expect(try await service.send(.get, "/healthz").status == .ok)
            let job = try await onlyJob(service)
            #expect(!job.isCancelRequested)
            engine.release()
            await service.hub.waitUntilFinished(job.id)
            #expect(try await onlyJob(service).state == .succeeded)
        }
    }

    @Test func anUploadThatBreaksOffLeavesNothing() async throws {
        try await TestService.run(.live, works: false) { service in
            let picture = Picture.png(width: 64, height: 64)
            try await RawConnection.open(port: try #require(service.client.port)) { connection in
                try await connection.say(request("", picture: picture), Array(picture.prefix(40)))
            }
            #expect(try await service.send(.get, "/v1/jobs").value("data", 0) == nil)
        }
    }

    @Test func aConnectionGoesOnAfterAWait() async throws {
        try await TestService.run(.live) { service in
            let picture = Picture.png()
            try await RawConnection.open(port: try #require(service.client.port)) { connection in
                try await connection.say(request("", picture: picture), picture)
                try await connection.hear("\"status\":\"succeeded\"")
                try await connection.say("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                let heard = try await connection.hear(#"{"status":"ok"}"#)
                #expect(heard.contains(#"{"status":"ok"}"#))
            }
        }
    }
}
