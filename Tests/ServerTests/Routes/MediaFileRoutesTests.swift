// Files to be referred to, as clients send, list, read and delete them.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Jobs
import NIOCore
import Testing

@testable import Server

@Suite struct MediaFileRoutesTests {
    private func form(_ purpose: String?, _ name: String, _ content: [UInt8]) -> Form {
        let form = purpose.map { Form().field("purpose", $0) } ?? Form()
        return form.file(name, content, field: "file")
    }

    private func contents(_ service: TestService) -> [String] {
        let names = FileManager.default.enumerator(atPath: service.store.directory + "/uploads")
        return (names?.compactMap { $0 as? String } ?? []).filter { $0.utf8.count > 20 }
    }

    @Test func aPictureIsKeptAndReadBack() async throws {
        try await TestService.run(works: false) { service in
            let before = Int(Date().timeIntervalSince1970)
            let picture = Picture.png()
            let kept = try await service.post("/v1/files", form: form("image", "shots/sign in.png", picture))
            #expect(kept.status == .ok)
            let id = try #require(kept.string("id"))
            #expect(MediaFile.isID(id))
            let created = try #require(kept.value("created_at") as? Int)
            #expect((before...before + 60).contains(created))
            #expect(kept.value("expires_at") as? Int == created + 7 * 86_400)
            let shape = kept.text.replacing(/file-[0-9a-z]{26}/, with: "ID").replacing(/\d{10}/, with: "TIME")
            #expect(
                shape == #"{"bytes":\#(picture.count),"created_at":TIME,"expires_at":TIME,"filename":"sign in.png","#
                    + #""id":"ID","object":"file","purpose":"image","status":"processed"}"#)
            #expect(try await service.send(.get, "/v1/files/\(id)").text == kept.text)
            let content = try await service.send(.get, "/v1/files/\(id)/content")
            #expect(Array(buffer: content.body) == picture)
            #expect(content.headers[.contentType] == "image/png")
            #expect(
                content.headers[.contentDisposition]
                    == "attachment; filename=\"sign_in.png\"; filename*=UTF-8''sign%20in.png")
            #expect(content.headers[.contentSecurityPolicy] == FileAnswers.inertPolicy)
            let tag = try #require(content.headers[.eTag])
            let again = try await service.send(.get, "/v1/files/\(id)/content", headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified)
        }
    }

    @Test func aVideoMayBeLargerThanAPicture() async throws {
        func configure(_ configuration: inout ServerConfiguration) {
            configuration.limits.imageBytes = 2_000
            configuration.limits.videoBytes = 100_000
        }
        try await TestService.run(works: false, configure: configure) { service in
            let clip = try VideoContainerTests.mp4(byteCount: 100_000)
            let kept = try await service.post("/v1/files", form: form("video", "clip.bin", clip))
            #expect(kept.status == .ok && kept.value("bytes") as? Int == 100_000)
            let content = try await service.send(.get, "/v1/files/\(kept.string("id") ?? "")/content")
            #expect(content.headers[.contentType] == "video/mp4" && Array(buffer: content.body) == clip)
            let longer = try await service.post("/v1/files", form: form("video", "clip.mp4", clip + [1]))
            #expect(longer.status == .contentTooLarge && longer.code == "video_too_large")
            let large = Picture.png() + [UInt8](repeating: 0, count: 2_000)
            let poster = try await service.post("/v1/files", form: form("image", "poster.png", large))
            #expect(poster.status == .contentTooLarge && poster.code == "image_too_large")
            #expect(poster.string("error", "message") == "poster.png is larger than 2000 bytes")
            let huge = try VideoContainerTests.mp4(byteCount: 1_200_000)
            #expect(try await service.post("/v1/files", form: form("video", "a", huge)).code == "body_too_large")
            #expect(contents(service).count == 1)
        }
    }

    @Test func thePurposeSaysWhatAFileMayBe() async throws {
        try await TestService.run(works: false) { service in
            let contents = [
                "png": Picture.png(), "mp4": try VideoContainerTests.mp4(),
                "gif": try Array(Data(contentsOf: URL(filePath: Self.gif))),
            ]
            for (purpose, kinds) in [
                "image": ["png": "image", "gif": "image"], "video": ["mp4": "video", "gif": "video"],
                "vision": ["png": "image", "mp4": "video", "gif": "image"],
                "user_data": ["png": "image", "mp4": "video", "gif": "image"],
            ] {
                for (name, content) in contents {
                    let answer = try await service.post("/v1/files", form: form(purpose, "a.\(name)", content))
                    guard let kind = kinds[name] else {
                        #expect(answer.code == "unsupported_media", "\(purpose) \(name)")
                        continue
                    }
                    let id = try #require(answer.string("id"), "\(purpose) \(name)")
                    let file = try await service.store.media(id, key: "local")
                    #expect(file.kind.rawValue == kind && file.purpose == purpose, "\(purpose) \(name)")
                }
            }
        }
    }

    private static let gif =
        URL(filePath: #filePath).appending(path: "../../../../Fixtures/media/gif").standardized.path
        + "/plain.gif"

    @Test(arguments: [
        ("batch", "there is no purpose \"batch\" here; known: image, video, vision, user_data"),
        ("file-extract", "there is no purpose \"file-extract\" here; known: image, video, vision, user_data"),
        (nil, "purpose is missing; known: image, video, vision, user_data"),
    ])
    func anotherPurposeIsRefused(purpose: String?, message: String) async throws {
        try await TestService.run(works: false) { service in
            let answer = try await service.post("/v1/files", form: form(purpose, "a.png", Picture.png()))
            #expect(answer.status == .badRequest && answer.code == "invalid_parameter")
            #expect(answer.string("error", "param") == "purpose")
            #expect(answer.string("error", "message") == message)
            #expect(contents(service).isEmpty)
        }
    }

    @Test func aFormBringsOneFileAndNothingElse() async throws {
        try await TestService.run(works: false) { service in
            let two = form("image", "a.png", Picture.png()).file("b.png", Picture.png(), field: "file")
            let other = form("image", "a.png", Picture.png()).field("expires_after", "1")
            let elsewhere = Form().field("purpose", "image").file("a.png", Picture.png(), field: "image")
            let upload = Form().file("a.png", Picture.png(), field: "file").file("b", [1], field: "purpose")
            for (form, code, param) in [
                (two, "too_many_files", "file"), (other, "invalid_parameter", "expires_after"),
                (elsewhere, "invalid_parameter", "image"), (upload, "invalid_parameter", "purpose"),
                (Form().field("purpose", "image"), "invalid_parameter", "file"),
                (Form().field("purpose", "image").field("purpose", "image"), "invalid_parameter", "purpose"),
                (self.form("image", "a.png", []), "corrupt_media", "file"),
                (self.form("image", "a.png", Array(Picture.png().prefix(20))), "corrupt_media", "file"),
                (self.form("image", "a.svg", Array("<svg/>".utf8)), "unsupported_media", "file"),
                (self.form("video", "a.mp4", Array("<svg/>".utf8)), "unsupported_media", "file"),
            ] {
                let answer = try await service.post("/v1/files", form: form)
                #expect(answer.code == code)
                #expect(answer.string("error", "param") == param)
                #expect(answer.string("error", "message")?.contains(service.store.directory) == false)
            }
            let json = try await service.post("/v1/files", json: "{}")
            #expect(json.code == "unsupported_media")
            let body = two.body
            let cut = body.getSlice(at: 0, length: body.readableBytes / 2)
            let type: HTTPFields = [.contentType: "multipart/form-data; boundary=\(Form.boundary)"]
            #expect(try await service.send(.post, "/v1/files", headers: type, body: cut).code == "invalid_request")
            #expect(contents(service).isEmpty)
            #expect(try await service.send(.get, "/v1/files").text == Self.nothing)
        }
    }

    private static let nothing = #"{"data":[],"first_id":null,"has_more":false,"last_id":null,"object":"list"}"#

    @Test func theListGoesOnBehindAFile() async throws {
        try await TestService.run(works: false) { service in
            var ids: [String] = []
            for red in 0..<3 {
                let form = form(red == 1 ? "vision" : "image", "a.png", Picture.png(red: UInt8(red)))
                ids.append(try #require(try await service.post("/v1/files", form: form).string("id")))
            }
            func listed(_ query: String) async throws -> TestResponse {
                try await service.send(.get, "/v1/files" + query)
            }
            func found(_ answer: TestResponse) -> [String] {
                (answer.value("data") as? [[String: Any]] ?? []).compactMap { $0["id"] as? String }
            }
            let first = try await listed("?limit=2")
            #expect(found(first) == [ids[2], ids[1]] && first.value("has_more") as? Bool == true)
            #expect(first.string("first_id") == ids[2] && first.string("last_id") == ids[1])
            let second = try await listed("?limit=2&after=\(ids[1])")
            #expect(found(second) == [ids[0]] && second.value("has_more") as? Bool == false)
            #expect(found(try await listed("?order=asc")) == ids)
            #expect(found(try await listed("?purpose=vision")) == [ids[1]])
            for (query, param) in [("after=x", "after"), ("limit=0", "limit"), ("order=up", "order"), ("x=1", "x")] {
                let answer = try await listed("?" + query)
                #expect(answer.code == "invalid_parameter" && answer.string("error", "param") == param)
            }
        }
    }

    @Test func aFileIsDeletedOnce() async throws {
        try await TestService.run(works: false) { service in
            let kept = try await service.post("/v1/files", form: form("image", "a.png", Picture.png()))
            let id = try #require(kept.string("id"))
            let gone = try await service.send(.delete, "/v1/files/\(id)")
            #expect(gone.text == #"{"deleted":true,"id":"\#(id)","object":"file"}"#)
            #expect(contents(service).isEmpty)
            for address in ["/v1/files/\(id)", "/v1/files/\(id)/content", "/v1/files/x", "/v1/files/%00"] {
                #expect(try await service.send(.get, address).code == "not_found", "\(address)")
            }
            #expect(try await service.send(.delete, "/v1/files/\(id)").status == .notFound)
        }
    }

    @Test func filesAreTheirKeysAlone() async throws {
        try await TestService.run(works: false) { service in
            let mine = try await service.store.createKey(name: "mine").secret
            let other = try await service.store.createKey(name: "other").secret
            let key: HTTPFields = [.authorization: "Bearer \(mine)"]
            let others: HTTPFields = [.authorization: "Bearer \(other)"]
            let picture = form("image", "a.png", Picture.png())
            #expect(try await service.post("/v1/files", form: picture).status == .unauthorized)
            let id = try #require(try await service.post("/v1/files", form: picture, headers: key).string("id"))
            #expect(try await service.send(.get, "/v1/files/\(id)", headers: others).status == .notFound)
            #expect(try await service.send(.get, "/v1/files/\(id)/content", headers: others).status == .notFound)
            #expect(try await service.send(.delete, "/v1/files/\(id)", headers: others).status == .notFound)
            #expect(try await service.send(.get, "/v1/files", headers: others).text == Self.nothing)
            #expect(try await service.send(.get, "/v1/files/\(id)", headers: key).status == .ok)
        }
    }

    @Test func aKeyKeepsOnlySoMany() async throws {
        func configure(_ configuration: inout ServerConfiguration) {
            configuration.limits.keptFiles = 2
            configuration.limits.keptFileBytes = 2 * Picture.png().count
        }
        try await TestService.run(works: false, configure: configure) { service in
            _ = try await service.post("/v1/files", form: form("image", "a.png", Picture.png()))
            let larger = try VideoContainerTests.mp4(byteCount: Picture.png().count + 1)
            let heavy = try await service.post("/v1/files", form: form("video", "a.mp4", larger))
            #expect(heavy.status == .unprocessableContent && heavy.code == "too_many_files")
            _ = try await service.post("/v1/files", form: form("image", "a.png", Picture.png()))
            let many = try await service.post("/v1/files", form: form("image", "a.png", Picture.png()))
            #expect(many.code == "too_many_files")
            #expect(
                many.string("error", "message") == "this key keeps 2 files, which is its limit; delete some")
        }
    }

    @Test func aFullDiskIsSaid() async throws {
        var options = StoreOptions()
        options.minimumFreeBytes = .max
        try await TestService.run(works: false, options: options) { service in
            let answer = try await service.post("/v1/files", form: form("image", "a.png", Picture.png()))
            #expect(answer.status.code == 507 && answer.code == "storage_full")
        }
    }
}
