// What a project is written in. A stack says which file opens the project; what is asked of an engine for it
// stands in `Prompts/`.

/// A technology that projects are written in.
public enum Stack: String, Sendable, CaseIterable {
    /// One self-contained page.
    case html

    /// The file that opens the project.
    public var entryPath: String {
        switch self {
        case .html: "index.html"
        }
    }
}
