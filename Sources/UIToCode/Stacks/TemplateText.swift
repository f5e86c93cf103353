// The one door to mustache. A template gets facts and nothing else; one that asks for a fact that does not exist is told so
// instead of leaving a gap in a file.
import Mustache

/// What a template can ask for.
indirect enum TemplateFact: Sendable, Equatable {
    case text(String)
    case flag(Bool)
    /// One after the other, each with facts of its own; `isLast` is added to them.
    case list([[String: TemplateFact]])

    fileprivate var value: Any {
        switch self {
        case .text(let text): return text
        case .flag(let flag): return flag
        case .list(let items):
            return items.enumerated().map { index, item in
                item.mapValues(\.value).merging(["isLast": index == items.count - 1]) { $1 }
            }
        }
    }
}

/// The mustache files of a stack, ready to be filled in.
struct TemplateText {
    private let library: MustacheLibrary

    /// Parses templates that were checked.
    ///
    /// - Throws: `StackError.notMustache`.
    init(_ templates: [String: String]) throws(StackError) {
        var library = MustacheLibrary()
        for (name, text) in templates {
            library.register(try Self.parsed(text, path: name + ".mustache"), named: name)
        }
        self.library = library
    }

    /// A template with facts put in.
    ///
    /// - Throws: `StackError.unknownName` for a fact that is not there.
    func text(of name: String, _ facts: [String: TemplateFact]) throws(StackError) -> String {
        let asked = AskedFacts(facts.mapValues(\.value))
        guard let text = library.render(asked, withTemplate: name) else {
            throw .cannotRead(path: name + ".mustache", reason: "there is no such file")
        }
        if let missing = asked.missing { throw .unknownName(missing, path: name + ".mustache") }
        return text
    }

    /// Whether a text is a template, and takes in none but `partials`.
    ///
    /// - Throws: `notMustache`, `unknownPartial`.
    static func check(_ text: String, path: String, partials: Set<String>) throws(StackError) {
        _ = try parsed(text, path: path)
        for name in takenIn(by: text) where !partials.contains(name) { throw .unknownPartial(name, path: path) }
    }

    private static func parsed(_ text: String, path: String) throws(StackError) -> MustacheTemplate {
        do {
            return try MustacheTemplate(string: text)
        } catch let error as MustacheTemplate.ParserError {
            throw .notMustache(path: path, line: error.context.lineNumber, reason: "\(error.error)")
        } catch {
            throw .notMustache(path: path, line: 1, reason: "\(error)")
        }
    }

    // The names behind `{{>`, whatever the marks are at that place.
    private static func takenIn(by text: String) -> [String] {
        var names: [String] = []
        var marks = (open: "{{", close: "}}")
        var rest = text[...]
        while let open = rest.firstRange(of: marks.open) {
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: marks.close) else { break }
            let tag = String(rest[..<close.lowerBound]).trimmed
            rest = rest[close.upperBound...]
            if tag.first == ">" || tag.first == "<" { names.append(String(tag.dropFirst()).trimmed) }
            let parts = tag.split(whereSeparator: { $0 == "=" || $0.isWhitespace }).map(String.init)
            if tag.first == "=", parts.count == 2 { marks = (parts[0], parts[1]) }
        }
        return names
    }
}

/// The facts of one file, below everything that sections add: what is asked for here and absent exists nowhere.
private final class AskedFacts: MustacheParent {
    private let facts: [String: Any]
    private(set) var missing: String?

    init(_ facts: [String: Any]) { self.facts = facts }

    func child(named name: String) -> Any? {
        if let fact = facts[name] { return fact }
        missing = missing ?? name
        return nil
    }
}
