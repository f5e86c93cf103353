// What projects can be written in, with a name and a sentence for people: the stacks that ship inside, in their own words.
// Reads: endpoints · list.
import Hummingbird
import Jobs
import UIToCode

/// `/v1/stacks`.
struct StackRoutes: Sendable {
    private struct Representation: Encodable, Sendable {
        var object = "stack"
        let id, name, description, entry: String
        let available: Bool
        /// What can be written in it.
        var kinds = [Conversion.Kind.conversion, .batch]
    }

    var endpoints: RouteCollection<BottegaRequestContext> {
        RouteCollection(context: BottegaRequestContext.self).get(use: list)
    }

    @Sendable private func list(request: Request, context: BottegaRequestContext) async throws -> Response {
        _ = try Query(request)
        return try Wire.answer(Listing(data: Stack.allCases.map(representation)))
    }

    private func representation(of stack: Stack) -> Representation {
        let template = stack.template
        return Representation(
            id: stack.rawValue, name: template.title, description: template.summary, entry: template.entryPath,
            available: true)
    }
}
