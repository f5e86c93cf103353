// Selectors bound to a part of the page.
import Testing

@testable import UIToCode

@Suite struct SelectorTextTests {
    private func bound(_ selector: String) -> String {
        SelectorText.bound(selector, container: "C", scope: ":where(S)")
    }

    @Test(arguments: [
        ("p", "p:where(S)"), (".a .b", ".a:where(S) .b"), ("p::before", "p:where(S)::before"),
        ("p:hover:after", "p:hover:where(S):after"), ("*", "*:where(S)"), ("ul > li", "ul:where(S) > li"),
        ("a:is(.x, .y) b", "a:is(.x, .y):where(S) b"), ("body", "C"), ("body.dark > p", "C.dark > p"),
        ("html body p", "C p"), ("html", "C"), (":root", "C"), ("html .x p", ".x:where(S) p"),
        ("html.wide p", "C.wide p"), ("bodywork", "bodywork:where(S)"), ("html > body", "C"),
    ])
    func selectorsAreBoundAtTheirFirstElement(selector: String, expected: String) {
        #expect(bound(selector) == expected)
    }

    @Test func withoutAScopeOnlyTheBodyIsReplaced() {
        #expect(SelectorText.bound(".a p", container: "C", scope: nil) == ".a p")
        #expect(SelectorText.bound("body p", container: "C", scope: nil) == "C p")
        #expect(SelectorText.bound("html .a", container: "C", scope: nil) == ".a")
    }

    @Test func listsAreCutOutsideBracketsOnly() {
        #expect(SelectorText.list("a:is(b, c), d[x=\"1,2\"] , e") == ["a:is(b, c)", "d[x=\"1,2\"]", "e"])
    }

    @Test func wholeNamesAreReplacedAndNothingElse() {
        let replaced = SelectorText.replacing("h1", with: "X", in: "h1 .h1 #h1 h1.a h11 [h1=h1] a>h1")
        #expect(replaced == "X .h1 #h1 X.a h11 [h1=h1] a>X")
        #expect(SelectorText.replacing("#a", with: "#b", in: "#a #a-c p#a") == "#b #a-c p#b")
    }
}
