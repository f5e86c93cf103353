// A workflow on the wire: the object with its numbers and the addresses of what was written about it. Its steps and screens
// are those of `workflow.json`, which is the analysis itself.
import Foundation
import Inference
import Jobs
import NIOPosix
import UIToCode

/// The workflow object.
struct WorkflowRepresentation: Encodable, Sendable {
    var object = "workflow"
    let id: String
    let name: String
    let redact: Bool
    let prototype: Bool
    let status: Job.State
    let createdAt: WireDate
    @Nullable var expiresAt: WireDate?
    @Nullable var revision: Int?
    @Nullable var latestRevision: Int?
    let recording: RecordingRepresentation
    @Nullable var stepCount: Int?
    @Nullable var screenCount: Int?
    /// The share of steps whose screen the prototype reached.
    @Nullable var replayed: Double?
    /// Why the recording was not read to its end.
    @Nullable var damage: String?
    @Nullable var entry: String?
    @Nullable var fileCount: Int?
    @Nullable var filesURL: String?
    @Nullable var previewURL: String?
    @Nullable var archiveURL: String?
    @Nullable var stepsURL: String?
    @Nullable var screensURL: String?
    @Nullable var diagramURL: String?
    @Nullable var procedureURL: String?
    @Nullable var scriptURL: String?
    let eventsURL: String
    @Nullable var report: ReportRepresentation?
    @Nullable var usage: TokenRepresentation?
    let job: JobRepresentation
    @Nullable var error: FailureRepresentation?
}

/// An uploaded recording.
struct RecordingRepresentation: Encodable, Sendable {
    let name: String
    let mediaType: String
    let bytes: Int
    let url: String
}

/// What a workflow wrote, by the names under which it is asked for.
enum WorkflowFile: String, CaseIterable {
    case analysis = "workflow.json"
    case diagram = "diagram.mmd"
    case procedure = "procedure.md"
    case script = "walkthrough.py"
}

extension ConversionReader {
    /// The workflow object.
    func workflow(_ conversion: Conversion, job: Job, shown: Revision?) async throws -> WorkflowRepresentation {
        let terms = conversion.request.workflow ?? WorkflowTerms()
        let recording = conversion.designs[0]
        let home = Links.home(of: conversion)
        var outcome: WorkflowOutcome?
        if case .workflow(let numbers)? = shown?.outcome { outcome = numbers }
        func address(_ part: String, of file: WorkflowFile) -> String? {
            guard let shown, shown.files.contains(where: { $0.path == file.rawValue }) else { return nil }
            return "\(home)/\(part)?revision=\(shown.number)"
        }
        return WorkflowRepresentation(
            id: conversion.id, name: conversion.name, redact: terms.redact, prototype: terms.prototype,
            status: job.state, createdAt: WireDate(conversion.createdAt), expiresAt: expiry(of: conversion),
            revision: shown?.number, latestRevision: conversion.latestRevision,
            recording: RecordingRepresentation(
                name: recording.name, mediaType: recording.mediaType, bytes: recording.byteCount,
                url: Links.design(0, of: conversion.id)),
            stepCount: outcome?.steps, screenCount: outcome?.screens, replayed: outcome?.replayed,
            damage: outcome?.damage, entry: shown?.entry, fileCount: shown?.files.count,
            filesURL: shown.map { Links.files(of: conversion.id, revision: $0.number) },
            previewURL: shown.map { previews.url(of: $0) },
            archiveURL: shown.map { Links.archive(of: conversion, revision: $0.number) },
            stepsURL: address("steps", of: .analysis), screensURL: address("screens", of: .analysis),
            diagramURL: address(WorkflowFile.diagram.rawValue, of: .diagram),
            procedureURL: address(WorkflowFile.procedure.rawValue, of: .procedure),
            scriptURL: address(WorkflowFile.script.rawValue, of: .script), eventsURL: Links.events(of: conversion),
            report: shown.map { ReportRepresentation($0.report) }, usage: shown.map { TokenRepresentation($0.report) },
            job: try await representation(of: job), error: FailureRepresentation(job))
    }

    /// A list inside a workflow's analysis, as JSON.
    ///
    /// - Throws: `not_found` for a revision without an analysis.
    func list(_ name: String, of revision: Revision) async throws -> JSONValue {
        guard let path = store.filePath(WorkflowFile.analysis.rawValue, of: revision) else {
            throw Problem(.notFound, "revision \(revision.number) has no \(WorkflowFile.analysis.rawValue)")
        }
        return try await NIOThreadPool.singleton.runIfActive {
            let analysis = try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: path))))
            guard let list = analysis[name], case .array = list else { throw Problem.unforeseen }
            return ["object": "list", "data": list]
        }
    }
}
