// Batches: a folder of designs becomes one project. A batch is a conversion of another kind: its files, its designs and its
// revisions are at the addresses of conversions; here it is made, looked at as a batch, stopped, and taken up again.
import Foundation
import HTTPTypes
import Hummingbird
import Jobs
import UIToCode

/// `/v1/batches`.
struct BatchRoutes: Sendable {
    let store: JobStore
    let reader: ConversionReader
    let submissions: Submissions
    let folders: FolderReader

    var endpoints: RouteCollection<BottegaRequestContext> {
        submissions.endpoints(of: .batch)
            .post(use: create)
            .get(":conversion/items", use: items)
            .post(":conversion/retry-failed", use: retry)
    }

    @Sendable private func create(request: Request, context: BottegaRequestContext) async throws -> Response {
        try await submissions.create(request, context: context) { try await folders.batch(request) }
    }

    @Sendable private func items(request: Request, context: BottegaRequestContext) async throws -> Response {
        let query = try Query(request, known: PageRequest.parameters.union(["state"]))
        let page = try PageRequest(query)
        let start = try ItemCursor.index(in: page.cursor)
        let state = query["state"].flatMap { BatchItem.State(rawValue: $0) }
        if let text = query["state"], state == nil {
            throw Problem(
                .invalidParameter, "state is one of waiting, running, done, failed, not \(text.quotedBriefly)",
                param: "state")
        }
        let batch = try await context.conversion(in: store, .batch)
        let job = try await store.job(batch.latestJobID, key: batch.keyID)
        let revision: Revision? = batch.latestRevision != nil ? try await reader.revision(nil, of: batch) : nil
        let items = batch.designs.enumerated().map { index, design in
            BatchItemRepresentation(
                design, index: index, of: batch, revision: revision, isRunning: job.state == .running,
                previews: reader.previews)
        }.filter { $0.index >= start && (state == nil || $0.state == state) }
        let shown = Array(items.prefix(page.limit))
        let next = items.count > page.limit ? shown.last.map { ItemCursor.at($0.index + 1) } : nil
        return try Wire.answer(PagedListing(data: shown, nextCursor: next))
    }

    @Sendable private func retry(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        let terms = try AnswerTerms(request, among: AnswerShape.ofFolders)
        try submissions.requireOpen()
        return try await submissions.underWay.exclusively(terms.idempotencyKey, caller: context.caller) {
            let batch = try await context.conversion(in: store, .batch)
            let submission = try await store.createRetry(
                of: batch.id, key: context.caller.keyID,
                activeJobLimit: context.caller.activeJobs ?? submissions.activeJobs,
                idempotency: submissions.idempotency(terms, digest: "retry \(batch.id)"))
            return try await submissions.answer(submission, terms: terms, waitSeconds: 0, context: context)
        }
    }
}

/// Where a list of items goes on, opaque to those who pass it around.
private enum ItemCursor {
    private static let prefix = "item-"

    static func at(_ index: Int) -> String { Data((prefix + String(index)).utf8).base64URL }

    /// The index in a cursor; 0 for none.
    static func index(in cursor: String?) throws(Problem) -> Int {
        guard let cursor else { return 0 }
        guard let bytes = Data(base64URL: cursor), case let text = String(decoding: bytes, as: UTF8.self),
            text.hasPrefix(prefix), let index = Int(text.dropFirst(prefix.count)), index >= 0, at(index) == cursor
        else { throw Problem(.invalidParameter, "cursor is not one that a listing gave", param: "cursor") }
        return index
    }
}
