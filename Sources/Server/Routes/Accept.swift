// Which shape an answer takes. `Accept` is read as RFC 9110 §12.5.1 says: the most specific range that covers a media
// type gives its quality, 0 excludes it, and the highest quality wins. Ranges that are not well formed are passed over.
import HTTPTypes

/// A shape that an answer can take.
protocol OfferedShape: Sendable {
    /// Type and subtype, in lower case.
    var mediaType: String { get }
}

/// The shapes a conversion can be answered in.
enum AnswerShape: OfferedShape, CaseIterable {
    /// The conversion object, its files inline.
    case json
    /// The archive of all files.
    case archive
    /// The entry page itself.
    case page
    /// The event stream.
    case events

    /// Type and subtype, in lower case.
    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .archive: "application/zip"
        case .page: "text/html"
        case .events: "text/event-stream"
        }
    }
}

/// What a client accepts.
struct Accept: Sendable, Equatable {
    /// One media range.
    struct Range: Sendable, Equatable {
        /// `type/subtype`, `type/*` or `*/*`, in lower case.
        var pattern: String
        /// 0 to 1.
        var quality: Double

        /// 3 for an exact type, 2 for `type/*`, 1 for `*/*`; nil when the range does not cover the media type.
        func specificity(for mediaType: String) -> Int? {
            if pattern == mediaType { return 3 }
            if pattern == "*/*" { return 1 }
            return pattern.hasSuffix("/*") && mediaType.hasPrefix(pattern.dropLast()) ? 2 : nil
        }
    }

    /// In the order they were sent.
    let ranges: [Range]

    /// Reads every `Accept` header of a request; none means that anything is welcome.
    init(_ headers: HTTPFields) {
        let members = headers[values: .accept].flatMap { $0.split(separator: ",") }
        let ranges = members.compactMap(Self.range)
        self.ranges = members.isEmpty ? [Range(pattern: "*/*", quality: 1)] : ranges
    }

    /// The offered shape the client likes best; between equals the one it named more exactly, then the one offered
    /// first. Nil when it accepts none.
    ///
    /// Proof: `AcceptTests.negotiationFollowsTheTable`.
    func choice<Shape: OfferedShape>(among offered: [Shape]) -> Shape? {
        var best: (shape: Shape, range: (quality: Double, specificity: Int))?
        for shape in offered {
            guard let range = range(for: shape.mediaType), range.quality > 0 else { continue }
            if let best, range <= best.range { continue }
            best = (shape, range)
        }
        return best?.shape
    }

    private func range(for mediaType: String) -> (quality: Double, specificity: Int)? {
        ranges.compactMap { range in range.specificity(for: mediaType).map { (range.quality, $0) } }
            .max { ($0.1, $0.0) < ($1.1, $1.0) }
    }

    private static func range(_ member: Substring) -> Range? {
        let parts = member.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmedOfSpace }
        let pattern = parts[0].lowercased()
        let names = pattern.split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 2, names.allSatisfy({ !$0.isEmpty }), names[0] != "*" || names[1] == "*" else {
            return nil
        }
        guard let weight = parts.dropFirst().first(where: { $0.lowercased().hasPrefix("q=") }) else {
            return Range(pattern: pattern, quality: 1)
        }
        guard let quality = Double(weight.dropFirst(2)), (0...1).contains(quality) else { return nil }
        return Range(pattern: pattern, quality: quality)
    }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    var trimmedOfSpace: Substring {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        var text = drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
