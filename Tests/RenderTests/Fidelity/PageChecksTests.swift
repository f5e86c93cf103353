// What counts as filler, and how checks become a share.
import Testing

@testable import Render

@Suite struct PageChecksTests {
    @Test(arguments: ["Lorem ipsum dolor", "[Your text here]", "PLACEHOLDER", "...", "…", "TODO", "<Image>"])
    func fillerIsAPlaceholder(text: String) {
        #expect(PageChecks.isPlaceholder(text))
    }

    @Test(arguments: ["Images", "Your order", "Email address", "", "—", "To do list", "The placeholder of the year"])
    func realTextIsNot(text: String) {
        #expect(!PageChecks.isPlaceholder(text))
    }

    @Test(arguments: [
        "... rest of the rows", "Repeat for the other cards", "Add more items here", "TODO: footer",
        "remaining plans omitted", "and so on…", "Other rows",
    ])
    func aCommentForWhatWasLeftOutIsAnExcuse(comment: String) {
        #expect(PageChecks.isExcuse(comment))
    }

    @Test(arguments: ["Navigation", "Card 2", "Footer", "", "repeatable header", "Todos list", "Rest and recovery"])
    func aCommentThatNamesAPartIsNot(comment: String) {
        #expect(!PageChecks.isExcuse(comment))
    }

    @Test func everyRuleCountsTheSame() {
        let one = Accessibility.Finding(rule: .contrast, selector: "p", message: "too pale")
        let findings = Accessibility(checked: [.contrast: 2, .landmark: 1, .heading: 0], findings: [one])
        #expect(findings.shareWithoutFault == 0.75)
        #expect(Accessibility().shareWithoutFault == 1)
        #expect(Accessibility(checked: [.name: 1], findings: [one, one]).shareWithoutFault == 1)
    }
}
