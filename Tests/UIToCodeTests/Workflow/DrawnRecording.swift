// A recording that nobody made: pages of a small app, photographed in the states that the recording would show, and what an
// observer would see in it. The engine beside it knows the pages by their pictures.
import Foundation
import Inference
import Render
import Synchronization

@testable import Media
@testable import UIToCode

/// Sign in, look around, open and close a dialogue, sign out.
struct DrawnRecording: RecordingObserving {
    static let window = Viewport(width: 480, height: 320)
    static let typed = "Ada Lovelace"

    let observation: Observation
    /// The page of each screen.
    let pages: [String]
    /// The screens as they were at rest.
    let screens: [Image]

    func observe(path: String, progress: (Double) -> Void) throws -> Observation {
        progress(1)
        return observation
    }

    /// Draws it.
    static func draw(_ renderer: Renderer) async throws -> DrawnRecording {
        func shot(_ html: String) async throws -> Screenshot {
            try await renderer.render(PageFiles(html: html), viewport: window)
        }
        func box(_ shot: Screenshot, _ ending: String) -> Box {
            shot.elements.first { $0.selector.hasSuffix(ending) }?.box ?? Box(x: 0, y: 0, width: 0, height: 0)
        }
        func middle(_ box: Box, up: Double = 0) -> PixelPoint { PixelPoint(x: box.center.x, y: box.center.y - up) }
        func part(_ image: Image, from row: Int) -> Image {
            image.cropped(x: 0, y: row, width: image.width, height: window.height)
        }

        let empty = try await shot(signIn(value: "")), filled = try await shot(signIn(value: typed))
        let board = try await shot(dashboard(dialogue: false)), dialogue = try await shot(dashboard(dialogue: true))
        let field = box(empty, "input:nth-child(3)"), button = box(empty, "button:nth-child(4)")
        let details = box(board, "button:nth-child(7)"), close = box(dialogue, "div:nth-child(1) > button:nth-child(3)")
        let out = box(board, "nav:nth-child(1) > a:nth-child(2)")
        let scrolled = board.image.height - window.height
        let top = part(board.image, from: 0), low = part(board.image, from: scrolled)
        let over = part(dialogue.image, from: 0)
        let text = filled.texts.first { $0.text == typed }?.box ?? field
        let whole = Box(x: 0, y: 0, width: 480, height: 320)

        func event(
            _ kind: ObservedEvent.Kind, _ start: Double, _ end: Double, _ box: Box, _ pointer: PixelPoint?,
            _ screens: (Int, Int), _ before: Image, _ after: Image, distance: PixelPoint? = nil
        ) -> ObservedEvent {
            ObservedEvent(
                kind: kind, start: start, end: end, box: box, pointer: pointer, distance: distance,
                screenBefore: screens.0, screenAfter: screens.1, frameBefore: KeptPicture(before),
                frameAfter: KeptPicture(after), confidence: 0.9)
        }
        let events = [
            event(.typing, 1, 2.6, text, middle(field), (0, 0), empty.image, filled.image),
            event(.navigation, 3, 3.4, whole, middle(button), (0, 1), filled.image, top),
            event(
                .scroll, 4, 4.6, whole, PixelPoint(x: 200, y: 200), (1, 1), top, low,
                distance: PixelPoint(x: 0, y: Double(scrolled))),
            event(
                .overlayOpen, 7.2, 7.4, Box(x: 100, y: 60, width: 280, height: 200),
                middle(details, up: Double(scrolled)),
                (1, 2), low, over),
            event(.overlayClose, 8, 8.2, Box(x: 100, y: 60, width: 280, height: 200), middle(close), (2, 1), over, top),
            event(.navigation, 9, 9.3, whole, middle(out), (1, 0), top, empty.image),
        ]
        let screens = [empty.image, board.image, over]
        let spans = [[(0.0, 3.0), (9.3, 10.0)], [(3.4, 7.2), (8.2, 9.0)], [(7.4, 8.0)]]
        return DrawnRecording(
            observation: Observation(
                info: VideoInfo(
                    format: .webm, codec: "vp9", width: 480, height: 320, seconds: 10, framesPerSecond: 15,
                    frameCount: 150),
                events: events,
                screens: zip(screens, spans).enumerated().map { index, screen in
                    ObservedScreen(
                        image: KeptPicture(screen.0), windowHeight: 320, firstSeen: screen.1[0].0,
                        below: index == 2 ? 1 : nil, spans: screen.1.map { TimeSpan(start: $0.0, end: $0.1) })
                }, damage: nil),
            pages: [signIn(value: ""), dashboard(dialogue: false), dashboard(dialogue: true)], screens: screens)
    }

    private static let style = """
        * { box-sizing: border-box; margin: 0; padding: 0; }
        body { font: 16px "Liberation Sans", Arial, sans-serif; background: #f1f5f9; color: #0f172a; }
        main { padding: 24px; }
        h1 { font-size: 26px; margin-bottom: 16px; }
        label { display: block; }
        input { display: block; width: 300px; height: 40px; padding: 0 10px; border: 1px solid #94a3b8; font: inherit; }
        button { display: block; margin-top: 20px; padding: 10px 18px; border: 0; background: #0f766e; color: #fff; font: inherit; }
        nav { display: flex; gap: 24px; padding: 12px 24px; background: #0f172a; }
        nav a { color: #fff; }
        p { height: 120px; }
        """

    private static func document(_ title: String, _ body: String) -> String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>\(title)</title><style>\(style)</style></head>
        <body>\(body)</body></html>
        """
    }

    private static func signIn(value: String) -> String {
        document(
            "Sign in",
            "<main><h1>Sign in</h1><label>Full name</label><input value=\"\(value)\"><button>Continue</button></main>")
    }

    private static func dashboard(dialogue: Bool) -> String {
        let over = """
            <div style="position: fixed; left: 100px; top: 60px; width: 280px; height: 200px; padding: 16px; background: #fff; \
            border: 2px solid #0f172a"><h2>Order 17</h2><p style="height: 60px">Paid in full.</p><button>Close</button></div>
            """
        let body = """
            <nav><a>Home</a><a>Sign out</a></nav><main><h1>Your orders</h1><p>Order 15 was sent.</p><p>Order 16 is packed.</p>\
            <p>Order 17 is paid.</p><p>Order 18 waits.</p><p>Order 19 waits.</p><button>Details of order 17</button></main>
            """
        return document("Orders", dialogue ? "<div>\(over)</div>" + body : body)
    }
}

/// An engine that knows pages by their pictures, and reads everything else as one text.
final class KnowingEngine: Engine {
    let abilities: Abilities
    private let pages: [(picture: Image, page: String)]
    private let words: String
    private let asked = Mutex<[GenerationRequest]>([])

    /// - Parameter summary: what it says when it is asked in words; nil for one that follows none.
    init(_ recording: DrawnRecording, words: String = DrawnRecording.typed, readsVideo: Bool = false) {
        pages = zip(recording.screens, recording.pages).map { ($0, $1) }
        self.words = words
        abilities = Abilities(
            modelName: "knowing", contextTokens: 4096, readsImages: true, readsVideo: readsVideo, callsTools: false,
            followsInstructions: true)
    }

    var requests: [GenerationRequest] { asked.withLock { $0 } }

    func generate(_ request: GenerationRequest) -> AsyncThrowingStream<GenerationEvent, any Error> {
        asked.withLock { $0.append(request) }
        let parts = request.conversation.messages.flatMap(\.content)
        let images = parts.compactMap { part in if case .image(let image) = part { image } else { nil as Image? } }
        let isSummary = parts.contains { part in
            if case .text(let text) = part { text.contains("screen recording") } else { false }
        }
        let answer =
            isSummary
            ? "Somebody named \(words) signed in and looked at an order."
            : images.first.map { "```html\n\(page(of: $0))\n```" } ?? ""
        return AsyncThrowingStream { stream in
            stream.yield(.text(answer))
            stream.yield(
                .finished(
                    GenerationSummary(
                        reason: .stop, promptTokens: 1, cachedTokens: 0, completionTokens: 1, decodeSeconds: 0)))
            stream.finish()
        }
    }

    // The page whose picture is nearest, of those that are as large; else the words, when there is ink.
    private func page(of image: Image) -> String {
        let known = pages.filter { $0.picture.width == image.width && $0.picture.height == image.height }
        if let best = known.min(by: { $0.picture.difference(from: image) < $1.picture.difference(from: image) }) {
            return best.page
        }
        let hasInk = image.pixels.contains { $0 < 100 }
        return hasInk ? "<!doctype html><p>\(words)</p>" : "<!doctype html><p></p>"
    }
}

/// Whether there is a browser to draw with.
enum WorkflowBrowser {
    static let isThere = (try? Renderer()) != nil
}
