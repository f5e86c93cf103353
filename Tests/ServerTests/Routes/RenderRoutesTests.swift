// Pictures of pages over HTTP. What needs a browser is left out where there is none.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Media
import NIOCore
import Render
import Testing

@testable import Server

/// The browser of the tests.
enum TestBrowser {
    static let isThere = (try? Renderer()) != nil

    /// Gives a renderer to `body` and closes it.
    static func with(_ body: (Renderer) async throws -> Void) async throws {
        var options = RenderOptions()
        options.pageSeconds = 60
        let renderer = try Renderer(options: options)
        do { try await body(renderer) } catch {
            await renderer.close()
            throw error
        }
        await renderer.close()
    }
}

@Suite struct RenderRoutesTests {
    @Test(arguments: ["/v1/render", "/v1/capture"])
    func withoutABrowserTheAnswerSaysWhatToInstall(path: String) async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.post(path, json: "{}")
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.code == "renderer_unavailable")
            #expect(answer.value("error", "retryable") as? Bool == false)
            #expect(answer.string("error", "message")?.contains("chromium") == true)
        }
    }

    @Test func theOtherFaultsOfABrowserHaveTheirCodes() {
        let problems: [(RenderError, Problem.Code)] = [
            (.noBrowser(looked: []), .rendererUnavailable), (.cannotStart(reason: "/srv/secret"), .rendererUnavailable),
            (.browserDied, .renderFailed), (.timedOut(seconds: 10), .renderFailed),
            (.tooMuchMemory(limit: 1 << 30), .renderFailed), (.tooLarge(width: 1, height: 2, limit: 1), .renderFailed),
            (.entryMissing(path: "a.html"), .invalidParameter), (.invalidViewport(reason: ""), .invalidParameter),
            (.notLoaded(address: "a", reason: "b"), .renderFailed), (.cancelled, .shuttingDown),
            (.closed, .shuttingDown), (.protocolFault("x"), .internal),
        ]
        for (error, code) in problems { #expect(Problem(error).code == code, "\(error)") }
        #expect(!Problem(RenderError.cannotStart(reason: "/srv/secret")).message.contains("secret"))
    }
}

@Suite(.serialized, .enabled(if: TestBrowser.isThere, "no Chromium is installed"), .timeLimit(.minutes(5)))
struct RenderRoutesInBrowserTests {
    private static let page = """
        <!doctype html><html lang="en"><title>Page</title><style>body { margin: 0; background: #00ff00 }</style>
        <main><h1>Sign in</h1></main></html>
        """

    @Test func aPageBecomesAPicture() async throws {
        try await TestBrowser.with { renderer in
            try await TestService.run(renderer: renderer, works: false) { service in
                let answer = try await service.send(
                    .post, "/v1/render?viewport=120x80&scale=2", headers: [.contentType: "text/html"],
                    body: ByteBuffer(string: Self.page))
                #expect(answer.status == .ok)
                #expect(answer.headers[.contentType] == "image/png")
                let image = try Image.decode(Array(answer.body.readableBytesView), name: "picture")
                #expect(image.width == 240)
                #expect(Array(image.pixels.suffix(3)) == [0, 255, 0])
            }
        }
    }

    @Test func jsonTellsAllOfIt() async throws {
        try await TestBrowser.with { renderer in
            try await TestService.run(renderer: renderer, works: false) { service in
                let html = Self.page.replacing("</main>", with: "<img src=https://example.org/a.png></main>")
                let body = try JSONSerialization.data(withJSONObject: ["html": html, "viewport": "200x100"])
                let answer = try await service.post(
                    "/v1/render", json: String(decoding: body, as: UTF8.self), headers: [.accept: "application/json"])
                #expect(answer.status == .ok)
                #expect(answer.string("object") == "screenshot")
                #expect(answer.string("title") == "Page")
                #expect(answer.value("texts", 0, "text") as? String == "Sign in")
                #expect(answer.value("texts", 0, "font_size") as? Double == 32)
                #expect(answer.value("accessibility", "checked", "heading") as? Int == 1)
                #expect(answer.value("refused", 0, "address") as? String == "https://example.org/a.png")
                #expect(answer.string("image")?.hasPrefix("data:image/png;base64,") == true)
            }
        }
    }

    @Test func aProjectBringsItsFiles() async throws {
        let zip = try Zip.of([
            ("site/page.html", Array("<!doctype html><link rel=stylesheet href=style.css><title>Z</title>".utf8)),
            ("site/style.css", Array("body { background: #0000ff }".utf8)),
        ])
        try await TestBrowser.with { renderer in
            try await TestService.run(renderer: renderer, works: false) { service in
                let headers: HTTPFields = [.contentType: "application/zip"]
                let body = ByteBuffer(bytes: zip)
                let answer = try await service.send(
                    .post, "/v1/render?entry=site/page.html&viewport=40x30", headers: headers, body: body)
                let image = try Image.decode(Array(answer.body.readableBytesView), name: "picture")
                #expect(Array(image.pixels.prefix(3)) == [0, 0, 255])
                let missing = try await service.send(.post, "/v1/render", headers: headers, body: body)
                #expect(missing.code == "invalid_parameter")
                #expect(missing.string("error", "param") == "entry")
                let broken = try await service.send(
                    .post, "/v1/render", headers: headers, body: ByteBuffer(bytes: zip.prefix(zip.count / 2)))
                #expect(broken.code == "corrupt_archive")
                let none = try await service.send(
                    .post, "/v1/render", headers: headers, body: ByteBuffer(string: "words"))
                #expect(none.code == "unsupported_media")
            }
        }
    }

    @Test(arguments: [
        ("/v1/render?entry=a", "text/html", "<p>", "invalid_parameter"),
        ("/v1/render?scale=1&scale=1", "text/html", "<p>", "invalid_parameter"),
        ("/v1/render?scale=1", "application/json", "{}", "invalid_parameter"),
        ("/v1/render", "application/json", #"{"html":null}"#, "invalid_parameter"),
        ("/v1/render", "text/plain", "words", "unsupported_media"),
    ])
    func optionsAreReadStrictly(path: String, type: String, body: String, code: String) async throws {
        try await TestBrowser.with { renderer in
            try await TestService.run(renderer: renderer, works: false) { service in
                let answer = try await service.send(
                    .post, path, headers: [.contentType: type], body: ByteBuffer(string: body))
                #expect(answer.code == code)
            }
        }
    }

    @Test func aPageIsComparedInTheWindowOfThePicture() async throws {
        try await TestBrowser.with { renderer in
            try await TestService.run(renderer: renderer, works: false) { service in
                let green = try Image(width: 60, height: 40, fill: (0, 255, 0)).encodedPNG()
                let form = Form().file("d.png", green, field: "design")
                    .file("r.html", Array("<!doctype html><body style='background:#00ff00'>".utf8), field: "result")
                let answer = try await service.post("/v1/compare", form: form)
                #expect(answer.value("viewport", "width") as? Int == 60)
                #expect(answer.value("score", "tone") as? Double == 1)
            }
        }
    }

    /// The page loops until its browser is ended; the place is free long before the page's 60 seconds are over.
    @Test func hangingUpEndsTheWork() async throws {
        try await TestBrowser.with { renderer in
            try await TestService.run(.live, renderer: renderer, works: false) { service in
                let html = "<!doctype html><script>for (;;) {}</script>"
                let start = ContinuousClock.now
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            try await RawConnection.open(port: try #require(service.client.port)) { connection in
                                try await connection.say(
                                    "POST /v1/render HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/html\r\n"
                                        + "Content-Length: \(html.utf8.count)\r\n\r\n" + html)
                                try await Task.sleep(for: .seconds(2))
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let answer = try await service.send(
                    .post, "/v1/render?viewport=20x20", headers: [.contentType: "text/html"],
                    body: ByteBuffer(string: "<p>"))
                #expect(answer.status == .ok)
                #expect(ContinuousClock.now - start < .seconds(50))
            }
        }
    }
}
