// How long a client wants to wait (RFC 7240). Only `respond-async` and `wait` are known; other preferences, and a `wait`
// that is no number, are passed over, as the standard asks. Of a preference sent twice the first counts.
import HTTPTypes

/// What a client prefers about waiting.
struct Prefer: Sendable, Equatable {
    /// The longest wait a request may ask for, in seconds.
    static let longestWait = 300

    /// Answer at once, or when the wait is over, and go on without the client.
    let respondsAsync: Bool
    /// Seconds, 0 to 300; nil when the client did not say.
    let waitSeconds: Int?

    /// Reads every `Prefer` header of a request.
    ///
    /// Proof: `PreferTests`.
    init(_ headers: HTTPFields) {
        let members = headers[values: .prefer].flatMap { $0.split(separator: ",") }
        var respondsAsync = false
        var waitSeconds: Int?
        for member in members {
            let preference = member.prefix { $0 != ";" }.trimmedOfSpace
            let parts = preference.split(separator: "=", maxSplits: 1).map { $0.trimmedOfSpace }
            switch parts.first?.lowercased() {
            case "respond-async": respondsAsync = true
            case "wait" where parts.count == 2 && waitSeconds == nil:
                let digits = parts[1].filter { $0 != "\"" }
                if digits.allSatisfy({ $0.isASCII && $0.isNumber }), !digits.isEmpty {
                    waitSeconds = min(Int(digits) ?? Self.longestWait, Self.longestWait)
                }
            default: break
            }
        }
        self.respondsAsync = respondsAsync
        self.waitSeconds = waitSeconds
    }

    /// Seconds to wait for a result.
    ///
    /// - Parameter standard: for a request without a preference.
    func wait(standard: Double) -> Double { waitSeconds.map(Double.init) ?? (respondsAsync ? 0 : standard) }

    /// The value of `Preference-Applied`; nil when there was nothing to apply.
    var applied: String? {
        let applied = (respondsAsync ? ["respond-async"] : []) + (waitSeconds.map { ["wait=\($0)"] } ?? [])
        return applied.isEmpty ? nil : applied.joined(separator: ", ")
    }
}
