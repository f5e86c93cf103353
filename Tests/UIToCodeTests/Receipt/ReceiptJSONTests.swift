import Foundation
import Testing

@testable import Render
@testable import UIToCode

@Suite struct ReceiptJSONTests {
    private func object(_ receipt: Receipt) throws -> [String: Any] {
        let data = Data(ReceiptJSON.text(receipt).utf8)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func whatIsWrittenReadsBackRounded() throws {
        for receipt in [ReceiptSamples.full, ReceiptSamples.equal] {
            let read = try ReceiptJSON(reading: Array(ReceiptJSON.text(receipt).utf8))
            #expect(read == ReceiptJSON(receipt))
            #expect(read.receipt == receipt.rounded)
            #expect(ReceiptJSON.text(read.receipt) == ReceiptJSON.text(receipt))
        }
    }

    @Test(arguments: ReceiptSamples.hostile) func anyWordsReadBack(words: String) throws {
        let receipt = ReceiptSamples.full(with: words)
        #expect(try ReceiptJSON(reading: Array(ReceiptJSON.text(receipt).utf8)).receipt == receipt.rounded)
    }

    @Test func theLayoutIsNamedAndItsKeysAreThese() throws {
        let object = try object(ReceiptSamples.full)
        #expect(object["schema"] as? String == "bottega.receipt/1")
        #expect(
            object.keys.sorted() == [
                "accessibility", "attempts", "console", "design", "draft", "entry", "fidelity", "is_out_of_time",
                "overflow",
                "refused", "repair_seconds", "schema", "steps", "viewport",
            ])
        let attempts = try #require(object["attempts"] as? [[String: Any]])
        #expect(attempts[0].keys.sorted() == ["failure", "is_chosen", "seconds", "seed", "temperature", "total"])
        let steps = try #require(object["steps"] as? [[String: Any]])
        #expect(steps[0].keys.sorted() == ["after", "before", "change", "outcome", "reason", "repair", "seconds"])
        let accessibility = try #require(object["accessibility"] as? [String: Any])
        #expect((accessibility["checked"] as? [String: Int])?["contrast"] == 31)
    }

    @Test func whatDoesNotApplyIsNull() throws {
        var receipt = ReceiptSamples.full
        receipt.fidelity.score = ReceiptSamples.score([.structure: 0.9])
        let fidelity = try #require(try object(receipt)["fidelity"] as? [String: Any])
        let score = try #require(fidelity["score"] as? [String: Any])
        #expect(score["text"] is NSNull)
        #expect(score["structure"] as? Double == 0.9)
        let steps = try #require(try object(ReceiptSamples.full)["steps"] as? [[String: Any]])
        #expect(steps[0]["reason"] is NSNull && steps[4]["after"] is NSNull)
    }

    @Test func numbersHaveFourDigits() throws {
        var receipt = ReceiptSamples.full
        receipt.fidelity.score = ReceiptSamples.score(all: 0.123456)
        receipt.fidelity.differences = [
            Difference(
                .moved(dx: 1.0 / 3, dy: -1e-9), design: Box(x: 2.0 / 3, y: 0, width: 1, height: 1), severity: 1e-7)
        ]
        receipt.repairSeconds = 1.0 / 7
        let text = ReceiptJSON.text(receipt)
        let long = text.matches(of: /[0-9]\.[0-9]{5,}/).map { String($0.0) }
        #expect(long.isEmpty)
        #expect(
            text.contains("0.1235") && text.contains("0.3333") && text.contains("0.6667") && text.contains("0.1429"))
        #expect(!text.contains("-0"))
    }

    @Test func whatIsNotEqualNeverReadsAsEqual() throws {
        var receipt = ReceiptSamples.equal
        receipt.fidelity.score.total = 0.99999
        #expect(receipt.rounded.fidelity.score.total == 0.9999)
        receipt.fidelity.score.total = 1
        #expect(receipt.rounded.fidelity.score.total == 1)
    }

    @Test func keysAreSorted() {
        let keys = ReceiptJSON.text(ReceiptSamples.equal).matches(of: /\n  "([a-z_]+)" ?:/).map { String($0.1) }
        #expect(keys.count == 14 && keys == keys.sorted())
    }

    @Test func anotherLayoutIsRefusedByName() throws {
        let text = ReceiptJSON.text(ReceiptSamples.equal).replacing("bottega.receipt/1", with: "bottega.receipt/9")
        let error = try #require(throws: DecodingError.self) { try ReceiptJSON(reading: Array(text.utf8)) }
        #expect("\(error)".contains("bottega.receipt/9"))
    }
}
