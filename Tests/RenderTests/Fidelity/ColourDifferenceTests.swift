// Colours against the published table and scikit-image.
import Media
import Testing

@testable import Render

@Suite struct ColourDifferenceTests {
    @Test func equalsTheTableOfSharmaWuAndDalal() {
        #expect(FidelityGoldens.sharma.count == 34)
        for row in FidelityGoldens.sharma {
            let (first, second) = (Lab(row[0], row[1], row[2]), Lab(row[3], row[4], row[5]))
            // The table has four digits.
            #expect(abs(ColourDifference.between(first, second) - row[6]) < 0.5e-4 + 1e-9, "\(row)")
            #expect(abs(ColourDifference.between(second, first) - row[6]) < 0.5e-4 + 1e-9, "\(row), turned round")
        }
    }

    @Test func labEqualsScikitImage() {
        for golden in FidelityGoldens.colours {
            let lab = Lab(RGB(golden.first))
            for (value, wanted) in zip([lab.lightness, lab.a, lab.b], golden.lab) {
                #expect(abs(value - wanted) < 1e-9)
            }
        }
    }

    @Test func equalsScikitImage() {
        for golden in FidelityGoldens.colours {
            let difference = ColourDifference.between(RGB(golden.first), RGB(golden.second))
            #expect(abs(difference - golden.difference) < 1e-8, "\(golden)")
        }
    }

    @Test func theTableOfPairsTellsTheSameInAnyOrder() {
        var table = ColourDifferenceTable()
        let colours = FidelityGoldens.colours.flatMap { [RGB($0.first), RGB($0.second)] }
        for (step, first) in colours.enumerated() {
            let second = colours[(step * 37 + 11) % colours.count]
            #expect(table.between(first.packed, second.packed) == ColourDifference.between(first, second))
        }
    }
}

extension RGB {
    init(_ channels: [UInt8]) { self.init(channels[0], channels[1], channels[2]) }

    var packed: UInt32 { UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue) }
}
