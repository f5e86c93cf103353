// The pictures of all pages, each content once, named by what is in it. References in attributes and in style rules
// follow.

/// Collects pictures and renames what refers to them.
struct SharedAssets {
    /// In the order they are first referred to.
    private(set) var files: [Project.File] = []
    private var known: Set<String> = []

    /// Takes over what a page refers to. References are then paths below the project; addresses that name none of the
    /// page's files stay.
    mutating func take(_ assets: [Project.File], for page: inout PageDraft) {
        guard !assets.isEmpty else { return }
        let byPath = Dictionary(assets.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        var paths: [String: String] = [:]
        var found: [Project.File] = []
        func renamed(_ address: String) -> String? {
            let path = Self.path(of: address)
            if let known = paths[path] { return known }
            guard let file = byPath[path] else { return nil }
            let name = Self.name(of: file)
            paths[path] = name
            found.append(file)
            return name
        }
        for node in page.body.all where node.isElement {
            for name in ["src", "href", "poster", "data"] {
                if let address = node[name], let path = renamed(address) { node.set(name, path) }
            }
            if let style = node["style"], style.contains("url(") {
                let declarations = StyleText.declarations(ofAttribute: style).map { Self.renaming($0, renamed) }
                node.set("style", StyleText.attribute(declarations))
            }
        }
        page.rules = page.rules.map { rule in
            rule.text.contains("url(") ? rule.mapping { Self.renaming($0, renamed) } : rule
        }
        for file in found { add(file) }
    }

    private mutating func add(_ file: Project.File) {
        var project = Project()
        let name = Self.name(of: file)
        guard known.insert(name).inserted, (try? project.add(file.bytes, at: name)) != nil else { return }
        files += project.files
    }

    /// `assets/`, the first digits of the content's SHA-256, and the extension it had.
    private static func name(of file: Project.File) -> String {
        let name = file.path.split(separator: "/").last ?? ""
        let end = name.lastIndex(of: ".").map { name[$0...].lowercased() } ?? ""
        return "assets/" + ContentHash.hexadecimal(file.bytes, digits: 16) + end
    }

    // The address as a path in the page's project.
    private static func path(of address: String) -> String {
        var path = HTMLText.unescaped(address).trimmed[...]
        while path.hasPrefix("./") { path = path.dropFirst(2) }
        let end = path.firstIndex { $0 == "?" || $0 == "#" } ?? path.endIndex
        return String(path[..<end])
    }

    // Every `url(…)` of a declaration with a new address.
    private static func renaming(_ declaration: StyleDeclaration, _ renamed: (String) -> String?) -> StyleDeclaration {
        var result = ""
        var rest = declaration.value[...]
        while let start = rest.firstRange(of: "url(") {
            result += rest[..<start.upperBound]
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: ")") else { break }
            let address = rest[..<end].filter { $0 != "\"" && $0 != "'" }
            result += renamed(address).map { "\"\($0)\"" } ?? String(rest[..<end])
            rest = rest[end...]
        }
        return StyleDeclaration(name: declaration.name, value: result + rest)
    }
}
