// A receipt with its pictures as files, for those who keep it apart from the project that it is about.
public import Media

/// The files of a receipt, each under a name that is always the same.
public struct ReceiptFiles: Sendable {
    /// The names of a receipt's files.
    public enum Name: String, Sendable, CaseIterable {
        /// For people: one page that needs no other file.
        case page = "report.html"
        /// For machines: `ReceiptJSON`.
        case json = "report.json"
        /// Where page and design differ.
        case heatMap = "heat-map.png"
        /// The page as it was shown.
        case result = "result.png"
        /// The chosen draft as it was shown, where a repair changed it.
        case draft = "draft.png"

        /// `text/html; charset=utf-8`, …
        public var mediaType: String { Project.mediaType(of: rawValue) }
    }

    /// Contents by name. `draft` is missing where the page is the draft.
    public let contents: [Name: [UInt8]]

    /// Writes a receipt down.
    ///
    /// - Throws: `MediaError.unencodable` for a picture that cannot be written as PNG.
    public init(_ receipt: Receipt, _ pictures: ReceiptPictures) throws(MediaError) {
        var contents: [Name: [UInt8]] = [
            .page: Array(ReceiptPage.html(receipt: receipt, pictures: pictures).utf8),
            .json: Array(ReceiptJSON.text(receipt).utf8),
            .heatMap: try pictures.heatMap.encodedPNG(),
            .result: try pictures.result.encodedPNG(),
        ]
        if let draft = pictures.draft { contents[.draft] = try draft.encodedPNG() }
        self.contents = contents
    }
}
