// A batch on the wire: the object with its numbers, and its designs one by one. The files of its project, the designs that
// were sent and everything else that a conversion has are at the addresses of conversions.
import Foundation
import Jobs
import Render
import UIToCode

/// The batch object.
struct BatchRepresentation: Encodable, Sendable {
    var object = "batch"
    let id: String
    let name: String
    let stack: String
    let inFlight: Int
    let sharing: Bool
    let status: Job.State
    let createdAt: WireDate
    @Nullable var expiresAt: WireDate?
    @Nullable var revision: Int?
    @Nullable var latestRevision: Int?
    /// Designs in all, those with a page, those without for a reason, and those that an earlier job had converted.
    let itemCount, doneCount, failedCount, keptCount: Int
    /// The mean of the pages that were measured.
    @Nullable var score: Double?
    @Nullable var components: Int?
    @Nullable var designTokens: Int?
    @Nullable var consistencyBefore: Double?
    @Nullable var consistency: Double?
    @Nullable var entry: String?
    @Nullable var fileCount: Int?
    @Nullable var filesURL: String?
    @Nullable var previewURL: String?
    @Nullable var archiveURL: String?
    let itemsURL: String
    let eventsURL: String
    @Nullable var report: ReportRepresentation?
    @Nullable var usage: TokenRepresentation?
    let job: JobRepresentation
    @Nullable var error: FailureRepresentation?
}

/// One design of a batch.
struct BatchItemRepresentation: Encodable, Sendable {
    var object = "batch_item"
    let index: Int
    let path: String
    let state: BatchItem.State
    @Nullable var page: String?
    @Nullable var pageURL: String?
    @Nullable var previewURL: String?
    @Nullable var receiptURL: String?
    @Nullable var score: Double?
    let seconds: Double
    let kept: Bool
    @Nullable var failure: String?
    let design: DesignRepresentation

    /// - Parameters:
    ///   - revision: what holds its page; nil before there is any.
    ///   - isRunning: whether a job is at work: a design that was left half done waits.
    init(
        _ design: StoredDesign, index: Int, of conversion: Conversion, revision: Revision?, isRunning: Bool,
        previews: PreviewSigner
    ) {
        let item = design.item ?? BatchItem(path: design.name)
        self.index = index
        path = design.name
        state = item.state == .running && !isRunning ? .waiting : item.state
        page = item.page
        score = item.score.map(\.toldScore)
        seconds = item.seconds
        kept = item.isKept
        failure = item.failure
        self.design = DesignRepresentation(design, index: index, of: conversion.id)
        func address(of path: String?, _ make: (String, Revision) -> String) -> String? {
            // A page that was made since the revision is not in it yet.
            guard let path, let revision, revision.files.contains(where: { $0.path == path }) else { return nil }
            return make(path, revision)
        }
        pageURL = address(of: item.page) { Links.file($0, of: conversion.id, revision: $1.number) }
        previewURL = address(of: item.page) { previews.url(of: $1, path: $0) }
        receiptURL = address(of: item.receipt) { previews.url(of: $1, path: $0) }
    }
}

extension ConversionReader {
    /// The batch object.
    func batch(_ conversion: Conversion, job: Job, shown: Revision?) async throws -> BatchRepresentation {
        let terms = conversion.request.batch ?? BatchTerms()
        let items = conversion.designs.compactMap(\.item)
        let scores = items.compactMap { $0.state == .done ? $0.score : nil }
        var outcome: BatchOutcome?
        if case .batch(let numbers)? = shown?.outcome { outcome = numbers }
        return BatchRepresentation(
            id: conversion.id, name: conversion.name, stack: terms.stack, inFlight: terms.inFlight,
            sharing: terms.sharing, status: job.state, createdAt: WireDate(conversion.createdAt),
            expiresAt: expiry(of: conversion), revision: shown?.number, latestRevision: conversion.latestRevision,
            itemCount: conversion.designs.count, doneCount: items.count { $0.state == .done },
            failedCount: items.count { $0.state == .failed },
            keptCount: items.count { $0.state == .done && $0.isKept },
            score: scores.isEmpty ? nil : (scores.reduce(0, +) / Double(scores.count)).toldScore,
            components: outcome?.components, designTokens: outcome?.tokens,
            consistencyBefore: outcome?.consistencyBefore, consistency: outcome?.consistency, entry: shown?.entry,
            fileCount: shown?.files.count, filesURL: shown.map { Links.files(of: conversion.id, revision: $0.number) },
            previewURL: shown.map { previews.url(of: $0) },
            archiveURL: shown.map { Links.archive(of: conversion, revision: $0.number) },
            itemsURL: Links.home(of: conversion) + "/items", eventsURL: Links.events(of: conversion),
            report: shown.map { ReportRepresentation($0.report) }, usage: shown.map { TokenRepresentation($0.report) },
            job: try await representation(of: job), error: FailureRepresentation(job))
    }
}
