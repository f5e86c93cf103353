// Generated pages in a frame: visible by their address, and shut in.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Jobs
import Testing

@testable import Server

@Suite struct PreviewRoutesTests {
    private static let policy =
        "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'self'; style-src 'unsafe-inline' 'self'; "
        + "img-src 'self' data:; font-src 'self' data:; connect-src 'none'; form-action 'none'; base-uri 'none'; "
        + "frame-ancestors 'self'"

    @Test func aPreviewIsShutIn() async throws {
        try await TestService.run { service in
            let conversion = try await service.convert()
            let url = try #require(conversion.string("preview_url"))
            let page = try await service.send(.get, url, headers: [.origin: "null"])
            #expect(page.status == .ok)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(page.headers[.contentSecurityPolicy] == Self.policy)
            #expect(page.headers[.accessControlAllowOrigin] == nil)
            #expect(page.text == conversion.value("files", 0, "text") as? String)
        }
    }

    @Test func theScriptIsThereOnlyWhenAskedFor() async throws {
        try await TestService.run { service in
            let url = try #require(try await service.convert().string("preview_url"))
            let plain = try await service.send(.get, url)
            #expect(!plain.text.contains("<script>"))
            let selectable = try await service.send(.get, url + "?select=1")
            #expect(selectable.headers[.contentSecurityPolicy] == Self.policy)
            #expect(selectable.text.contains("bottega:select"))
            let script = try #require(selectable.text.range(of: "<script>"))
            let end = try #require(selectable.text.range(of: "</script></body>"))
            #expect(script.lowerBound < end.lowerBound)
            let around = selectable.text[..<script.lowerBound] + selectable.text[end.upperBound...]
            #expect(around == plain.text.replacing("</body>", with: ""))
            #expect(try await service.send(.get, url + "?select=0").text == plain.text)
        }
    }

    @Test func aPreviewNeedsNoKeyAndACopyOfItsAddressIsEnough() async throws {
        try await TestService.run { service in
            let url = try #require(try await service.convert().string("preview_url"))
            _ = try await service.store.createKey(name: "key", requestsPerMinute: nil, activeJobs: nil)
            #expect(try await service.send(.get, "/v1/conversions").status == .unauthorized)
            #expect(try await service.send(.get, url).status == .ok)
        }
    }

    @Test func anAddressThatWasNotGivenLeadsNowhere() async throws {
        try await TestService.run { service in
            let conversion = try await service.convert()
            let url = try #require(conversion.string("preview_url"))
            let token = try #require(url.split(separator: "/").dropFirst().first)
            let other = token.replacing(token.prefix(1), with: token.hasPrefix("A") ? "B" : "A", maxReplacements: 1)
            for path in [
                "/preview/x/index.html", "/preview/\(other)/index.html", "/preview/\(token)/other.html",
                "/preview/\(token)/../index.html/x", "/preview/\(token)",
            ] {
                #expect(try await service.send(.get, path).code == "not_found", "\(path)")
            }
            let id = try #require(conversion.string("id"))
            try await service.send(.delete, "/v1/conversions/\(id)")
            #expect(try await service.send(.get, url).code == "not_found")
        }
    }
}
