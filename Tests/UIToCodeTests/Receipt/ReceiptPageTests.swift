// What stands in `report.html`. How it behaves in a browser is tried by `Tests/Trials/report.py`.
import Foundation
import Media
import Testing

@testable import Render
@testable import UIToCode

@Suite struct ReceiptPageTests {
    private func html(_ receipt: Receipt, _ pictures: ReceiptPictures = ReceiptSamples.pictures) -> String {
        ReceiptPage.html(receipt: receipt, pictures: pictures, nonce: "n0nce")
    }

    @Test func theTotalAndEveryPartStandInIt() {
        let page = html(ReceiptSamples.full)
        let score = ReceiptSamples.repairedScore
        #expect(page.contains("<span class=\"unseen\">Total </span>\(score.total.scoreWords)"))
        for category in FidelityCategory.allCases {
            #expect(page.contains("<b>\(category.label)</b>"))
            #expect(page.contains(category.meaning))
        }
        #expect(page.contains("Draft <b>\(ReceiptSamples.draftScore.total.scoreWords)</b>"))
        #expect(page.contains("<td class=\"value\">0.971<small class=\"gain\">+0.091</small></td>"))
    }

    @Test func thePointsOfThePartsAddUpToTheTotal() throws {
        let page = html(ReceiptSamples.full)
        let points = page.matches(of: /<td class="points">([0-9.]+)<\/td>/).compactMap { Double($0.1) }
        #expect(points.count == 8)
        #expect(abs(points.reduce(0, +) - ReceiptSamples.repairedScore.total) < 0.0005 * 8)
    }

    @Test func whatDoesNotCountSaysSo() {
        let page = html(ReceiptSamples.full)
        #expect(page.contains("Told, but not counted"))
        var receipt = ReceiptSamples.full
        receipt.fidelity.score = ReceiptSamples.score([.structure: 0.9, .tone: 0.8])
        #expect(html(receipt).components(separatedBy: "Does not apply here").count == 8)
    }

    @Test func onlyEstimatesAreMarkedAsEstimates() {
        let badge = "<span class=\"badge\">estimated</span><small>"
        #expect(html(ReceiptSamples.full).components(separatedBy: badge).count == 5)
        var receipt = ReceiptSamples.full
        receipt.fidelity.isEstimate = false
        #expect(!html(receipt).contains("estimated"))
    }

    @Test func everyDifferenceIsInWordsAndMarkedInThePicturesItHasAPlaceIn() {
        let page = html(ReceiptSamples.full)
        for (number, difference) in ReceiptSamples.differences.enumerated() {
            let marks = page.components(separatedBy: "<rect class=\"mark\" data-number=\"\(number)\"").count - 1
            #expect(marks == [difference.designBox, difference.resultBox].count { $0 != nil })
            #expect(page.contains(difference.kind.words.text))
            let button = "<button type=\"button\" class=\"difference\" data-number=\"\(number)\""
            #expect(page.contains(button) == (marks > 0))
        }
        #expect(page.contains("10 px to the right, 4.5 px up"))
        #expect(page.contains("18 px instead of 20 px"))
    }

    @Test func marksLieWhereTheBoxesAreInCSSPixels() {
        var receipt = ReceiptSamples.full
        receipt.viewport.scale = 2
        let page = html(receipt)
        #expect(page.contains("viewBox=\"0 0 20.00 18.00\""))
        #expect(page.contains("<image class=\"picture\" width=\"20.00\" height=\"15.00\""))
        #expect(page.contains("x=\"146.00\" y=\"105.00\" width=\"101.00\" height=\"32.00\""))
    }

    @Test func everyChangeThatWasTriedIsInTheTableWithItsReason() {
        let page = html(ReceiptSamples.full)
        for step in ReceiptSamples.full.steps {
            #expect(page.contains(Markup.foreign(step.change).text))
            if let reason = step.reason { #expect(page.contains("<small><bdi>\(reason)</bdi></small>")) }
        }
        #expect(page.components(separatedBy: "<tr data-kind=\"kept\">").count == 4)
        #expect(page.components(separatedBy: "<tr data-kind=\"refused\">").count == 3)
        #expect(page.components(separatedBy: "<tr data-kind=\"failed\">").count == 2)
        #expect(page.contains("<span class=\"gain\">+0.0121</span>"))
        #expect(page.contains("<span class=\"loss\">−0.0015</span>"))
        #expect(page.contains("The time was spent"))
    }

    @Test func whatThePageDidIsTold() {
        let page = html(ReceiptSamples.full)
        #expect(page.contains("12 px wider than its window"))
        #expect(page.contains("ReferenceError: chart is not defined"))
        #expect(page.contains("https://fonts.example/inter.css"))
        #expect(page.contains("the link has no name"))
        #expect(page.contains("1 request refused"))
    }

    @Test func aPageThatEqualsItsDesignHasNothingToRepair() {
        let page = html(ReceiptSamples.equal)
        #expect(page.contains("<span class=\"unseen\">Total </span>1.000"))
        #expect(page.contains("None were found."))
        #expect(!page.contains("id=\"repairs-title\""))
        #expect(!page.contains("where the draft was"))
        #expect(page.contains("asked for nothing outside itself"))
    }

    @Test func thePicturesAreInTheFile() throws {
        let page = html(ReceiptSamples.full)
        let pictures = page.matches(of: /href="data:image\/png;base64,([A-Za-z0-9+\/=]+)"/)
        let sizes = try pictures.map { match in
            let image = try Image.decode(Array(#require(Data(base64Encoded: String(match.1)))), name: "picture")
            return [image.width, image.height]
        }
        #expect(sizes == [[40, 30], [40, 36], [40, 30], [40, 36]])
    }

    @Test func nothingIsLoadedAndNothingElseMayRun() {
        let page = html(ReceiptSamples.full)
        #expect(page.contains("default-src 'none'; img-src data:; style-src 'nonce-n0nce'; script-src 'nonce-n0nce'"))
        #expect(!page.contains("src=\""))
        #expect(!page.contains(" style=\""))
        #expect(page.matches(of: /href="(?!data:|#)/).isEmpty)
        #expect(page.matches(of: /\son[a-z]+=/).isEmpty)
        #expect(page.components(separatedBy: "<script").count == 2)
    }

    @Test func everyReportHasANumberOfItsOwn() {
        let first = ReportDocument.freshNonce()
        #expect(first != ReportDocument.freshNonce())
        #expect(first.allSatisfy { $0.isHexDigit })
    }

    @Test(arguments: ReceiptSamples.hostile)
    func wordsStayWords(words: String) {
        let tame = html(ReceiptSamples.full(with: "word"))
        let page = html(ReceiptSamples.full(with: words))
        for mark in ["<", ">", "\"", "<script", "<img", "<h1", "</style", "</script"] {
            #expect(page.components(separatedBy: mark).count == tame.components(separatedBy: mark).count)
        }
        #expect(!page.unicodeScalars.contains { [0, 0x1B, 0x202E, 0x2066].contains($0.value) })
    }
}
