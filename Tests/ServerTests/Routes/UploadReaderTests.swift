// What may be sent, in which form, and what is refused before it is kept.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Jobs
import NIOCore
import Testing
import UIToCode

@testable import Server

@Suite struct UploadReaderTests {
    private func designs(_ answer: TestResponse) -> [String] {
        (answer.value("designs") as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
    }

    private func isEmpty(_ service: TestService) async throws -> Bool {
        try await service.send(.get, "/v1/conversions").value("data", 0) == nil
    }

    private static let async: HTTPFields = [.prefer: "respond-async"]

    @Test func aFormBringsPicturesAndOptions() async throws {
        try await TestService.run(works: false) { service in
            let form = Form().field("name", "Caf\u{e9}").file("shots/Sign in.PNG", Picture.png(), field: "file")
                .field("temperature", "0.5").file("C:\\pictures\\sign in.png", Picture.png(red: 1), field: "anything")
                .field("seed", "7").field("max_tokens", "99").field("stack", "html")
            let answer = try await service.post("/v1/convert", form: form, headers: Self.async)
            #expect(answer.status == .accepted)
            #expect(answer.string("name") == "Caf\u{e9}")
            #expect(designs(answer) == ["Sign in", "sign in-2"])
            let conversion = try await service.store.conversion(try #require(answer.string("id")), key: "local")
            #expect(conversion.request == ConversionRequest(stack: .html, temperature: 0.5, seed: 7, maxTokens: 99))
        }
    }

    @Test func aRawBodyTakesItsOptionsFromTheQuery() async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.convert(
                "?name=sign-in&seed=9223372036854775807",
                headers: [.prefer: "respond-async", .contentType: "image/jpeg"])
            #expect(answer.status == .accepted)
            #expect(designs(answer) == ["sign-in"])
            #expect(answer.value("designs", 0, "media_type") as? String == "image/png")
            let conversion = try await service.store.conversion(try #require(answer.string("id")), key: "local")
            #expect(conversion.request.seed == UInt64(Int64.max))
        }
    }

    @Test func jsonBringsDataURLs() async throws {
        try await TestService.run(works: false) { service in
            let picture = Data(Picture.png()).base64EncodedString()
            let answer = try await service.post(
                "/v1/convert",
                json: """
                    {"images":["data:image/png;base64,\(picture)",{"name":"sign-in","data":"data:image/png;base64,\(picture)"}],
                     "name":"two","options":{"temperature":1,"seed":3,"max_tokens":10}}
                    """, headers: Self.async)
            #expect(answer.status == .accepted)
            #expect(answer.string("name") == "two")
            #expect(designs(answer) == ["design", "sign-in"])
            let conversion = try await service.store.conversion(try #require(answer.string("id")), key: "local")
            #expect(conversion.request == ConversionRequest(temperature: 1, seed: 3, maxTokens: 10))
        }
    }

    @Test func anArchiveIsUnpackedInAnyForm() async throws {
        try await TestService.run(works: false) { service in
            let zip = try Zip.of([
                ("shots/a.png", Picture.png()), ("b.png", Picture.png(red: 1)), ("more/A.png", Picture.png(red: 2)),
            ])
            let raw = try await service.convert(
                headers: [.prefer: "respond-async", .contentType: "application/zip"], picture: zip)
            #expect(designs(raw) == ["a", "b", "A-2"])
            let form = Form().file("x.zip", zip, field: "archive", type: "application/zip").file(
                "a.png", Picture.png(red: 3))
            let answer = try await service.post("/v1/convert", form: form, headers: Self.async)
            #expect(
                designs(answer) == [
                    "a", "b", "A-2", "a-3",
                ])
        }
    }

    @Test(arguments: [
        ("colour=red", "invalid_parameter", "colour"), ("stack=angular", "stack_unknown", "stack"),
        ("temperature=2.1", "invalid_parameter", "temperature"),
        ("temperature=nan", "invalid_parameter", "temperature"),
        ("seed=-1", "invalid_parameter", "seed"), ("seed=9223372036854775808", "invalid_parameter", "seed"),
        ("seed=1.5", "invalid_parameter", "seed"), ("max_tokens=0", "invalid_parameter", "max_tokens"),
        ("max_tokens=32769", "invalid_parameter", "max_tokens"),
        ("name=a%0Ab", "invalid_parameter", "name"), ("seed=1&seed=1", "invalid_parameter", "seed"),
    ])
    func anOptionThatIsNoneIsNamed(query: String, code: String, param: String) async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.convert("?" + query)
            #expect(answer.code == code)
            #expect(answer.string("error", "param") == param)
            var form = Form().file("a.png", Picture.png())
            for pair in query.split(separator: "&") {
                let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
                form = form.field(String(parts[0]), parts[1].removingPercentEncoding ?? "")
            }
            let other = try await service.post("/v1/convert", form: form)
            #expect(other.code == code)
            #expect(other.string("error", "param") == param)
            #expect(try await isEmpty(service))
        }
    }

    @Test(arguments: ["text/plain", "image/tiff", "image/svg+xml", "", "application/x-www-form-urlencoded"])
    func anotherKindOfBodyIsRefused(type: String) async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.convert(headers: [.contentType: type])
            #expect(answer.status == .unsupportedMediaType)
            #expect(answer.code == "unsupported_media")
        }
    }

    @Test func whatIsNoPictureIsRefusedWithoutAPathOfThisMachine() async throws {
        try await TestService.run(works: false) { service in
            let text = Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8)
            let form = Form().file("drawing.png", text)
            let answer = try await service.post("/v1/convert", form: form)
            #expect(answer.status == .unsupportedMediaType)
            #expect(answer.code == "unsupported_media")
            let message = try #require(answer.string("error", "message"))
            #expect(message.contains("drawing.png"))
            #expect(!message.contains(service.store.directory))
            #expect(try await isEmpty(service))
        }
    }

    @Test func aPictureThatBreaksOffIsCorrupt() async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.convert(picture: Array(Picture.png().prefix(20)))
            #expect(answer.status == .unprocessableContent)
            #expect(answer.code == "corrupt_media")
        }
    }

    @Test func nothingIsAMissingImage() async throws {
        try await TestService.run(works: false) { service in
            #expect(try await service.convert(picture: []).code == "missing_image")
            #expect(try await service.post("/v1/convert", form: Form().field("name", "x")).code == "missing_image")
            #expect(
                try await service.post("/v1/convert", form: Form().file("", [], field: "image")).code == "missing_image"
            )
            #expect(try await service.post("/v1/convert", json: #"{"images":[]}"#).code == "missing_image")
            let zip = try Zip.of([])
            let empty = try await service.convert(headers: [.contentType: "application/zip"], picture: zip)
            #expect(empty.code == "missing_image")
        }
    }

    @Test(arguments: [
        ("{", "invalid_json"), ("[]", "invalid_parameter"), (#"{"images":["x"]}"#, "invalid_parameter"),
        (#"{"images":["data:image/png;base64,%%%"]}"#, "invalid_parameter"), (#"{"images":7}"#, "invalid_parameter"),
        (#"{"pictures":[]}"#, "invalid_parameter"),
    ])
    func jsonThatSaysSomethingElseIsRefused(body: String, code: String) async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.post("/v1/convert", json: body)
            #expect(answer.status == .badRequest)
            #expect(answer.code == code)
        }
    }

    @Test func picturesHaveLimits() async throws {
        func configure(_ configuration: inout ServerConfiguration) {
            configuration.limits.images = 2
            configuration.limits.imageBytes = 400
            configuration.limits.imageSide = 40
            configuration.limits.imagePixels = 1000
        }
        try await TestService.run(works: false, configure: configure) { service in
            let three = Form().file("a.png", Picture.png()).file("b.png", Picture.png()).file("c.png", Picture.png())
            let many = try await service.post("/v1/convert", form: three)
            #expect(many.status == .unprocessableContent)
            #expect(many.code == "too_many_files")
            let wide = try await service.convert(picture: Picture.png(width: 41, height: 2))
            #expect(wide.status == .unprocessableContent)
            #expect(wide.code == "image_too_large")
            #expect(try await service.convert(picture: Picture.png(width: 40, height: 30)).code == "image_too_large")
            let heavy = try await service.convert(picture: Picture.png() + [UInt8](repeating: 0, count: 400))
            #expect(heavy.status == .contentTooLarge)
            #expect(heavy.code == "image_too_large")
            let zip = try Zip.of([
                ("a.png", Picture.png()), ("b.png", Picture.png() + [UInt8](repeating: 0, count: 400)),
            ])
            let packed = try await service.convert(headers: [.contentType: "application/zip"], picture: zip)
            #expect(packed.code == "image_too_large")
            #expect(try await isEmpty(service))
        }
    }

    @Test func aBodyHasALimitWhetherItIsAnnouncedOrNot() async throws {
        func configure(_ configuration: inout ServerConfiguration) {
            configuration.limits.images = 1
            configuration.limits.imageBytes = 1000
            configuration.limits.jsonBytes = 2000
        }
        try await TestService.run(works: false, configure: configure) { service in
            let form = Form().file("a.png", [UInt8](repeating: 0x20, count: 1_100_000))
            let announced = try await service.post("/v1/convert", form: form)
            #expect(announced.status == .contentTooLarge)
            #expect(announced.code == "body_too_large")
            let json = try await service.post("/v1/convert", json: String(repeating: " ", count: 2001))
            #expect(json.code == "body_too_large")
        }
        try await TestService.run(.live, works: false, configure: configure) { service in
            try await RawConnection.open(port: try #require(service.client.port)) { connection in
                try await connection.say(
                    "POST /v1/convert HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Transfer-Encoding: chunked\r\n\r\n")
                for _ in 0..<3 { try await connection.say("3e8\r\n" + String(repeating: " ", count: 1000) + "\r\n") }
                let heard = try await connection.hear("body_too_large")
                #expect(heard.hasPrefix("HTTP/1.1 413 "))
            }
        }
    }

    @Test func whoAsksForLeaveToSendIsGivenItOrRefusedAtOnce() async throws {
        try await TestService.run(.live, works: false) { service in
            let picture = Picture.png()
            func head(_ length: Int) -> String {
                "POST /v1/convert HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nPrefer: respond-async\r\n"
                    + "Expect: 100-continue\r\nContent-Length: \(length)\r\n\r\n"
            }
            try await RawConnection.open(port: try #require(service.client.port)) { connection in
                try await connection.say(head(picture.count))
                #expect(try await connection.hear("\r\n\r\n").hasPrefix("HTTP/1.1 100 Continue\r\n"))
                try await connection.say("", picture)
                #expect(try await connection.hear("\"status\":\"queued\"").contains("HTTP/1.1 202 "))
            }
            try await RawConnection.open(port: try #require(service.client.port)) { connection in
                try await connection.say(head(1_000_000_000))
                #expect(try await connection.hear("body_too_large").hasPrefix("HTTP/1.1 413 "))
            }
        }
    }

    @Test func leaveIsGivenToWhateverARouteTakes() async throws {
        try await TestService.run(.live, works: false) {
            $0.limits.chatBytes = 2_000_000_000
        } _: { service in
            try await RawConnection.open(port: try #require(service.client.port)) { connection in
                try await connection.say(
                    "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Expect: 100-continue\r\nContent-Length: 1000000000\r\n\r\n")
                #expect(try await connection.hear("\r\n\r\n").hasPrefix("HTTP/1.1 100 Continue\r\n"))
            }
        }
    }

    @Test func archivesHaveLimitsAndSafePaths() async throws {
        func configure(_ configuration: inout ServerConfiguration) {
            configuration.limits.archiveEntries = 2
            configuration.limits.archiveBytes = 1000
        }
        try await TestService.run(works: false, configure: configure) { service in
            func send(_ zip: [UInt8]) async throws -> TestResponse {
                try await service.convert(headers: [.contentType: "application/zip"], picture: zip)
            }
            let three = try Zip.of([("a.png", Picture.png()), ("b.png", Picture.png()), ("c.png", Picture.png())])
            #expect(try await send(three).code == "archive_too_large")
            let large = try Zip.of([("a.png", Picture.png() + [UInt8](repeating: 0, count: 1000))])
            #expect(try await send(large).code == "archive_too_large")
            let whole = try Zip.of([("ab/c.png", Picture.png())])
            #expect(try await send(Array(whole.dropLast(30))).code == "corrupt_archive")
            // The same archive with another name of the same length in both places where names are.
            let climbing = Data(whole).replacing(Array("ab/c".utf8), with: Array("../c".utf8))
            #expect(try await send(Array(climbing)).code == "unsafe_path")
            let text = try Zip.of([("readme.txt", Array("hello".utf8))])
            #expect(try await send(text).code == "unsupported_media")
            #expect(try await isEmpty(service))
        }
    }

    @Test func aFormThatBreaksOffIsRefused() async throws {
        try await TestService.run(works: false) { service in
            let body = Form().file("a.png", Picture.png()).body
            let type = "multipart/form-data; boundary=\(Form.boundary)"
            let cut = body.getSlice(at: 0, length: body.readableBytes - 10)
            let answer = try await service.send(.post, "/v1/convert", headers: [.contentType: type], body: cut)
            #expect(answer.status == .badRequest)
            #expect(answer.code == "invalid_request")
            let bare = try await service.send(
                .post, "/v1/convert", headers: [.contentType: "multipart/form-data"], body: body)
            #expect(bare.code == "invalid_request")
            #expect(bare.string("error", "param") == "Content-Type")
        }
    }

    @Test func aFullDiskIsToldAsSuch() async throws {
        var options = StoreOptions()
        options.minimumFreeBytes = .max
        try await TestService.run(works: false, options: options) { service in
            let answer = try await service.convert()
            #expect(answer.status.code == 507)
            #expect(answer.code == "storage_full")
            #expect(try await service.send(.get, "/readyz").status == .serviceUnavailable)
        }
    }

    @Test func namesBecomeUniqueWhateverTheirCase() {
        var taken: Set<String> = []
        #expect(["A", "a-2", "a"].map { Design.unique($0, in: &taken) } == ["A", "a-2", "a-3"])
        #expect(PictureIntake.name(of: "C:\\x\\y.z.png") == "y.z")
        #expect(PictureIntake.name(of: "") == "design")
    }
}
