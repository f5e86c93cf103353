// A page before it is put on a shelf, with everything in memory, and as it stands there, with everything on disk until
// it is asked for: many shelved pages take no more memory than their facts.
import Foundation
import Inference
public import Media
public import Render

/// What a conversion gave, whole.
public struct FinishedPage: Sendable {
    /// What is known without looking into the files.
    public struct Facts: Sendable, Equatable, Codable {
        /// The page that opens the project.
        public var entry: String
        /// The project's paths, in order.
        public var paths: [String]
        /// Names of the receipt's files; empty for a page that was not measured.
        public var receipt: [String]
        /// The design's pixels.
        public var width, height: Int
        /// What the page scores beside its design; nil when it was not measured.
        public var score: Double?
        /// What its draft scored.
        public var draftScore: Double?
        /// Why it was not measured, in words; nil when it was, and when nobody wanted it.
        public var unmeasured: String?
        /// Whether the model's answer was cut.
        public var isCut: Bool
        /// Tokens that the model wrote.
        public var tokens: Int
        /// Seconds of the conversion.
        public var seconds: Double
    }

    /// What is known of it.
    public let facts: Facts
    /// The page, with its crops.
    public let project: Project
    /// Nil when it was not measured.
    public let receipt: ReceiptFiles?
    /// A small picture of the design: PNG.
    public let thumbnail: [UInt8]
    /// The page's elements as they were shown; empty when it was not measured.
    public let elements: [ElementBox]

    /// The larger side of a thumbnail, in pixels, at most.
    static let thumbnailSide = 480

    /// Gathers what a conversion gave.
    ///
    /// - Parameter entry: the page that opens the project.
    /// - Throws: `MediaError.unencodable` for a picture that cannot be written as PNG.
    public init(
        _ design: Design, _ project: Project, _ report: ConvertReport, entry: String = Stack.html.entryPath
    ) throws(MediaError) {
        self.project = project
        elements = report.elements
        thumbnail = try design.image.fitted(into: Self.thumbnailSide).encodedPNG()
        let receipt: ReceiptFiles? =
            if let receipt = report.receipt, let pictures = report.pictures {
                try ReceiptFiles(receipt, pictures)
            } else {
                nil
            }
        self.receipt = receipt
        facts = Facts(
            entry: entry, paths: project.files.map(\.path),
            receipt: ReceiptFiles.Name.allCases.filter { receipt?.contents[$0] != nil }.map(\.rawValue),
            width: design.image.width, height: design.image.height,
            score: report.receipt?.fidelity.score.total, draftScore: report.receipt?.draft.total,
            unmeasured: report.unmeasured, isCut: report.finishReason == .length, tokens: report.completionTokens,
            seconds: report.totalSeconds)
    }

    /// The files as they lie on a shelf.
    func files() throws(ProjectError) -> Project {
        var files = Project()
        for file in project.files { try files.add(file.bytes, at: ShelvedPage.project + file.path) }
        for name in facts.receipt {
            guard let name = ReceiptFiles.Name(rawValue: name), let bytes = receipt?.contents[name] else { continue }
            try files.add(bytes, at: ShelvedPage.receipt + name.rawValue)
        }
        try files.add(thumbnail, at: ShelvedPage.thumbnail)
        try files.add(Self.json(elements), at: ShelvedPage.elements)
        try files.add(Self.json(facts), at: ShelvedPage.facts)
        return files
    }

    private static func json(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = ShelvedPage.writtenFloats
        do { return Array(try encoder.encode(value)) } catch {
            preconditionFailure("a page is nothing but texts, numbers and lists: \(error)")
        }
    }
}

/// A page on a shelf. Its files are read when they are asked for; they may be gone by then, when somebody swept.
public struct ShelvedPage: Sendable, Equatable {
    static let facts = "page.json"
    static let elements = "elements.json"
    static let thumbnail = "thumbnail.png"
    static let project = "project/"
    static let receipt = "receipt/"
    static let writtenFloats = JSONEncoder.NonConformingFloatEncodingStrategy.convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")

    /// What is known of it.
    public let facts: FinishedPage.Facts
    private let folder: String

    /// The page that lies in a folder; nil when there is none that can be read.
    init?(folder: String) {
        guard let data = FileManager.default.contents(atPath: folder + "/" + Self.facts),
            let facts = try? JSONDecoder().decode(FinishedPage.Facts.self, from: data)
        else { return nil }
        self.facts = facts
        self.folder = folder
    }

    /// The page with its crops.
    ///
    /// - Throws: `cannotRead`.
    public func project() throws(ProjectError) -> Project {
        let stored = try Project.read(from: folder, paths: facts.paths.map { Self.project + $0 })
        var project = Project()
        for (path, file) in zip(facts.paths, stored.files) { try project.add(file.bytes, at: path) }
        return project
    }

    /// The page's elements as they were shown, in document order; empty when it was not measured.
    ///
    /// - Throws: `cannotRead`.
    public func shownElements() throws(ProjectError) -> [ElementBox] {
        let bytes = try read(Self.elements)
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do { return try decoder.decode([ElementBox].self, from: Data(bytes)) } catch {
            throw .cannotRead(path: folder + "/" + Self.elements, reason: "it holds no elements")
        }
    }

    /// A file of the receipt; nil when the receipt has none of this name.
    ///
    /// - Throws: `cannotRead`.
    public func receiptFile(_ name: ReceiptFiles.Name) throws(ProjectError) -> [UInt8]? {
        guard facts.receipt.contains(name.rawValue) else { return nil }
        return try read(Self.receipt + name.rawValue)
    }

    /// A small picture of the design: PNG.
    ///
    /// - Throws: `cannotRead`.
    public func smallPicture() throws(ProjectError) -> [UInt8] { try read(Self.thumbnail) }

    /// Where a file of the receipt lies; nil when the receipt has none of this name.
    func receiptPath(_ name: ReceiptFiles.Name) -> String? {
        facts.receipt.contains(name.rawValue) ? folder + "/" + Self.receipt + name.rawValue : nil
    }

    /// Where the small picture lies.
    var thumbnailPath: String { folder + "/" + Self.thumbnail }

    private func read(_ path: String) throws(ProjectError) -> [UInt8] {
        try Project.read(from: folder, paths: [path]).files[0].bytes
    }
}

extension Image {
    /// The picture made smaller, so that it is no wider and no higher than `side`; itself when it is so already.
    func fitted(into side: Int) -> Image {
        let larger = Swift.max(width, height)
        guard larger > side else { return self }
        let factor = Double(side) / Double(larger)
        return resized(
            width: Swift.max(1, Int((Double(width) * factor).rounded())),
            height: Swift.max(1, Int((Double(height) * factor).rounded())))
    }
}
