// Everything that can stop a conversion, or an edit of what it made, after its design was read.
public import Inference

/// Why a design did not become a project.
public enum ConvertError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The engine takes no pictures.
    case engineCannotSee(modelName: String)
    /// The engine does not follow instructions, or writes nothing but its dialect.
    case engineCannotFollow(modelName: String)
    /// The model ended its answer without showing anything.
    case blankAnswer(modelName: String)
    /// The model answered in words; the start of them.
    case noPage(modelName: String, answer: String)
    /// The engine failed.
    case engine(EngineError)
    /// The model named files that make no project.
    case project(ProjectError)
    /// A part of the design could not be written as a picture.
    case picture(String)
    /// The stack's template does not fit the page.
    case stack(StackError)
    /// The edit does not fit the project.
    case edit(EditError)
    /// The task was cancelled.
    case cancelled

    /// One line for people.
    public var description: String {
        switch self {
        case .engineCannotSee(let name): "\(name) does not read pictures"
        case .engineCannotFollow(let name): "\(name) does not follow instructions; exact operations need no model"
        case .blankAnswer(let name): "\(name) wrote a blank page"
        case .noPage(let name, let answer): "\(name) wrote no page but: \(answer)"
        case .engine(let error): error.description
        case .project(let error): error.description
        case .picture(let words): "a part of the design could not be written as a picture: \(words)"
        case .stack(let error): error.description
        case .edit(let error): error.description
        case .cancelled: "cancelled"
        }
    }
}
