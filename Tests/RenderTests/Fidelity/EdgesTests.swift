// Edge agreement against the same definition in scipy, and its tolerance.
import Media
import Testing

@testable import Render

@Suite struct EdgesTests {
    private static func agreement(_ first: Image, _ second: Image) -> Double {
        EdgeMap.agreement(of: EdgeMap(Luma(first)), with: EdgeMap(Luma(second)))
    }

    @Test(arguments: FidelityGoldens.structure)
    func equalsTheRecordedDefinition(golden: StructureGolden) {
        let (first, second) = golden.pictures
        let agreement = EdgeMap.agreement(of: EdgeMap(first), with: EdgeMap(second))
        #expect(abs(agreement - golden.edges) < 1e-12)
    }

    @Test func aStepOfOnePixelIsForgivenAndOneOfFourIsNot() {
        let empty = Image(width: 60, height: 40, fill: (255, 255, 255))
        let card = empty.filled(x: 10, y: 10, width: 20, height: 15, RGB(0, 0, 0))
        #expect(Self.agreement(card, empty.filled(x: 11, y: 10, width: 20, height: 15, RGB(0, 0, 0))) == 1)
        #expect(Self.agreement(card, empty.filled(x: 14, y: 10, width: 20, height: 15, RGB(0, 0, 0))) < 0.8)
    }

    @Test func withoutAnyEdgeTheyAgreeAndWithEdgesOnOneSideTheyDoNot() {
        let empty = Image(width: 30, height: 30, fill: (9, 9, 9))
        let card = empty.filled(x: 5, y: 5, width: 9, height: 9, RGB(200, 200, 200))
        #expect(Self.agreement(empty, Image(width: 30, height: 30, fill: (240, 9, 9))) == 1)
        #expect(Self.agreement(empty, card) == 0)
        #expect(Self.agreement(card, empty) == 0)
    }

    @Test func aStepOfTenLevelsIsAnEdgeAndOneOfNineIsNot() {
        let ground = Image(width: 30, height: 30, fill: (200, 200, 200))
        let ten = EdgeMap(Luma(ground.filled(x: 10, y: 0, width: 10, height: 30, RGB(210, 210, 210))))
        let nine = EdgeMap(Luma(ground.filled(x: 10, y: 0, width: 10, height: 30, RGB(209, 209, 209))))
        #expect(ten.samples.contains(1))
        #expect(!nine.samples.contains(1))
    }
}
