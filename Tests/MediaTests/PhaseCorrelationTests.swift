// Shifts between pictures, beside what scikit-image finds.

import Media
import Testing

@Suite struct PhaseCorrelationTests {
    @Test(arguments: ObservingGoldens.shifts)
    func findsTheShiftThatScikitImageFinds(golden: ShiftGolden) throws {
        let (before, after) = golden.windows()
        let sum = before.reduce(0) { $0 + Int($1) } + 2 * after.reduce(0) { $0 + Int($1) }
        #expect(sum == golden.sum)
        let peaks = PhaseCorrelation(length: golden.length).peaks(from: before, to: after, most: 3)
        let best = try #require(peaks.first)
        #expect(abs(best.shift - golden.found) < 0.3)
        #expect(abs(best.shift - golden.true) < 0.3)
        #expect(peaks.dropFirst().allSatisfy { $0.height < best.height })
    }

    @Test func aLengthThatIsNoPowerOfTwoIsFilledUp() throws {
        let golden = try #require(ObservingGoldens.shifts.first { $0.steps == 28 && $0.length == 256 })
        let (before, after) = golden.windows()
        func cut(_ strips: [Float]) -> [Float] {
            (0..<golden.strips).flatMap { strips[$0 * 256..<$0 * 256 + 199] }
        }
        let correlation = PhaseCorrelation(length: 199)
        #expect(correlation.period == 256)
        let best = try #require(correlation.peaks(from: cut(before), to: cut(after)).first)
        #expect(abs(best.shift - 7) < 0.2)
    }

    @Test func whatStaysInPlacePeaksAtNothing() throws {
        let golden = ObservingGoldens.shifts[0]
        let (before, _) = golden.windows()
        let best = try #require(PhaseCorrelation(length: golden.length).peaks(from: before, to: before).first)
        #expect(abs(best.shift) < 1e-3)
        #expect(best.height > 0.99)
    }

    @Test func flatPicturesHaveNoShift() {
        let flat = [Float](repeating: 7, count: 3 * 64)
        #expect(PhaseCorrelation(length: 64).peaks(from: flat, to: flat).isEmpty)
    }
}
