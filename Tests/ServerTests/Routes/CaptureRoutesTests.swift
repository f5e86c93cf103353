// Captures over HTTP: what is refused, and what is told of it. That pages of the network are shown is `Render`'s to
// prove.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Render
import Testing

@testable import Server

@Suite struct CaptureRoutesTests {
    @Test func capturesCanBeSwitchedOff() async throws {
        try await TestService.run(works: false) {
            $0.capture = nil
        } _: { service in
            let answer = try await service.post("/v1/capture", json: #"{"url":"https://example.org/"}"#)
            #expect(answer.status == .forbidden)
            #expect(answer.code == "capture_disabled")
        }
    }

    @Test func theFaultsOfACaptureHaveTheirCodes() {
        let address = "https://intranet.example/"
        let problems: [(CaptureError, Problem.Code)] = [
            (.invalidAddress("ftp://x", reason: "it must begin with http:// or https://"), .invalidParameter),
            (.refused(address: address, reason: "10.1.2.3 is private"), .addressRefused),
            (.unreachable(address: address, reason: "unknown name"), .captureFailed),
            (.timedOut(address: address, seconds: 30), .captureFailed),
            (.notShown(address: address, .tooLarge(width: 9, height: 9, limit: 1)), .renderFailed),
            (.notShown(address: address, .noBrowser(looked: [])), .rendererUnavailable),
            (.notShown(address: address, .cancelled), .shuttingDown), (.cannotGuard(reason: "x"), .internal),
        ]
        for (error, code) in problems { #expect(Problem(error).code == code, "\(error)") }
    }

    /// A stranger's question must not make the service a resolver of the network it stands in.
    @Test func whatANameStandsForIsNotTold() {
        let named = Problem(CaptureError.refused(address: "http://db.example/", reason: "10.1.2.3 is private"))
        #expect(named.message == "\"http://db.example/\" is refused: it is private")
        let figures = Problem(CaptureError.refused(address: "http://10.1.2.3/", reason: "10.1.2.3 is private"))
        #expect(figures.message == "\"http://10.1.2.3/\" is refused: 10.1.2.3 is private")
        let port = Problem(CaptureError.refused(address: "http://db.example:22/", reason: "port 22 is not allowed"))
        #expect(port.message == "\"http://db.example:22/\" is refused: port 22 is not allowed")
        let request = RefusedRequest(address: "http://db.example/a.png", reason: "fd00::1 is unique-local")
        #expect(request.told.reason == "it is unique-local")
    }
}

@Suite(.serialized, .enabled(if: TestBrowser.isThere, "no Chromium is installed"), .timeLimit(.minutes(5)))
struct CaptureRoutesInBrowserTests {
    @Test(arguments: [
        (#"{"url":"http://127.0.0.1/"}"#, "address_refused", "url"),
        (#"{"url":"http://192.168.7.7:8080/"}"#, "address_refused", "url"),
        (#"{"url":"file:///etc/passwd"}"#, "invalid_parameter", "url"), (#"{}"#, "invalid_parameter", "url"),
        (#"{"url":"https://ada:key@example.org/"}"#, "invalid_parameter", "url"),
        (#"{"url":"https://example.org/","entry":"a"}"#, "invalid_parameter", "entry"),
    ])
    func whatMayNotBeReachedIsRefused(json: String, code: String, param: String) async throws {
        try await TestBrowser.with { renderer in
            try await TestService.run(renderer: renderer, works: false) { service in
                let answer = try await service.post("/v1/capture", json: json)
                #expect(answer.code == code)
                #expect(answer.string("error", "param") == param)
            }
        }
    }

    /// The service captures its own address book: allowed by name of the address, its port comes with it.
    @Test func anAllowedHostIsReachedOnThePortThatItsAddressNames() async throws {
        try await TestBrowser.with { renderer in
            try await TestService.run(.live, renderer: renderer, works: false) { configuration in
                do { configuration.capture = try CapturePolicy.allowing(["localhost"]) } catch {
                    Issue.record(error)
                }
            } _: { service in
                let port = try #require(service.client.port)
                let json = #"{"url":"http://localhost:\#(port)/healthz","viewport":"200x100"}"#
                let answer = try await service.post("/v1/capture", json: json, headers: [.accept: "application/json"])
                #expect(answer.status == .ok)
                #expect(answer.value("texts", 0, "text") as? String == #"{"status":"ok"}"#)
            }
        }
    }
}
