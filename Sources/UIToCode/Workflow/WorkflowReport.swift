// What became of a recording, as `workflow.json` has it: what was done step by step, on which screens, how they follow each
// other, and how well the prototype does the same. Everything refers to everything else by id. The published schema is in
// `WorkflowSchema.swift`.
import Foundation
public import Render

/// The analysis of one recording.
public struct WorkflowReport: Sendable, Equatable, Codable {
    /// What `schema` says.
    public static let schema = "bottega.workflow/1"

    /// Names the layout; a reader refuses one that it does not know.
    public var schema = WorkflowReport.schema
    /// What the recording is called.
    public var name: String
    /// The recording itself.
    public var video: Video
    /// The model that converted the screens.
    public var engine: String
    /// Whether what was typed is left out everywhere.
    public var redacted: Bool
    /// The whole in a few sentences.
    public var summary: Summary
    /// What was done, in order of time.
    public var steps: [Step]
    /// Each screen once, in order of its first time.
    public var screens: [Screen]
    /// Changes from one screen to another, in order of time.
    public var transitions: [Transition]
    /// What was seen before anything was made of it.
    public var events: [Event]
    /// What is worth a second look.
    public var notes: [Note]
    /// How the prototype did; nil where there is none, or nothing to drive it with.
    public var replay: Replay?
    /// Where the time went.
    public var seconds: Seconds
    /// The paths of all files that were written, in order.
    public var files: [String]

    /// The recording's file.
    public struct Video: Sendable, Equatable, Codable {
        /// `webm`, `mp4`, …
        public var format: String
        /// `vp9`, `h264`, …
        public var codec: String
        /// Pixels.
        public var width, height: Int
        /// Its length.
        public var seconds: Double
        /// On average.
        public var framesPerSecond: Double
        /// As its container has them.
        public var frameCount: Int
        /// Why it was not read to its end, in words; nil when it was.
        public var damage: String?
    }

    /// The whole in a few sentences.
    public struct Summary: Sendable, Equatable, Codable {
        /// Who wrote it.
        public enum Author: String, Sendable, Codable {
            /// Put together from the steps.
            case rules
            /// Written by the engine, which saw the screens.
            case engine
        }

        /// The sentences.
        public var text: String
        /// Who wrote them.
        public var author: Author
    }

    /// What somebody did, or waited for.
    public enum Action: String, Sendable, Codable, CaseIterable { case click, type, scroll, wait }

    /// Who did it.
    public enum Agent: String, Sendable, Codable, CaseIterable {
        /// Somebody at the pointer or the keyboard.
        case user
        /// Nobody: the app went on by itself.
        case app
    }

    /// Something that was done.
    public struct Step: Sendable, Equatable, Codable {
        /// `step-1`, …
        public var id: String
        /// Seconds from the first frame.
        public var start, end: Double
        /// What was done.
        public var action: Action
        /// What was seen of it.
        public var kind: ObservedEvent.Kind
        /// Who did it.
        public var by: Agent
        /// What it was done to; nil where that could not be made out.
        public var target: Target?
        /// What was typed; `•••` where it is left out, nil where it could not be read or nothing was.
        public var text: String?
        /// Of a scroll: pixels to the right and down.
        public var distance: PixelPoint?
        /// The step as a sentence that tells somebody what to do.
        public var instruction: String
        /// What came of it, in words.
        public var effect: String
        /// Screens by id.
        public var screenBefore, screenAfter: String
        /// Its place in `events`.
        public var event: Int
        /// Frames that show it.
        public var evidence: Evidence
        /// 0…1.
        public var confidence: Double
        /// What the prototype did at this step; nil where it was not driven.
        public var replay: StepReplay?
    }

    /// What a step was done to.
    public struct Target: Sendable, Equatable, Codable {
        /// What it says, or what stands beside it; nil where nothing does.
        public var label: String?
        /// As ARIA has them: `button`, `link`, `textbox`, …; nil where that is not known.
        public var role: String?
        /// Where it lies, in pixels of the recording's window.
        public var box: Box
        /// Where it was clicked; nil where no pointer was seen.
        public var point: PixelPoint?
        /// Its picture.
        public var crop: String?
        /// The element in the screen's page.
        public var selector: String?
    }

    /// Frames that show a step.
    public struct Evidence: Sendable, Equatable, Codable {
        /// Paths of pictures.
        public var before, after: String
    }

    /// A screen.
    public struct Screen: Sendable, Equatable, Codable {
        /// `screen-1`, …
        public var id: String
        /// Unique.
        public var name: String
        /// Its picture's path.
        public var picture: String
        /// Its page in the prototype; nil where none was made.
        public var page: String?
        /// Pixels; the height is that of the whole screen where it was scrolled.
        public var width, height: Int
        /// Of the recording's window in it.
        public var windowHeight: Int
        /// When it was first at rest.
        public var firstSeen: Double
        /// When it was at rest.
        public var spans: [TimeSpan]
        /// The screen that this one lies above, by id.
        public var below: String?
        /// How faithful its page is; nil where that was not measured.
        public var score: Double?
        /// Why there is a picture in place of its page, or no score; nil where nothing went wrong.
        public var failure: String?
    }

    /// A change of screens.
    public struct Transition: Sendable, Equatable, Codable {
        /// Screens by id.
        public var from, to: String
        /// The step that led there.
        public var step: String
        /// That step in words.
        public var label: String
    }

    /// Something that was seen.
    public struct Event: Sendable, Equatable, Codable {
        /// What it was.
        public var kind: ObservedEvent.Kind
        /// Seconds from the first frame.
        public var start, end: Double
        /// What changed.
        public var box: Box
        /// Where the pointer was last seen before.
        public var pointer: PixelPoint?
        /// Of a scroll.
        public var distance: PixelPoint?
        /// Screens by id.
        public var screenBefore, screenAfter: String
        /// 0…1.
        public var confidence: Double
    }

    /// Something worth a second look.
    public struct Note: Sendable, Equatable, Codable {
        /// The kinds.
        public enum Kind: String, Sendable, Codable, CaseIterable {
            /// The screen was busy for more than two seconds.
            case wait
            /// Nothing happened for more than two seconds.
            case pause
            /// A screen was opened, left again, and opened once more.
            case backAndForth = "back_and_forth"
            /// The recording could not be read to its end.
            case damage
            /// Something could not be made.
            case failure
        }

        /// What it is about.
        public var kind: Kind
        /// Seconds from the first frame.
        public var start, end: Double
        /// A sentence.
        public var text: String
    }

    /// The prototype beside the recording.
    public struct Replay: Sendable, Equatable, Codable {
        /// Steps that were done in it.
        public var steps: Int
        /// Those whose screen was reached.
        public var reached: Int
        /// `reached` of `steps`.
        public var share: Double
        /// What a screen may score less than its page and still count as reached.
        public var tolerance: Double
    }

    /// One step in the prototype.
    public struct StepReplay: Sendable, Equatable, Codable {
        /// The page that was shown then, and the one that should have been.
        public var page, expected: String
        /// What the window scores beside the recording's frame; nil where another page was shown.
        public var score: Double?
        /// The least score that counts: that of the page's conversion less the tolerance, 0 where it was not measured.
        public var required: Double
        /// Whether the screen was reached.
        public var isReached: Bool
    }

    /// Where the time went.
    public struct Seconds: Sendable, Equatable, Codable {
        /// To watch the recording.
        public var observing = 0.0
        /// To convert its screens, and to read what was typed.
        public var converting = 0.0
        /// To replay the prototype.
        public var replaying = 0.0
        /// In all.
        public var total = 0.0
    }
}

extension WorkflowReport {
    /// The analysis as JSON, one field a line, keys in snake case and sorted, with a line break at the end.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do { return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n" } catch {
            preconditionFailure("an analysis is nothing but texts, numbers and lists: \(error)")
        }
    }

    /// Reads an analysis.
    ///
    /// - Throws: `DecodingError` that names the field, also for a layout that is not known.
    public init(json bytes: [UInt8]) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(WorkflowReport.self, from: Data(bytes))
        guard schema == Self.schema else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "\"\(schema)\" is not \(Self.schema)"))
        }
    }

    /// A screen by its id.
    func screen(_ id: String) -> Screen? { screens.first { $0.id == id } }
}

extension Double {
    /// Thousandths, which is what a recording can tell.
    var thousandths: Double { isFinite ? (self * 1000).rounded() / 1000 : self }
}

extension Box {
    /// With coordinates in tenths of a pixel.
    var tenths: Box {
        func rounded(_ number: Double) -> Double { (number * 10).rounded() / 10 }
        return Box(x: rounded(x), y: rounded(y), width: rounded(width), height: rounded(height))
    }

    /// Whether a point lies in it.
    func contains(_ point: PixelPoint) -> Bool { point.x >= x && point.x < right && point.y >= y && point.y < bottom }

    /// Moved by a way.
    func shifted(x dx: Double = 0, y dy: Double) -> Box { Box(x: x + dx, y: y + dy, width: width, height: height) }

    /// Larger by so much on every side.
    func widened(by margin: Double) -> Box {
        Box(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
    }
}
