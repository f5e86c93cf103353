// A revision and its report on the wire: where it came from, what it cost, where the time went. Seconds are sums over
// all designs of the conversion, as the job measured them.
// Reads: the entry of a history · the report · the report alone · its tokens.
import Jobs
import UIToCode

/// One entry of a conversion's history.
struct RevisionRepresentation: Encodable, Sendable {
    var object = "revision"
    let number: Int
    @Nullable var parent: Int?
    let job: String
    @Nullable var edit: Edit?
    let createdAt: WireDate
    let files: Int
    @Nullable var score: Double?
    let report: ReportRepresentation

    init(_ revision: Revision) {
        number = revision.number
        parent = revision.parent
        job = revision.jobID
        edit = revision.edit
        createdAt = WireDate(revision.createdAt)
        files = revision.files.count
        score = revision.shownScore
        report = ReportRepresentation(revision.report)
    }
}

/// Where the time of a revision went and what it cost.
struct ReportRepresentation: Encodable, Sendable {
    struct Seconds: Encodable, Sendable {
        let decode, encode, prefill, generate, total: Double
        @Nullable var measure: Double?
    }

    let engine: String
    let finishReason: String
    let seconds: Seconds
    let tokens: TokenRepresentation

    init(_ report: JobReport) {
        engine = report.engine
        finishReason = report.finishReason
        seconds = Seconds(
            decode: report.decodeSeconds, encode: report.encodeSeconds, prefill: report.prefillSeconds,
            generate: report.generateSeconds, total: report.totalSeconds, measure: report.measureSeconds)
        tokens = TokenRepresentation(report)
    }
}

/// The report of a revision where it stands alone, with its receipts.
struct RevisionReport: Encodable, Sendable {
    private let report: ReportRepresentation
    private let revision: Revision

    private enum Key: String, CodingKey { case revision, score, receipts }

    init(_ revision: Revision) {
        self.revision = revision
        report = ReportRepresentation(revision.report)
    }

    func encode(to encoder: any Encoder) throws {
        try report.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(revision.number, forKey: .revision)
        try container.encode(revision.shownScore, forKey: .score)
        try container.encode(revision.receiptRepresentations(withDifferences: true), forKey: .receipts)
    }
}

/// Tokens of one piece of work.
struct TokenRepresentation: Encodable, Sendable {
    let visionTokens, promptTokens, cachedTokens, completionTokens: Int

    init(_ report: JobReport) {
        visionTokens = report.visionTokens
        promptTokens = report.promptTokens
        cachedTokens = report.cachedTokens
        completionTokens = report.completionTokens
    }
}
