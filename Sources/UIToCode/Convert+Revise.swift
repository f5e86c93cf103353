// A project and an edit → the project with one file changed. Operations are exact and ask nobody; an instruction goes
// to the engine as the next turn of the talk that made the page: picture, prompt, page, and now the change. So an
// engine that still holds the picture and the prompt reads only what came after them.
import Inference
import Prompts

extension Convert {
    /// Changes one file of a project.
    ///
    /// - Parameters:
    ///   - design: what the project was made from; operations do not look at it.
    ///   - path: the file to change; the stack's entry file when nil.
    ///   - progress: called in order, the last time with `.finished`.
    /// - Returns: the project with that file changed and all others as they are, and what it cost: operations take
    ///   no tokens.
    /// - Throws: `.edit` when the edit is not sound, does not fit the file or changes nothing; `.engineCannotFollow`;
    ///   for an instruction also what `run` throws.
    public func revise(
        _ project: Project, of design: Design, by edit: Edit, file path: String? = nil,
        progress: (ConvertEvent) -> Void = { _ in }
    ) async throws(ConvertError) -> (project: Project, report: ConvertReport) {
        let start = ContinuousClock.now
        let path = path ?? options.stack.entryPath
        let before: String
        do {
            try edit.check()
            before = try project.page(at: path)
        } catch { throw .edit(error) }

        var report = ConvertReport()
        var after: String
        switch edit {
        case .operations(let operations):
            do { after = try Self.apply(operations, to: before) } catch { throw .edit(error) }
            guard !Task.isCancelled else { throw .cancelled }
        case .instruction(let instruction):
            (after, report) = try await follow(instruction, page: before, path: path, design: design, progress)
        }
        guard after.trimmed != before.trimmed else { throw .edit(.unchanged(path: path)) }
        var revised = project
        revised.replace(path, with: Array(after.utf8))
        revised = try rewritten(revised, changed: path, of: design)
        report.files = revised.files.map(\.path)
        report.totalSeconds = report.decodeSeconds + start.duration(to: .now).seconds
        progress(.finished(report))
        return (revised, report)
    }

    private static func apply(_ operations: [EditOperation], to page: String) throws(EditError) -> String {
        var editor: DocumentEditor
        do { editor = try DocumentEditor(page) } catch { throw .invalid("\(error)") }
        for (index, operation) in operations.enumerated() {
            do { try editor.apply(operation) } catch { throw .operation(index, selector: operation.selector, error) }
        }
        return editor.text
    }

    // Asks the engine for the page with the change made.
    private func follow(
        _ instruction: Instruction, page: String, path: String, design: Design, _ progress: (ConvertEvent) -> Void
    ) async throws(ConvertError) -> (page: String, report: ConvertReport) {
        let abilities = engine.abilities
        guard abilities.followsInstructions, abilities.dialect == nil else {
            throw .engineCannotFollow(modelName: abilities.modelName)
        }
        var element: String?
        if let selector = instruction.selector {
            do { element = try DocumentEditor(page).outerHTML(of: selector) } catch {
                throw .edit(.target(selector: selector, error))
            }
        }
        let box = instruction.box.map { [$0.x, $0.y, $0.width, $0.height].map(\.pixels) }
        var conversation = conversation(about: design)
        conversation.messages.append(Message(.assistant, Prompt.fenced(page)))
        conversation.messages.append(
            Message(
                .user,
                Prompt.edit(
                    instruction: instruction.text.trimmed,
                    element: element.flatMap { markup in instruction.selector.map { ($0, markup) } }, box: box)))
        let (project, report) = try await answer(
            conversation, options.sampling, entryPath: path, design: design, progress)
        guard let bytes = project[path] else {
            throw .noPage(modelName: abilities.modelName, answer: project.files.map(\.path).joined(separator: ", "))
        }
        return (String(decoding: bytes, as: UTF8.self), report)
    }
}

extension Project {
    // The text of a file that is HTML in UTF-8.
    fileprivate func page(at path: String) throws(EditError) -> String {
        guard let bytes = self[path] else { throw .fileMissing(path: path) }
        guard Self.mediaType(of: path).hasPrefix("text/html"), let text = String(validating: bytes, as: UTF8.self)
        else { throw .notHTML(path: path) }
        return text
    }
}

extension Double {
    // Whole pixels where the number is whole.
    fileprivate var pixels: String { self == rounded() ? String(Int(self)) : String(self) }
}
