// One draft of a design. An engine that reads single lines has it measured (`Convert+Screen.swift`). For any other, and for
// pictures that hold more than a screen does, the engine writes the page: whole, or of a design that is larger than what it is
// comfortable with block by block, put together into one page. Texts of blocks are told as they are written, each under its
// own number; the page comes when all are there.
import Inference
import Media

extension Convert {
    /// Whether a design is larger than what the engine is comfortable with.
    func isLarge(_ design: Design) -> Bool {
        guard let size = engine.abilities.comfortableSize else { return false }
        return design.image.width > size.width || design.image.height > size.height
    }

    /// One draft of a design.
    func draft(
        of design: Design, _ sampling: Sampling, _ progress: (ConvertEvent) -> Void
    ) async throws(ConvertError) -> (project: Project, report: ConvertReport) {
        if readsLines, let screen = try await screen(of: design, sampling, progress) { return screen }
        return try await written(design, sampling, progress)
    }

    /// One draft of a design, as the model writes it.
    func written(
        _ design: Design, _ sampling: Sampling, _ progress: (ConvertEvent) -> Void
    ) async throws(ConvertError) -> (project: Project, report: ConvertReport) {
        guard isLarge(design), let size = engine.abilities.comfortableSize,
            let plan = BlockPlan(design, comfortable: size)
        else {
            return try await whole(design, sampling, progress)
        }
        progress(.decoded(width: design.image.width, height: design.image.height, seconds: design.decodeSeconds))
        var pages: [String] = []
        var costs = ConvertReport()
        for (index, block) in plan.designs.enumerated() {
            let path = StackTemplate.pageName
            do {
                let (project, report) = try await whole(block, sampling) { event in
                    switch event {
                    case .decoded, .draft, .finished: break
                    case .wrote(_, let text): progress(.wrote(path: "blocks/\(index + 1).html", text: text))
                    default: progress(event)
                    }
                }
                costs.add(report)
                if report.finishReason == .length { costs.finishReason = .length }
                pages.append(String(decoding: project[path] ?? [], as: UTF8.self))
            } catch .blankAnswer {
                pages.append("")  // a block may well be blank
            }
            let soFar = pages + Array(repeating: "", count: plan.designs.count - pages.count)
            progress(.draft(path: path, html: page(of: plan, soFar, design)))
        }
        guard pages.contains(where: { !$0.isEmpty }) else {
            throw .blankAnswer(modelName: engine.abilities.modelName)
        }
        costs.decodeSeconds = design.decodeSeconds
        var project = Project()
        let page = page(of: plan, pages, design)
        do { try project.add(Array(page.utf8), at: StackTemplate.pageName) } catch { throw .project(error) }
        return (project, costs)
    }

    private func page(of plan: BlockPlan, _ pages: [String], _ design: Design) -> String {
        BlockAssembly.document(of: plan.tree, pages: pages, fallbackTitle: design.name)
    }
}
