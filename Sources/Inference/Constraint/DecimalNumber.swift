// A number of a schema by its decimal digits, exactly: what limits and steps of numbers are given in.

/// A decimal number, not rounded.
struct DecimalNumber: Equatable {
    var isNegative: Bool
    /// Digits in front of the point, without leading zeros; none for 0.
    var whole: [UInt8]
    /// Digits behind the point, without trailing zeros.
    var fraction: [UInt8]

    /// The most digits that are taken.
    static let digitLimit = 64

    /// Reads a JSON number; nil when it has too many digits.
    init?(_ text: String) {
        let parts = text.lowercased().split(separator: "e")
        guard let mantissa = parts.first, let exponent = parts.count == 2 ? Int(parts[1]) : 0,
            abs(exponent) <= Self.digitLimit, mantissa.utf8.count <= Self.digitLimit
        else { return nil }
        isNegative = mantissa.hasPrefix("-")
        let halves = mantissa.drop { $0 == "-" }.split(separator: ".")
        var whole = halves.first.map { $0.utf8.map { $0 - 0x30 } } ?? []
        var fraction = halves.count == 2 ? halves[1].utf8.map { $0 - 0x30 } : []
        for _ in 0..<max(0, exponent) { whole.append(fraction.isEmpty ? 0 : fraction.removeFirst()) }
        for _ in 0..<max(0, -exponent) { fraction.insert(whole.popLast() ?? 0, at: 0) }
        self.whole = Array(whole.drop { $0 == 0 })
        while fraction.last == 0 { fraction.removeLast() }
        self.fraction = fraction
        if isZero { isNegative = false }
    }

    /// Whether it is 0.
    var isZero: Bool { whole.isEmpty && fraction.isEmpty }

    /// The number with the other sign.
    var negated: DecimalNumber {
        var other = self
        if !isZero { other.isNegative.toggle() }
        return other
    }

    /// How it is written without an exponent.
    var text: String {
        func spelled(_ digits: [UInt8]) -> String { String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self) }
        return (isNegative ? "-" : "") + (whole.isEmpty ? "0" : spelled(whole))
            + (fraction.isEmpty ? "" : "." + spelled(fraction))
    }
}
