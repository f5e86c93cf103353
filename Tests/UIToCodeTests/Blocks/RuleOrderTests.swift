// The order of rules that several pages took from one stylesheet.
import Testing

@testable import UIToCode

@Suite struct RuleOrderTests {
    @Test func partsOfOneStylesheetComeBackInItsOrder() {
        #expect(RuleOrder.common([["a", "d"], ["c", "d"], ["a", "b", "c"]]) == ["a", "b", "c", "d"])
        #expect(RuleOrder.common([["b"], ["a"], ["b", "c"]]) == ["b", "a", "c"])
        #expect(RuleOrder.common([]) == [])
    }

    @Test func listsThatContradictEachOtherHaveNone() {
        #expect(RuleOrder.common([["a", "b"], ["b", "a"]]) == nil)
        #expect(RuleOrder.common([["a", "b"], ["b", "c"], ["c", "a"]]) == nil)
        #expect(RuleOrder.common([["a", "b", "a"]]) == nil)
    }
}
