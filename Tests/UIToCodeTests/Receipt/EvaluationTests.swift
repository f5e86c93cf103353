import Foundation
import Testing

@testable import Render
@testable import UIToCode

/// Rows of an evaluation.
enum EvaluationSamples {
    static func receipt(_ name: String, draft: Double, repaired: Double?, attempts: Int = 1) -> Receipt {
        var receipt = ReceiptSamples.equal
        receipt.design = name
        receipt.draft = ReceiptSamples.score(all: draft)
        receipt.fidelity.score = ReceiptSamples.score(all: repaired ?? draft)
        receipt.attempts = (0..<attempts).map { number in
            Receipt.Attempt(temperature: 0, seed: UInt64(number), total: draft, seconds: 2, isChosen: number == 0)
        }
        if let repaired {
            receipt.steps = [ReceiptSamples.step("look", "a change", from: draft, to: repaired, .kept)]
            receipt.repairSeconds = 3
        }
        return receipt
    }

    static let rows = [
        EvaluationRow(
            name: "sign-in", path: "sign-in", receipt: receipt("sign-in", draft: 0.5, repaired: 0.75),
            best: receipt("sign-in", draft: 0.625, repaired: 0.875, attempts: 4), seconds: 12),
        EvaluationRow(
            name: "broken, \"really\"", path: "broken", failure: "the page took\r\nlonger than 10 s", seconds: 30),
        EvaluationRow(
            name: "dashboard", path: "dashboard", receipt: receipt("dashboard", draft: 0.25, repaired: 0.375),
            best: receipt("dashboard", draft: 0.25, repaired: 0.375, attempts: 4), seconds: 8),
    ]
}

@Suite struct EvaluationTests {
    private let evaluation = Evaluation(EvaluationSamples.rows)

    @Test func everyStageThatWasTriedIsSummedUp() {
        #expect(evaluation.summaries.map(\.stage) == [.draft, .repaired, .best])
        #expect(evaluation.summaries.map(\.mean) == [0.25, 0.375, 1.25 / 3])
        #expect(evaluation.summaries.map(\.median) == [0.25, 0.375, 0.375])
        #expect(evaluation.attemptCount == 4)
        let drafts = Evaluation(
            [
                EvaluationRow(
                    name: "a", path: "a", receipt: EvaluationSamples.receipt("a", draft: 0.5, repaired: nil), seconds: 1
                )
            ])
        #expect(drafts.summaries.map(\.stage) == [.draft])
        #expect(Evaluation([]).summaries.isEmpty)
    }

    @Test func aFailedDesignCountsAsNothingInTheTotalAndNotInTheParts() {
        #expect(evaluation.failureCount == 1)
        #expect(evaluation.summaries[0].parts[.text] == 0.375)
    }

    @Test func theMiddleOfAnEvenNumberIsBetweenTheTwo() {
        let even = Evaluation([EvaluationSamples.rows[0], EvaluationSamples.rows[2]])
        #expect(even.summaries[0].median == 0.375)
    }

    @Test func aPartThatAppliesNowhereHasNoMean() {
        var receipt = EvaluationSamples.receipt("a", draft: 0.5, repaired: nil)
        receipt.draft = ReceiptSamples.score([.tone: 0.5])
        let one = Evaluation([EvaluationRow(name: "a", path: "a", receipt: receipt, seconds: 1)])
        #expect(one.summaries[0].parts == [.tone: 0.5])
    }

    @Test func timeIsThatOfTheStageAndOfWhatCameBefore() {
        #expect(evaluation.summaries.map(\.seconds) == [2, 5, 11])
    }

    @Test func whatAStageMadeWorseIsCounted() {
        #expect(evaluation.loweredCount(by: .repaired) == 0)
        let worse = EvaluationRow(
            name: "a", path: "a", receipt: EvaluationSamples.receipt("a", draft: 0.5, repaired: 0.25), seconds: 1)
        #expect(Evaluation([worse]).loweredCount(by: .repaired) == 1)
    }

    @Test func theTableFollowsTheStandard() {
        let lines = evaluation.csv.components(separatedBy: "\r\n")
        #expect(lines[0].hasPrefix("name,path,failure,seconds,draft_total,draft_block,draft_text,"))
        #expect(lines[0].hasSuffix(",best_completeness,best_accessibility"))
        #expect(lines[1].hasPrefix("sign-in,sign-in,,12.0000,0.5000,0.5000,"))
        #expect(lines[2] == "\"broken, \"\"really\"\"\",broken,\"the page took")
        #expect(lines[3].hasPrefix("longer than 10 s\",30.0000,,,"))
        #expect(lines.last == "")
        let header = lines[0].split(separator: ",", omittingEmptySubsequences: false).count
        #expect(lines[1].split(separator: ",", omittingEmptySubsequences: false).count == header)
        #expect(header == 4 + 3 * 10)
    }
}

@Suite struct EvaluationPageTests {
    private let page = EvaluationPage.html(
        title: "Ten designs", evaluation: Evaluation(EvaluationSamples.rows), nonce: "n0nce")

    @Test func theTotalsOfEveryStageStandInIt() {
        #expect(page.contains("Best of 4 <b>0.417</b>"))
        #expect(page.contains("<tfoot><tr><th scope=\"row\">Mean total</th><td>0.250</td><td>0.375</td><td>0.417</td>"))
        #expect(page.contains("1, counted as 0"))
    }

    @Test func picturesAreFilesBesideThePageAndLoadWhenSeen() {
        for file in ["design.png", "result.png", "heat.png"] {
            #expect(page.contains("<img src=\"./sign-in/\(file)\""))
        }
        #expect(page.components(separatedBy: "loading=\"lazy\"").count == 7)
        #expect(page.contains("<a href=\"./sign-in/report.html\">"))
        #expect(!page.contains("./broken/report.html"))
    }

    @Test func aPathStaysBelowThePage() {
        let row = EvaluationRow(
            name: "x", path: "/../javascript:alert(1)//a b/ü\"%2F", receipt: ReceiptSamples.equal, seconds: 1)
        let page = EvaluationPage.html(title: "x", evaluation: Evaluation([row]), nonce: "n")
        #expect(page.contains("href=\"./javascript%3Aalert%281%29/a%20b/%C3%BC%22%252F/report.html\""))
        #expect(!page.contains("/../"))
    }

    @Test(arguments: ReceiptSamples.hostile) func wordsStayWords(words: String) {
        func page(_ words: String) -> String {
            let rows = [
                EvaluationRow(name: words, path: words, receipt: ReceiptSamples.full, seconds: 1),
                EvaluationRow(name: words, path: words, failure: words, seconds: 1),
            ]
            return EvaluationPage.html(title: words, evaluation: Evaluation(rows), nonce: "n")
        }
        for mark in ["<", ">", "\"", "<script", "<img", "<h1"] {
            let count = page(words).components(separatedBy: mark).count
            #expect(count == page("word").components(separatedBy: mark).count)
        }
    }

    @Test func nothingButWhatLiesBesideMayBeLoaded() {
        #expect(page.contains("img-src data: 'self' file:;"))
        #expect(!page.contains(" style=\""))
        #expect(page.matches(of: /\son[a-z]+=/).isEmpty)
    }
}
