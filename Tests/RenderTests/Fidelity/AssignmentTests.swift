// The assignment's sums against scipy, over sizes, shapes and ties.
import Testing

@testable import Render

@Suite struct AssignmentTests {
    private static func sum(_ columns: [Int], _ golden: AssignmentGolden) -> Double {
        let costs = golden.costs
        return columns.enumerated().reduce(0) { $1.1 < 0 ? $0 : $0 + costs[$1.0 * golden.columns + $1.1] }
    }

    /// Costs are eighths of whole numbers: sums are exact.
    @Test(arguments: FidelityGoldens.assignments)
    func sumEqualsSciPy(golden: AssignmentGolden) {
        let least = Assignment.minimal(golden.costs, rows: golden.rows, columns: golden.columns)
        let most = Assignment.maximal(golden.costs, rows: golden.rows, columns: golden.columns)
        #expect(Self.sum(least, golden) == golden.least)
        #expect(Self.sum(most, golden) == golden.most)
        for chosen in [least, most] {
            let used = chosen.filter { $0 >= 0 }
            #expect(used.count == min(golden.rows, golden.columns))
            #expect(Set(used).count == used.count)
        }
    }

    @Test func nothingIsAssignedToNothing() {
        #expect(Assignment.minimal([], rows: 0, columns: 0) == [])
        #expect(Assignment.minimal([], rows: 2, columns: 0) == [-1, -1])
        #expect(Assignment.minimal([], rows: 0, columns: 3) == [])
    }
}
