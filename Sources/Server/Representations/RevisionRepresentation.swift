// A revision and its report on the wire: where it came from, what it cost, where the time went. Seconds are sums over
// all designs of the conversion, as the job measured them.
// Reads: the entry of a history · the report · its tokens.
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
    let report: ReportRepresentation

    init(_ revision: Revision) {
        number = revision.number
        parent = revision.parent
        job = revision.jobID
        edit = revision.edit
        createdAt = WireDate(revision.createdAt)
        files = revision.files.count
        report = ReportRepresentation(revision.report)
    }
}

/// Where the time of a revision went and what it cost.
struct ReportRepresentation: Encodable, Sendable {
    struct Seconds: Encodable, Sendable {
        let decode, encode, prefill, generate, total: Double
    }

    let engine: String
    let finishReason: String
    let seconds: Seconds
    let tokens: TokenRepresentation
    /// Given where the report stands alone.
    var revision: Int?

    init(_ report: JobReport, revision: Int? = nil) {
        engine = report.engine
        finishReason = report.finishReason
        seconds = Seconds(
            decode: report.decodeSeconds, encode: report.encodeSeconds, prefill: report.prefillSeconds,
            generate: report.generateSeconds, total: report.totalSeconds)
        tokens = TokenRepresentation(report)
        self.revision = revision
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
