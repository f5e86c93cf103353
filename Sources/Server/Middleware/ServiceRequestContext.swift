// What the middlewares need to know about a request. The service's own context conforms; so does the small one of their
// tests.
package import Hummingbird

/// A request's context as the middlewares see it.
package protocol ServiceRequestContext: RemoteAddressRequestContext {
    /// The request's name in answers and logs; set by `RequestIdentity`, empty before.
    var requestID: String { get set }
    /// Who sent the request; set by `Authentication`, `Caller.local` before.
    var caller: Caller { get set }
}

/// Who sent a request.
package struct Caller: Sendable, Equatable {
    /// The id of the key that was presented; `local` without authentication.
    package var keyID: String
    /// The key's own limits; nil is the server's default.
    package var requestsPerMinute: Int?
    package var activeJobs: Int?

    package init(keyID: String, requestsPerMinute: Int? = nil, activeJobs: Int? = nil) {
        self.keyID = keyID
        self.requestsPerMinute = requestsPerMinute
        self.activeJobs = activeJobs
    }

    /// The caller while no key is asked for.
    package static let local = Caller(keyID: "local")
}
