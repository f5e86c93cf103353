// The parts of an analysis that need neither a browser nor an engine.
import Foundation
import Render
import Synchronization
import Testing

@testable import Media
@testable import UIToCode

/// Keeps events.
final class EventBox: Sendable {
    private let events = Mutex<[WorkflowEvent]>([])

    var all: [WorkflowEvent] { events.withLock { $0 } }

    func add(_ event: WorkflowEvent) { events.withLock { $0.append(event) } }
}

@Suite struct WorkflowPartTests {
    // MARK: Places

    @Test(arguments: [0, 1, 130, 397, 480])
    func aWindowIsFoundWhereItWasCutOut(row: Int) {
        let whole = Self.noise(width: 120, height: 800)
        let window = whole.cropped(x: 0, y: row, width: 120, height: 320)
        #expect(WindowSearch(whole).offset(of: window) == row)
    }

    @Test func whatFollowsALoadingPageHappensByItself() throws {
        let rest = PixelPoint(x: 10, y: 10)
        let course = try Course(
            Self.observation([
                Self.event(.navigation, 1, 1.2, rest), Self.event(.animation, 1.2, 3.6, rest),
                Self.event(.navigation, 3.6, 3.7, rest), Self.event(.navigation, 5, 5.1, rest),
                Self.event(.overlayClose, 7, 7.1, rest),
            ]))
        #expect(course.places.map(\.isByItself) == [false, true, true, false, true])
    }

    // MARK: Typed text

    @Test(arguments: [
        ("Ada", "", "Ada"), ("Ada Lovelace", "Ada", "Lovelace"), ("blue shoes", "Search", "blue shoes"),
        ("Ada", "Ada", nil), ("", "Search", nil),
    ])
    func whatIsNewWasTyped(after: String, before: String, typed: String?) {
        #expect(TypedText.fresh(after, against: before) == typed)
    }

    @Test func wordsOfAPageAreWhatItShows() {
        let html = """
            <!doctype html><title>no</title><style>p{}</style><p>a &amp; b</p><input value="c"><input type=hidden value=no>
            <input placeholder=d><script>no()</script>
            """
        #expect(PageWords.text(of: html) == "a & b c d")
    }

    @Test func aFilledBoxHasTheColourOfItsGround() {
        var pixels = Image(width: 20, height: 10, fill: (200, 210, 220)).pixels
        for x in 4..<10 { pixels.replaceSubrange((5 * 20 + x) * 3..<(5 * 20 + x) * 3 + 3, with: [0, 0, 0]) }
        let image = Image(width: 20, height: 10, pixels: pixels)
        #expect(
            image.filled([Box(x: 2, y: 3, width: 12, height: 5)]) == Image(width: 20, height: 10, fill: (200, 210, 220))
        )
        #expect(
            image.filled([Box(x: 12, y: 0, width: 90, height: 90), Box(x: -50, y: 0, width: 10, height: 10)]) == image)
    }

    // MARK: Notes

    @Test func comingBackAndOpeningAgainIsNoted() throws {
        var events = [
            Self.event(.navigation, 1, 1.1, nil), Self.event(.navigation, 2, 2.1, nil),
            Self.event(.navigation, 3, 3.1, nil), Self.event(.animation, 4, 6.5, nil),
        ]
        for (index, way) in [(0, 1), (1, 0), (0, 1), (1, 1)].enumerated() {
            (events[index].screenBefore, events[index].screenAfter) = way
        }
        var observation = Self.observation(events, screens: 2)
        observation.damage = "it ends early"
        var album = Album()
        let page = try Self.page("<!doctype html><h1>A</h1>")
        let report = try StepMaker(course: Course(observation), screens: [page, page], typed: [:])
            .report(name: "n", engine: "e", album: &album)
        #expect(report.notes.map(\.kind) == [.backAndForth, .wait, .damage])
        #expect(report.notes[0].text == "“A-2” was opened from “A”, left again, and opened once more.")
        #expect(report.steps.map(\.by) == [.user, .user, .user, .app])
        #expect(report.summary.text.contains("1 wait of more than 2 s takes 2.5 s in all."))
    }

    // MARK: Documents

    @Test func namesCannotBreakADiagram() {
        let hostile = "a\"b; c: d\n--> #x {y} %% <z>"
        let escaped = StateDiagram.escaped(hostile)
        #expect(escaped == "a#34;b#59; c#58; d --#62; #35;x #123;y#125; #37;#37; #60;z#62;")
        var report = Self.report()
        report.screens[0].name = hostile
        let lines = StateDiagram(report).mermaid.split(separator: "\n")
        #expect(lines.count == 2 + report.screens.count + 1 + 1)
        #expect(
            lines[2] == "    state \"\(escaped)\" as screen1" && lines.last == "    screen1 --> screen2 : 1. Click “Go”"
        )
    }

    @Test func wordsCannotBreakAProcedureOrAScript() {
        #expect(Procedure.escaped("a*b*\n# <img> [x](y)") == "a\\*b\\* \\# \\<img\\> \\[x\\]\\(y\\)")
        #expect(PlaywrightScript.literal("a\"b\\c\nd\u{7}\u{202E}é") == #""a\"b\\c\nd\U00000007\U0000202eé""#)
        var report = Self.report()
        report.name = "x\"\"\"\nimport os"
        report.steps[0].instruction = "Click “a\nimport os”."
        let script = PlaywrightScript.text(of: report)
        #expect(
            !script.split(separator: "\n").contains { $0.trimmingCharacters(in: .whitespaces).hasPrefix("import os") })
    }

    @Test func theReportShowsWordsAsWordsAndLoadsNothingFromElsewhere() {
        var report = Self.report()
        let hostile = "<script>alert(1)</script>\"'"
        report.name = hostile
        report.summary.text = hostile
        report.screens[0].name = hostile
        report.steps[0].instruction = hostile
        report.notes = [.init(kind: .failure, start: 0, end: 0, text: hostile)]
        let html = WorkflowPage.html(of: report, nonce: "abc")
        #expect(!html.contains("<script>alert") && html.contains("&lt;script&gt;alert"))
        #expect(html.components(separatedBy: "<script").count == 2 && !html.contains(" style=\""))
        #expect(html.contains("id=\"time\"") && html.contains("data-step=\"0\""))
        for trace in ["src=\"http", "href=\"http", "url(http", "@import"] { #expect(!html.contains(trace)) }
    }

    @Test func aTimeThatIsNoneStaysReadable() throws {
        var report = Self.report()
        report.steps[0].confidence = .nan
        #expect(report.json.contains("\"confidence\" : \"nan\""))
        report.schema = "bottega.workflow/9"
        #expect(throws: DecodingError.self) { try WorkflowReport(json: Array(report.json.utf8)) }
    }

    @Test func whatIsWrittenIsWhatTheSchemaSays() {
        var report = Self.report()
        #expect(SchemaWalk(schema: WorkflowSchema.text).faults(in: report.json).isEmpty)
        report.steps[0].confidence = 2
        report.steps[0].screenAfter = "elsewhere"
        report.video.width = 0
        #expect(SchemaWalk(schema: WorkflowSchema.text).faults(in: report.json).count == 3)
    }

    // MARK: Wiring

    @Test func anElementLeadsWhereItLedAndAPlaceWithoutOneIsASpot() throws {
        var wiring = PageWiring()
        let box = Box(x: 10, y: 20, width: 30, height: 40)
        wiring.click("body > a:nth-child(1)", box, "Go", to: "b.html")
        wiring.click("body > a:nth-child(1)", box, "Go", to: "c.html")
        wiring.click("body > p:nth-child(2)", box, "Stay", to: PageWiring.stay)
        wiring.click(nil, box, "Spot \"1\"", to: "d.html")
        wiring.type(nil, box, nil, to: PageWiring.stay)
        wiring.wait(1.5, to: "e.html")
        wiring.click("body > p:nth-child(2)", box, "Stay", to: PageWiring.later + "f.html")
        let html = wiring.applied(to: "<!doctype html><body><a>Go</a><p>x</p></body>")
        #expect(html.contains("<a data-goto=\"b.html c.html\" data-goto-number=\"0\" href=\"b.html\">Go</a>"))
        #expect(
            html.contains(
                "<a href=\"d.html\" data-goto=\"d.html\" data-goto-number=\"2\" aria-label=\"Spot &quot;1&quot;\""))
        #expect(html.contains("<p data-goto=\"# ~f.html\" data-goto-number=\"1\">x</p>"))
        #expect(html.contains("<input aria-label=\"Field\"") && html.contains("left: 10.00px; top: 20.00px"))
        #expect(!html.contains("data-goto-later=\"e.html\""), "the page is also left by hand")
        var alone = PageWiring()
        alone.wait(9, to: "e.html")
        let waiting = alone.applied(to: "<!doctype html><body></body>")
        #expect(waiting.contains("<body data-goto-later=\"e.html\" data-goto-milliseconds=\"3000\">"))
    }

    @Test func fileNamesArePlainAndUnique() {
        let names = ["Start", "Über uns!", "index", "Über uns?", "北京", ""]
        #expect(ScreenNames.slugs(of: names) == ["index", "ber-uns", "index-2", "ber-uns-2", "screen-5", "screen-6"])
    }

    // MARK: Samples

    static func noise(width: Int, height: Int) -> Image {
        var state: UInt32 = 7
        let rows = (0..<height).flatMap { _ -> [UInt8] in
            state = state &* 1_664_525 &+ 1_013_904_223
            return [UInt8](repeating: UInt8(state >> 24), count: width * 3)
        }
        return Image(width: width, height: height, pixels: rows)
    }

    static func event(
        _ kind: ObservedEvent.Kind, _ start: Double, _ end: Double, _ pointer: PixelPoint?
    ) -> ObservedEvent {
        let frame = KeptPicture(Image(width: 80, height: 60, fill: (250, 250, 250)))
        return ObservedEvent(
            kind: kind, start: start, end: end, box: Box(x: 40, y: 30, width: 30, height: 20), pointer: pointer,
            distance: nil, screenBefore: 0, screenAfter: 0, frameBefore: frame, frameAfter: frame, confidence: 0.8)
    }

    static func observation(_ events: [ObservedEvent], screens: Int = 1) -> Observation {
        Observation(
            info: VideoInfo(
                format: .mp4, codec: "h264", width: 80, height: 60, seconds: 10, framesPerSecond: 15, frameCount: 150),
            events: events,
            screens: (0..<screens).map { _ in
                ObservedScreen(
                    image: KeptPicture(Image(width: 80, height: 60, fill: (250, 250, 250))), windowHeight: 60,
                    firstSeen: 0,
                    below: nil, spans: [TimeSpan(start: 0, end: 1)])
            }, damage: nil)
    }

    static func page(_ html: String) throws -> ScreenPage {
        var project = Project()
        try project.add(Array(html.utf8), at: "index.html")
        return ScreenPage(project: project)
    }

    static func report() -> WorkflowReport {
        func screen(_ number: Int) -> WorkflowReport.Screen {
            .init(
                id: "screen-\(number)", name: "Screen \(number)", picture: "images/screen-\(number).png",
                page: "prototype/\(number).html", width: 80, height: 60, windowHeight: 60, firstSeen: 0,
                spans: [TimeSpan(start: 0, end: 1)], below: nil, score: 0.9, failure: nil)
        }
        let step = WorkflowReport.Step(
            id: "step-1", start: 1, end: 1.5, action: .click, kind: .navigation, by: .user,
            target: .init(
                label: "Go", role: "button", box: Box(x: 1, y: 2, width: 30, height: 10), point: PixelPoint(x: 3, y: 4),
                crop: "images/step-1-target.png", selector: "body > button:nth-child(1)"),
            text: nil, distance: nil, instruction: "Click “Go”.", effect: "“Screen 2” opens.", screenBefore: "screen-1",
            screenAfter: "screen-2", event: 0,
            evidence: .init(before: "images/step-1-before.png", after: "images/step-1-after.png"), confidence: 0.8,
            replay: .init(page: "2.html", expected: "2.html", score: 0.9, required: 0.85, isReached: true))
        return WorkflowReport(
            name: "n",
            video: .init(
                format: "mp4", codec: "h264", width: 80, height: 60, seconds: 3, framesPerSecond: 15, frameCount: 45,
                damage: nil),
            engine: "e", redacted: false, summary: .init(text: "Words.", author: .rules), steps: [step],
            screens: [screen(1), screen(2)],
            transitions: [.init(from: "screen-1", to: "screen-2", step: "step-1", label: "Click “Go”.")],
            events: [
                .init(
                    kind: .navigation, start: 1, end: 1.5, box: Box(x: 0, y: 0, width: 80, height: 60), pointer: nil,
                    distance: nil, screenBefore: "screen-1", screenAfter: "screen-2", confidence: 0.8)
            ], notes: [], replay: .init(steps: 1, reached: 1, share: 1, tolerance: 0.05), seconds: .init(),
            files: ["workflow.json"])
    }
}
