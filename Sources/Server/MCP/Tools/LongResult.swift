// What `batch` and `workflow` give: the object that the service tells of them everywhere, in words what it comes to, and
// links to the files to begin with. The rest is in the archive, or in the folder that was asked for.
import Inference
import Jobs
import NIOPosix
import UIToCode

/// Puts a batch or a workflow into a tool's result.
struct LongResult: Sendable {
    /// Failed designs that are told of; the object's address lists all.
    private static let failuresShown = 10
    /// Files to begin with, where they are.
    private static let linked = [
        "index.html", "report.html", "report.json", "tokens.json", "workflow.json", "procedure.md", "walkthrough.py",
        "diagram.mmd",
    ]

    let bench: ToolBench
    /// Where the project is to be written; nil for nowhere.
    let output: OutputFolder?

    /// The result of a job, when it has ended.
    func make(of submission: Submission, for call: ToolOrder) async throws -> ToolResult {
        let (conversion, revision) = try await bench.result(of: submission, for: call)
        if let output {
            let store = bench.store
            try await NIOThreadPool.singleton.runIfActive { try output.write(revision, of: store) }
        }
        let object = try await bench.reader.object(of: conversion, revision: revision.number)
        var lines = [summary(of: conversion, revision)]
        let failed = conversion.designs.filter { $0.item?.state == .failed }
        for design in failed.prefix(Self.failuresShown) {
            lines.append("- \(design.name): \(design.item?.failure ?? "failed")")
        }
        if failed.count > Self.failuresShown { lines.append("- and \(failed.count - Self.failuresShown) more") }
        if let output { lines.append("written to \(output.path)/\(revision.entry)") }
        let links = revision.files.filter { Self.linked.contains($0.path) }.map { file in
            ToolResult.Content.link(
                address: ConversionResources.file(file.path, of: revision), name: file.path,
                mediaType: file.mediaType, byteCount: file.byteCount)
        }
        let members = try JSONValue.wire(object).members + [.init("output", .optional(output?.path))]
        return ToolResult(content: [.text(lines.joined(separator: "\n"))] + links, structured: .object(members))
    }

    private func summary(of conversion: Conversion, _ revision: Revision) -> String {
        let start = "\(conversion.name): revision \(revision.number) of \(conversion.id), \(revision.files.count) files"
        switch revision.outcome {
        case .batch(let outcome):
            let done = conversion.designs.count { $0.item?.state == .done }
            return start
                + "\n\(done) of \(conversion.designs.count) designs are pages; \(outcome.components) components, "
                + "\(outcome.tokens) tokens"
        case .workflow(let outcome):
            let replay = outcome.replayed.map { ", \(Int(($0 * 100).rounded())) % replayed" } ?? ""
            let damage = outcome.damage.map { "\nnot read to its end: \($0)" } ?? ""
            return start + "\n\(outcome.steps) steps on \(outcome.screens) screens\(replay)\(damage)"
        case nil: return start
        }
    }

    /// The schema of the object, as `openapi.json` describes it.
    static func schema(of kind: String) -> JSONValue {
        [
            "type": "object",
            "properties": [
                "object": ["const": .string(kind)],
                "id": ["type": "string"], "name": ["type": "string"], "revision": ["type": "integer", "minimum": 1],
                "entry": ["type": "string", "description": "The file that opens the project."],
                "output": ["type": ["string", "null"], "description": "The folder the project was written to."],
            ],
            "required": ["object", "id", "name", "revision", "entry", "output"],
        ]
    }
}
