// What can stop a whole batch. What goes wrong with one design is told of that design, and stops nothing.
public import Inference

/// Why a batch came to no project. Pages that were finished before stay on the shelf.
public enum BatchError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The folder of designs cannot be read; the reason in words.
    case unreadable(folder: String, reason: String)
    /// Another process writes to the output folder.
    case busy(folder: String)
    /// The output folder is the folder of designs.
    case outputIsInput(folder: String)
    /// No design could be converted with this engine, or none any more.
    case engine(EngineError)
    /// The shelf or the project cannot be written.
    case project(ProjectError)
    /// The stack cannot be written.
    case stack(StackError)
    /// The task was cancelled.
    case cancelled

    /// One line for people.
    public var description: String {
        switch self {
        case .unreadable(let folder, let reason): "\(folder): cannot be read: \(reason)"
        case .busy(let folder): "\(folder): another bottega writes to it"
        case .outputIsInput(let folder): "\(folder): the project needs a folder of its own beside the designs"
        case .engine(let error): error.description
        case .project(let error): error.description
        case .stack(let error): error.description
        case .cancelled: "cancelled"
        }
    }
}
