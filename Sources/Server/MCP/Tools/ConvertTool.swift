// `convert`: a picture of a screen becomes a page.
import Inference
import Jobs
import NIOPosix
import UIToCode

/// The tool `convert`.
struct ConvertTool: MCPTool {
    let bench: ToolBench

    var description: ToolDescription {
        ToolDescription(
            name: "convert", title: "Convert a design",
            description: """
                Turns a picture of a user interface (PNG, JPEG, WebP, GIF, BMP or AVIF: a screenshot or a mock-up) into \
                a self-contained HTML page. The page is shown in a browser, repaired, and scored against the picture. \
                Gives the page, its picture, its score and what still differs, and the id of the conversion for `edit`. \
                Takes seconds.
                """,
            input: bench.input(
                path: "The picture's file on this machine, best as a whole path.", orSent: "image", Self.properties),
            output: ConversionResult.schema, isReadOnly: false)
    }

    private static let properties: [JSONValue.Member] = [
        .init("image", ["type": "string", "description": "The picture: a data: URL, or base64 of its file."]),
        .init("name", ["type": "string", "maxLength": 100, "description": "What to call the conversion."]),
        .init(
            "stack",
            [
                "type": "string", "enum": .array(Stack.allCases.map { .string($0.rawValue) }), "default": "html",
            ]),
        .init(
            "attempts",
            [
                "type": "integer", "minimum": 1, "maximum": 16, "default": 1,
                "description": "Drafts to choose the best from.",
            ]),
        .init(
            "budget_seconds",
            [
                "type": "number", "minimum": 0, "maximum": 600,
                "description": "No further draft or repair begins after this time.",
            ]),
        .init("repair", ["type": "boolean", "default": true, "description": "Repair the page, not only measure it."]),
        .init(
            "draft",
            [
                "type": "boolean", "default": false,
                "description": "Leave the page as the model writes it, neither measured nor repaired.",
            ]),
        .init("temperature", ["type": "number", "minimum": 0, "maximum": 2, "default": 0]),
        .init("seed", ["type": "integer", "minimum": 0]),
        .init("max_tokens", ["type": "integer", "minimum": 1, "maximum": 32768]),
    ]

    func run(_ call: ToolOrder) async throws -> ToolResult {
        let known = ["image"] + ConvertOptionsBody.names + bench.localNames
        let arguments = try JSONMembers(call.arguments, known: known, name: nil)
        let wanted = arguments.members(named: ConvertOptionsBody.names)
        let options: ConvertOptionsBody
        do { options = try ConvertOptionsBody(members: wanted) } catch { throw Problem(error) }
        let output = try OutputFolder(arguments)
        try bench.submissions.requireOpen()
        let draft = try await draft(arguments, options)
        let submission = try await bench.submit(draft, for: call)
        let (conversion, revision) = try await bench.result(of: submission, for: call)
        if let output {
            let store = bench.store
            try await NIOThreadPool.singleton.runIfActive { try output.write(revision, of: store) }
        }
        return try await ConversionResult(
            bench: bench, conversion: conversion, revision: revision, output: output?.path
        ).make()
    }

    /// The picture in the store, and what is to become of it.
    private func draft(_ arguments: JSONMembers, _ options: ConvertOptionsBody) async throws -> ConversionDraft {
        guard bench.abilities.readsImages else {
            throw Problem(.engineNoVision, "\(bench.abilities.modelName) cannot see pictures")
        }
        let (image, path) = (try arguments.string("image"), try arguments.string("path"))
        guard (image == nil) != (path == nil) else {
            let choice = bench.localFiles == nil ? "image" : "path or image"
            throw Problem(
                image == nil ? .missingImage : .invalidParameter, "one picture is needed: \(choice)", param: "image")
        }
        let bench = bench
        let designs = try await NIOThreadPool.singleton.runIfActive {
            let intake = PictureIntake(store: bench.store, limits: bench.limits)
            if let path, let files = bench.localFiles {
                try intake.add(try files.picture(path, "path", limits: bench.limits), named: path)
            } else if let image {
                try intake.add(try PictureArgument.bytes(image, "image", limits: bench.limits), named: "")
            }
            return intake.designs
        }
        guard designs.count == 1 else {
            throw Problem(.tooManyFiles, "one picture is needed, not \(designs.count)", param: "image")
        }
        return ConversionDraft(options, designs: designs)
    }
}
