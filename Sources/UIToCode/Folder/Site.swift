// Many pages with what they share taken out: the tree every emitter reads, whatever it writes. A page is a tree in which
// recurring regions stand as uses of components; a component is a tree with holes. Colours, sizes and spacings that recur
// have names.

/// What a hole of a template, or a plain place, holds.
enum SiteText: Equatable, Sendable {
    /// Markup-escaped text, as `HTMLNode.text` keeps it.
    case plain(String)
    /// The value of a property of the component around it.
    case property(String)
}

/// One node of a page or of a component.
indirect enum SiteNode: Equatable, Sendable {
    /// An element with what it holds.
    case element(SiteElement)
    /// Text between tags. Space that no browser shows is gone.
    case text(SiteText)
    /// A component in its place.
    case use(ComponentUse)
}

/// An element of a site's tree.
struct SiteElement: Equatable, Sendable {
    /// An attribute; a nil value when only the name is written.
    struct Attribute: Equatable, Sendable {
        /// Lower-case.
        var name: String
        /// Escaped for double quotes. A `class` or `style` that is a property may be empty in some uses: an emitter may
        /// leave the attribute out there.
        var value: SiteText?
    }

    /// Lower-case tag.
    var tag: String
    /// In the order they are written, each name once.
    var attributes: [Attribute] = []
    /// Empty for void elements.
    var children: [SiteNode] = []
}

/// A component in a page or in another component.
struct ComponentUse: Equatable, Sendable {
    /// `SiteComponent.name`.
    var component: String
    /// Values by property, all of the component's, markup-escaped.
    var values: [String: String]
}

/// A region that recurs.
struct SiteComponent: Equatable, Sendable {
    /// In words joined as types are: `NavBar`, `ProductCard`. Unique in a site; emitters derive file and tag names.
    var name: String
    /// Names of what differs from use to use, in order of their first place: `label`, `title`, `text2`.
    var properties: [String]
    /// One root element. Of a given component: the user's example, with its properties' places.
    var root: SiteElement
    /// How often the designs show it, over all pages.
    var uses: Int
    /// A component of the user's own list: used, never written.
    var isGiven: Bool = false
}

/// A named value of the whole site.
struct DesignToken: Equatable, Sendable, Codable {
    /// What a value is for. The raw values are what names begin with.
    enum Kind: String, Sendable, Codable, CaseIterable {
        /// Of texts, grounds, lines.
        case colour = "color"
        /// In px, rem or em.
        case fontSize = "font-size"
        /// The whole list of families.
        case fontFamily = "font-family"
        /// Of paddings, margins and gaps; of corners; whole shadows of boxes.
        case space, radius, shadow
    }

    /// `color-surface`, `font-size-2`, `space-3`; unique. The CSS custom property is `--` and this.
    var name: String
    /// What it is for.
    var kind: Kind
    /// As CSS writes it: `#0f172a`, `14px`.
    var value: String
    /// How many declarations of the site use it.
    var uses: Int
}

/// A page of a site.
struct SitePage: Equatable, Sendable {
    /// A file name without extension, unique, lower case, of `a…z 0…9 -`: `sign-in`. The first page is not special.
    var slug: String
    /// Plain text.
    var title: String
    /// The design's path in its folder.
    var design: String
    /// CSS pixels of the design.
    var width: Int
    var height: Int
    /// Attributes of `body`; the first is `data-page`, with the slug.
    var bodyAttributes: [SiteElement.Attribute]
    /// What `body` holds. Links to other pages are `href="slug.html"`.
    var children: [SiteNode]
    /// Rules of this page alone, every selector under `body[data-page="slug"]` without weighing more for it; empty when
    /// there are none. They must come after the site's.
    var css: String
}

/// Pages, what they share, and their files.
struct Site: Equatable, Sendable {
    /// Plain text; the folder's name.
    var name: String
    /// In the order of the designs.
    var pages: [SitePage]
    /// A component comes behind those that it uses.
    var components: [SiteComponent]
    /// Kind by kind, those of a size by rising size.
    var tokens: [DesignToken]
    /// Rules that all pages share, without the custom properties of the tokens, which they use by `var(--…)`.
    var css: String
    /// Pictures by path below the project (`assets/3f2a….png`), each content once. Trees and rules refer to them by these
    /// paths; an emitter makes them relative to the file it writes.
    var assets: [Project.File]
}
