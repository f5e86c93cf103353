// `procedure.md`: the recording as instructions for people, step by step, with pictures.

/// An analysis as Markdown.
enum Procedure {
    /// The document; pictures are referred to where they lie beside it.
    static func text(of report: WorkflowReport) -> String {
        var parts = ["# \(escaped(report.name))", escaped(report.summary.text)]
        if let damage = report.video.damage { parts.append("> The recording is damaged: \(escaped(damage)).") }
        var screen: String?
        for (number, step) in report.steps.enumerated() {
            if step.screenBefore != screen, let shown = report.screen(step.screenBefore) {
                parts.append("## \(escaped(shown.name))")
            }
            screen = step.screenBefore
            parts.append("\(number + 1)\\. **\(escaped(step.instruction))** \(escaped(step.effect))")
            var pictures: [String] = []
            if let crop = step.target?.crop { pictures.append("![What it is done to](\(crop))") }
            if step.screenAfter != step.screenBefore || step.kind == .change {
                pictures.append("![What it looks like then](\(step.evidence.after))")
            }
            if !pictures.isEmpty { parts.append(pictures.joined(separator: "\n\n")) }
            if step.screenAfter != screen, let shown = report.screen(step.screenAfter) {
                parts.append("## \(escaped(shown.name))")
                screen = step.screenAfter
            }
        }
        if !report.notes.isEmpty {
            parts.append("## Notes")
            parts.append(
                report.notes.map { "- \($0.start.fixed(1)) s: \(escaped($0.text))" }.joined(separator: "\n"))
        }
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// Words that are no markup, whatever they are.
    static func escaped(_ words: String) -> String {
        var escaped = ""
        for character in HTMLText.collapsed(words).unicodeScalars {
            if "\\`*_{}[]<>()#+!|~&".unicodeScalars.contains(character) { escaped += "\\" }
            escaped.unicodeScalars.append(character)
        }
        return escaped
    }
}
