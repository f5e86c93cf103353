// What a project is written in: the stacks that ship inside, by name. What a stack is stands in its template
// (`Stacks/Templates/`), which is data; a stack of the user's own is a `StackTemplate` and no `Stack`.
import Foundation
import Synchronization

/// A technology that projects are written in, of those that ship inside.
public enum Stack: String, Sendable, CaseIterable {
    /// One self-contained page; for several pages a stylesheet and custom elements.
    case html
    case tailwind
    case react
    case vue
    case svelte

    /// How the stack is written. Its folder is read at the first question.
    public var template: StackTemplate {
        Self.known.withLock { known in
            if let template = known[self] { return template }
            let template = Self.shipped(self)
            known[self] = template
            return template
        }
    }

    /// The file that opens the project of a single page without a build.
    public var entryPath: String { template.entryPath }

    /// Where the folders of the stacks lie that ship inside.
    static var templatesFolder: String { Bundle.module.bundlePath + "/Templates" }

    private static let known = Mutex<[Stack: StackTemplate]>([:])

    private static func shipped(_ stack: Stack) -> StackTemplate {
        do {
            return try StackTemplate(folder: templatesFolder + "/" + stack.rawValue)
        } catch {
            preconditionFailure("the stack \(stack.rawValue) ships inside: \(error)")
        }
    }
}

extension StackTemplate {
    /// The stack that ships inside under a name, or that of a folder.
    ///
    /// - Throws: `StackError.unknownStack` for what is neither; for a folder what `init(folder:)` throws.
    public init(named name: String) throws(StackError) {
        if let stack = Stack(rawValue: name) {
            self = stack.template
        } else {
            guard name.contains("/") || FileManager.default.fileExists(atPath: name) else {
                throw .unknownStack(name, known: Stack.allCases.map(\.rawValue))
            }
            try self.init(folder: name)
        }
    }
}
