// A stack's folder → its template. Everything is checked here: keys that nobody knows, values of the wrong kind, templates
// that do not parse, paths that leave the project; what a template asks for is checked when it is filled in.
import Foundation
import Inference

extension StackTemplate {
    /// Reads a folder: `manifest.json`, and the mustache files that it names or that those take in.
    ///
    /// - Throws: anything of `StackError` but `unknownName`.
    public init(folder: String) throws(StackError) {
        var reader = try ManifestReader(path: folder + "/manifest.json")
        let files = try reader.list("files") { file throws(StackError) in try FileRule(&file) }
        let names = try Self.templateNames(in: folder)
        var templates: [String: String] = [:]
        for name in names { templates[name] = try Self.text(of: folder + "/" + name + ".mustache") }
        for file in files where templates[file.template] == nil {
            throw .cannotRead(path: folder + "/" + file.template + ".mustache", reason: "there is no such file")
        }
        name = try reader.name("name")
        title = try reader.string("title")
        summary = try reader.string("description")
        pageFolder = try reader.optionalPath("page_folder")
        styles = try reader.choice("styles", Styles.self)
        mount = try reader.optionalString("mount")
        previewPath = try reader.optionalPath("preview")
        assetPath = try reader.path("assets")
        assetAddress = try reader.string("asset_address")
        styleAssetAddress = try reader.string("style_asset_address")
        syntax = try reader.object("markup") { markup throws(StackError) in try MarkupSyntax(&markup) }
        self.files = files
        self.templates = templates
        try reader.finish()
        for (name, text) in templates.sorted(by: { $0.key < $1.key }) {
            try TemplateText.check(text, path: folder + "/" + name + ".mustache", partials: Set(names))
        }
    }

    private static func templateNames(in folder: String) throws(StackError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(".mustache") }.map { String($0.dropLast(".mustache".count)) }.sorted()
        } catch {
            throw .cannotRead(path: folder, reason: "it is no folder that can be listed")
        }
    }

    fileprivate static func text(of path: String) throws(StackError) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .cannotRead(path: path, reason: "there is no such file")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw .cannotRead(path: path, reason: "it is not UTF-8")
        }
        return text
    }
}

extension StackTemplate.FileRule {
    fileprivate init(_ reader: inout ManifestReader) throws(StackError) {
        template = try reader.string("template")
        subject = try reader.choice("of", Subject.self)
        path = try reader.path("path")
        singlePath = try reader.optionalPath("single_path")
        indent = try reader.count("indent") ?? 0
    }
}

extension MarkupSyntax {
    fileprivate init(_ reader: inout ManifestReader) throws(StackError) {
        componentNames = try reader.choice("component_names", Case.self)
        propertyNames = try reader.choice("property_names", Case.self)
        use = try reader.choice("use", Use.self)
        closesVoid = try reader.flag("closes_void") ?? false
        style = try reader.choice("style", Style.self)
        textProperty = try reader.string("text_property")
        attributeProperty = try reader.string("attribute_property")
        attributeNames = Dictionary(try reader.words("attribute_names").map { ($0.part, $0.replacement) }) { $1 }
        omittedAttributes = try reader.strings("omitted_attributes")
        omittedElements = Set(try reader.strings("omitted_elements"))
        textEscapes = try reader.words("text_escapes")
        attributeEscapes = try reader.words("attribute_escapes")
        preformatted = try reader.optionalString("preformatted")
        link = try reader.string("link")
    }
}

/// Takes the members of a manifest one by one, by key, and knows which were never asked for.
private struct ManifestReader {
    private let path: String
    // Where in the manifest this object stands: `markup.`, `files[2].`.
    private let place: String
    private var members: [String: JSONValue] = [:]
    private var known: [String] = []

    init(path: String) throws(StackError) {
        let text = try StackTemplate.text(of: path)
        let value: JSONValue
        do { value = try JSONValue(parsing: text) } catch { throw .notJSON(path: path, reason: "\(error)") }
        try self.init(value, path: path, place: "")
    }

    private init(_ value: JSONValue, path: String, place: String) throws(StackError) {
        guard case .object(let members) = value else {
            throw .wrongValue(
                key: place.isEmpty ? "manifest" : String(place.dropLast()), path: path, expected: "an object",
                found: value.kindName)
        }
        self.path = path
        self.place = place
        for member in members { self.members[member.key] = member.value }
    }

    /// - Throws: `unknownKey` when there is a member that nobody took.
    func finish() throws(StackError) {
        guard let key = members.keys.sorted().first(where: { !known.contains($0) }) else { return }
        throw .unknownKey(place + key, path: path, known: known.sorted())
    }

    private mutating func take(_ key: String) -> JSONValue? {
        known.append(key)
        return members[key]
    }

    private mutating func required(_ key: String) throws(StackError) -> JSONValue {
        guard let value = take(key) else { throw .missingKey(place + key, path: path) }
        return value
    }

    private func wrong(_ key: String, _ expected: String, _ value: JSONValue) -> StackError {
        .wrongValue(key: place + key, path: path, expected: expected, found: value.text(.compact))
    }

    mutating func string(_ key: String) throws(StackError) -> String {
        let value = try required(key)
        guard case .string(let text) = value else { throw wrong(key, "a string", value) }
        return text
    }

    mutating func optionalString(_ key: String) throws(StackError) -> String? {
        members[key] == nil
            ? {
                known.append(key); return nil
            }() : try string(key)
    }

    /// Lower-case letters, digits and hyphens.
    mutating func name(_ key: String) throws(StackError) -> String {
        let text = try string(key)
        let isName =
            !text.isEmpty
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        guard isName else { throw wrong(key, "lower-case letters, digits and hyphens", .string(text)) }
        return text
    }

    /// A path inside a project.
    mutating func path(_ key: String) throws(StackError) -> String {
        let text = try string(key)
        guard Project.isSafe(text) else { throw wrong(key, "a path inside the project", .string(text)) }
        return text
    }

    mutating func optionalPath(_ key: String) throws(StackError) -> String? {
        members[key] == nil
            ? {
                known.append(key); return nil
            }() : try path(key)
    }

    mutating func flag(_ key: String) throws(StackError) -> Bool? {
        guard let value = take(key) else { return nil }
        guard case .bool(let flag) = value else { throw wrong(key, "true or false", value) }
        return flag
    }

    /// A whole number, 0 to 40.
    mutating func count(_ key: String) throws(StackError) -> Int? {
        guard let value = take(key) else { return nil }
        guard case .number(let digits) = value, let count = Int(digits), (0...40).contains(count) else {
            throw wrong(key, "a whole number from 0 to 40", value)
        }
        return count
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, _: Choice.Type
    ) throws(StackError) -> Choice where Choice.RawValue == String {
        let text = try string(key)
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or ")
            throw wrong(key, known, .string(text))
        }
        return choice
    }

    /// A list of strings; empty when it is absent.
    mutating func strings(_ key: String) throws(StackError) -> [String] {
        guard let value = take(key) else { return [] }
        guard case .array(let items) = value else { throw wrong(key, "a list of strings", value) }
        var strings: [String] = []
        for item in items {
            guard case .string(let text) = item else { throw wrong(key, "a list of strings", value) }
            strings.append(text)
        }
        return strings
    }

    /// An object of strings, longest keys first; empty when it is absent.
    mutating func words(_ key: String) throws(StackError) -> [MarkupSyntax.Replacement] {
        guard let value = take(key) else { return [] }
        guard case .object(let members) = value else { throw wrong(key, "an object of strings", value) }
        var words: [MarkupSyntax.Replacement] = []
        for member in members {
            guard case .string(let text) = member.value, !member.key.isEmpty else {
                throw wrong(key, "an object of strings", value)
            }
            words.append(MarkupSyntax.Replacement(part: member.key, replacement: text))
        }
        return words.sorted { ($1.part.count, $0.part) < ($0.part.count, $1.part) }
    }

    mutating func object<Part>(
        _ key: String, _ read: (inout ManifestReader) throws(StackError) -> Part
    ) throws(StackError) -> Part {
        var reader = try ManifestReader(try required(key), path: path, place: place + key + ".")
        let part = try read(&reader)
        try reader.finish()
        return part
    }

    mutating func list<Part>(
        _ key: String, _ read: (inout ManifestReader) throws(StackError) -> Part
    ) throws(StackError) -> [Part] {
        let value = try required(key)
        guard case .array(let items) = value else { throw wrong(key, "a list", value) }
        var parts: [Part] = []
        for (index, item) in items.enumerated() {
            var reader = try ManifestReader(item, path: path, place: "\(place)\(key)[\(index)].")
            parts.append(try read(&reader))
            try reader.finish()
        }
        return parts
    }
}
