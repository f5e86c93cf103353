// The revisions of the Model Context Protocol that are spoken here, each with the features that came or went with it.
// Source: https://modelcontextprotocol.io/specification/versioning and the changelogs of the revisions.

/// A revision of the protocol, named by its date; later ones are greater.
enum ProtocolVersion: String, CaseIterable, Comparable, Sendable {
    case november2024 = "2024-11-05"
    case march2025 = "2025-03-26"
    case june2025 = "2025-06-18"
    case november2025 = "2025-11-25"

    /// The newest one.
    static let latest = november2025

    /// Their names, oldest first.
    static let names = allCases.map(\.rawValue)

    static func < (first: ProtocolVersion, second: ProtocolVersion) -> Bool { first.rawValue < second.rawValue }

    /// The revision to speak with a client that wants one: that one, or the newest for what is not known here.
    static func negotiated(_ wanted: String) -> ProtocolVersion { ProtocolVersion(rawValue: wanted) ?? latest }

    /// Whether several messages may come as one array.
    var hasBatches: Bool { self == .march2025 }
    /// Whether tools are annotated, and progress has words.
    var hasAnnotations: Bool { self >= .march2025 }
    /// Whether results have structured content with a schema and links to resources, and things have titles.
    var hasStructuredContent: Bool { self >= .june2025 }
}
