// `edit`: a conversion gets its next revision, by exact operations or by words. Read, checked and carried out as
// `POST /v1/conversions/{id}/edits` does it.
import Foundation
import Inference
import Jobs
import NIOPosix

/// The tool `edit`.
struct EditTool: MCPTool {
    let bench: ToolBench

    private static let names = ["operations", "instruction", "selector", "box", "file", "revision"]

    var description: ToolDescription {
        let follows = bench.abilities.followsInstructions
        var properties: [JSONValue.Member] = [
            .init("conversion", ["type": "string", "description": "The id that `convert` gave: conv_…"]),
            .init(
                "operations",
                [
                    "type": "array", "minItems": 1, "maxItems": 100, "items": Self.operation,
                    "description": "Exact changes, one after the other. They need no model.",
                ]),
            .init(
                "instruction",
                [
                    "type": "string",
                    "description": .string(
                        follows
                            ? "What is to change, in words; instead of operations."
                            : "Not with this engine, which follows no instructions: use operations."),
                ]),
            .init(
                "selector",
                ["type": "string", "description": "With an instruction: the element that is meant, as CSS."]),
            .init("box", Self.box),
            .init(
                "file", ["type": "string", "description": "The file to change; the entry page unless it is given."]),
            .init(
                "revision",
                ["type": "integer", "minimum": 1, "description": "The revision to start from; else the latest."]),
        ]
        if bench.localFiles != nil { properties += OutputArguments.schema }
        return ToolDescription(
            name: "edit", title: "Edit a conversion",
            description: """
                Changes a page that `convert` made, as its next revision, and measures it against its design again. \
                \(follows
                    ? "Give exact operations on elements, or an instruction in words with a selector or a box."
                    : "Give exact operations on elements; instructions in words need another engine.")
                """,
            input: [
                "type": "object", "properties": .object(properties), "required": ["conversion"],
                "additionalProperties": false,
            ],
            output: ConversionResult.schema, isReadOnly: false)
    }

    private static let operation: JSONValue = [
        "type": "object",
        "description": "A selector and exactly one change.",
        "properties": [
            "selector": [
                "type": "string",
                "description": "CSS: tag, #id, .class, [name=value], :nth-child(n), spaces and >. The first counts.",
            ],
            "set_text": ["type": "string"],
            "set_html": ["type": "string"],
            "set_style": [
                "type": "object", "additionalProperties": ["type": "string"],
                "description": "Properties of the element's own style; an empty value takes one away.",
            ],
            "set_attribute": [
                "type": "object",
                "properties": ["name": ["type": "string"], "value": ["type": ["string", "null"]]],
                "required": ["name", "value"],
            ],
            "remove": ["const": true],
            "duplicate": ["const": true],
            "move": ["enum": ["up", "down"]],
        ],
        "required": ["selector"],
    ]

    private static let box: JSONValue = [
        "type": "object",
        "description": "With an instruction: the part of the page that is meant, in pixels of the design.",
        "properties": [
            "x": ["type": "number"], "y": ["type": "number"], "width": ["type": "number"], "height": ["type": "number"],
        ],
        "required": ["x", "y", "width", "height"],
    ]

    func run(_ call: ToolOrder) async throws -> ToolResult {
        let known = ["conversion"] + Self.names + (bench.localFiles == nil ? [] : OutputArguments.names)
        let arguments = try JSONMembers(call.arguments, known: known, name: nil)
        let id = try arguments.requiredString("conversion")
        let output = try OutputFolder(arguments)
        try bench.submissions.requireOpen()
        let order = try EditOrder(Data(JSONValue.object(arguments.members(named: Self.names)).text(.compact).utf8))
        let edited = try await bench.store.conversion(id, key: call.caller.keyID)
        try await order.check(edited, reader: bench.reader, abilities: bench.abilities)
        let submission = try await bench.store.createEdit(
            order.edit, of: edited.id, parent: order.revision, file: order.file, key: call.caller.keyID,
            activeJobLimit: call.caller.activeJobs ?? bench.submissions.activeJobs)
        let (conversion, revision) = try await bench.result(of: submission, for: call)
        if let output {
            let store = bench.store
            try await NIOThreadPool.singleton.runIfActive { try output.write(revision, of: store) }
        }
        return try await ConversionResult(
            bench: bench, conversion: conversion, revision: revision, output: output?.path
        ).make()
    }
}
