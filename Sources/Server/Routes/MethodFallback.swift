// Answers `method_not_allowed` where a path exists and a method does not: the router itself says `not_found` to both.
// Built from the router's own list of routes, after all of them were added.
import HTTPTypes
import Hummingbird

extension Router {
    /// Adds, for every path, an answer to each method that has none, naming those that have one.
    func addMethodFallback() {
        for (_, routes) in Dictionary(grouping: self.routes, by: \.path.description) {
            var allowed = Set(routes.map(\.method))
            // `HEAD` is made from `GET` when the responder is built.
            if allowed.contains(.get) { allowed.insert(.head) }
            let list = allowed.sorted { $0.rawValue < $1.rawValue }
            for method in Self.methods where !allowed.contains(method) {
                on(routes[0].path, method: method) { (_, _) -> Response in
                    throw Problem.methodNotAllowed(method, allowed: list)
                }
            }
        }
    }

    private static var methods: [HTTPRequest.Method] {
        [.get, .head, .post, .put, .patch, .delete, .options, .trace, .connect]
    }
}
