// Everything that can be wrong with a checkpoint directory, by name: which file, which tensor or field,
// what was expected and what was found.

/// Why a checkpoint cannot be used.
public enum CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A file or directory cannot be read.
    case unreadable(file: String, reason: String)
    /// A file or directory cannot be written.
    case unwritable(file: String, reason: String)
    /// A file's content breaks its format.
    case malformed(file: String, reason: String)
    /// A field of a JSON file is missing or has an impossible value.
    case field(file: String, name: String, expected: String, found: String)
    /// Tensors that the configuration asks for and the files lack.
    case missingTensors(directory: String, names: [String])
    /// Tensors in the files that the configuration has no place for.
    case leftoverTensors(directory: String, names: [String])
    /// A tensor has another shape than the configuration says.
    case shape(file: String, tensor: String, expected: [Int], found: [Int])
    /// A tensor has a type that its place cannot take.
    case elementType(file: String, tensor: String, expected: String, found: String)
    /// The checkpoint is sound but of a kind that this engine does not run.
    case unsupported(file: String, reason: String)

    /// One line for people.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason), .unwritable(let file, let reason): "\(file): \(reason)"
        case .malformed(let file, let reason): "\(file): \(reason)"
        case .field(let file, let name, let expected, let found):
            "\(file): \(name) should be \(expected), found \(found)"
        case .missingTensors(let directory, let names):
            "\(directory): \(Self.listed(names)) missing from the checkpoint"
        case .leftoverTensors(let directory, let names):
            "\(directory): \(Self.listed(names)) in the files but not in the configuration"
        case .shape(let file, let tensor, let expected, let found):
            "\(file): \(tensor) should have shape \(expected), found \(found)"
        case .elementType(let file, let tensor, let expected, let found):
            "\(file): \(tensor) should be \(expected), found \(found)"
        case .unsupported(let file, let reason): "\(file): \(reason)"
        }
    }

    private static func listed(_ names: [String]) -> String {
        let shown = names.prefix(3).joined(separator: ", ")
        return names.count > 3 ? "\(names.count) tensors (\(shown), …)" : shown
    }
}
