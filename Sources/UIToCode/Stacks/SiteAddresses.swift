// Where the files of a site lie once a stack has put them there: what a page says about assets and other pages, said anew.

/// Addresses within a project.
struct SiteAddresses: Sendable {
    private let assets: Set<String>
    private let slugs: Set<String>
    private let asset: String
    private let styleAsset: String
    private let link: String

    /// - Parameters:
    ///   - asset, styleAsset: how markup and stylesheets spell an asset, `PATH` standing for its path.
    ///   - link: how a link to a page is spelled, `SLUG` standing for the page.
    init(_ site: Site, asset: String, styleAsset: String, link: String) {
        assets = Set(site.assets.map(\.path))
        slugs = Set(site.pages.map(\.slug))
        self.asset = asset
        self.styleAsset = styleAsset
        self.link = link
    }

    /// The value of an attribute, with the address in it spelled as the stack does.
    func value(_ value: String, of attribute: String) -> String {
        if let path = path(value) { return asset.replacing("PATH", with: path) }
        if attribute == "style" { return rewritten(value, asset) }
        guard attribute == "href", let end = value.firstRange(of: ".html") else { return value }
        let slug = String(value[..<end.lowerBound])
        let rest = value[end.upperBound...]
        guard slugs.contains(slug), rest.isEmpty || rest.hasPrefix("#") else { return value }
        return link.replacing("SLUG", with: slug)
    }

    /// A stylesheet with every `url(…)` of an asset spelled as the stack does.
    func style(_ css: String) -> String { rewritten(css, styleAsset) }

    // The asset that an address of the site's tree means: its path below the project, seen from the top or from a page.
    private func path(_ address: some StringProtocol) -> String? {
        var path = address[...]
        while let prefix = ["../", "./", "/"].first(where: { path.hasPrefix($0) }) {
            path = path.dropFirst(prefix.count)
        }
        return assets.contains(String(path)) ? String(path) : nil
    }

    private func rewritten(_ css: String, _ pattern: String) -> String {
        guard !assets.isEmpty else { return css }
        var result = ""
        var rest = css[...]
        while let start = rest.firstRange(of: "url("), let end = rest[start.upperBound...].firstIndex(of: ")") {
            let inside = String(rest[start.upperBound..<end]).trimmed
            let quotes = ["\"", "'", "&quot;"].first { inside.hasPrefix($0) && inside.hasSuffix($0) } ?? ""
            let address = inside.dropFirst(quotes.count).dropLast(quotes.count)
            result += rest[..<start.upperBound]
            result += path(address).map { quotes + pattern.replacing("PATH", with: $0) + quotes } ?? inside
            rest = rest[end...]
        }
        return result + rest
    }
}
