// Refusals are sorted by what to do about them.
import Foundation
import Inference
import Support
import Testing

struct RemoteFaultTests {
    func fault(_ status: Int, _ body: String = "", retryAfter: Duration? = nil) -> RemoteFault {
        RemoteFault(status: status, body: Array(body.utf8), retryAfter: retryAfter)
    }

    @Test(arguments: [
        (302, RemoteFault.Kind.denied, false, false), (400, .refused, false, false), (401, .denied, false, false),
        (403, .denied, false, false), (404, .denied, false, false), (408, .slow, true, true),
        (413, .refused, false, false), (422, .refused, false, false), (429, .busy, true, false),
        (500, .broken, true, true), (502, .broken, true, true), (503, .broken, true, true), (504, .broken, true, true),
    ])
    func statusesSayWhatToDo(status: Int, kind: RemoteFault.Kind, isRetryable: Bool, isServersFault: Bool) {
        let fault = fault(status, #"{"error": {"message": "words"}}"#)
        #expect(fault.kind == kind)
        #expect(fault.isRetryable == isRetryable)
        #expect(fault.isServersFault == isServersFault)
    }

    @Test func aServerThatNamesATimeIsBusyNotBroken() {
        let fault = fault(503, retryAfter: .seconds(3))
        #expect(fault.kind == .busy)
        #expect(fault.retryAfter == .seconds(3))
    }

    @Test func aQuotaIsNotWaitedFor() {
        let body = #"{"error": {"message": "pay", "type": "exceeded_current_quota_error"}}"#
        #expect(fault(429, body).kind == .exhausted)
        #expect(!fault(429, body).isRetryable)
        #expect(fault(429, #"{"error": {"message": "m", "type": "rate_limit_reached_error"}}"#).kind == .busy)
    }

    @Test func nothingIsRetriedAfterTheFirstToken() {
        var fault = fault(500)
        fault.isAfterFirstToken = true
        #expect(!fault.isRetryable)
    }

    @Test(arguments: [
        (#"{"error": {"message": "one\ntwo"}}"#, "refuses the request (status 400): one two"),
        (#"{"error": "plain"}"#, "refuses the request (status 400): plain"),
        (#"{"object": "error", "message": "bare"}"#, "refuses the request (status 400): bare"),
        (#"{"detail": "fast"}"#, "refuses the request (status 400): fast"),
        ("<html>no\tJSON</html>", "refuses the request (status 400): <html>no JSON</html>"),
        ("", "refuses the request (status 400)"),
        ("{}", "refuses the request (status 400)"),
    ])
    func theServersWordsAreKeptInOneLine(body: String, message: String) {
        #expect(fault(400, body).message == message)
    }

    @Test func longWordsAreCut() {
        let message = fault(500, String(repeating: "x", count: 10_000)).message
        #expect(message.count < 600)
        #expect(message.hasSuffix("x…"))
    }

    // MARK: Length

    struct LengthError: Decodable { var server: String, status: Int, prompt: Int, context: Int }

    @Test func refusalsForLengthGiveTheCounts() throws {
        let data = try Fixtures.data("remote/errors.json")
        let errors = try JSONDecoder().decode([LengthError].self, from: data)
        let bodies = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]]).map { $0["body"] }
        #expect(errors.count == 6)
        for (error, body) in zip(errors, bodies) {
            let bytes = try JSONSerialization.data(withJSONObject: try #require(body))
            let fault = RemoteFault(status: error.status, body: Array(bytes), retryAfter: nil)
            #expect(
                fault.error(of: "here")
                    == .contextExceeded(promptTokens: error.prompt, contextTokens: error.context), "\(error.server)")
        }
    }

    @Test(arguments: [
        ("a limit above the context", RemoteFault.Kind.refused), ("a picture that is none", .refused),
        ("a prompt above the context", .contextExceeded(promptTokens: 4097, contextTokens: 4096)),
        ("a model that is not served", .denied), ("a temperature that is none", .refused), ("no JSON", .refused),
        ("an address that is none", .denied),
    ])
    func refusalsOfARunningVLLMAreUnderstood(name: String, kind: RemoteFault.Kind) throws {
        let data = try Fixtures.data("remote/vllm-0.32-errors.json")
        let cases = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        let refusal = try #require(cases.first { $0["case"] as? String == name })
        let status = try #require(refusal["status"] as? Int)
        let body = try JSONSerialization.data(withJSONObject: try #require(refusal["body"]))
        let fault = RemoteFault(status: status, body: Array(body), retryAfter: nil)
        #expect(fault.kind == kind)
        #expect(!fault.isRetryable && !fault.isServersFault)
    }

    @Test func aLengthWithoutCountsIsSaidInTheServersWords() {
        let body = #"{"error": {"message": "too long", "code": "context_length_exceeded"}}"#
        #expect(fault(400, body).error(of: "here:1") == .unsupported("here:1: too long"))
    }

    // MARK: Retry-After

    @Test(arguments: [
        ("3", 3.0), (" 0 ", 0.0), ("1.5", 1.5), ("-1", nil), ("soon", nil), ("", nil), ("nan", nil), ("inf", nil),
        ("1e300", 1e9),
        ("Sun, 06 Nov 1994 08:49:40 GMT", 3.0), ("Sun, 06 Nov 1994 08:49:36 GMT", nil),
        ("Thu, 29 Feb 1996 00:00:00 GMT", 41_440_223.0), ("Mon, 01 Jan 2001 00:00:00 GMT", 194_195_423.0),
        ("Sun, 06 Nov 1994 24:49:40 GMT", nil), ("Sun, 06 Foo 1994 08:49:40 GMT", nil),
        ("Sunday, 06-Nov-94 08:49:40 GMT", nil),
    ])
    func timesToComeBackAreUnderstood(header: String, seconds: Double?) {
        // 06 Nov 1994 08:49:37, the date of the standard's example.
        #expect(RemoteFault.retryAfter(header, since: 784_111_777) == seconds.map { .seconds($0) })
    }

    // MARK: For callers

    @Test func callersSeeTheServerAndItsWords() {
        #expect(
            fault(401, #"{"error": {"message": "bad key"}}"#).error(of: "gpu-1:8000")
                == .unavailable("gpu-1:8000: does not accept the key (status 401): bad key"))
        #expect(
            fault(400, #"{"error": {"message": "bad"}}"#).error(of: "gpu-1:8000")
                == .unsupported("gpu-1:8000: refuses the request (status 400): bad"))
    }
}
