// Ranges and multiples digit by digit, against arithmetic.
import Inference
import Testing

struct NumberLimitTests {
    @Test(arguments: [
        (0, 0), (0, 9), (1, 10), (-1, 1), (-10, -1), (-99, 100), (7, 7), (19, 205), (99, 101), (-1005, -997),
        (-12, 1200),
        (100, 1000), (999, 1001),
    ])
    func integersOfARangeAreExact(lower: Int, upper: Int) throws {
        let closed = try JSONGrammar(#"{"type": "integer", "minimum": \#(lower), "maximum": \#(upper)}"#)
        let open = try JSONGrammar(
            #"{"type": "integer", "exclusiveMinimum": \#(lower - 1), "exclusiveMaximum": \#(upper).5}"#)
        for value in -1300...1300 {
            let isInside = (lower...upper).contains(value)
            if closed.accepts("\(value)") != isInside { Issue.record("\(value) in \(lower)...\(upper)") }
            let isBelow = Double(value) < (upper < 0 ? Double(upper) - 0.5 : Double(upper) + 0.5)
            if open.accepts("\(value)") != (value >= lower && isBelow) { Issue.record("\(value), open") }
        }
    }

    @Test func largeBoundsAreExact() throws {
        let grammar = try JSONGrammar(
            #"{"type": "integer", "minimum": -9223372036854775808, "maximum": 123456789012345678901234567890}"#)
        for text in ["-9223372036854775808", "123456789012345678901234567890", "0", "99999999999999999999999999999"] {
            #expect(grammar.accepts(text), "\(text)")
        }
        for text in ["-9223372036854775809", "123456789012345678901234567891", "200000000000000000000000000000"] {
            #expect(!grammar.accepts(text), "\(text)")
        }
    }

    /// Thousandths from -2 to 2, spelled with and without zeros behind them.
    @Test(arguments: [
        ("minimum", 0), ("minimum", 500), ("minimum", -125), ("exclusiveMinimum", 0), ("exclusiveMinimum", 1000),
        ("exclusiveMinimum", -1050), ("maximum", 0), ("maximum", 999), ("maximum", -1), ("exclusiveMaximum", 0),
        ("exclusiveMaximum", 1100), ("exclusiveMaximum", -1001),
    ])
    func decimalsOfARangeAreExact(keyword: String, thousandths: Int) throws {
        let grammar = try JSONGrammar(#"{"type": "number", "\#(keyword)": \#(Self.spelled(thousandths))}"#)
        for value in -2000...2000 {
            let fits =
                switch keyword {
                case "minimum": value >= thousandths
                case "exclusiveMinimum": value > thousandths
                case "maximum": value <= thousandths
                default: value < thousandths
                }
            for text in [Self.spelled(value), Self.spelled(value) + "00", Self.trimmed(value)]
            where grammar.accepts(text) != fits {
                Issue.record("\(text), \(keyword) \(Self.spelled(thousandths))")
            }
        }
    }

    @Test(arguments: [1, 2, 3, 7, 10, 16, 64, 365])
    func multiplesOfIntegersAreExact(step: Int) throws {
        let grammar = try JSONGrammar(#"{"type": "integer", "multipleOf": \#(step)}"#)
        for value in -1100...1100 where grammar.accepts("\(value)") != value.isMultiple(of: step) {
            Issue.record("\(value), a multiple of \(step)")
        }
    }

    @Test(arguments: [10, 50, 250, 1, 1500])
    func multiplesOfDecimalsAreExact(thousandths: Int) throws {
        let grammar = try JSONGrammar(
            #"{"type": "number", "multipleOf": \#(Self.spelled(thousandths)), "minimum": -1.7}"#)
        for value in -2000...4000 {
            let fits = value.isMultiple(of: thousandths) && value >= -1700
            for text in [Self.spelled(value), Self.trimmed(value)] where grammar.accepts(text) != fits {
                Issue.record("\(text), a multiple of \(Self.spelled(thousandths))")
            }
        }
    }

    @Test func boundsWithExponentsAreRead() throws {
        let grammar = try JSONGrammar(#"{"type": "number", "minimum": 1.5e-2, "maximum": 2E1}"#)
        for text in ["0.015", "20", "20.0"] { #expect(grammar.accepts(text)) }
        for text in ["0.0149", "20.01", "2e1"] { #expect(!grammar.accepts(text)) }
    }

    private static func spelled(_ thousandths: Int) -> String {
        let rest = "\(abs(thousandths) % 1000)"
        return (thousandths < 0 ? "-" : "") + "\(abs(thousandths) / 1000)."
            + String(repeating: "0", count: 3 - rest.count) + rest
    }

    /// Without zeros at the end.
    private static func trimmed(_ thousandths: Int) -> String {
        var text = spelled(thousandths)
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }
}
