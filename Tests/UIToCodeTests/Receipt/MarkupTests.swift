import Testing

@testable import UIToCode

@Suite struct MarkupTests {
    @Test func whatIsPutInIsText() {
        let words = "<b title=\"x\">&amp;</b>"
        let markup: Markup = "<p class=\"a\">\(words)</p>"
        #expect(markup.text == "<p class=\"a\">&lt;b title=&quot;x&quot;&gt;&amp;amp;&lt;/b&gt;</p>")
    }

    @Test func markupPutIntoMarkupStaysMarkup() {
        let cells: [Markup] = ["<td>1</td>", "<td>\("<2>")</td>"]
        let row: Markup = "<tr>\(cells)\(nil as Markup?)\(3)</tr>"
        #expect(row.text == "<tr><td>1</td><td>&lt;2&gt;</td>3</tr>")
    }

    @Test func whatIsNoCharacterOfATextIsShownAsSuch() {
        let markup: Markup = "\("a\u{0}b\u{1B}c\u{9B}d\te\nf\u{202E}g\u{2066}h é 漢 \u{200D}")"
        #expect(markup.text == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\te\nf\u{FFFD}g\u{FFFD}h é 漢 \u{200D}")
    }

    @Test(arguments: [
        (0.0, "0.000"), (0.8735, "0.874"), (0.87349, "0.873"), (0.9996, "0.999"), (1.0, "1.000"), (0.0004, "0.000"),
    ])
    func onlyOneReadsAsOne(value: Double, words: String) {
        #expect(value.scoreWords == words)
    }

    @Test func differencesOfScoresHaveTheirSign() {
        #expect(0.0123.changeWords() == "+0.012")
        #expect((-0.0123).changeWords(4) == "−0.0123")
        #expect(0.0.changeWords() == "0.000")
        #expect((-0.0001).changeWords() == "0.000")
    }

    @Test func numbersThatAreNoneAreNotTold() {
        #expect(Double.nan.fixed(2) == "–")
        #expect(Double.infinity.scoreWords == "–")
        #expect((-Double.infinity).secondsWords == "–")
        #expect(Double.nan.secondsWords == "–")
        #expect(Double.nan.coordinate == "0")
        #expect((-1.5).coordinate == "-1.50")
    }

    @Test func timesHaveAUnitThatFits() {
        #expect(0.0042.secondsWords == "4 ms")
        #expect(1.425.secondsWords == "1.43 s" || 1.425.secondsWords == "1.42 s")
        #expect(31.44.secondsWords == "31.4 s")
        #expect(725.2.secondsWords == "12 min 5 s")
    }

    @Test func wholePixelsAreWhole() {
        #expect(16.0.pixelWords == "16")
        #expect(16.04.pixelWords == "16")
        #expect((-2.5).pixelWords == "−2.5")
    }
}
