import Foundation
import HTTPTypes
import Testing

@testable import Server

@Suite struct ProblemTests {
    @Test func everyCodeIsASnakeCaseWordWithAnErrorStatus() {
        for code in Problem.Code.allCases {
            #expect(code.rawValue.allSatisfy { $0.isLowercase || $0 == "_" })
            #expect((400..<600).contains(code.status))
        }
    }

    @Test(arguments: [
        (Problem.Code.unauthorized, 401), (.requestTimeout, 408), (.bodyTooLarge, 413), (.unsupportedMedia, 415),
        (.stackUnknown, 422), (.queueFull, 429), (.engineUnavailable, 503), (.storageFull, 507),
    ])
    func aCodeDecidesTheStatus(code: Problem.Code, status: Int) {
        #expect(Problem(code, "").status.code == status)
        #expect(Problem(code, "").status.reasonPhrase.isEmpty == false)
    }

    @Test func whatTimeMayMendIsRetryable() {
        let retryable = Problem.Code.allCases.filter(\.isRetryable)
        #expect(
            retryable == [
                .requestTimeout, .idempotencyInFlight, .revisionPending, .rateLimited, .concurrencyLimited, .queueFull,
                .rendererBusy, .internal, .captureFailed, .engineUnavailable, .shuttingDown, .storageFull,
            ])
    }

    @Test func headersFollowTheCode() {
        #expect(Problem(.unauthorized, "").headers[.wwwAuthenticate] == "Bearer realm=\"bottega\"")
        #expect(Problem(.queueFull, "", retryAfterSeconds: 7).headers[.retryAfter] == "7")
        #expect(Problem(.engineUnavailable, "").headers[.retryAfter] == "1")
        #expect(Problem(.notFound, "").headers[.retryAfter] == nil)
        #expect(Problem.methodNotAllowed(.put, allowed: [.get, .head]).headers[.allow] == "GET, HEAD")
    }

    @Test func theEnvelopeHoldsEverything() {
        let problem = Problem(
            .tooManyFiles, "too many", param: "images",
            details: ["limit": 20, "found": 21, "names": .list(["a", "b"]), "hint": "fewer"])
        #expect(
            String(decoding: problem.envelope(requestID: "r"), as: UTF8.self) == """
                {"error":{"code":"too_many_files","details":{"found":21,"hint":"fewer","limit":20,"names":["a","b"]},\
                "message":"too many","param":"images","request_id":"r","retryable":false,"type":"limit"}}
                """)
    }
}
