// Many designs → one project. The designs are converted a few at a time; what each gave goes to the shelf, and with it what
// decided it, so that a run that was stopped goes on and a second run converts only what changed:
//
//     key known to the shelf: page     kept
//     key known to the shelf: failure  told again, converted only when that is wanted
//     anything else                    converted, then on the shelf
//
// When no design waits any more, the project is made from the shelf and written as a whole. Pictures are in memory only
// for designs in flight.
public import Inference
public import Media
public import Render

/// How a folder is converted.
public struct BatchOptions: Sendable {
    /// How each design is: as a page, whatever the project is written in.
    public var convert: ConvertOptions
    /// What the project is written in.
    public var stack: StackTemplate
    /// Larger designs fail.
    public var imageLimits: ImageLimits
    /// Designs that are converted at the same time, 1 or more.
    public var inFlight: Int
    /// Whether designs that failed before, and pages that could not be measured, are tried again.
    public var retriesFailed: Bool
    /// Whether what pages have in common is written once.
    public var sharing: Bool
    /// Components of the user's own.
    public var given: [GivenComponent]
    /// Whether files of other people in the output folder may be written over.
    public var replaces: Bool
    /// Whether the shelf is this folder's own: what its designs need no more is then removed from it.
    public var sweepsShelf: Bool

    /// Describes a batch.
    public init(
        convert: ConvertOptions = ConvertOptions(), stack: StackTemplate = Stack.html.template,
        imageLimits: ImageLimits = ImageLimits(), inFlight: Int = 4, retriesFailed: Bool = false, sharing: Bool = true,
        given: [GivenComponent] = [], replaces: Bool = false,
        sweepsShelf: Bool = true
    ) {
        self.convert = convert
        self.stack = stack
        self.imageLimits = imageLimits
        self.inFlight = inFlight
        self.retriesFailed = retriesFailed
        self.sharing = sharing
        self.given = given
        self.replaces = replaces
        self.sweepsShelf = sweepsShelf
    }
}

/// Turns many designs into one project.
///
///     let designs = try FolderListing.designs(in: "shots")
///     let shelf = try PageShelf(folder: "out/.bottega")
///     let batch = Batch(engine: engine, renderer: renderer, options: BatchOptions())
///     let report = try await batch.run(designs, name: "shots", shelf: shelf, output: "out") { print($0) }
///
/// Proofs: `BatchTests`, `BatchInBrowserTests`; killed and resumed in `Tests/Trials/folder.py`.
public struct Batch: Sendable {
    let engine: any Engine
    let renderer: (any PageRendering)?
    private(set) var options: BatchOptions
    let maker: any ProjectMaking

    /// Prepares a batch; costs nothing.
    ///
    /// - Parameter renderer: shows the pages, so that they are measured and repaired; nil for drafts as they come.
    public init(engine: any Engine, renderer: (any PageRendering)?, options: BatchOptions) {
        self.init(
            engine: engine, renderer: renderer, options: options,
            maker: BatchProject(options, comfortable: engine.abilities.comfortableSize))
    }

    /// Prepares a batch whose project is made in some other way.
    init(engine: any Engine, renderer: (any PageRendering)?, options: BatchOptions, maker: any ProjectMaking) {
        self.engine = engine
        self.renderer = renderer
        self.options = options
        self.options.convert.stack = ConvertOptions().stack
        self.maker = maker
    }

    /// Whether a batch may write to a folder as things stand: it is absent or empty, an earlier batch wrote it, or
    /// `replaces` allows what is in it to be written over.
    ///
    /// - Parameter input: the folder of the designs; nil when they have none.
    /// - Throws: `project`, `outputIsInput`.
    public static func checkOutput(
        _ folder: String, input: String? = nil, replaces: Bool = false
    ) throws(BatchError) {
        if let input, Path.isSame(folder, input) { throw .outputIsInput(folder: folder) }
        try BatchOutput.check(folder, replaces: replaces)
    }

    /// Converts the designs that the shelf does not know, and writes the project of all.
    ///
    /// A design that comes to nothing is told in the report, and the others go on. Cancelling the task ends the
    /// conversions in flight; what was finished stays on the shelf.
    ///
    /// - Parameters:
    ///   - name: the project's name for people: the folder's.
    ///   - output: the project's folder, which this process has to itself meanwhile.
    ///   - progress: told in order, one at a time, from whatever task something happens in.
    public func run(
        _ designs: [BatchDesign], name: String, shelf: PageShelf, output: String,
        progress: @escaping @Sendable (BatchEvent) -> Void
    ) async throws(BatchError) -> BatchReport {
        let start = ContinuousClock.now
        let folder = try BatchOutput(folder: output, replaces: options.replaces)
        let plans = try plans(for: designs, shelf)
        let teller = BatchTeller(plans.map(\.item), inFlight: max(1, options.inFlight), progress)
        teller.began()
        let keys = try await convert(designs, plans, shelf, teller)
        progress(.sharing)
        var folderReport = try await project(of: designs, keys, teller.items, named: name, shelf)
        folderReport.report.seconds = start.duration(to: .now).seconds
        do { try folder.write(folderReport.outputFiles()) } catch { throw .project(error) }
        if options.sweepsShelf { shelf.sweep(keeping: folderReport.shownKeys.union(keys.compactMap(\.self))) }
        progress(.finished(folderReport.report))
        return folderReport.report
    }
}
