// What a client wants to know about its work, and when: the shape of the answer, how long to wait, and the key under which
// the request is to be done once. Read from the headers before anything else, so that a request that could not be answered
// is refused before its body is kept.
import HTTPTypes
import Hummingbird

/// The terms of a request that starts a job.
struct AnswerTerms: Sendable {
    let accept: Accept
    /// The shape the client likes best of all.
    let shape: AnswerShape
    let prefer: Prefer
    let idempotencyKey: String?

    /// - Parameter offered: the shapes the answer can take.
    /// - Throws: `not_acceptable`, or `invalid_parameter` for a malformed `Idempotency-Key`.
    init(_ request: Request, among offered: [AnswerShape] = AnswerShape.allCases) throws(Problem) {
        accept = Accept(request.headers)
        shape = try accept.required(among: offered)
        prefer = Prefer(request.headers)
        idempotencyKey = try Self.idempotencyKey(request.headers)
    }

    private static func idempotencyKey(_ headers: HTTPFields) throws(Problem) -> String? {
        let values = headers[values: .idempotencyKey]
        guard let value = values.first else { return nil }
        let isVisible = value.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        guard values.count == 1, (1...255).contains(value.utf8.count), isVisible else {
            throw Problem(
                .invalidParameter, "Idempotency-Key is 1 to 255 visible ASCII characters, given once",
                param: "Idempotency-Key")
        }
        return value
    }
}

extension Accept {
    /// The shape the client likes best.
    ///
    /// - Throws: `not_acceptable`, naming what is offered.
    func required<Shape: OfferedShape>(among offered: [Shape]) throws(Problem) -> Shape {
        guard let choice = choice(among: offered) else {
            throw Problem(
                .notAcceptable, "nothing that Accept names is offered here",
                details: ["offered": .list(offered.map(\.mediaType))])
        }
        return choice
    }
}
