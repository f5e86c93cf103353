// The text ratio against Python's, number for number.
import Testing

@testable import Render

@Suite struct SequenceRatioTests {
    @Test func equalsPython() {
        #expect(FidelityGoldens.ratios.count > 250)
        for golden in FidelityGoldens.ratios {
            let ratio = SequenceRatio(golden.second).ratio(of: golden.first.unicodeScalars.map(\.value))
            #expect(ratio == golden.ratio, "\(golden.first) | \(golden.second)")
        }
    }

    @Test func frequentLettersOfLongTextsAreNotLookedFor() {
        let (short, long) = (String(repeating: "x", count: 198) + "y", String(repeating: "x", count: 199) + "y")
        let turned = { (text: String) in String(text.reversed()).unicodeScalars.map(\.value) }
        #expect(SequenceRatio(short).ratio(of: turned(short)) > 0.9)
        #expect(SequenceRatio(long).ratio(of: turned(long)) < 0.1)
    }

    @Test func whatCannotReachHalfDoesNot() {
        for golden in FidelityGoldens.ratios {
            let prepared = SequenceRatio(golden.second)
            if !prepared.canReachHalf(with: golden.first.unicodeScalars.map(\.value)) { #expect(golden.ratio < 0.5) }
        }
    }
}
