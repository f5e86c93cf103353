// Everything that can be wrong with a stack's template. Templates are written by people, so each error names the file, the
// place and what was expected there.

/// Why a stack's template cannot be used.
public enum StackError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Neither a stack that ships inside nor a folder.
    case unknownStack(String, known: [String])
    /// No folder, or no such file in it; the reason in words.
    case cannotRead(path: String, reason: String)
    /// A manifest that is no JSON.
    case notJSON(path: String, reason: String)
    /// A key that no manifest has at this place.
    case unknownKey(String, path: String, known: [String])
    /// A key that must be there.
    case missingKey(String, path: String)
    /// A key whose value is of another kind, or none of those that are known.
    case wrongValue(key: String, path: String, expected: String, found: String)
    /// A template that is no mustache.
    case notMustache(path: String, line: Int, reason: String)
    /// A template asks for something that its place does not have.
    case unknownName(String, path: String)
    /// A template takes in another that is not there.
    case unknownPartial(String, path: String)
    /// The files that a template makes are no project.
    case project(ProjectError)

    /// One line for people.
    public var description: String {
        switch self {
        case .unknownStack(let name, let known):
            "there is no stack \"\(name)\"; known: \(known.joined(separator: ", ")), or the folder of one"
        case .cannotRead(let path, let reason): "cannot read \(path): \(reason)"
        case .notJSON(let path, let reason): "\(path) is no JSON: \(reason)"
        case .unknownKey(let key, let path, let known):
            "\(path) has the key \"\(key)\"; known here: \(known.joined(separator: ", "))"
        case .missingKey(let key, let path): "\(path) lacks the key \"\(key)\""
        case .wrongValue(let key, let path, let expected, let found):
            "\(path): \"\(key)\" must be \(expected), not \(found)"
        case .notMustache(let path, let line, let reason): "\(path), line \(line): \(reason)"
        case .unknownName(let name, let path): "\(path) asks for \"\(name)\", which is not known there"
        case .unknownPartial(let name, let path): "\(path) takes in \"\(name)\", which is no template beside it"
        case .project(let error): error.description
        }
    }
}
