// Headers that the routes read and write and that no library names. Each is written once, here; a name that is no
// header's name stops the process at its first use, which every test of the routes is.
// Reads: the names · how they are made.
import HTTPTypes

extension HTTPField.Name {
    /// Where Anthropic's clients put their key.
    static let apiKey = named("x-api-key")
    static let idempotencyKey = named("Idempotency-Key")
    static let idempotencyReplayed = named("Idempotency-Replayed")
    /// The mean of the totals of a revision's pages, 0 to 1.
    static let fidelityScore = named("X-Fidelity-Score")
    static let lastEventID = named("Last-Event-ID")
    /// The revision of the Model Context Protocol that a client speaks.
    static let mcpProtocolVersion = named("MCP-Protocol-Version")
    /// The session of the Model Context Protocol that a request belongs to.
    static let mcpSessionID = named("Mcp-Session-Id")
    static let prefer = named("Prefer")
    static let preferenceApplied = named("Preference-Applied")
    /// Tells a proxy not to hold back what it gets.
    static let accelBuffering = named("X-Accel-Buffering")

    private static func named(_ name: String) -> HTTPField.Name {
        guard let made = HTTPField.Name(name) else { preconditionFailure("\(name) is a header's name") }
        return made
    }
}

extension HTTPFields {
    /// What `Content-Type` names, in lower case and without its parameters; empty when there is none.
    var mediaType: String { (self[.contentType] ?? "").prefix { $0 != ";" }.trimmedOfSpace.lowercased() }
}
