// A stack as data: a folder with a manifest and mustache files. The manifest says how markup is spelled (what a component in
// its place, a property, a link, an attribute look like) and which template makes which file; what lies around the
// markup stands in the templates. Reading a folder is in `StackTemplate+Read.swift`, writing a site in
// `SiteEmitter.swift`; `Templates/README.md` describes the format for those who write one.

/// A technology that sites are written in.
///
///     let mine = try StackTemplate(folder: "stacks/solid")
///     let project = try SiteEmitter(mine).project(of: site)
///
/// Proofs: `StackTemplateTests`, `SiteEmitterTests`.
public struct StackTemplate: Sendable, Equatable {
    /// What it is called on the command line: `react`.
    public let name: String
    /// For people: `React`.
    public let title: String
    /// One sentence for people.
    public let summary: String
    /// Where the project of a single page keeps the page as it was converted, measured and repaired, from which the rest is
    /// written; nil where that page is the project.
    let pageFolder: String?
    /// How declarations are kept.
    let styles: Styles
    /// The selector of the element that stands between `body` and what a page holds; nil where there is none.
    let mount: String?
    /// Where a page is written as plain HTML, for stacks that show nothing without a build: `preview/SLUG.html`.
    let previewPath: String?
    /// Where assets are put: `public/PATH`.
    let assetPath: String
    /// How markup spells an asset's path; `ROOT` is the way from the file to the project's folder.
    let assetAddress: String
    /// How stylesheets spell it.
    let styleAssetAddress: String
    let syntax: MarkupSyntax
    let files: [FileRule]
    /// Texts of the mustache files by name, without the extension.
    let templates: [String: String]

    /// How declarations are kept.
    enum Styles: String, Sendable, CaseIterable {
        /// As rules with selectors.
        case rules
        /// As classes of one declaration each.
        case utilities
    }

    /// The file that opens the project of a single page without a build: the page as it was converted.
    public var entryPath: String { (pageFolder.map { $0 + "/" } ?? "") + Self.pageName }

    /// What a converted page is called in its folder.
    static let pageName = "index.html"

    /// Which template makes which file.
    struct FileRule: Sendable, Equatable {
        /// What there is one file of.
        enum Subject: String, Sendable, CaseIterable { case site, page, component }

        var template: String
        var subject: Subject
        /// `src/pages/NAME.jsx`; `SLUG` and `NAME` stand for those of the page or component.
        var path: String
        /// The path in the project of a single page, when it is another.
        var singlePath: String?
        /// Spaces before every line of markup.
        var indent: Int
    }

    /// `path` with the words of a subject put in.
    static func filled(_ pattern: String, _ words: [(String, String)]) -> String {
        words.reduce(pattern) { $0.replacing($1.0, with: $1.1) }
    }
}

/// How a stack spells markup. `NAME` stands for an attribute's name, `PROPERTY` for a property's.
struct MarkupSyntax: Sendable, Equatable {
    /// How words are joined to a name.
    enum Case: String, Sendable, CaseIterable {
        /// `ProductCard`, `subTitle`: an identifier.
        case identifier
        /// `product-card`, `sub-title`.
        case kebab
    }

    /// What stands in a component's place.
    enum Use: String, Sendable, CaseIterable {
        /// `<Card title="Tea" />`
        case closed
        /// `<card title="Tea"></card>`
        case pair
        /// A pair that holds what the component says in this place, for readers without scripts.
        case spoken
    }

    /// What an inline style is.
    enum Style: String, Sendable, CaseIterable {
        /// Text, as in HTML.
        case text
        /// An object of a script.
        case object
    }

    var componentNames: Case
    var propertyNames: Case
    var use: Use
    /// Whether elements that hold nothing end with `/>`.
    var closesVoid: Bool
    var style: Style
    /// A property within text: `{PROPERTY}`.
    var textProperty: String
    /// A property as an attribute's value: `NAME={PROPERTY}`.
    var attributeProperty: String
    /// What an attribute is called, by its name in HTML; `input.value` is the attribute of that element alone.
    var attributeNames: [String: String]
    /// Attributes that are left out; `*` stands for any text.
    var omittedAttributes: [String]
    /// Elements that are left out with all they hold.
    var omittedElements: Set<String>
    /// What is put for parts of text, longest first.
    var textEscapes: [Replacement]
    /// What is put for parts of attribute values.
    var attributeEscapes: [Replacement]
    /// How preformatted text is written, `JSON` standing for it as a string of a script; nil for as it is.
    var preformatted: String?
    /// A link to a page: `#/SLUG`.
    var link: String

    /// What is put for a part of a text.
    struct Replacement: Sendable, Equatable {
        var part: String
        var replacement: String
    }
}
