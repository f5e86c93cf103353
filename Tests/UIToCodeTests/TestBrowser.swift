// The browser of tests: with time enough for a busy machine.
import Render

enum TestBrowser {
    /// A renderer whose pages may take a minute.
    static func renderer() throws -> Renderer {
        var options = RenderOptions()
        options.pageSeconds = 60
        return try Renderer(options: options)
    }
}
