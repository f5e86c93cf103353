// What projects can be written in, with a name and a sentence for people. The list is `Stack`'s own; a stack that is
// added there must get its words here, or this file does not compile.
// Reads: endpoints · list.
import Hummingbird
import UIToCode

/// `/v1/stacks`.
struct StackRoutes: Sendable {
    private struct Representation: Encodable, Sendable {
        var object = "stack"
        let id, name, description, entry: String
        let available: Bool
    }

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self).get(use: list)
    }

    @Sendable private func list(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        return try Wire.answer(Listing(data: Stack.allCases.map(representation)))
    }

    private func representation(of stack: Stack) -> Representation {
        let (name, description) =
            switch stack {
            case .html: ("HTML", "One self-contained page per picture; its styles are inside.")
            }
        return Representation(
            id: stack.rawValue, name: name, description: description, entry: stack.entryPath, available: true)
    }
}
