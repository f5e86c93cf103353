// Every word said to a model, one Markdown file each, embedded in the binary. A prompt is a function of the facts that
// its file names in double braces: `{{name}}` stands for a fact, and what lies between `{{#name}}` and `{{/name}}`, both
// on lines of their own, is said only when there is that fact. Facts are put in as they are and never read again.

/// The prompts, filled in.
package enum Prompt {
    /// Asks for one self-contained page that shows a design; goes after the design's picture. Sizes in pixels.
    package static func convert(width: Int, height: Int) -> String {
        text(PackageResources.convert_md, ["width": String(width), "height": String(height)])
    }

    /// Asks for a page with one thing changed; goes after the page.
    ///
    /// - Parameters:
    ///   - instruction: the change, in the user's words.
    ///   - element: the element that is meant: its selector and its markup.
    ///   - box: the part of the page that is meant: left, top, width and height in pixels.
    package static func edit(
        instruction: String, element: (selector: String, markup: String)? = nil, box: [String]? = nil
    ) -> String {
        var facts = ["instruction": instruction]
        if let element {
            facts["selector"] = element.selector
            facts["element"] = fenced(element.markup)
        }
        if let box {
            precondition(box.count == 4, "a box has four numbers")
            facts["box"] = ""
            for (name, value) in zip(["x", "y", "width", "height"], box) { facts[name] = value }
        }
        return text(PackageResources.edit_md, facts)
    }

    /// Asks for a recording in a few sentences; goes after the pictures of its screens.
    ///
    /// - Parameter steps: what was done, one line a step.
    package static func workflow(name: String, steps: String) -> String {
        text(PackageResources.workflow_md, ["name": name, "steps": steps])
    }

    /// Markup between fences that do not occur in it, as the prompts ask for it in answers.
    package static func fenced(_ markup: String) -> String {
        var marks = "```"
        while markup.contains(marks) { marks += "`" }
        return "\(marks)html\n\(markup)\(markup.hasSuffix("\n") ? "" : "\n")\(marks)"
    }

    // The prompt with its facts in place.
    private static func text(_ file: [UInt8], _ facts: [String: String]) -> String {
        var text = ""
        var isSaid = true
        for line in String(decoding: file, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("{{#") {
                isSaid = facts[String(line.dropFirst(3).dropLast(2))] != nil
            } else if line.hasPrefix("{{/") {
                isSaid = true
            } else if isSaid {
                text += filled(line, facts) + "\n"
            }
        }
        return String(text.dropLast())
    }

    private static func filled(_ line: Substring, _ facts: [String: String]) -> String {
        var filled = ""
        var rest = line
        while let start = rest.firstRange(of: "{{"), let end = rest[start.upperBound...].firstRange(of: "}}") {
            let name = String(rest[start.upperBound..<end.lowerBound])
            guard let fact = facts[name] else { preconditionFailure("the prompt wants the fact \(name)") }
            filled += rest[..<start.lowerBound] + fact
            rest = rest[end.upperBound...]
        }
        return filled + rest
    }
}
