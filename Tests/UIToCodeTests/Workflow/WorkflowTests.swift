// A whole recording, from what was seen to the files, with a browser and an engine that knows what it sees.
import Foundation
import Inference
import Media
import Render
import Support
import Testing

@testable import UIToCode

@Suite(.serialized, .enabled(if: WorkflowBrowser.isThere, "needs a Chromium"), .timeLimit(.minutes(5)))
struct WorkflowTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// Analyses the drawn recording into `out`.
    private func analyse(
        redact: Bool = false, prototype: Bool = true, readsVideo: Bool = false
    ) async throws -> (report: WorkflowReport, engine: KnowingEngine, events: [WorkflowEvent]) {
        let renderer = try TestBrowser.renderer()
        let recording = try await DrawnRecording.draw(renderer)
        let engine = KnowingEngine(recording, readsVideo: readsVideo)
        let events = EventBox()
        let workflow = Workflow(
            engine: engine, renderer: renderer,
            options: WorkflowOptions(convert: ConvertOptions(repair: nil), redact: redact, prototype: prototype),
            observer: recording)
        let shelf = try PageShelf(folder: folder.file("out/.bottega"))
        let report = try await workflow.run(
            video: "drawn.webm", name: "drawn", shelf: shelf, output: folder.file("out")
        ) { events.add($0) }
        await renderer.close()
        return (report, engine, events.all)
    }

    @Test func stepsSayWhatWasDoneToWhatAndWhatCameOfIt() async throws {
        let (report, _, _) = try await analyse()
        #expect(report.steps.map(\.action) == [.type, .click, .scroll, .click, .click, .click])
        let way = Int(report.steps[2].distance?.y ?? 0)
        #expect(way > 300)
        #expect(
            report.steps.map(\.instruction) == [
                "Type “Ada Lovelace” into the field “Full name”.", "Click the button “Continue”.",
                "Scroll \(way) px down.",
                "Click the button “Details of order 17”.", "Click the button “Close”.", "Click the link “Sign out”.",
            ])
        #expect(report.screens.map(\.name) == ["Sign in", "Your orders", "Order 17"])
        #expect(report.screens[1].height > report.screens[1].windowHeight && report.screens[2].below == "screen-2")
        #expect(
            report.transitions.map { [$0.from, $0.to] }.map { $0.joined(separator: " ") } == [
                "screen-1 screen-2", "screen-2 screen-3", "screen-3 screen-2", "screen-2 screen-1",
            ])
        #expect(report.notes.map(\.kind) == [.pause] && report.notes[0].text == "Nothing happened for 2.6 s.")
        #expect(report.summary.author == .engine)
        let details = try #require(report.steps[3].target)
        #expect(details.selector?.hasSuffix("button:nth-child(7)") == true && details.box.y < 320)
    }

    @Test func thePrototypeDoesWhatTheRecordingShows() async throws {
        let (report, _, _) = try await analyse()
        let replay = try #require(report.replay)
        let account = report.steps.map { "\($0.id) \($0.replay?.page ?? "-") \($0.replay?.score ?? -1)" }
        #expect(replay.steps == 6 && replay.reached == 6, "\(account)")
        #expect(
            report.steps.map { $0.replay?.page } == [
                "index.html", "your-orders.html", "your-orders.html", "order-17.html", "your-orders.html", "index.html",
            ])
        let index = try text("out/prototype/index.html")
        #expect(index.contains("data-goto=\"your-orders.html\"") && !index.contains("http"))
    }

    @Test func everythingThatIsPromisedIsWrittenAndRefersToWhatIsThere() async throws {
        let (report, _, events) = try await analyse()
        let promised = [
            "workflow.json", "workflow.schema.json", "report.html", "diagram.mmd", "procedure.md", "walkthrough.py",
            "prototype/index.html", "prototype/your-orders.html", "prototype/order-17.html",
        ]
        #expect(Set(promised).isSubset(of: report.files))
        for path in report.files {
            #expect(FileManager.default.fileExists(atPath: folder.file("out/" + path)), "\(path)")
        }
        let read = try WorkflowReport(json: [UInt8](folder.read("out/workflow.json")))
        #expect(read == report)
        let faults = SchemaWalk(schema: WorkflowSchema.text).faults(in: read.json)
        #expect(faults.isEmpty, "\(faults)")
        for document in ["report.html", "procedure.md"] {
            let words = try text("out/" + document)
            let pictures = words.matches(of: /images\/[a-z0-9-]+\.png/).map { String($0.output) }
            #expect(!pictures.isEmpty && Set(pictures).isSubset(of: report.files), "\(document)")
        }
        guard case .observing(0)? = events.first, case .finished? = events.last else {
            Issue.record("\(events.count) events")
            return
        }
    }

    @Test func nothingThatWasTypedIsLeftWhereItIsToBeHidden() async throws {
        let (report, engine, _) = try await analyse(redact: true, readsVideo: true)
        #expect(report.redacted && report.steps[0].text == "•••")
        #expect(report.steps[0].instruction == "Type “•••” into the field “Full name”.")
        #expect(report.summary.text == "Somebody named ••• signed in and looked at an order.")
        let needles = [DrawnRecording.typed, "Lovelace", "ada lovelace"].map { Array($0.utf8) }
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.file("out"))
        #expect(files.contains { $0.hasPrefix(".bottega/pages/") })
        for path in files {
            guard let bytes = FileManager.default.contents(atPath: folder.file("out/" + path)) else { continue }
            for needle in needles { #expect([UInt8](bytes).firstRange(of: needle) == nil, "\(path)") }
        }
        // The frame after the typing shows an empty field, as the one before it does.
        let evidence = report.steps[0].evidence
        let after = try Image.decode([UInt8](folder.read("out/" + evidence.after)), name: "after")
        let before = try Image.decode([UInt8](folder.read("out/" + evidence.before)), name: "before")
        #expect(after.difference(from: before) < 0.05)
        // Nor does the engine see it again, once it was read, or the recording itself.
        let seen = engine.requests.flatMap(\.conversation.messages).flatMap(\.content)
        #expect(!seen.contains { if case .video = $0 { true } else { false } })
    }

    @Test func aSecondRunConvertsNothingAnewAndLeavesNothingOfTheFirst() async throws {
        let (first, engine, _) = try await analyse()
        let stray = folder.file("out/mine.txt")
        try Data("mine".utf8).write(to: URL(fileURLWithPath: stray))
        #expect(engine.requests.count == 6, "three screens, two crops, a summary")
        let (second, again, events) = try await analyse(prototype: false)
        #expect(again.requests.count == 1, "the summary alone")
        let kept = events.compactMap { event in if case .converting(_, _, let isKept) = event { isKept } else { nil } }
        #expect(kept == [true, true, true])
        #expect(second.steps.map(\.instruction) == first.steps.map(\.instruction))
        #expect(second.replay == nil && second.screens.allSatisfy { $0.page == nil })
        #expect(!FileManager.default.fileExists(atPath: folder.file("out/prototype")))
        #expect(FileManager.default.fileExists(atPath: stray))
    }

    @Test func anEngineThatFailsIsToldAsSuch() async throws {
        let renderer = try TestBrowser.renderer()
        let recording = try await DrawnRecording.draw(renderer)
        await renderer.close()
        let engine = ScriptedEngine([], ending: .failure(EngineError.unavailable("gone")))
        let workflow = Workflow(engine: engine, renderer: nil, observer: recording)
        let shelf = try PageShelf(folder: folder.file("shelf"))
        await #expect(throws: WorkflowError.engine(.engine(.unavailable("gone")))) {
            try await workflow.run(video: "v", name: "n", shelf: shelf, output: folder.file("out"))
        }
        #expect(!FileManager.default.fileExists(atPath: folder.file("out")))
    }

    @Test func withoutABrowserAndWithAnEngineThatMakesNoPagesThereIsStillAnAnalysis() async throws {
        let renderer = try TestBrowser.renderer()
        let recording = try await DrawnRecording.draw(renderer)
        await renderer.close()
        let workflow = Workflow(engine: ScriptedEngine(["no page at all"]), renderer: nil, observer: recording)
        let shelf = try PageShelf(folder: folder.file("shelf"))
        let report = try await workflow.run(video: "v", name: "n", shelf: shelf, output: folder.file("out"))
        #expect(report.steps.count == 6 && report.replay == nil)
        #expect(report.notes.count { $0.kind == .failure } == 3)
        #expect(try text("out/prototype/index.html").contains("assets/index-screen.png"))
        #expect(report.files.contains("prototype/assets/index-screen.png"))
    }

    private func text(_ path: String) throws -> String { String(decoding: try folder.read(path), as: UTF8.self) }
}
