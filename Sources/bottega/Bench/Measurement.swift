// One line of a benchmark: what was done, how fast it was, and how near that is to what the machine can do.
import Foundation

/// A measured figure.
struct Measurement: Sendable, Equatable {
    /// What is measured: `read`, `vision`, `prefill`, `decode`, …
    let work: String
    /// Its size: `448x448`, `512 tokens`, …
    let size: String
    /// The figure people compare, and its unit.
    let value: Double
    let unit: String
    /// The same work in the unit of the machine's limit, and that limit; nil where there is none.
    var limit: (rate: Double, of: Double, unit: String)?
    /// The median of the tries, seconds.
    let seconds: Double
    let tries: Int

    /// The part of the limit that is reached; nil where there is none.
    var share: Double? { limit.map { $0.rate / $0.of } }

    static func == (one: Measurement, other: Measurement) -> Bool { one.row == other.row }

    /// The fields as text, in the order of `columns`.
    var row: [String] {
        [
            work, size, Self.text(value), unit, limit.map { Self.text($0.rate) } ?? "",
            limit.map { Self.text($0.of) } ?? "", limit?.unit ?? "", share.map { Self.text($0) } ?? "",
            Self.text(seconds), "\(tries)",
        ]
    }

    /// What `row` holds.
    static let columns = [
        "work", "size", "value", "unit", "rate", "limit", "rate_unit", "share", "seconds", "tries",
    ]

    // Four digits that count.
    private static func text(_ value: Double) -> String {
        guard value != 0, value.isFinite else { return "\(value)" }
        var (digits, size) = (3, abs(value))
        while size >= 10, digits > 0 { (digits, size) = (digits - 1, size / 10) }
        while size < 1, digits < 9 { (digits, size) = (digits + 1, size * 10) }
        return String(format: "%.\(digits)f", value)
    }
}

/// Measurements as text.
enum MeasurementTable {
    /// Lines for machines: a head, then one line each.
    static func csv(_ measurements: [Measurement]) -> [String] {
        ([Measurement.columns] + measurements.map(\.row)).map { $0.joined(separator: ",") }
    }

    /// A table for people.
    static func lines(_ measurements: [Measurement]) -> [String] {
        let heads = ["work", "size", "", "of the machine's limit", "time"]
        let rows = measurements.map { measurement in
            let fields = measurement.row
            return [
                fields[0], fields[1], "\(fields[2]) \(fields[3])",
                measurement.limit.map { _ in "\(fields[4]) of \(fields[5]) \(fields[6]), \(percent(measurement))" }
                    ?? "",
                "\(fields[8]) s",
            ]
        }
        let widths = heads.indices.map { column in ([heads] + rows).map { $0[column].count }.max() ?? 0 }
        return ([heads] + rows).map { row in
            let line = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
                .joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    private static func percent(_ measurement: Measurement) -> String {
        measurement.share.map { "\(Int(($0 * 100).rounded())) %" } ?? ""
    }
}
