// What `convert` and `edit` give: a revision of a conversion, in words, as the page itself, as a picture of it, and as
// an object whose schema is beside it.
import Foundation
import Inference
import Jobs
import NIOPosix
import Render
import UIToCode

/// Puts a revision into a tool's result.
struct ConversionResult: Sendable {
    /// Bytes of a page that comes inline; a larger one is linked to only.
    static let pageLimit = 100 << 10
    /// Differences that are told; all of them stand in the receipt.
    private static let differencesShown = 20

    let bench: ToolBench
    let conversion: Conversion
    let revision: Revision
    /// Where the project was written; nil when it was not.
    let output: String?

    /// The result.
    func make() async throws -> ToolResult {
        let page = try await page()
        var content: [ToolResult.Content] = [.text(summary)]
        if let page { content.append(.text(page)) }
        if let picture = try await picture() { content.append(.picture(picture)) }
        content += links
        return ToolResult(content: content, structured: try object(page: page))
    }

    // The receipt of the entry page; edits of conversions of several designs measure the page they change.
    private var receipt: StoredReceipt? {
        revision.receipts.first { $0.page == revision.entry } ?? revision.receipts.first
    }

    // MARK: Words

    private var summary: String {
        var lines: [String] = []
        let files = revision.files.map(\.path).joined(separator: ", ")
        lines.append("\(conversion.name): revision \(revision.number) of \(conversion.id) (\(files))")
        if let measure = receipt?.measure {
            lines.append(Self.line(measure.fidelity.score, isEstimate: measure.fidelity.isEstimate))
            lines.append("before repairs \(measure.draft.total.headerText), \(measure.kept) of \(measure.tried) kept")
            lines += Self.lines(measure.fidelity.differences)
        } else {
            lines.append("not measured: \(receipt?.unmeasured ?? "only the draft was asked for")")
        }
        if let output { lines.append("written to \(output)/\(revision.entry)") }
        return lines.joined(separator: "\n")
    }

    /// A score in one line.
    static func line(_ score: FidelityScore, isEstimate: Bool) -> String {
        let parts = FidelityCategory.allCases.compactMap { category in
            score[category].map { "\(category.rawValue) \($0.headerText)" }
        }
        return "score \(score.total.headerText)\(isEstimate ? " (estimated from the picture)" : ""): "
            + parts.joined(separator: ", ")
    }

    /// The gravest differences, a line each.
    static func lines(_ differences: [Difference]) -> [String] {
        guard !differences.isEmpty else { return ["no differences"] }
        let shown = differences.prefix(5).map { "- \($0)" }
        return ["\(differences.count) differences, the gravest first:"] + shown
    }

    // MARK: Files

    private func page() async throws -> String? {
        guard let file = revision.files.first(where: { $0.path == revision.entry }), file.byteCount <= Self.pageLimit
        else { return nil }
        return try await bench.store.inlineText(of: file, in: revision)
    }

    private func picture() async throws -> [UInt8]? {
        guard let receipt, let location = bench.store.path(.result, of: receipt) else { return nil }
        return try await PixelThreads.run {
            try ModelPicture.fitted(Array(try Data(contentsOf: URL(filePath: location))))
        }
    }

    private var links: [ToolResult.Content] {
        revision.files.map { file in
            .link(
                address: ConversionResources.file(file.path, of: revision), name: file.path,
                mediaType: file.mediaType, byteCount: file.byteCount)
        }
    }

    // MARK: The object

    private func object(page: String?) throws -> JSONValue {
        let measure = receipt?.measure
        let differences = measure?.fidelity.differences ?? []
        let files: [JSONValue] = revision.files.map { file in
            [
                "path": .string(file.path), "uri": .string(ConversionResources.file(file.path, of: revision)),
                "media_type": .string(file.mediaType), "bytes": .integer(file.byteCount),
            ]
        }
        return [
            "conversion": .string(conversion.id), "revision": .integer(revision.number),
            "name": .string(conversion.name), "engine": .string(revision.report.engine),
            "score": revision.shownScore.map { .number($0) } ?? .null,
            "parts": try measure.map { try .wire($0.fidelity.score) } ?? .null,
            "is_estimate": measure.map { .bool($0.fidelity.isEstimate) } ?? .null,
            "draft_score": measure.map { .number($0.draft.total) } ?? .null,
            "repairs_tried": .integer(measure?.tried ?? 0), "repairs_kept": .integer(measure?.kept ?? 0),
            "difference_count": .integer(differences.count),
            "differences": .array(try differences.prefix(Self.differencesShown).map { try .wire($0) }),
            "unmeasured": .optional(measure == nil ? receipt?.unmeasured : nil),
            "seconds": .number((revision.report.totalSeconds * 1000).rounded() / 1000),
            "entry": .string(revision.entry), "html": .optional(page), "files": .array(files),
            "receipt": receiptFiles, "output": .optional(output),
        ]
    }

    private var receiptFiles: JSONValue {
        guard let receipt, let measure = receipt.measure else { return .null }
        let names: [(String, ReceiptFiles.Name)] = [
            ("report", .page), ("json", .json), ("heat_map", .heatMap), ("picture", .result),
        ]
        return .object(
            names.map { key, name in
                let isThere = measure.files.contains(name.rawValue)
                let address = ConversionResources.receipt(name, design: receipt.design, of: revision)
                return JSONValue.Member(key, isThere ? .string(address) : .null)
            })
    }

    /// The schema of the object.
    static let schema: JSONValue = [
        "type": "object",
        "properties": [
            "conversion": ["type": "string", "description": "What `edit` calls it."],
            "revision": ["type": "integer", "minimum": 1],
            "name": ["type": "string"],
            "engine": ["type": "string", "description": "The model that wrote it; `none` for an edit without one."],
            "score": score("How faithful the page is to its design, 0 to 1; null when it was not measured."),
            "parts": [
                "type": ["object", "null"], "description": "The score by categories, and what each counts.",
            ],
            "is_estimate": ["type": ["boolean", "null"]],
            "draft_score": score("The score before any repair."),
            "repairs_tried": ["type": "integer"],
            "repairs_kept": ["type": "integer"],
            "difference_count": ["type": "integer"],
            "differences": [
                "type": "array", "items": ["type": "object"],
                "description": "The gravest first, with boxes in CSS pixels; the receipt has all.",
            ],
            "unmeasured": ["type": ["string", "null"], "description": "Why there is no score."],
            "seconds": ["type": "number"],
            "entry": ["type": "string", "description": "The file that opens the project."],
            "html": ["type": ["string", "null"], "description": "The page; null when it is large."],
            "files": [
                "type": "array",
                "items": [
                    "type": "object",
                    "properties": [
                        "path": ["type": "string"],
                        "uri": ["type": "string", "description": "Read it as a resource."],
                        "media_type": ["type": "string"], "bytes": ["type": "integer"],
                    ],
                    "required": ["path", "uri", "media_type", "bytes"],
                ],
            ],
            "receipt": [
                "type": ["object", "null"],
                "description": "Resources: the report for people and for programs, the heat map, the page's picture.",
            ],
            "output": ["type": ["string", "null"], "description": "The folder the project was written to."],
        ],
        "required": [
            "conversion", "revision", "name", "engine", "score", "differences", "entry", "html", "files", "receipt",
            "output",
        ],
    ]

    private static func score(_ description: String) -> JSONValue {
        ["type": ["number", "null"], "minimum": 0, "maximum": 1, "description": .string(description)]
    }
}

/// The arguments of tools that write a project.
enum OutputArguments {
    /// Their names where files of this machine may be written.
    static let names = ["output", "replace"]

    static let schema: [JSONValue.Member] = [
        .init(
            "output",
            [
                "type": "string",
                "description": "A folder on this machine, best as a whole path, to write the project to.",
            ]),
        .init(
            "replace",
            ["type": "boolean", "description": "Write over what `output` holds already; refused otherwise."]),
    ]
}
