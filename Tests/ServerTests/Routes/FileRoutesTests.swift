// Files by address: their bytes, their tags, and what may not run in them.
import Foundation
import HTTPTypes
import HummingbirdTesting
import Jobs
import NIOCore
import Testing

@testable import Server

@Suite struct FileRoutesTests {
    @Test func aFileComesWithItsTypeItsTagAndItsPolicy() async throws {
        try await TestService.run { service in
            let conversion = try await service.convert()
            let url = try #require(conversion.value("files", 0, "url") as? String)
            let file = try await service.send(.get, url)
            #expect(file.status == .ok)
            #expect(file.headers[.contentType] == "text/html; charset=utf-8")
            #expect(file.text == conversion.value("files", 0, "text") as? String)
            let digest = try #require(conversion.value("files", 0, "sha256") as? String)
            #expect(file.headers[.eTag] == "\"\(digest)\"")
            #expect(
                file.headers[.contentSecurityPolicy]
                    == "default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'; sandbox")
            #expect(file.headers[.contentLength] == String(file.body.readableBytes))
        }
    }

    @Test(arguments: ["\"TAG\"", "W/\"TAG\"", "\"x\", \"TAG\"", "*"])
    func whoHasTheFileIsTold(header: String) async throws {
        try await TestService.run { service in
            let address = try #require(try await service.convert().headers[.location]) + "/files/index.html"
            let tag = try #require(try await service.send(.get, address).headers[.eTag])
            let sent = header.replacing("\"TAG\"", with: tag)
            let answer = try await service.send(.get, address, headers: [.ifNoneMatch: sent])
            #expect(answer.status == .notModified)
            #expect(answer.headers[.eTag] == tag)
            #expect(answer.body.readableBytes == 0)
            let other = try await service.send(.get, address, headers: [.ifNoneMatch: "\"other\""])
            #expect(other.status == .ok)
        }
    }

    @Test(arguments: [
        "other.html", "../index.html", "%2e%2e/%2e%2e/bottega.sqlite", "index.html/x", "%00", "%FF", "index%2Ehtml%20",
    ])
    func onlyPathsOfTheRevisionAreServed(path: String) async throws {
        try await TestService.run { service in
            let address = try #require(try await service.convert().headers[.location])
            let answer = try await service.send(.get, "\(address)/files/\(path)")
            #expect(answer.status == .notFound)
            #expect(answer.code == "not_found")
        }
    }

    @Test func thePictureComesBackAsItWasSent() async throws {
        try await TestService.run { service in
            let picture = Picture.png(width: 9, height: 4)
            let address = try #require(try await service.convert(picture: picture).headers[.location])
            let answer = try await service.send(.get, address + "/designs/0")
            #expect(answer.headers[.contentType] == "image/png")
            #expect(Array(buffer: answer.body) == picture)
            for index in ["1", "-1", "00", "x"] {
                #expect(try await service.send(.get, "\(address)/designs/\(index)").code == "not_found", "\(index)")
            }
        }
    }

    @Test func theReportNamesItsRevision() async throws {
        try await TestService.run { service in
            let address = try #require(try await service.convert().headers[.location])
            let report = try await service.send(.get, address + "/report")
            #expect(report.value("revision") as? Int == 1)
            #expect(report.string("engine") == "script")
            #expect(report.string("finish_reason") == "stop")
            #expect(report.value("tokens", "cached_tokens") as? Int == 6)
            #expect(report.value("seconds", "encode") as? Double == 0.25)
        }
    }

    @Test(arguments: ["/files", "/files/index.html", "/archive.zip", "/report"])
    func filesThatAreStillBeingMadeArePending(path: String) async throws {
        try await TestService.run(works: false) { service in
            let address = try #require(
                try await service.convert(headers: [.prefer: "respond-async"]).headers[.location])
            let answer = try await service.send(.get, address + path)
            #expect(answer.status == .conflict)
            #expect(answer.code == "revision_pending")
            #expect(answer.value("error", "retryable") as? Bool == true)
        }
    }

    @Test(arguments: [
        "/files?revision=2", "/files/index.html?revision=2", "/archive.zip?revision=2", "/report?revision=2",
    ])
    func aRevisionThatIsNotThereIsNotFound(path: String) async throws {
        try await TestService.run { service in
            let address = try #require(try await service.convert().headers[.location])
            let answer = try await service.send(.get, address + path)
            #expect(answer.code == "not_found")
            #expect(answer.string("error", "param") == "revision")
        }
    }

    @Test func headAnswersWhereverGetDoes() async throws {
        try await TestService.run { service in
            let address = try #require(try await service.convert().headers[.location])
            for path in ["", "/files", "/files/index.html", "/designs/0", "/archive.zip", "/report", "/events"] {
                let answer = try await service.send(.head, address + path)
                #expect(answer.status == .ok, "\(path)")
                #expect(answer.body.readableBytes == 0, "\(path)")
            }
        }
    }

    @Test func anArchivesNameIsSafeInAHeader() async throws {
        try await TestService.run { service in
            let answer = try await service.convert("?name=caf%C3%A9%20%22x%22")
            let address = try #require(answer.headers[.location])
            let archive = try await service.send(.get, address + "/archive.zip")
            #expect(
                archive.headers[.contentDisposition]
                    == "attachment; filename=\"caf___x_.zip\"; filename*=UTF-8''caf%C3%A9%20%22x%22.zip")
        }
    }
}
