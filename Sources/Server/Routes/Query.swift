// The query of a request, read strictly: names that a route does not know, names given twice and values out of range are
// told to the sender instead of being passed over.
import Foundation
import Hummingbird

/// A request's query parameters.
struct Query: Sendable {
    private let values: [String: String]

    /// Reads the query.
    ///
    /// - Parameter known: the names that the route understands.
    /// - Throws: `invalid_parameter`, naming the first parameter that is unknown, repeated or not UTF-8.
    init(_ request: Request, known: Set<String> = []) throws(Problem) {
        var values: [String: String] = [:]
        for member in (request.uri.query ?? "").split(separator: "&") {
            let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(parts[0]), known.contains(name) else {
                let list =
                    known.isEmpty ? "this address takes none" : "known: \(known.sorted().joined(separator: ", "))"
                let name = Self.decoded(parts[0]) ?? String(parts[0])
                throw Problem(.invalidParameter, "there is no query parameter \"\(name)\"; \(list)", param: name)
            }
            guard let value = Self.decoded(parts.count > 1 ? parts[1] : "") else {
                throw Problem(.invalidParameter, "\(name) is not percent-encoded UTF-8", param: name)
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Problem(.invalidParameter, "\(name) is given twice", param: name)
            }
        }
        self.values = values
    }

    /// The text of a parameter; nil when it is not given.
    subscript(_ name: String) -> String? { values[name] }

    /// All parameters by name.
    var all: [String: String] { values }

    /// A whole number; nil when it is not given.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = values[name] else { return nil }
        guard let number = Int(text), range.contains(number), text.first != "+" else {
            let expected =
                range.upperBound == .max
                ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)"
            throw Problem(.invalidParameter, "\(name) is a whole number, \(expected), not \"\(text)\"", param: name)
        }
        return number
    }

    /// `true` or `false`; nil when it is not given.
    func truth(_ name: String) throws(Problem) -> Bool? {
        guard let text = values[name] else { return nil }
        guard let truth = Bool(text) else {
            throw Problem(.invalidParameter, "\(name) is true or false, not \"\(text)\"", param: name)
        }
        return truth
    }

    /// A calendar day, `2026-11-23`; nil when it is not given.
    func day(_ name: String) throws(Problem) -> String? {
        guard let text = values[name] else { return nil }
        let isDay = text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil
        let date = try? Date(text, strategy: .iso8601.year().month().day())
        // Days that no calendar has are carried over into the next month when read.
        guard isDay, let date, date.formatted(.iso8601.year().month().day()) == text else {
            throw Problem(.invalidParameter, "\(name) is a day like 2026-11-23, not \"\(text)\"", param: name)
        }
        return text
    }

    /// The revision asked for; nil for the latest.
    var revision: Int? {
        get throws(Problem) { try integer("revision", in: 1...Int.max) }
    }

    private static func decoded(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }
}

/// Which part of a listing is asked for.
struct PageRequest: Sendable {
    static let parameters: Set<String> = ["limit", "cursor"]

    /// 1 to 100; 20 unless said otherwise.
    let limit: Int
    let cursor: String?

    init(_ query: Query) throws(Problem) {
        limit = try query.integer("limit", in: 1...100) ?? 20
        cursor = query["cursor"]
    }
}
