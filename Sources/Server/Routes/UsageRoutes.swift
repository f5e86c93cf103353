// What the caller's key used, day by day in UTC, and the sum of it. Days on which nothing happened are left out; a range
// is at most a leap year long, both its ends included.
// Reads: representations · endpoints · read · range.
import Foundation
import Hummingbird
import Jobs

/// `/v1/usage`.
struct UsageRoutes: Sendable {
    /// The most days one answer covers.
    static let longestRange = 366

    private struct Representation: Encodable, Sendable {
        var object = "usage"
        let from, to: String
        let data: [Day]
        let total: Sums
    }

    private struct Sums: Encodable, Sendable {
        var conversions = 0
        var edits = 0
        var batches = 0
        var workflows = 0
        var failed = 0
        var visionTokens = 0
        var promptTokens = 0
        var cachedTokens = 0
        var completionTokens = 0
        var uploadBytes = 0

        mutating func add(_ day: UsageDay) {
            conversions += day.conversions
            edits += day.edits
            batches += day.batches
            workflows += day.workflows
            failed += day.failed
            visionTokens += day.visionTokens
            promptTokens += day.promptTokens
            cachedTokens += day.cachedTokens
            completionTokens += day.completionTokens
            uploadBytes += day.uploadBytes
        }
    }

    private struct Day: Encodable, Sendable {
        let date: String
        let sums: Sums

        private enum Key: String, CodingKey { case date }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(date, forKey: .date)
            try sums.encode(to: encoder)
        }
    }

    let store: JobStore

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self).get(use: read)
    }

    @Sendable private func read(request: Request, context: BottegaRequestContext) async throws -> Response {
        let query = try Query(request, known: ["from", "to"])
        let (from, to) = try range(query, today: Date())
        let days = try await store.usage(key: context.caller.keyID, from: from, to: to)
        var total = Sums()
        for day in days { total.add(day) }
        let data = days.map { day in
            var sums = Sums()
            sums.add(day)
            return Day(date: day.date, sums: sums)
        }
        return try Wire.answer(Representation(from: from, to: to, data: data, total: total))
    }

    /// The days asked for, both included; the last 30 unless said otherwise.
    private func range(_ query: Query, today: Date) throws(Problem) -> (from: String, to: String) {
        let last = try query.day("to") ?? today.formatted(.iso8601.year().month().day())
        let end = (try? Date(last, strategy: .iso8601.year().month().day())) ?? today
        let first =
            try query.day("from") ?? end.addingTimeInterval(-29 * 86_400).formatted(.iso8601.year().month().day())
        let start = (try? Date(first, strategy: .iso8601.year().month().day())) ?? today
        guard start <= end else {
            throw Problem(.invalidParameter, "from (\(first)) comes after to (\(last))", param: "from")
        }
        guard end.timeIntervalSince(start) < Double(Self.longestRange) * 86_400 else {
            throw Problem(.invalidParameter, "from and to are at most \(Self.longestRange) days apart", param: "from")
        }
        return (first, last)
    }
}
