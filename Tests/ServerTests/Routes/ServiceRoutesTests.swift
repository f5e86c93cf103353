// What the service says about itself, and how it answers what it does not know.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Jobs
import NIOCore
import Testing

@testable import Server

@Suite struct ServiceRoutesTests {
    @Test func stacksAreListed() async throws {
        try await TestService.run(works: false) { service in
            let list = try await service.send(.get, "/v1/stacks")
            #expect(list.value("data", 0, "id") as? String == "html")
            #expect(list.value("data", 0, "entry") as? String == "index.html")
            #expect(list.value("data", 0, "available") as? Bool == true)
            let ids = (0..<5).map { list.value("data", $0, "id") as? String }
            #expect(ids == ["html", "tailwind", "react", "vue", "svelte"])
            #expect(list.value("data", 2, "entry") as? String == "preview/index.html")
        }
    }

    @Test func theEngineTellsWhatItCanDoAndWhatIsAccepted() async throws {
        try await TestService.run(works: false, configure: { $0.limits.images = 7 }) { service in
            let engine = try await service.send(.get, "/v1/engine")
            #expect(engine.string("name") == "script")
            #expect(engine.value("context_tokens") as? Int == 4096)
            #expect(engine.value("follows_instructions") as? Bool == false)
            #expect(engine.value("limits", "images") as? Int == 7)
            #expect(engine.value("limits", "json_bytes") as? Int == 8 << 20)
        }
    }

    @Test func usageIsSummedUpByDay() async throws {
        try await TestService.run { service in
            let picture = Picture.png()
            let id = try #require(try await service.convert(picture: picture).string("id"))
            try await service.post(
                "/v1/conversions/\(id)/edits", json: #"{"operations":[{"selector":"p","remove":true}]}"#)
            let usage = try await service.send(.get, "/v1/usage")
            #expect(usage.value("total", "conversions") as? Int == 1)
            #expect(usage.value("total", "edits") as? Int == 1)
            #expect(usage.value("total", "vision_tokens") as? Int == 64)
            #expect(usage.value("total", "upload_bytes") as? Int == picture.count)
            #expect(usage.value("data", 0, "completion_tokens") as? Int == 181)
            let day = try #require(usage.value("data", 0, "date") as? String)
            #expect(usage.string("to") ?? "" >= day)
            let before = try await service.send(.get, "/v1/usage?from=2020-01-01&to=2020-12-31")
            #expect(before.value("data") as? [String] == [])
            #expect(before.value("total", "conversions") as? Int == 0)
        }
    }

    @Test(arguments: [
        ("from=2026-02-30", "from"), ("from=2026-02-02&to=2026-02-01", "from"),
        ("from=2020-01-01&to=2026-01-01", "from"),
        ("to=soon", "to"), ("day=2026-01-01", "day"),
    ])
    func aRangeThatIsNoneIsRefused(query: String, param: String) async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.send(.get, "/v1/usage?\(query)")
            #expect(answer.code == "invalid_parameter")
            #expect(answer.string("error", "param") == param)
        }
    }

    @Test func probesTellLifeAndReadiness() async throws {
        try await TestService.run(works: false) { service in
            #expect(try await service.send(.get, "/healthz").text == #"{"status":"ok"}"#)
            let ready = try await service.send(.get, "/readyz")
            #expect(ready.status == .ok)
            #expect(ready.text == #"{"engine":"script","queue":{"queued":0,"running":0},"status":"ready"}"#)
            try await service.convert(headers: [.prefer: "respond-async"])
            #expect(try await service.send(.get, "/readyz").value("queue", "queued") as? Int == 1)
            await service.store.close()
            let broken = try await service.send(.get, "/readyz")
            #expect(broken.status == .serviceUnavailable)
            #expect(broken.string("status") == "not_ready")
        }
    }

    @Test func measurementsCountRequests() async throws {
        try await TestService.run(works: false) { service in
            try await service.send(.get, "/v1/stacks")
            let metrics = try await service.send(.get, "/metrics")
            #expect(metrics.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(
                metrics.text.contains(#"bottega_http_requests_total{method="GET",route="/v1/stacks",status="200"} 1"#))
        }
    }

    @Test func thePageAndTheDocumentationAreStrict() async throws {
        try await TestService.run(works: false) { service in
            for path in ["/", "/docs"] {
                let page = try await service.send(.get, path)
                #expect(page.status == .ok, "\(path)")
                #expect(page.headers[.contentType] == "text/html; charset=utf-8", "\(path)")
                #expect(page.headers[.contentSecurityPolicy]?.contains("script-src 'self';") == true, "\(path)")
                #expect(page.headers[.contentSecurityPolicy]?.contains("frame-ancestors 'none'") == true, "\(path)")
                let tag = try #require(page.headers[.eTag])
                let again = try await service.send(.get, path, headers: [.ifNoneMatch: tag])
                #expect(again.status == .notModified, "\(path)")
            }
            #expect(try await service.send(.get, "/assets/select.js").status == .notFound)
            #expect(try await service.send(.get, "/assets/index.html").status == .notFound)
            #expect(try await service.send(.get, "/assets/..%2Fselect.js").status == .notFound)
        }
    }

    @Test func everythingThePagesLoadIsThere() async throws {
        try await TestService.run(works: false) { service in
            for path in ["/", "/docs"] {
                let page = try await service.send(.get, path)
                let links = page.text.matches(of: /(?:src|href)="(\/[^"#?]*)"/).map { String($0.1) }
                #expect(!links.isEmpty, "\(path)")
                for link in Set(links) {
                    let answer = try await service.send(.get, link)
                    #expect(answer.status == .ok, "\(link) of \(path)")
                    #expect(answer.headers[.contentType] != "application/octet-stream", "\(link)")
                }
            }
        }
    }

    @Test func theDescriptionIsOneJSONDocument() async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.send(.get, "/openapi.json")
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.string("openapi")?.hasPrefix("3.1") == true)
            #expect(answer.value("paths", "/v1/convert", "post", "responses", "200") != nil)
        }
    }

    @Test func aWrongMethodIsToldTheRightOnes() async throws {
        try await TestService.run(works: false) { service in
            for (method, path, allowed) in [
                (HTTPRequest.Method.get, "/v1/convert", "POST"), (.head, "/v1/convert", "POST"),
                (.put, "/v1/conversions/x", "DELETE, GET, HEAD"), (.post, "/", "GET, HEAD"),
                (.options, "/v1/jobs", "GET, HEAD"), (.patch, "/v1/conversions/x/files/a/b", "GET, HEAD"),
                (.delete, "/v1/conversions/x/edits", "POST"), (.trace, "/healthz", "GET, HEAD"),
            ] {
                let answer = try await service.send(method, path)
                #expect(answer.status == .methodNotAllowed, "\(method) \(path)")
                #expect(answer.headers[.allow] == allowed, "\(method) \(path)")
                if method != .head { #expect(answer.code == "method_not_allowed", "\(method) \(path)") }
            }
        }
    }

    @Test(arguments: ["/nothing", "/v1", "/v1/conversions/x/nothing", "/v1/stacks/html", "/healthz/x", "/docs/x"])
    func anUnknownAddressHasTheEnvelope(path: String) async throws {
        try await TestService.run(works: false) { service in
            for method in [HTTPRequest.Method.get, .post, .put] {
                let answer = try await service.send(method, path)
                #expect(answer.status == .notFound, "\(method)")
                #expect(answer.code == "not_found", "\(method)")
                #expect(answer.string("error", "request_id") == answer.headers[.xRequestID], "\(method)")
            }
        }
    }

    @Test func everyAnswerIsNamedAndDressed() async throws {
        try await TestService.run(works: false) { service in
            for path in ["/healthz", "/nothing", "/v1/jobs", "/"] {
                let answer = try await service.send(.get, path, headers: [.xRequestID: "mine-1"])
                #expect(answer.headers[.xRequestID] == "mine-1", "\(path)")
                #expect(answer.headers[.xContentTypeOptions] == "nosniff", "\(path)")
                #expect(answer.headers[.referrerPolicy] == "no-referrer", "\(path)")
                #expect(answer.headers[.crossOriginResourcePolicy] == "same-origin", "\(path)")
            }
        }
    }
}
