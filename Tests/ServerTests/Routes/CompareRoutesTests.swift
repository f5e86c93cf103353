// Comparisons over HTTP. Two pictures need no browser, so most of these run everywhere.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Media
import NIOCore
import Render
import Testing

@testable import Server

@Suite struct CompareRoutesTests {
    private static func form(_ design: [UInt8], _ result: [UInt8]) -> Form {
        Form().file("a.png", design, field: "design").file("b.png", result, field: "result")
    }

    private static func url(_ picture: [UInt8]) -> String {
        "data:image/png;base64," + Data(picture).base64EncodedString()
    }

    /// A light picture of 96 × 64 pixels with a card in its middle, so that there is something to compare.
    private static func card(red: UInt8 = 30) throws -> [UInt8] {
        var pixels = [UInt8](repeating: 240, count: 96 * 64 * 3)
        for y in 16..<48 { for x in 24..<72 { pixels[(y * 96 + x) * 3] = red } }
        return try Image(width: 96, height: 64, pixels: pixels).encodedPNG()
    }

    @Test func aPictureAgainstItselfIsOneInEveryShape() async throws {
        let picture = try Self.card()
        try await TestService.run(works: false) { service in
            let form = Self.form(picture, picture)
            let answer = try await service.post("/v1/compare", form: form)
            #expect(answer.status == .ok)
            #expect(answer.string("object") == "comparison")
            #expect(answer.value("score", "total") as? Double == 1)
            #expect(answer.value("score", "accessibility") is NSNull)
            #expect((answer.value("differences") as? [Any])?.isEmpty == true)
            #expect(answer.value("is_estimate") as? Bool == true)
            #expect(answer.value("width") as? Double == 96)
            #expect(answer.value("viewport", "height") as? Int == 64)
            #expect(answer.headers[.fidelityScore] == "1.0000")
            #expect(answer.headers[.cacheControl] == "no-store")
            let heatMap = try #require(answer.string("heat_map"))
            #expect(heatMap.hasPrefix("data:image/png;base64,iVBOR"))

            let alone = try await service.post("/v1/compare", form: form, headers: [.accept: "image/png"])
            #expect(alone.headers[.contentType] == "image/png")
            #expect(alone.headers[.fidelityScore] == "1.0000")
            let image = try Image.decode(Array(alone.body.readableBytesView), name: "heat map")
            #expect((image.width, image.height) == (96, 64))
        }
    }

    @Test func whatDiffersIsToldWithItsPlace() async throws {
        let (design, result) = (try Self.card(), try Self.card(red: 140))
        try await TestService.run(works: false) { service in
            let json = #"{"design":"\#(Self.url(design))","result":"\#(Self.url(result))","scale":2}"#
            let answer = try await service.post("/v1/compare", json: json)
            #expect(answer.status == .ok)
            let total = try #require(answer.value("score", "total") as? Double)
            #expect(total < 1)
            #expect(answer.headers[.fidelityScore] == total.headerText)
            #expect(answer.value("width") as? Double == 48)
            #expect(answer.value("viewport", "scale") as? Double == 2)
            let differences = try #require(answer.value("differences") as? [[String: Any]])
            #expect(!differences.isEmpty)
            #expect(differences.allSatisfy { $0["kind"] is String && $0["severity"] is Double })
        }
    }

    @Test(arguments: [(0.99999, "0.9999"), (1, "1.0000"), (0, "0.0000"), (0.05, "0.0500"), (0.89436, "0.8944")])
    func aScoreInAHeaderHasFourDigits(score: Double, text: String) {
        #expect(score.headerText == text)
    }

    @Test(arguments: [
        ("colour", "red", "invalid_parameter", "colour"), ("scale", "0.09", "invalid_parameter", "scale"),
        ("scale", "nan", "invalid_parameter", "scale"), ("viewport", "1280", "invalid_parameter", "viewport"),
        ("viewport", "0x10", "invalid_parameter", "viewport"), ("design", "again", "invalid_parameter", "design"),
        ("viewport", "16384x16384", "invalid_parameter", "viewport"),
    ])
    func anOptionThatIsNoneIsNamed(name: String, value: String, code: String, param: String) async throws {
        try await TestService.run(works: false) { service in
            let form = Self.form(Picture.png(), Picture.png()).field(name, value)
            let answer = try await service.post("/v1/compare", form: form)
            #expect(answer.code == code)
            #expect(answer.string("error", "param") == param)
        }
    }

    @Test(arguments: [
        (#"{"design":1,"result":1}"#, "invalid_parameter", "design"),
        (#"{"design":{"html":"<p>"}}"#, "missing_image", "result"),
        (#"{"design":{"html":"<p>","css":""},"result":null}"#, "invalid_parameter", "design.css"),
        (#"{"design":"https://example.org/a.png","result":"data:,"}"#, "invalid_parameter", "design"),
        (#"{"colour":"red"}"#, "invalid_parameter", "colour"), (#"{"scale":"1"}"#, "invalid_parameter", "scale"),
        (#"[]"#, "invalid_parameter", ""), (#"{"#, "invalid_json", ""),
    ])
    func jsonIsReadStrictly(json: String, code: String, param: String) async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.post("/v1/compare", json: json)
            #expect(answer.code == code)
            #expect(answer.string("error", "param") ?? "" == param)
        }
    }

    @Test(arguments: [
        ("", "missing_image", 400), ("GIF89a", "corrupt_media", 422), ("words", "unsupported_media", 415),
        ("<?xml version=\"1.0\"?><svg/>", "unsupported_media", 415), ("\n <svg/>", "unsupported_media", 415),
        ("<!doctype html><p>", "renderer_unavailable", 503),
    ])
    func theContentDecidesWhatASideIs(content: String, code: String, status: Int) async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.post("/v1/compare", form: Self.form(Picture.png(), Array(content.utf8)))
            #expect(answer.code == code)
            #expect(answer.status.code == status)
        }
    }

    @Test func tooManyPixelsAreRefusedAlsoTogether() async throws {
        try await TestService.run(works: false) {
            $0.limits.measuredPixels = 4_000
        } _: { service in
            let large = Picture.png(width: 100, height: 41)
            let one = try await service.post("/v1/compare", form: Self.form(Picture.png(), large))
            #expect(one.code == "image_too_large")
            #expect(one.status == .unprocessableContent)
            #expect(one.string("error", "param") == "result")
            let strips = Self.form(Picture.png(width: 100, height: 2), Picture.png(width: 2, height: 100))
            let both = try await service.post("/v1/compare", form: strips)
            #expect(both.code == "image_too_large")
            #expect(both.string("error", "message")?.contains("100 × 100") == true)
        }
    }

    @Test func tooManyBytesAreRefused() async throws {
        try await TestService.run(works: false) {
            $0.limits.imageBytes = 2_000
            $0.limits.jsonBytes = 1_024
        } _: { service in
            let long = [UInt8](repeating: 0x20, count: 2_001)
            let picture = try await service.post("/v1/compare", form: Self.form(Picture.png(), long))
            #expect(picture.code == "image_too_large")
            let html = Array("<p>".utf8) + [UInt8](repeating: 0x20, count: 1_500)
            let page = try await service.post("/v1/compare", form: Self.form(Picture.png(), html))
            #expect(page.code == "body_too_large")
            let json = #"{"design":{"html":"\#(String(repeating: "x", count: 1_100))"}}"#
            let body = try await service.post("/v1/compare", json: json)
            #expect(body.code == "body_too_large")
        }
    }

    @Test func otherBodiesShapesAndQueriesAreRefused() async throws {
        try await TestService.run(works: false) { service in
            let raw = try await service.send(
                .post, "/v1/compare", headers: [.contentType: "image/png"], body: ByteBuffer(bytes: Picture.png()))
            #expect(raw.code == "unsupported_media")
            let form = Self.form(Picture.png(), Picture.png())
            let page = try await service.post("/v1/compare", form: form, headers: [.accept: "text/html"])
            #expect(page.code == "not_acceptable")
            #expect(try await service.post("/v1/compare?scale=1", form: form).code == "invalid_parameter")
        }
    }

    /// Eight requests whose bodies are still on their way hold all places; the ninth learns it before its own is read.
    @Test func theNinthAtTheSameTimeIsToldToComeAgain() async throws {
        try await TestService.run(.live, works: false) { service in
            let port = try #require(service.client.port)
            let head =
                "POST /v1/compare HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 100\r\n\r\n{"
            let held = HangUpSignal()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<Rendering.requestsAtOnce {
                    group.addTask {
                        try await RawConnection.open(port: port) { connection in
                            try await connection.say(head)
                            await held.wait()
                        }
                    }
                }
                var answer: TestResponse?
                for _ in 0..<500 {
                    answer = try await service.post("/v1/compare", json: "{}")
                    if answer?.code == "renderer_busy" { break }
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(answer?.code == "renderer_busy")
                #expect(answer?.status == .tooManyRequests)
                #expect(answer?.headers[.retryAfter] == "2")
                held.fire()
                try await group.waitForAll()
            }
            // The places are free again.
            for _ in 0..<500 where try await service.post("/v1/compare", json: "{}").code == "renderer_busy" {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(try await service.post("/v1/compare", json: "{}").code == "missing_image")
        }
    }
}
