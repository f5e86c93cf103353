// A recording → what was done in it, and a prototype that does the same. This is the order of the work; each part of it has
// a file of its own:
//
//     observe          frames → events, screens                 Observing/, `Observation`
//     read             what was typed                           `TypedText`
//     hide             what was typed, where that is wanted     `Redaction`
//     convert          screens → pages, by the shelf            `ScreenPages`
//     understand       events → targets, steps, notes           `TargetSearch`, `StepMaker`
//     sum up           rules, or the engine's own words         `WorkflowSummary`
//     build, replay    pages → prototype, driven in a browser   `Prototype`, `Replayer`
//     write            everything, whole                        `WorkflowFiles`
import Foundation
public import Inference
public import Media
public import Render

/// How recordings are analysed.
public struct WorkflowOptions: Sendable {
    /// How screens are converted.
    public var convert: ConvertOptions
    /// Whether what was typed is left out of everything that is written: texts, pictures and pages.
    public var redact: Bool
    /// Whether there is a prototype, which is then replayed where the renderer can be driven.
    public var prototype: Bool
    /// Larger recordings fail.
    public var videoLimits: VideoLimits

    /// Describes an analysis.
    public init(
        convert: ConvertOptions = ConvertOptions(), redact: Bool = false, prototype: Bool = true,
        videoLimits: VideoLimits = RecordingObserver().limits
    ) {
        self.convert = convert
        self.redact = redact
        self.prototype = prototype
        self.videoLimits = videoLimits
    }
}

/// What happens during an analysis, in this order, `.answered` wherever the engine was asked.
public enum WorkflowEvent: Sendable {
    /// The recording is watched; how much of it was, 0…1.
    case observing(Double)
    /// All of it was.
    case observed(events: Int, screens: Int)
    /// A screen is converted, the `index`th of `count`, from 1. `isKept` when an earlier run had done it.
    case converting(index: Int, count: Int, isKept: Bool)
    /// A screen's conversion goes on.
    case screen(index: Int, ConvertEvent)
    /// The engine has answered, at this cost: with a screen's page, what was typed, or the summary. `isShelved` when what it
    /// gave lies on the shelf, from which the next run takes it.
    case answered(ConvertReport, isShelved: Bool)
    /// The engine sums up.
    case summing
    /// The prototype does the `index`th step of `count`, from 1.
    case replaying(index: Int, count: Int)
    /// Everything is there and goes to disk.
    case writing
    /// It is on disk.
    case finished(WorkflowReport)
}

/// Why a recording came to nothing.
public enum WorkflowError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It is no video, or cannot be read at all.
    case video(MediaError)
    /// Not one frame of it could be read.
    case noFrame(file: String)
    /// The engine failed, or reads no pictures.
    case engine(ConvertError)
    /// Something cannot be written, or read back.
    case project(ProjectError)
    /// A picture cannot be written.
    case picture(MediaError)
    /// The task was cancelled.
    case cancelled

    /// One line for people.
    public var description: String {
        switch self {
        case .video(let error): error.description
        case .noFrame(let file): "\(file): no frame of it can be read"
        case .engine(let error): error.description
        case .project(let error): error.description
        case .picture(let error): error.description
        case .cancelled: "cancelled"
        }
    }
}

/// Watches recordings. `RecordingObserver` does it by their pixels.
public protocol RecordingObserving: Sendable {
    /// Watches one; blocks while it does, and ends early when the task is cancelled.
    ///
    /// - Parameter progress: how much was watched so far, 0…1.
    /// - Throws: `MediaError` or `WorkflowError`. A recording that is damaged gives what was readable.
    func observe(path: String, progress: (Double) -> Void) throws -> Observation
}

extension RecordingObserver: RecordingObserving {}

/// Turns recordings into analyses with prototypes.
///
///     let workflow = Workflow(engine: engine, renderer: renderer, options: WorkflowOptions(redact: true))
///     let shelf = try PageShelf(folder: "out/.bottega")
///     let report = try await workflow.run(video: "checkout.webm", name: "checkout", shelf: shelf, output: "out")
public struct Workflow: Sendable {
    let engine: any Engine
    let renderer: (any PageRendering)?
    let options: WorkflowOptions
    let observer: any RecordingObserving

    /// Prepares analyses; costs nothing.
    ///
    /// - Parameter renderer: shows the pages; nil for pages as the engine drafts them, which tell no targets. One that is
    ///   `PageDriving` replays the prototype.
    public init(
        engine: any Engine, renderer: (any PageRendering)?, options: WorkflowOptions = WorkflowOptions(),
        observer: (any RecordingObserving)? = nil
    ) {
        self.engine = engine
        self.renderer = renderer
        self.options = options
        self.observer = observer ?? RecordingObserver(limits: options.videoLimits)
    }

    /// Analyses a recording and writes all that comes of it. Cancelling the task stops it soon; pages that were converted
    /// until then stay on the shelf, and the next run takes them from there.
    ///
    /// - Parameters:
    ///   - path: the recording.
    ///   - name: what it is called; plain text.
    ///   - output: the folder to write; files of its own that an earlier run wrote there are replaced or removed.
    ///   - progress: called in order, the last time with `.finished`.
    public func run(
        video path: String, name: String, shelf: PageShelf, output: String,
        progress: @Sendable (WorkflowEvent) -> Void = { _ in }
    ) async throws(WorkflowError) -> WorkflowReport {
        let start = ContinuousClock.now
        var seconds = WorkflowReport.Seconds()
        let observation = try observed(path, progress)
        seconds.observing = start.duration(to: .now).seconds.thousandths
        progress(.observed(events: observation.events.count, screens: observation.screens.count))

        let converting = ContinuousClock.now
        var course = try Course(observation)
        let pages = ScreenPages(
            engine: engine, renderer: renderer, options: options.convert, shelf: shelf, keepsCrops: !options.redact)
        let typed = try await TypedText(pages: pages).read(course, progress)
        if options.redact { course.redaction = try Redaction(typed, course) }
        let screens = try await pages.convert(&course, progress)
        seconds.converting = converting.duration(to: .now).seconds.thousandths

        var album = Album()
        var report = try StepMaker(course: course, screens: screens, typed: typed)
            .report(name: name, engine: engine.abilities.modelName, album: &album)
        try await WorkflowSummary(engine: engine, isRedacted: options.redact, videoLimits: options.videoLimits)
            .write(into: &report, course, video: path, progress)
        course.redaction?.scrub(&report)

        var prototype: Prototype?
        if options.prototype {
            let made = Prototype(report, course, screens)
            for (index, page) in made.pages.enumerated() { report.screens[index].page = "prototype/" + page }
            let replaying = ContinuousClock.now
            if let driver = renderer as? any PageDriving {
                try await Replayer(driver: driver, course: course, prototype: made).replay(&report, progress)
            }
            seconds.replaying = replaying.duration(to: .now).seconds.thousandths
            prototype = made
        }
        guard !Task.isCancelled else { throw .cancelled }
        progress(.writing)
        seconds.total = start.duration(to: .now).seconds.thousandths
        report.seconds = seconds
        try WorkflowFiles(album: album, prototype: prototype).write(&report, to: output)
        progress(.finished(report))
        return report
    }

    private func observed(_ path: String, _ progress: (WorkflowEvent) -> Void) throws(WorkflowError) -> Observation {
        progress(.observing(0))
        let observation: Observation
        do {
            observation = try observer.observe(path: path) { progress(.observing($0)) }
        } catch let error as WorkflowError {
            throw error
        } catch let error as MediaError {
            throw Task.isCancelled ? .cancelled : .video(error)
        } catch {
            throw Task.isCancelled ? .cancelled : .video(.unreadable(file: path, reason: "\(error)"))
        }
        guard !Task.isCancelled else { throw .cancelled }
        guard !observation.screens.isEmpty else { throw .noFrame(file: path) }
        return observation
    }
}
