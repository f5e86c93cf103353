// The position table at other sizes against transformers (and, when recorded, torch's interpolation).

import Kernels
import Support
import Testing

@testable import Model

@Suite struct PositionTableTests {
    @Test(arguments: [(8, 8), (4, 6), (10, 6), (2, 12)])
    func theStretchedTableMatchesTransformers(rows: Int, columns: Int) throws {
        let tiny = try TinyModel.named("k25")
        let vision = try #require(tiny.exact.vision)
        let count = rows * columns * vision.config.hidden
        let patches = FloatBuffer(count: count)
        patches.pointer.update(repeating: 0, count: count)
        vision.positions.add(to: patches.pointer, rows: rows, columns: columns, tiny.exact.compute)
        let found = Array(UnsafeBufferPointer(start: patches.pointer, count: count))
        let distance = Distance(found, try tiny.goldens.floats("table/\(rows)x\(columns)"))
        #expect(distance.relative <= Tolerances.features, "\(distance)")
    }

    /// From torch's documented kernel: half of a table of 64, first position.
    @Test func tapsAtTheBorderRepeatIt() {
        let taps = PositionTable.taps(0, size: 32, tableSize: 64)
        #expect(taps.positions == [0, 0, 1, 2])
        #expect(taps.weights == [-0.09375, 0.59375, 0.59375, -0.09375])
    }

    @Test(arguments: 1...70)
    func tapsSumToOneAndStayInTheTable(size: Int) {
        for index in 0..<size {
            let taps = PositionTable.taps(index, size: size, tableSize: 64)
            #expect(abs(taps.weights.reduce(0, +) - 1) < 1e-5)
            #expect(taps.positions.allSatisfy { 0..<64 ~= $0 })
        }
    }

    @Test func theTablesOwnSizeChangesNothing() {
        for index in 0..<64 {
            let taps = PositionTable.taps(index, size: 64, tableSize: 64)
            for (position, weight) in zip(taps.positions, taps.weights) where weight != 0 {
                #expect(position == index && weight == 1)
            }
        }
    }
}
