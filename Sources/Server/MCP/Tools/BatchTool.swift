// `batch`: a folder of designs becomes one project.
import Foundation
import Inference
import Jobs
import NIOPosix
import UIToCode

/// The tool `batch`.
struct BatchTool: MCPTool {
    let bench: ToolBench

    var description: ToolDescription {
        ToolDescription(
            name: "batch", title: "Convert a folder of designs",
            description: """
                Turns many pictures of one application's screens into one project: a page for each, with a shared \
                stylesheet, tokens and components, and an index page. Designs that cannot be read are told of, and stop \
                no other. Takes seconds for each design.
                """,
            input: bench.input(
                path: "The folder on this machine, best as a whole path; everything in it counts.", orSent: "images",
                Self.properties),
            output: LongResult.schema(of: "batch"), isReadOnly: false)
    }

    private static let properties: [JSONValue.Member] =
        [
            .init(
                "images",
                [
                    "type": "array", "minItems": 1, "description": "The pictures.",
                    "items": [
                        "type": "object",
                        "properties": [
                            "path": [
                                "type": "string", "description": "Its path in the folder, such as app/sign-in.png.",
                            ],
                            "data": ["type": "string", "description": "A data: URL, or base64 of its file."],
                        ],
                        "required": ["path", "data"], "additionalProperties": false,
                    ],
                ]),
            .init("name", ["type": "string", "maxLength": 100, "description": "What to call the project."]),
            .init(
                "stack",
                ["type": "string", "enum": .array(Stack.allCases.map { .string($0.rawValue) }), "default": "html"]),
            .init("in_flight", ["type": "integer", "minimum": 1, "maximum": 16, "default": 4]),
            .init("sharing", ["type": "boolean", "default": true, "description": "Write once what recurs."]),
        ] + PageArguments.schema

    func run(_ call: ToolOrder) async throws -> ToolResult {
        let arguments = try JSONMembers(
            call.arguments, known: ["images"] + BatchOptionsBody.names + bench.localNames, name: nil)
        let options = try BatchOptionsBody(fields: try arguments.members(named: BatchOptionsBody.names).fields())
        let output = try OutputFolder(arguments)
        try bench.submissions.requireOpen()
        let draft = try await draft(arguments, options)
        let submission = try await bench.submit(draft, for: call)
        return try await LongResult(bench: bench, output: output).make(of: submission, for: call)
    }

    /// The designs in the store, and what is to become of them.
    private func draft(_ arguments: JSONMembers, _ options: BatchOptionsBody) async throws -> ConversionDraft {
        guard bench.abilities.readsImages else {
            throw Problem(.engineNoVision, "\(bench.abilities.modelName) cannot see pictures")
        }
        let path = try arguments.string("path")
        guard (arguments["images"] == nil) != (path == nil) else {
            throw Problem(
                .missingImage, "a folder is needed: \(bench.localFiles == nil ? "images" : "path or images")",
                param: "images")
        }
        let bench = bench
        return try await NIOThreadPool.singleton.runIfActive {
            let intake = FolderIntake(store: bench.store, limits: bench.limits)
            var name: String?
            if let path, let files = bench.localFiles {
                let folder = LocalFiles.whole(path)
                name = Design.stem(of: folder)
                for design in try Self.designs(in: folder) {
                    try intake.add(try files.picture(design.file, "path", limits: bench.limits), named: design.path)
                }
            } else if let images = arguments["images"] {
                try Self.add(images, to: intake, limits: bench.limits)
            }
            return try FolderReader.draft(options, designs: intake.designs, name: name ?? intake.name)
        }
    }

    private static func designs(in folder: String) throws(Problem) -> [BatchDesign] {
        do { return try FolderListing.designs(in: folder) } catch {
            throw Problem(.invalidParameter, error.description, param: "path")
        }
    }

    private static func add(_ images: JSONValue, to intake: FolderIntake, limits: UploadLimits) throws {
        guard case .array(let items) = images else {
            throw Problem(.invalidParameter, "images is an array, not \(images.kindName)", param: "images")
        }
        for (index, item) in items.enumerated() {
            let name = "images[\(index)]"
            let members = try JSONMembers(item, known: ["path", "data"], name: name)
            let bytes = try PictureArgument.bytes(
                try members.requiredString("data"), name + ".data", limits: limits)
            try intake.add(bytes, named: try members.requiredString("path"))
        }
    }
}

extension FolderIntake {
    /// Takes a whole file from memory.
    func add(_ bytes: [UInt8], named path: String) throws {
        try begin(path)
        try bytes.withUnsafeBytes { try append($0) }
        try end()
    }
}
