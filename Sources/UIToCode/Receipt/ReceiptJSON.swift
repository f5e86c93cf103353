// `report.json`: the receipt for machines. Keys are in snake case and sorted, numbers have four digits, a part of the
// score that does not apply is null. `schema` names the layout; a reader refuses one that it does not know.
//
//     {"accessibility": {"checked": {"contrast": 12, …}, "findings": […]}, "attempts": […], "console": […],
//      "design": "sign-in", "draft": {…}, "entry": "index.html", "fidelity": {"score": {"total": 0.8731, …},
//      "differences": […], …}, "overflow": 0, "refused": […], "repair_seconds": 3.25, "schema": "bottega.receipt/1",
//      "steps": […], "viewport": {"width": 1280, "height": 800, "scale": 1}, …}
import Foundation
import Render

/// A receipt as JSON.
///
///     let text = ReceiptJSON.text(receipt)
///     let again = try ReceiptJSON(reading: Array(text.utf8)).receipt
///
/// Proof: `ReceiptJSONTests`.
public struct ReceiptJSON: Sendable, Equatable {
    /// What `schema` says.
    public static let schema = "bottega.receipt/1"

    /// The receipt, its numbers rounded to four digits.
    public let receipt: Receipt

    /// Rounds a receipt. A score below 1 stays below 1.
    public init(_ receipt: Receipt) { self.receipt = receipt.rounded }

    /// Reads a receipt.
    ///
    /// - Throws: `DecodingError` that names the field, also for a layout that is not known.
    public init(reading bytes: [UInt8]) throws {
        self = try JSONDecoder().decode(ReceiptJSON.self, from: Data(bytes))
    }

    /// The receipt as JSON, one field a line, with a line break at the end.
    public static func text(_ receipt: Receipt) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return String(decoding: try encoder.encode(ReceiptJSON(receipt)), as: UTF8.self) + "\n"
        } catch {
            preconditionFailure("a receipt is nothing but texts, numbers and lists: \(error)")
        }
    }
}

extension ReceiptJSON: Codable {
    private enum Key: String, CodingKey {
        case accessibility, attempts, console, design, draft, entry, fidelity, overflow, refused, schema, steps,
            viewport
        case isOutOfTime = "is_out_of_time"
        case repairSeconds = "repair_seconds"
    }

    private enum AccessibilityKey: String, CodingKey { case checked, findings }

    private struct Attempt: Codable {
        var temperature: Double
        var seed: UInt64
        var total: Double?
        var failure: String?
        var seconds: Double
        var isChosen: Bool
        // Written when it is true.
        var isMeasured: Bool?

        enum CodingKeys: String, CodingKey {
            case temperature, seed, total, failure, seconds
            case isChosen = "is_chosen"
            case isMeasured = "is_measured"
        }

        init(_ attempt: Receipt.Attempt) {
            temperature = attempt.temperature
            seed = attempt.seed
            total = attempt.total
            failure = attempt.failure
            seconds = attempt.seconds
            isChosen = attempt.isChosen
            isMeasured = attempt.isMeasured ? true : nil
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(temperature, forKey: .temperature)
            try container.encode(seed, forKey: .seed)
            try container.encode(total, forKey: .total)
            try container.encode(failure, forKey: .failure)
            try container.encode(seconds, forKey: .seconds)
            try container.encode(isChosen, forKey: .isChosen)
            try container.encodeIfPresent(isMeasured, forKey: .isMeasured)
        }

        var attempt: Receipt.Attempt {
            Receipt.Attempt(
                temperature: temperature, seed: seed, total: total, failure: failure, seconds: seconds,
                isChosen: isChosen, isMeasured: isMeasured ?? false)
        }
    }

    private struct Step: Codable {
        var repair: String
        var change: String
        var before: FidelityScore
        var after: FidelityScore?
        var outcome: RepairStep.Outcome
        var reason: String?
        var seconds: Double

        init(_ step: RepairStep) {
            repair = step.repair
            change = step.change
            before = step.before
            after = step.after
            outcome = step.outcome
            reason = step.reason
            seconds = step.seconds
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(repair, forKey: .repair)
            try container.encode(change, forKey: .change)
            try container.encode(before, forKey: .before)
            try container.encode(after, forKey: .after)
            try container.encode(outcome, forKey: .outcome)
            try container.encode(reason, forKey: .reason)
            try container.encode(seconds, forKey: .seconds)
        }

        var step: RepairStep {
            RepairStep(
                repair: repair, change: change, before: before, after: after, outcome: outcome, reason: reason,
                seconds: seconds)
        }
    }

    /// Reads what `encode(to:)` writes.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let schema = try container.decode(String.self, forKey: .schema)
        guard schema == Self.schema else {
            throw DecodingError.dataCorruptedError(
                forKey: .schema, in: container,
                debugDescription: "the receipt is a \"\(schema)\", not a \"\(Self.schema)\"")
        }
        let accessibility = try container.nestedContainer(keyedBy: AccessibilityKey.self, forKey: .accessibility)
        let counts = try accessibility.decode([String: Int].self, forKey: .checked)
        var checked: [Accessibility.Rule: Int] = [:]
        for (name, count) in counts {
            guard let rule = Accessibility.Rule(rawValue: name) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .checked, in: accessibility, debugDescription: "no rule is called \"\(name)\"")
            }
            checked[rule] = count
        }
        receipt = Receipt(
            design: try container.decode(String.self, forKey: .design),
            entry: try container.decode(String.self, forKey: .entry),
            viewport: try container.decode(Viewport.self, forKey: .viewport),
            fidelity: try container.decode(FidelityReport.self, forKey: .fidelity),
            draft: try container.decode(FidelityScore.self, forKey: .draft),
            attempts: try container.decode([Attempt].self, forKey: .attempts).map(\.attempt),
            steps: try container.decode([Step].self, forKey: .steps).map(\.step),
            isOutOfTime: try container.decode(Bool.self, forKey: .isOutOfTime),
            accessibility: Accessibility(
                checked: checked,
                findings: try accessibility.decode([Accessibility.Finding].self, forKey: .findings)),
            overflow: try container.decode(Double.self, forKey: .overflow),
            console: try container.decode([ConsoleMessage].self, forKey: .console),
            refused: try container.decode([RefusedRequest].self, forKey: .refused),
            repairSeconds: try container.decode(Double.self, forKey: .repairSeconds))
    }

    /// Writes every field; what there is not is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(Self.schema, forKey: .schema)
        try container.encode(receipt.design, forKey: .design)
        try container.encode(receipt.entry, forKey: .entry)
        try container.encode(receipt.viewport, forKey: .viewport)
        try container.encode(receipt.fidelity, forKey: .fidelity)
        try container.encode(receipt.draft, forKey: .draft)
        try container.encode(receipt.attempts.map(Attempt.init), forKey: .attempts)
        try container.encode(receipt.steps.map(Step.init), forKey: .steps)
        try container.encode(receipt.isOutOfTime, forKey: .isOutOfTime)
        var accessibility = container.nestedContainer(keyedBy: AccessibilityKey.self, forKey: .accessibility)
        let checked = receipt.accessibility.checked.map { ($0.key.rawValue, $0.value) }
        try accessibility.encode(Dictionary(uniqueKeysWithValues: checked), forKey: .checked)
        try accessibility.encode(receipt.accessibility.findings, forKey: .findings)
        try container.encode(receipt.overflow, forKey: .overflow)
        try container.encode(receipt.console, forKey: .console)
        try container.encode(receipt.refused, forKey: .refused)
        try container.encode(receipt.repairSeconds, forKey: .repairSeconds)
    }
}
