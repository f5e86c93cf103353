// What a batch and a workflow are asked for: the options of a conversion, which hold for each of its pages, and a few of
// their own. Read as strictly, with the same words for what is wrong.
import Inference
import Jobs
import UIToCode

/// The options of a batch.
///
/// Proof: `FolderOptionsTests`.
struct BatchOptionsBody: Sendable, Equatable {
    /// What holds for each page.
    var convert = ConvertOptionsBody()
    var terms = BatchTerms()

    static let names = ConvertOptionsBody.names + own
    private static let own = ["in_flight", "sharing"]

    /// Reads options from a form's fields or a query's items.
    init(fields: some Sequence<(name: String, value: String)>) throws(Problem) {
        let split = try SplitFields(fields, own: Self.own + ["stack"], known: Self.names)
        do { convert = try ConvertOptionsBody(fields: split.others) } catch { throw Problem(error) }
        if let stack = split.own["stack"] { try setStack(stack) }
        terms.inFlight = try split.integer("in_flight", in: 1...16) ?? terms.inFlight
        terms.sharing = try split.truth("sharing") ?? terms.sharing
    }

    private mutating func setStack(_ stack: String) throws(Problem) {
        guard Stack(rawValue: stack) != nil else {
            throw Problem(ConvertBodyError.unknownStack(stack, known: Stack.allCases.map(\.rawValue)))
        }
        terms.stack = stack
    }
}

/// The options of a workflow.
///
/// Proof: `FolderOptionsTests`.
struct WorkflowOptionsBody: Sendable, Equatable {
    /// What holds for each screen's page.
    var convert = ConvertOptionsBody()
    var terms = WorkflowTerms()
    /// A file that was sent before: `ms://ID`; nil when none is named.
    var video: String?

    static let names = ["video"] + ConvertOptionsBody.names.filter { $0 != "stack" } + own
    private static let own = ["redact", "prototype"]

    /// Reads options from a form's fields or a query's items.
    init(fields: some Sequence<(name: String, value: String)>) throws(Problem) {
        let split = try SplitFields(fields, own: Self.own + ["video"], known: Self.names)
        do { convert = try ConvertOptionsBody(fields: split.others) } catch { throw Problem(error) }
        video = split.own["video"]
        terms.redact = try split.truth("redact") ?? terms.redact
        terms.prototype = try split.truth("prototype") ?? terms.prototype
    }
}

/// Fields, those of one kind of work apart from those of conversions.
private struct SplitFields {
    private(set) var own: [String: String] = [:]
    private(set) var others: [(name: String, value: String)] = []

    init(
        _ fields: some Sequence<(name: String, value: String)>, own names: [String], known: [String]
    ) throws(Problem) {
        for (name, value) in fields {
            guard known.contains(name) else { throw Problem(ConvertBodyError.unknownParameter(name, known: known)) }
            guard names.contains(name) else {
                others.append((name, value))
                continue
            }
            guard own.updateValue(value, forKey: name) == nil else {
                throw Problem(ConvertBodyError.repeated(parameter: name))
            }
        }
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = own[name] else { return nil }
        guard let number = Int(text), range.contains(number), text.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw wrong(name, "a whole number from \(range.lowerBound) to \(range.upperBound)", text) }
        return number
    }

    func truth(_ name: String) throws(Problem) -> Bool? {
        guard let text = own[name] else { return nil }
        guard let truth = Bool(text) else { throw wrong(name, "true or false", text) }
        return truth
    }

    private func wrong(_ name: String, _ expected: String, _ found: String) -> Problem {
        Problem(ConvertBodyError.invalidValue(parameter: name, expected: expected, found: found.quotedBriefly))
    }
}

extension [JSONValue.Member] {
    /// Members of a JSON object as fields: texts, numbers and truth values as a form would write them.
    ///
    /// - Throws: `invalid_parameter` for a value of another kind.
    func fields() throws(Problem) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for member in self where member.value != .null {
            switch member.value {
            case .string(let text): fields.append((member.key, text))
            case .number(let digits): fields.append((member.key, digits))
            case .bool(let truth): fields.append((member.key, "\(truth)"))
            default:
                throw Problem(
                    .invalidParameter,
                    "\(member.key) is a text, a number or a truth value, not \(member.value.kindName)",
                    param: member.key)
            }
        }
        return fields
    }
}

extension ConvertOptionsBody {
    /// The request that these options make.
    var request: ConversionRequest {
        ConversionRequest(
            stack: stack, temperature: temperature, seed: seed, maxTokens: maxTokens, attempts: attempts,
            budgetSeconds: budgetSeconds, finish: draft ? .draft : repair ? .repaired : .measured)
    }
}
