// What a site is made from: a page per design as it was converted, with where its elements lie and, when somebody asks,
// the design's pixels. And the name by which a page is found, which comes from its design's path alone.
import Crypto
import Foundation
import Inference
import Media
import Render

/// A converted design.
struct SiteInput: Sendable {
    /// The design's path in its folder, with `/`: `shop/sign in.png`.
    var path: String
    /// Plain text; the page's title when the page has none.
    var name: String
    /// The page as converted and repaired: a complete document.
    var html: String
    /// What the page refers to, by the paths it uses.
    var assets: [Project.File]
    /// The page's elements as a browser showed them, by selector; empty for pages that were never shown.
    var elements: [ElementBox]
    /// CSS pixels of the design.
    var width: Int
    var height: Int
    /// What the page scores beside its design, 0 to 1; nil for pages that were not measured. Of several ways to write
    /// what looks the same, that of the better page is taken.
    var score: Double?
    /// Whether the page keeps its own way of saying things: nothing in it is unified with other pages or named.
    var isApart = false
    /// Whether its blocks keep their own form, whatever others of their kind have.
    var isCareful = false
    /// The largest picture that its engine converts whole; a larger one was put together of blocks. Nil when it
    /// converts every picture whole.
    var comfortable: PixelSize?
    /// The design. Asked for at most once, and not kept.
    var picture: @Sendable () throws -> Image
}

/// Names of pages for paths and addresses.
enum Slug {
    /// The slugs of designs, in their order: unique, of `a…z 0…9 -`. Each follows from its own path; only paths that
    /// would get the same (`a.png` beside `a.jpg`) are told apart, all of them, by digits from their whole path.
    static func slugs(of paths: [String]) -> [String] {
        let plain = paths.map(words)
        let counts = Dictionary(plain.map { ($0, 1) }, uniquingKeysWith: +)
        return zip(paths, plain).map { path, slug in
            counts[slug, default: 0] > 1 || slug.isEmpty
                ? (slug.isEmpty ? "page" : slug) + "-" + ContentHash.hexadecimal(Array(path.utf8), digits: 6) : slug
        }
    }

    /// The path without its extension in lower-case letters and digits, everything else one hyphen.
    static func words(_ path: String) -> String {
        let parts = path.split(separator: "/")
        var name = parts.last ?? ""
        if let dot = name.lastIndex(of: ".") { name = name[..<dot] }
        let whole = (Array(parts.dropLast()) + [name]).joined(separator: "-")
        let latin = whole.applyingTransform(.toLatin, reverse: false) ?? whole
        let plain = latin.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil).lowercased()
        let isKept: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return plain.split(whereSeparator: { !isKept($0) }).joined(separator: "-")
    }
}

/// Names that follow from content.
enum ContentHash {
    /// The first digits of the SHA-256 of some bytes, in lower case.
    static func hexadecimal(_ bytes: [UInt8], digits: Int) -> String {
        String(SHA256.hash(data: bytes).hexadecimal.prefix(digits))
    }
}
