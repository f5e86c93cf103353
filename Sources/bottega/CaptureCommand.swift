// `bottega capture`: a page of the web as a picture, with its texts.
import ArgumentParser
import Foundation
import Media
import Render

struct CaptureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "Takes a picture of a page of the web.",
        discussion: """
            The picture is as wide as the window and as high as the page. Every connection is checked: addresses of \
            private networks and of this machine are refused, whoever names them, unless --allow does.

            Examples:
              bottega capture https://example.com --output example.png
              bottega capture http://localhost:3000 --allow localhost --output app.png
              bottega capture https://example.com --output m.png --viewport 390x844 --json | jq '.texts[].text'
            """)

    @Argument(help: ArgumentHelp("An address that begins with http:// or https://.", valueName: "url"))
    var address: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The picture to write.", valueName: "png"), completion: .file())
    var output: String

    @Option(help: ArgumentHelp("The window. (default: 1280x800)", valueName: "WxH"), transform: Viewport.parse)
    var viewport: Viewport?

    @Option(
        help: ArgumentHelp("A host, address or network that may be reached though it is not public.", valueName: "host")
    )
    var allow: [String] = []

    @Flag(help: "Print one JSON object: title, texts, console, refused requests.")
    var json = false

    func run() async throws {
        let command = self
        try await Interruption.run { try await command.capture() }
    }
}

extension CaptureCommand {
    private func capture() async throws {
        var policy = try CapturePolicy.allowing(allow)
        // Who names a port means it.
        if let port = URL(string: address)?.port { policy.ports?.insert(port) }
        let renderer = try Renderer()
        let screenshot: Screenshot
        do {
            screenshot = try await renderer.capture(
                address, viewport: viewport ?? Viewport(width: 1280, height: 800), policy: policy)
        } catch {
            await renderer.close()
            throw error
        }
        await renderer.close()
        do {
            try Data(try screenshot.image.encodedPNG()).write(to: URL(filePath: output), options: .atomic)
        } catch let error as MediaError {
            throw error
        } catch {
            throw SubjectError.unwritable(path: output, reason: (error as NSError).localizedDescription)
        }
        if json { Output.result(JSONText.line(CaptureJSON(screenshot))) } else { Output.result(output) }
        for request in screenshot.refused { Output.tell("refused: \(request.address): \(request.reason)") }
    }
}

/// A captured page for machines.
private struct CaptureJSON: Encodable {
    struct Text: Encodable {
        let text: String?
        let box: Box
        let colour: RGB
        let fontSize: Double
        let fontWeight: Int
    }

    let title: String
    let width, height: Int
    let texts: [Text]
    let console: [ConsoleMessage]
    let refused: [RefusedRequest]

    init(_ screenshot: Screenshot) {
        title = screenshot.title
        width = screenshot.image.width
        height = screenshot.image.height
        texts = screenshot.texts.map {
            Text(text: $0.text, box: $0.box, colour: $0.colour, fontSize: $0.fontSize, fontWeight: $0.fontWeight)
        }
        console = screenshot.console
        refused = screenshot.refused
    }
}
