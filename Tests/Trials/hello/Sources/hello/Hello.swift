// Hummingbird's own hello world: one route, no middleware, a log that says nothing per request. `hello PORT` serves
// `/` on 127.0.0.1; load.py measures it beside the service, so that the service's own cost can be told apart.

import Hummingbird

@main
struct Hello {
    static func main() async throws {
        let words = CommandLine.arguments
        guard words.count == 2, let port = Int(words[1]) else {
            fatalError("hello: expected one argument, the port; found \(words.dropFirst())")
        }
        let router = Router()
        router.get("/") { _, _ in "Hello, world!" }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
        try await application.runService()
    }
}
