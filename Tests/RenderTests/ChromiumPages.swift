// What the browser's tests share. They need a Chromium and are left out where there is none; `.ci/setup` installs it.
import Foundation
import Media
import Testing

@testable import Render

/// Tests that need a browser. They run one after the other: some count processes, files and connections.
@Suite(.serialized, .enabled(if: Chromium.isInstalled, "no Chromium is installed"), .timeLimit(.minutes(10)))
struct ChromiumSuite {}

enum Chromium {
    static let isInstalled = (try? BrowserProgram.find(named: nil)) != nil

    /// Limits that a busy machine does not reach, except for those that a test is about.
    static func options(_ change: (inout RenderOptions) -> Void = { _ in }) -> RenderOptions {
        var options = RenderOptions()
        options.pageSeconds = 60
        change(&options)
        return options
    }

    /// Gives a renderer to `body` and closes it.
    static func withRenderer<Result>(
        _ options: RenderOptions = options(), _ body: (Renderer) async throws -> Result
    ) async throws -> Result {
        let renderer = try Renderer(options: options)
        do {
            let result = try await body(renderer)
            await renderer.close()
            return result
        } catch {
            await renderer.close()
            throw error
        }
    }

    /// Shows one page in a browser of its own.
    static func show(
        _ html: String, _ viewport: Viewport = Viewport(width: 400, height: 300), _ options: RenderOptions = options()
    ) async throws -> Screenshot {
        try await withRenderer(options) { try await $0.render(PageFiles(html: html), viewport: viewport) }
    }

    /// That a renderer still works.
    static func expectToWork(_ renderer: Renderer, _ location: SourceLocation = #_sourceLocation) async throws {
        let page = PageFiles(html: page("<p>fine</p>"))
        let shot = try await renderer.render(page, viewport: Viewport(width: 400, height: 300))
        #expect(shot.texts.map(\.text) == ["fine"], sourceLocation: location)
    }

    /// A whole page around `body`.
    static func page(_ body: String, style: String = "") -> String {
        "<!doctype html><html lang=en><title>Page</title><style>body{margin:0}\(style)</style><main>\(body)</main></html>"
    }
}

extension Screenshot {
    /// The colour at a device pixel.
    func pixel(_ x: Int, _ y: Int) -> RGB {
        let start = (y * image.width + x) * 3
        return RGB(image.pixels[start], image.pixels[start + 1], image.pixels[start + 2])
    }

    /// The box of the first text that reads so.
    func text(_ words: String) -> TextBox? { texts.first { $0.text == words } }
}
