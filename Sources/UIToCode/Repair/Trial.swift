// What a repair proposes: changes of a page, and in which manner they are tried. A repair only looks and proposes;
// whether a change is kept is decided by `RepairSession`, by rendering it.

/// Looks at a page beside its design and proposes changes.
protocol Repair: Sendable {
    /// What it is called in the trace.
    var name: String { get }
    /// How many trials one run may take.
    var trialLimit: Int { get }
    /// Whether later rounds leave it out.
    var isDoneOnce: Bool { get }
    /// What to try on the page as it is, most promising first. Asked again after every change that was kept, so that
    /// each proposal is made from what is there; a trial of a name that was tried before is passed over.
    func trials(for view: PageView) -> [Trial]
}

extension Repair {
    var isDoneOnce: Bool { false }
}

/// Changes that belong together.
struct Trial: Sendable {
    /// How the changes are tried.
    enum Manner: Sendable {
        /// Each by itself; the one with the highest total is kept, ties to the first.
        case best
        /// One after the other until one is kept.
        case first
        /// All at once; when that is refused, each half by itself, and so on down to single changes.
        case together
        /// Value by value along the axes of the changes, each axis on top of what the others chose, at most twice.
        case descent
    }

    /// Tells it from the other trials of its repair.
    var name: String
    var manner: Manner
    var changes: [Change]
}

/// One change of a page.
struct Change: Sendable {
    /// What it does, in words.
    var words: String
    /// In a descent: what it sets. Changes of one axis exclude each other.
    var axis = ""
    /// Styles of elements.
    var styles: [StyleChange] = []
    /// Other changes of the document.
    var operations: [EditOperation] = []
    /// Files that come into the project.
    var files: [(path: String, bytes: [UInt8])] = []

    /// Several changes as one.
    static func joined(_ changes: [Change]) -> Change {
        Change(
            words: changes.map(\.words).joined(separator: "; "), styles: changes.flatMap(\.styles),
            operations: changes.flatMap(\.operations), files: changes.flatMap(\.files))
    }
}

/// Properties that some elements get.
struct StyleChange: Sendable, Equatable {
    /// The selectors of the elements; at least one.
    var selectors: [String]
    /// Plain values by property.
    var declarations: [String: String]
}
