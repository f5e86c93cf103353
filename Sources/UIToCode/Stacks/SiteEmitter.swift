// A site → a project in a stack, the same every time. What is the stack's own is in its template; here stand the facts that
// templates are given, and the order of the files: the template's, page by page and component by component, assets last.
import Inference

/// Writes sites in a stack.
///
///     let project = try SiteEmitter(.react).project(of: site)
///
/// Proofs: `SiteEmitterTests`; what is written, by parsers and compilers of each stack: `Tests/Trials/stacks.py`.
struct SiteEmitter: Sendable {
    private let stack: StackTemplate

    init(_ stack: StackTemplate) { self.stack = stack }

    /// The files of a site.
    ///
    /// - Parameter isSingle: whether the site is one page that was converted alone, which stands at the top of its project
    ///   and opens it. The page as plain HTML is then with whoever converted it, and is not written again.
    /// - Throws: `StackError` when a template asks for what does not exist, or two files want one path.
    func project(of site: Site, isSingle: Bool = false) throws(StackError) -> Project {
        var site = site.withTableBodies
        if stack.styles == .utilities { site = UtilitySheet.applied(to: site) }
        let templates = try TemplateText(stack.templates)
        let facts = SiteFacts(site, stack, isSingle: isSingle)
        var project = Project()
        for rule in stack.files {
            let path = isSingle ? rule.singlePath ?? rule.path : rule.path
            let shared = facts.site(for: rule)
            for (words, own) in facts.subjects(of: rule) {
                let path = StackTemplate.filled(path, words)
                var all = shared.merging(own) { $1 }
                all["root"] = .text(StackTemplate.root(of: path))
                try project.put(try templates.text(of: rule.template, all), at: path)
            }
        }
        if let preview = stack.previewPath, !isSingle {
            for page in site.pages {
                let path = StackTemplate.filled(preview, [("SLUG", page.slug)])
                let assets = StackTemplate.root(of: path) + stack.assetPath
                try project.put(SiteTwin(site, assets: assets, link: "SLUG.html").document(of: page), at: path)
            }
        }
        for asset in site.assets {
            let path = stack.assetPath.replacing("PATH", with: asset.path)
            do { try project.add(asset.bytes, at: path) } catch { throw .project(error) }
        }
        return project
    }

    /// A site as plain pages without components: `pages/SLUG.html` with all their styles inside, and `assets/`. What is
    /// rendered, and what receipts are about: every stack must show the same.
    static func twin(of site: Site) throws(ProjectError) -> Project {
        var project = Project()
        let twin = SiteTwin(site.withTableBodies, assets: "../PATH", link: "SLUG.html")
        for page in site.pages { try project.add(Array(twin.document(of: page).utf8), at: "pages/\(page.slug).html") }
        for asset in site.assets { try project.add(asset.bytes, at: asset.path) }
        return project
    }
}

extension StackTemplate {
    /// The way from a file to the project's folder: `../` for `pages/sign-in.html`.
    static func root(of path: String) -> String {
        String(repeating: "../", count: path.split(separator: "/").dropLast().count)
    }
}

extension Project {
    fileprivate mutating func put(_ text: String, at path: String) throws(StackError) {
        do { try add(Array(text.utf8), at: path) } catch { throw .project(error) }
    }
}
