// What may be changed, what is refused, and with which words.
import HTTPTypes
import HummingbirdTesting
import Jobs
import NIOCore
import Testing

@testable import Server

@Suite struct EditRoutesTests {
    private static let remove = #"{"operations":[{"selector":"p","remove":true}]}"#

    private func conversion(_ service: TestService) async throws -> String {
        try #require(try await service.convert().headers[.location])
    }

    @Test func anInstructionNeedsAnEngineThatFollowsOne() async throws {
        try await TestService.run { service in
            let address = try await conversion(service)
            let answer = try await service.post(address + "/edits", json: #"{"instruction":"make it green"}"#)
            #expect(answer.status == .unprocessableContent)
            #expect(answer.code == "engine_no_instructions")
            #expect(answer.string("error", "message")?.contains("operations") == true)
        }
    }

    @Test func aSelectorThatMatchesNothingIsToldInTheAnswer() async throws {
        try await TestService.run { service in
            let address = try await conversion(service)
            let answer = try await service.post(
                address + "/edits", json: #"{"operations":[{"selector":"table","remove":true}]}"#)
            #expect(answer.status == .unprocessableContent)
            #expect(answer.code == "edit_target_missing")
            #expect(try await service.send(.get, address + "/files").status == .ok)
            #expect(try await service.send(.get, address).value("latest_revision") as? Int == 1)
        }
    }

    @Test(arguments: [
        ("{", "invalid_json"), ("[]", "edit_invalid"), ("{}", "edit_invalid"),
        (#"{"operations":[]}"#, "edit_invalid"), (#"{"operations":7}"#, "edit_invalid"),
        (#"{"operations":[{"selector":"p"}]}"#, "edit_invalid"),
        (#"{"operations":[{"selector":"p","remove":true}],"instruction":"x"}"#, "edit_invalid"),
        (#"{"operations":[{"selector":"p","remove":true}],"colour":1}"#, "edit_invalid"),
        (#"{"operations":[{"selector":"p","remove":true}],"revision":0}"#, "invalid_parameter"),
        (#"{"operations":[{"selector":"p","remove":true}],"revision":"1"}"#, "edit_invalid"),
        (#"{"operations":[{"selector":"p","remove":true}],"revision":7}"#, "not_found"),
        (#"{"operations":[{"selector":"p","remove":true}],"file":"other.html"}"#, "edit_invalid"),
    ])
    func whatIsNoEditIsRefused(body: String, code: String) async throws {
        try await TestService.run { service in
            let address = try await conversion(service)
            let answer = try await service.post(address + "/edits", json: body)
            #expect(answer.code == code)
            #expect(try await service.send(.get, address + "/revisions").value("data", 1) == nil)
        }
    }

    @Test func anEditIsJSON() async throws {
        try await TestService.run { service in
            let address = try await conversion(service)
            let answer = try await service.send(
                .post, address + "/edits", headers: [.contentType: "text/plain"], body: .init(string: Self.remove))
            #expect(answer.status == .unsupportedMediaType)
            #expect(answer.code == "unsupported_media")
        }
    }

    @Test func anEditIsNoLongerThanAMebibyte() async throws {
        try await TestService.run { service in
            let address = try await conversion(service)
            let long = #"{"instruction":""# + String(repeating: "x", count: 1 << 20) + #""}"#
            let answer = try await service.post(address + "/edits", json: long)
            #expect(answer.status == .contentTooLarge)
            #expect(answer.code == "body_too_large")
        }
    }

    @Test func filesAreEditedOnlyWhenTheyAreThere() async throws {
        try await TestService.run(works: false) { service in
            let address = try #require(
                try await service.convert(headers: [.prefer: "respond-async"]).headers[.location])
            let answer = try await service.post(address + "/edits", json: Self.remove)
            #expect(answer.status == .conflict)
            #expect(answer.code == "revision_pending")
        }
    }

    @Test func anEditKeepsTheRulesOfAConversion() async throws {
        try await TestService.run { service in
            let address = try await conversion(service)
            let page = try await service.post(address + "/edits", json: Self.remove, headers: [.accept: "text/html"])
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(!page.text.contains("<p>One</p>"))
            let key = HTTPField.Name.idempotencyKey
            let add = #"{"operations":[{"selector":"body","set_html":"<i>x</i>"}]}"#
            let first = try await service.post(address + "/edits", json: add, headers: [key: "e1"])
            let again = try await service.post(address + "/edits", json: add, headers: [key: "e1"])
            #expect(again.headers[.idempotencyReplayed] == "true")
            #expect(again.value("revision") as? Int == first.value("revision") as? Int)
            let other = try await service.post(address + "/edits", json: Self.remove, headers: [key: "e1"])
            #expect(other.code == "idempotency_conflict")
        }
    }
}
