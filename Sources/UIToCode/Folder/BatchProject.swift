// From the shelf to the files of one project: pages with what they share taken out, in a stack.
import Inference
import Media

/// Makes sites and writes them in a stack.
struct BatchProject: ProjectMaking {
    let changesPages = true
    private let options: BatchOptions
    private let comfortable: PixelSize?

    /// - Parameter comfortable: the largest picture that the engine converts whole.
    init(_ options: BatchOptions, comfortable: PixelSize?) {
        self.options = options
        self.comfortable = comfortable
    }

    func project(
        of pages: [ProjectPage], named name: String, careful: Set<String>, apart: Set<String>
    ) async throws(BatchError) -> MadeProject {
        var made = MadeProject()
        guard !pages.isEmpty else { return made }
        var inputs: [SiteInput] = []
        for page in pages {
            // Without sharing, every page keeps to itself.
            let isApart = !options.sharing || apart.contains(page.design.path)
            do {
                var input = try page.input(isApart: isApart, comfortable: comfortable)
                input.isCareful = careful.contains(page.design.path)
                inputs.append(input)
            } catch { throw .project(error) }
        }
        let given = options.sharing ? options.given : []
        let (site, consistency) = await SiteMaker(inputs, name: name, given: given).site()
        do { made.files = try SiteEmitter(options.stack).project(of: site) } catch { throw .stack(error) }
        made.pages = options.stack.places(of: site)
        made.components = site.shownComponents
        made.tokens = site.tokens
        made.consistencyBefore = consistency.before
        made.consistency = consistency.after
        return made
    }
}

extension ProjectPage {
    /// The page as sites are made from it. The design's pixels stay on disk.
    fileprivate func input(isApart: Bool, comfortable: PixelSize?) throws(ProjectError) -> SiteInput {
        let project = try page.project()
        let file = design.file
        return SiteInput(
            path: design.path, name: Design.stem(of: design.path),
            html: String(decoding: project[page.facts.entry] ?? [], as: UTF8.self),
            assets: project.files.filter { $0.path != page.facts.entry }, elements: try page.shownElements(),
            width: page.facts.width, height: page.facts.height, score: page.facts.score,
            isApart: isApart, comfortable: comfortable, picture: { try Image.read(path: file) })
    }
}

extension StackTemplate {
    /// Where the pages of a site are in its project, and which HTML shows them without a build.
    fileprivate func places(of site: Site) -> [MadeProject.Page] {
        let rule = files.first { $0.subject == .page }
        let names = SiteNames(site)
        return site.pages.map { page in
            let words = [("SLUG", page.slug), ("NAME", names.pages[page.slug] ?? page.slug)]
            let shown = previewPath.map { Self.filled($0, words) }
            let path = rule.map { Self.filled($0.path, words) } ?? shown ?? page.slug
            return MadeProject.Page(design: page.design, slug: page.slug, path: path, shown: shown ?? path)
        }
    }
}

extension Site {
    /// The components with the designs that show them, within other components too.
    fileprivate var shownComponents: [MadeProject.Component] {
        let roots = Dictionary(components.map { ($0.name, $0.root) }) { first, _ in first }
        func used(_ nodes: [SiteNode]) -> Set<String> {
            nodes.reduce(into: []) { found, node in
                switch node {
                case .text: break
                case .element(let element): found.formUnion(used(element.children))
                case .use(let use):
                    guard found.insert(use.component).inserted, let root = roots[use.component] else { return }
                    found.formUnion(used(root.children))
                }
            }
        }
        let shown = pages.map { used($0.children) }
        return components.map { component in
            MadeProject.Component(
                name: component.name, properties: component.properties, uses: component.uses,
                isGiven: component.isGiven,
                designs: zip(pages, shown).filter { $1.contains(component.name) }.map(\.0.design))
        }
    }
}
