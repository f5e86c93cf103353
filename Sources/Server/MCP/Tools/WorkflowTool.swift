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
        ToolDescription(
            name: "workflow", title: "Analyse a recording",
            description: """
                Tells what was done in a recording of a screen (MP4, QuickTime, WebM, Matroska, AVI, GIF): the steps with \
                their times and places, the screens, a state diagram, a procedure in words, a Playwright script, and a \
                prototype to click through. Takes about as long as the recording lasts, and seconds for each screen.
                """,
            input: bench.input(
                path: "The video's file on this machine, best as a whole path.", orSent: "video", Self.properties),
            output: LongResult.schema(of: "workflow"), isReadOnly: false)
    }

    private static let properties: [JSONValue.Member] =
        [
            .init("video", ["type": "string", "description": "ms:// and the id of a file sent to POST /v1/files."]),
            .init("name", ["type": "string", "maxLength": 100, "description": "What to call the analysis."]),
            .init("redact", ["type": "boolean", "default": false, "description": "Leave out what was typed."]),
            .init("prototype", ["type": "boolean", "default": true, "description": "Convert and wire the screens."]),
        ] + PageArguments.schema

    func run(_ call: ToolOrder) async throws -> ToolResult {
        let arguments = try JSONMembers(call.arguments, known: WorkflowOptionsBody.names + bench.localNames, name: nil)
        let options = try WorkflowOptionsBody(
            fields: try arguments.members(named: WorkflowOptionsBody.names).fields())
        let output = try OutputFolder(arguments)
        try bench.submissions.requireOpen()
        let recording = try await recording(at: try arguments.string("path"))
        let folders = FolderReader(store: bench.store, limits: bench.limits, abilities: bench.abilities)
        let draft = try await folders.draft(options, recording: recording, call.caller)
        let submission = try await bench.submit(draft, for: call)
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
