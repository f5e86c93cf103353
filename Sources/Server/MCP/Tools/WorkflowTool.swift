// `workflow`: a recording of a screen becomes an analysis and a prototype.
import Foundation
import Inference
import Jobs
import NIOPosix
import UIToCode

/// The tool `workflow`.
struct WorkflowTool: MCPTool {
    let bench: ToolBench

    var description: ToolDescription {
        var properties: [JSONValue.Member] = []
        if bench.localFiles != nil {
            properties.append(
                .init(
                    "path",
                    ["type": "string", "description": "The video's file on this machine, best as a whole path."]))
        }
        properties += Self.properties
        if bench.localFiles != nil { properties += OutputArguments.schema }
        var input: [JSONValue.Member] = [
            .init("type", "object"), .init("properties", .object(properties)), .init("additionalProperties", false),
        ]
        if bench.localFiles == nil { input.append(.init("required", ["video"])) }
        return ToolDescription(
            name: "workflow", title: "Analyse a recording",
            description: """
                Tells what was done in a recording of a screen (MP4, QuickTime, WebM, Matroska, AVI, GIF): the steps with \
                their times and places, the screens, a state diagram, a procedure in words, a Playwright script, and a \
                prototype to click through. Takes about as long as the recording lasts, and seconds for each screen.
                """,
            input: .object(input), output: LongResult.schema(of: "workflow"), isReadOnly: false)
    }

    private static let properties: [JSONValue.Member] = [
        .init("video", ["type": "string", "description": "ms:// and the id of a file sent to POST /v1/files."]),
        .init("name", ["type": "string", "maxLength": 100, "description": "What to call the analysis."]),
        .init("redact", ["type": "boolean", "default": false, "description": "Leave out what was typed."]),
        .init("prototype", ["type": "boolean", "default": true, "description": "Convert and wire the screens."]),
        .init("attempts", ["type": "integer", "minimum": 1, "maximum": 16, "default": 1]),
        .init("budget_seconds", ["type": "number", "minimum": 0, "maximum": 600]),
        .init("repair", ["type": "boolean", "default": true]),
        .init("draft", ["type": "boolean", "default": false]),
        .init("temperature", ["type": "number", "minimum": 0, "maximum": 2, "default": 0]),
        .init("seed", ["type": "integer", "minimum": 0]),
        .init("max_tokens", ["type": "integer", "minimum": 1, "maximum": 32768]),
    ]

    func run(_ call: ToolOrder) async throws -> ToolResult {
        let local = bench.localFiles == nil ? [] : ["path"] + OutputArguments.names
        let arguments = try JSONMembers(call.arguments, known: WorkflowOptionsBody.names + local, name: nil)
        let options = try WorkflowOptionsBody(
            fields: try arguments.members(named: WorkflowOptionsBody.names).fields())
        let output = try OutputFolder(arguments)
        try bench.submissions.requireOpen()
        let recording = try await recording(at: try arguments.string("path"))
        let folders = FolderReader(store: bench.store, limits: bench.limits, abilities: bench.abilities)
        let draft = try await folders.draft(options, recording: recording, call.caller)
        let submission = try await bench.store.create(
            draft, key: call.caller.keyID, activeJobLimit: call.caller.activeJobs ?? bench.submissions.activeJobs)
        return try await LongResult(bench: bench, output: output).make(of: submission, for: call)
    }

    /// A video of this machine, in the store.
    private func recording(at path: String?) async throws -> StoredDesign? {
        guard let path, bench.localFiles != nil else { return nil }
        let bench = bench
        return try await NIOThreadPool.singleton.runIfActive {
            let whole = LocalFiles.whole(path)
            let file: FileHandle
            do { file = try FileHandle(forReadingFrom: URL(filePath: whole)) } catch {
                throw Problem(
                    .invalidParameter, "\(whole) cannot be read: \((error as NSError).localizedDescription)",
                    param: "path")
            }
            defer { try? file.close() }
            let intake = VideoIntake(store: bench.store, limits: bench.limits)
            try intake.begin(whole)
            while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
                try piece.withUnsafeBytes { try intake.append($0) }
            }
            try intake.end()
            return intake.recording
        }
    }
}
