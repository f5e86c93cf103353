// `compare`: two pictures or pages, their score, what differs, and the heat map. Done as `POST /v1/compare` does it,
// under the same limits and through the same gate; nothing is kept.
import Inference
import Jobs
import Render
import UIToCode

/// The tool `compare`.
struct CompareTool: MCPTool {
    let bench: ToolBench

    private static let differencesShown = 50

    var description: ToolDescription {
        ToolDescription(
            name: "compare", title: "Compare two screens",
            description: """
                Says how faithful a result is to a design, as a score from 0 to 1 with its parts, the differences with \
                their places, and a heat map. Either side is a picture or a page; pages are shown in a browser without \
                a network, in a window as large as the picture on the other side.
                """,
            input: [
                "type": "object",
                "properties": [
                    "design": side("What it should look like."), "result": side("What it looks like."),
                    "viewport": [
                        "type": "string", "pattern": "^[0-9]+x[0-9]+$",
                        "description": "The window for pages, such as 1280x800.",
                    ],
                    "scale": [
                        "type": "number", "minimum": .number(0.1), "maximum": 4, "default": 1,
                        "description": "Pixels of a picture for one CSS pixel.",
                    ],
                ],
                "required": ["design", "result"], "additionalProperties": false,
            ],
            output: Self.schema, isReadOnly: true)
    }

    private var sides: [String] { ["image", "html", "uri"] + (bench.localFiles == nil ? [] : ["path"]) }

    private func side(_ description: String) -> JSONValue {
        var properties: [JSONValue.Member] = [
            .init("image", ["type": "string", "description": "A picture: a data: URL, or base64 of its file."]),
            .init("html", ["type": "string", "description": "A page of one file."]),
            .init(
                "uri",
                ["type": "string", "description": "A page that `convert` or `edit` made: bottega://conversions/…"]),
        ]
        if bench.localFiles != nil {
            properties.append(
                .init(
                    "path",
                    [
                        "type": "string",
                        "description": "A picture, a page (.html) or a folder with an index.html on this machine.",
                    ]))
        }
        return [
            "type": "object", "description": .string(description), "properties": .object(properties),
            "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
        ]
    }

    private static let schema: JSONValue = [
        "type": "object",
        "properties": [
            "score": ["type": "number", "minimum": 0, "maximum": 1],
            "parts": ["type": "object", "description": "The score by categories, and what each counts."],
            "is_estimate": [
                "type": "boolean",
                "description": "Whether texts were searched in a picture rather than read in a page.",
            ],
            "mean_colour_difference": ["type": "number", "description": "ΔE00 over all pixels."],
            "width": ["type": "number", "description": "CSS pixels."],
            "height": ["type": "number", "description": "CSS pixels."],
            "difference_count": ["type": "integer"],
            "differences": ["type": "array", "items": ["type": "object"], "description": "The gravest first."],
        ],
        "required": ["score", "parts", "is_estimate", "difference_count", "differences"],
    ]

    func run(_ call: ToolOrder) async throws -> ToolResult {
        let arguments = try JSONMembers(call.arguments, known: ["design", "result"] + ViewOptions.names, name: nil)
        let view = try arguments.view(limits: bench.limits)
        let bench = bench
        return try await bench.rendering.admitted {
            try await whileWanted {
                let design = try await subject(arguments, "design", view, call)
                let result = try await subject(arguments, "result", view, call)
                call.progress.tell(1, "both sides are read")
                let comparison = try await bench.rendering.comparison(of: result, with: design, view: view)
                return try await PixelThreads.run { try Self.result(comparison) }
            }
        }
    }

    private func subject(
        _ arguments: JSONMembers, _ name: String, _ view: ViewOptions, _ call: ToolOrder
    ) async throws -> Subject {
        guard let value = arguments[name] else {
            throw Problem(.invalidParameter, "\(name) is missing", param: name)
        }
        let members = try JSONMembers(value, known: sides, name: name)
        let given = sides.filter { members[$0] != nil }
        guard given.count == 1 else {
            throw Problem(
                .invalidParameter, "\(name) has one of \(sides.joined(separator: ", ")), not \(given.count)",
                param: name)
        }
        let text = try members.requiredString(given[0])
        let (limits, place) = (bench.limits, "\(name).\(given[0])")
        if given[0] == "path", let files = bench.localFiles {
            return try await PixelThreads.run { try files.subject(text, place, scale: view.scale) }
        }
        switch given[0] {
        case "html":
            return try SubjectBody(page: Array(text.utf8), place, limits: limits)
                .subject(place, scale: view.scale, limits: limits)
        case "uri":
            return .page(try await bench.resources.page(at: text, caller: call.caller))
        default:
            return try await PixelThreads.run {
                let bytes = try PictureArgument.bytes(text, place, limits: limits)
                return try SubjectBody(bytes, place, limits: limits).subject(place, scale: view.scale, limits: limits)
            }
        }
    }

    private static func result(_ comparison: ComparisonRepresentation) throws -> ToolResult {
        let lines =
            [ConversionResult.line(comparison.score, isEstimate: comparison.isEstimate)]
            + ConversionResult.lines(comparison.differences)
        return ToolResult(
            content: [
                .text(lines.joined(separator: "\n")), .picture(try ModelPicture.fitted(comparison.png.bytes)),
            ],
            structured: [
                "score": .number(comparison.score.total), "parts": try .wire(comparison.score),
                "is_estimate": .bool(comparison.isEstimate),
                "mean_colour_difference": .number(comparison.meanColourDifference),
                "width": .number(comparison.width), "height": .number(comparison.height),
                "difference_count": .integer(comparison.differences.count),
                "differences": .array(try comparison.differences.prefix(differencesShown).map { try .wire($0) }),
            ])
    }
}
