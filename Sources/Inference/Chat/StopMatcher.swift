// Watches a stream of text for strings that end it. Text that may be the beginning of such a string is held back
// until it is known not to be, so no part of a stop string is ever passed on.

/// Passes text on up to the first stop string.
package struct StopMatcher: Sendable {
    private let strings: [String]
    private let stops: [[UInt8]]
    /// Bytes that are not passed on yet.
    private var held: [UInt8] = []
    /// The stop string that came; everything behind it is dropped.
    package private(set) var found: String?
    /// Whether a stop string came.
    package var isStopped: Bool { found != nil }

    /// Watches for any of `stops`; empty strings stop nothing.
    package init(_ stops: [String]) {
        strings = stops.filter { !$0.isEmpty }
        self.stops = strings.map { Array($0.utf8) }
    }

    /// Takes more text and returns what may be passed on.
    ///
    /// The stop string that is complete first wins, the longest of those that end together; how the text was cut
    /// into pushes makes no difference.
    package mutating func push(_ text: String) -> String {
        guard !isStopped else { return "" }
        guard !stops.isEmpty else { return text }
        for byte in text.utf8 {
            held.append(byte)
            let matches = stops.indices.filter { held.hasSuffix(stops[$0]) }
            if let longest = matches.max(by: { stops[$0].count < stops[$1].count }) {
                found = strings[longest]
                defer { held = [] }
                return String(decoding: held.dropLast(stops[longest].count), as: UTF8.self)
            }
        }
        let passed = held.count - possibleBeginningLength()
        defer { held.removeFirst(passed) }
        return String(decoding: held[..<passed], as: UTF8.self)
    }

    /// The text has ended: returns what was held back.
    package mutating func flush() -> String {
        defer { held = [] }
        return String(decoding: held, as: UTF8.self)
    }

    /// How many of the last bytes are the beginning of a stop string.
    private func possibleBeginningLength() -> Int {
        let longest = min(held.count, (stops.map(\.count).max() ?? 1) - 1)
        for length in stride(from: longest, to: 0, by: -1) {
            let suffix = held[(held.count - length)...]
            if stops.contains(where: { $0.count > length && $0[..<length].elementsEqual(suffix) }) { return length }
        }
        return 0
    }
}

extension Array where Element == UInt8 {
    fileprivate func hasSuffix(_ suffix: [UInt8]) -> Bool {
        count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
    }
}
