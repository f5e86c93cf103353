// Which shape an answer takes.
import HTTPTypes
import Testing

@testable import Server

@Suite struct AcceptTests {
    private func choice(_ values: [String], _ offered: [AnswerShape] = AnswerShape.allCases) -> AnswerShape? {
        var headers = HTTPFields()
        headers[values: .accept] = values
        return Accept(headers).choice(among: offered)
    }

    @Test(arguments: [
        ("*/*", AnswerShape.json), ("application/json", .json), ("application/zip", .archive), ("text/html", .page),
        ("text/event-stream", .events), ("text/*", .page), ("application/*", .json),
        ("application/zip, */*", .archive), ("application/zip;q=0.5, */*", .json),
        ("text/html, application/json;q=0.9", .page), ("text/html;q=0.1, application/json;q=0.9", .json),
        ("application/json;q=0, */*", .archive), ("application/*;q=0.2, application/zip", .archive),
        ("APPLICATION/ZIP", .archive), ("application/json ; charset=utf-8 ; q=0.4, text/html;q=0.3", .json),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", .page),
        ("image/avif, application/zip;q=0.001", .archive), ("nonsense, application/zip", .archive),
        ("application/json;q=7, text/html;q=0.1", .page),
    ])
    func negotiationFollowsTheTable(header: String, shape: AnswerShape) {
        #expect(choice([header]) == shape)
    }

    @Test(arguments: ["image/png", "application/json;q=0", "*/*;q=0", "text/plain, image/*", "*/json"])
    func nothingAcceptableIsNoChoice(header: String) {
        #expect(choice([header]) == nil)
    }

    @Test func noHeaderAcceptsAnything() {
        #expect(choice([]) == .json)
    }

    @Test func severalHeadersAreOneList() {
        #expect(choice(["image/png", "application/zip"]) == .archive)
    }

    @Test func whatIsNotOfferedIsPassedOver() {
        #expect(choice(["text/html, application/json;q=0.5"], [.json, .archive]) == .json)
        #expect(choice(["text/html"], [.json, .archive]) == nil)
    }
}
