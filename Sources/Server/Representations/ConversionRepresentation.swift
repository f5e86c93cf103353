// The conversion object, and the one place that gathers what it is made of: the conversion, its job, the revision that
// is shown, and the content of small text files.
import Foundation
import Jobs
import UIToCode

/// The conversion object.
struct ConversionRepresentation: Encodable, Sendable {
    var object = "conversion"
    let id: String
    let name: String
    let stack: String
    let status: Job.State
    let createdAt: WireDate
    @Nullable var expiresAt: WireDate?
    @Nullable var revision: Int?
    @Nullable var latestRevision: Int?
    let designs: [DesignRepresentation]
    @Nullable var entry: String?
    let files: [FileRepresentation]
    @Nullable var previewURL: String?
    @Nullable var archiveURL: String?
    let eventsURL: String
    @Nullable var score: Double?
    let receipts: [ReceiptRepresentation]
    @Nullable var report: ReportRepresentation?
    @Nullable var usage: TokenRepresentation?
    let job: JobRepresentation
    @Nullable var error: FailureRepresentation?
}

/// An uploaded picture.
struct DesignRepresentation: Encodable, Sendable {
    let name: String
    let mediaType: String
    let bytes: Int
    let width: Int
    let height: Int
    let url: String

    init(_ design: StoredDesign, index: Int, of conversion: String) {
        name = design.name
        mediaType = design.mediaType
        bytes = design.byteCount
        width = design.width
        height = design.height
        url = Links.design(index, of: conversion)
    }
}

/// A conversion as what it is.
enum ConversionObject: Encodable, Sendable {
    case conversion(ConversionRepresentation)
    case batch(BatchRepresentation)
    case workflow(WorkflowRepresentation)

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .conversion(let object): try object.encode(to: encoder)
        case .batch(let object): try object.encode(to: encoder)
        case .workflow(let object): try object.encode(to: encoder)
        }
    }
}

/// Reads conversions from the store and puts them into words.
struct ConversionReader: Sendable {
    let store: JobStore
    let previews: PreviewSigner
    /// How long a conversion is kept after it was last worked on; nil for ever.
    let retentionSeconds: Double?

    /// A revision that a client may see.
    ///
    /// - Parameter number: nil for the latest.
    /// - Throws: `revision_pending` while the first one is being made, `not_found` when there is none of that number.
    func revision(_ number: Int?, of conversion: Conversion) async throws -> Revision {
        do { return try await store.revision(number, of: conversion.id) } catch {
            guard case .revisionMissing = error else { throw error }
        }
        if conversion.latestRevision == nil {
            let job = try await store.job(conversion.latestJobID, key: conversion.keyID)
            if !job.state.isFinal {
                throw Problem(
                    .revisionPending, "\(conversion.id) has no files yet: its job is \(job.state.rawValue)",
                    details: ["conversion": .text(conversion.id), "job": .text(job.id)])
            }
        }
        let wanted = number.map { "revision \($0)" } ?? "revision"
        throw Problem(.notFound, "\(conversion.id) has no \(wanted)", param: number == nil ? nil : "revision")
    }

    /// The conversion object.
    ///
    /// - Parameters:
    ///   - job: the job to tell of; nil for the latest.
    ///   - revision: the revision to show; nil for the latest that is there.
    ///   - withText: whether small text files, and the differences of the receipts, come inline.
    func representation(
        of conversion: Conversion, job: Job? = nil, revision number: Int? = nil, withText: Bool = true
    ) async throws -> ConversionRepresentation {
        let shown: Revision? =
            number != nil || conversion.latestRevision != nil ? try await revision(number, of: conversion) : nil
        let job =
            if let job { job } else { try await store.job(conversion.latestJobID, key: conversion.keyID) }
        let files: [FileRepresentation] =
            if let shown { try await store.representations(of: shown, withText: withText) } else { [] }
        return ConversionRepresentation(
            id: conversion.id, name: conversion.name, stack: conversion.request.stack.rawValue,
            status: job.state,
            createdAt: WireDate(conversion.createdAt),
            expiresAt: expiry(of: conversion),
            revision: shown?.number, latestRevision: conversion.latestRevision,
            designs: conversion.designs.enumerated().map { DesignRepresentation($1, index: $0, of: conversion.id) },
            entry: shown?.entry, files: files,
            previewURL: shown.map { previews.url(of: $0) },
            archiveURL: shown.map { Links.archive(of: conversion, revision: $0.number) },
            eventsURL: Links.events(of: conversion), score: shown?.shownScore,
            receipts: shown?.receiptRepresentations(withDifferences: withText) ?? [],
            report: shown.map { ReportRepresentation($0.report) },
            usage: shown.map { TokenRepresentation($0.report) },
            job: try await representation(of: job), error: FailureRepresentation(job))
    }

    /// When a conversion is too old to be kept; nil for never.
    func expiry(of conversion: Conversion) -> WireDate? {
        WireDate(retentionSeconds.map { conversion.updatedAt.addingTimeInterval($0) })
    }

    /// A conversion as what it is: the conversion, batch or workflow object. See `representation`.
    func object(
        of conversion: Conversion, job: Job? = nil, revision number: Int? = nil, withText: Bool = true
    ) async throws -> ConversionObject {
        if conversion.kind == .conversion {
            return .conversion(
                try await representation(of: conversion, job: job, revision: number, withText: withText))
        }
        let shown: Revision? =
            number != nil || conversion.latestRevision != nil ? try await revision(number, of: conversion) : nil
        let job =
            if let job { job } else { try await store.job(conversion.latestJobID, key: conversion.keyID) }
        return conversion.kind == .batch
            ? .batch(try await batch(conversion, job: job, shown: shown))
            : .workflow(try await workflow(conversion, job: job, shown: shown))
    }

    /// The job object.
    func representation(of job: Job) async throws -> JobRepresentation {
        JobRepresentation(job, position: job.state == .queued ? try await store.position(of: job.id) : nil)
    }
}
