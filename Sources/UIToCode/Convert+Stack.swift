// A converted page → the project in the stack that was asked for. The engine is asked for a page in HTML whatever the stack:
// only a page can be shown, measured and repaired, and only what is written from the page that was measured is sure to
// look like it. So every engine serves every stack, and the receipt is the page's. The page is kept in the project, where
// it opens without a build and where edits are made; after an edit the stack's files are written anew.

import Media

extension Convert {
    /// The project of a page; the page comes first.
    ///
    /// - Parameter page: `index.html` and the files that it shows.
    /// - Throws: `stack` when the template asks for what does not exist.
    func written(_ page: Project, of design: Design) throws(ConvertError) -> Project {
        guard let folder = options.stack.pageFolder, let html = page[StackTemplate.pageName] else { return page }
        let site = Site(
            page: String(decoding: html, as: UTF8.self), name: design.name, width: design.image.width,
            height: design.image.height, files: page.files.filter { $0.path != StackTemplate.pageName })
        do {
            var project = Project()
            for file in page.files { try project.add(file.bytes, at: folder + "/" + file.path) }
            let written = try SiteEmitter(options.stack).project(of: site, isSingle: true)
            for file in written.files { try project.add(file.bytes, at: file.path) }
            return project
        } catch let error as StackError {
            throw .stack(error)
        } catch let error as ProjectError {
            throw .project(error)
        } catch {
            preconditionFailure("nothing else is thrown: \(error)")
        }
    }

    /// A project whose page was changed, with the stack's files written anew from it.
    ///
    /// - Parameter path: the page that was changed; another file than a converted page leaves the project as it is.
    func rewritten(_ project: Project, changed path: String, of design: Design) throws(ConvertError) -> Project {
        guard options.stack.pageFolder != nil, path.hasSuffix(options.stack.entryPath) else { return project }
        // The design's own folder where several designs share a project, else empty.
        let base = String(path.dropLast(options.stack.entryPath.count))
        guard base.isEmpty || base.hasSuffix("/") else { return project }
        let folder = String(path.dropLast(StackTemplate.pageName.count))
        do {
            var page = Project()
            for file in project.files where file.path.hasPrefix(folder) {
                try page.add(file.bytes, at: String(file.path.dropFirst(folder.count)))
            }
            var result = Project()
            for file in project.files where !file.path.hasPrefix(base) { try result.add(file.bytes, at: file.path) }
            for file in try written(page, of: design).files { try result.add(file.bytes, at: base + file.path) }
            return result
        } catch let error as ProjectError {
            throw .project(error)
        } catch let error as ConvertError {
            throw error
        } catch {
            preconditionFailure("nothing else is thrown: \(error)")
        }
    }
}

extension ConvertEvent {
    /// The event with its path as the project has it.
    func placed(by stack: StackTemplate) -> ConvertEvent {
        guard let folder = stack.pageFolder else { return self }
        return switch self {
        case .wrote(let path, let text): .wrote(path: folder + "/" + path, text: text)
        case .draft(let path, let html): .draft(path: folder + "/" + path, html: html)
        default: self
        }
    }
}
