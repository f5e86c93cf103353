// Selectors as text: cut at commas, names replaced, and bound to a part of the page without changing how they are
// weighed against each other (`:where` weighs nothing).

/// Works on the text of selectors.
enum SelectorText {
    /// The selectors of a list: cut at commas outside brackets.
    static func list(_ head: String) -> [String] {
        var parts = [""]
        var depth = 0
        for character in head {
            if "([".contains(character) { depth += 1 }
            if ")]".contains(character) { depth -= 1 }
            if character == ",", depth == 0 { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return parts.map(\.trimmed).filter { !$0.isEmpty }
    }

    /// The selector with every whole occurrence of a tag, `.class` or `#id` replaced. Values of attributes stay.
    static func replacing(_ name: String, with new: String, in selector: String) -> String {
        let characters = Array(selector)
        let wanted = Array(name)
        var result = ""
        var index = 0
        var isInValue = false
        while index < characters.count {
            if characters[index] == "[" { isInValue = true }
            if characters[index] == "]" { isInValue = false }
            let end = index + wanted.count
            let before = index > 0 ? characters[index - 1] : " "
            let isStart = wanted[0].isLetter ? !isNamePart(before) && !".#:".contains(before) : true
            if !isInValue, isStart, end <= characters.count, Array(characters[index..<end]) == wanted,
                end == characters.count || !isNamePart(characters[end])
            {
                result += new
                index = end
            } else {
                result.append(characters[index])
                index += 1
            }
        }
        return result
    }

    /// The selector for elements in some containers only. `body`, `html` and `:root` mean the container itself; any
    /// other selector may match the container or what is inside it.
    ///
    /// - Parameters:
    ///   - container: matches the containers and weighs as much as a tag: `div:where(.block)`.
    ///   - scope: matches containers and all inside, weighing nothing; nil leaves other selectors as they are.
    static func bound(_ selector: String, container: String, scope: String?) -> String {
        var (first, rest) = firstCompound(selector)
        var isRoot = false
        while let name = rootName(first) {
            isRoot = true
            let following = String(rest.drop { " >".contains($0) })
            let next = firstCompound(following)
            let suffix = String(first.dropFirst(name.count))
            if name != "body", suffix.isEmpty, !following.isEmpty {
                (first, rest) = next
                continue
            }
            return container + suffix + rest
        }
        guard let scope else { return isRoot ? first + rest : selector }
        let state = first.firstRange(of: "::")?.lowerBound ?? pseudoElement(in: first) ?? first.endIndex
        return first[..<state] + scope + first[state...] + rest
    }

    private static func isNamePart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "-" || character == "_"
    }

    private static func rootName(_ compound: String) -> String? {
        ["body", "html", ":root"].first { name in
            compound.lowercased().hasPrefix(name) && !(compound.dropFirst(name.count).first.map(isNamePart) ?? false)
        }
    }

    // `:before` and the like, written with one colon.
    private static func pseudoElement(in compound: String) -> String.Index? {
        [":before", ":after", ":first-line", ":first-letter"].compactMap { compound.firstRange(of: $0)?.lowerBound }
            .min()
    }

    private static func firstCompound(_ selector: String) -> (first: String, rest: String) {
        var depth = 0
        for index in selector.indices {
            let character = selector[index]
            if "([".contains(character) { depth += 1 }
            if ")]".contains(character) { depth -= 1 }
            if depth == 0, " >+~".contains(character) {
                return (String(selector[..<index]), String(selector[index...]))
            }
        }
        return (selector, "")
    }
}
