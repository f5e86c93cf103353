// The door to the browser: pages in, screenshots out. It owns the browsers, at most one for each page that is shown at
// the same time, starts them when they are needed, replaces those that died, and ends them. What a page can do wrong
// costs that page one error: it is alone in its browser while it is shown.
import Foundation

/// What is shown: files by relative path, one of which opens.
public struct PageFiles: Sendable, Equatable {
    /// The path of the file that opens.
    public var entry: String
    /// Contents by path (`index.html`, `assets/logo.png`). Texts are UTF-8.
    public var files: [String: [UInt8]]

    /// Describes a project.
    public init(entry: String, files: [String: [UInt8]]) {
        self.entry = entry
        self.files = files
    }

    /// A page of one file, `index.html`.
    public init(html: String) {
        self.init(entry: "index.html", files: ["index.html": Array(html.utf8)])
    }
}

/// How pages are shown, and what they may use.
public struct RenderOptions: Sendable, Equatable {
    /// The browser; nil for what `BOTTEGA_CHROMIUM` names, else the first that is found on `PATH`.
    public var executable: String?
    /// Seconds for a whole page, from the empty tab to its picture.
    public var pageSeconds = 10.0
    /// Seconds that a page gets, once it is loaded, to come to rest.
    public var settleSeconds = 2.0
    /// Resident bytes that a process of a page may hold.
    public var memoryBytes = 1 << 30
    /// Device pixels of the whole picture.
    public var pagePixels = 60_000_000
    /// Pages after which a browser is replaced.
    public var pagesPerBrowser = 500
    /// Whether the page's scripts run.
    public var javascript = true

    /// The values above.
    public init() {}
}

/// Shows pages in a headless Chromium that reaches nothing.
///
/// ```swift
/// let renderer = try Renderer()
/// let shot = try await renderer.render(PageFiles(html: html), viewport: Viewport(width: 1280, height: 800))
/// await renderer.close()
/// ```
///
/// Nothing is started before the first page. Browsers that are not closed end with this process, however it ends.
///
/// Proofs: `RendererTests`, `RendererHostileTests`, `RendererLifeTests`.
public actor Renderer {
    /// Pages that are shown at the same time; others wait, first come, first served.
    static let pagesAtOnce = 2

    private let program: BrowserProgram
    private let options: RenderOptions
    private var freePlaces = Renderer.pagesAtOnce
    private var queue: [(number: Int, continuation: CheckedContinuation<RenderError?, Never>)] = []
    private var lastNumber = 0
    private var idle: [(browser: Browser, pages: Int)] = []
    private var busy: [ObjectIdentifier: Browser] = [:]
    private var isClosed = false

    /// Finds the browser; starts nothing.
    ///
    /// - Throws: `noBrowser`, which says what to install.
    public init(options: RenderOptions = .init()) throws(RenderError) {
        self.options = options
        program = try BrowserProgram.find(named: options.executable)
    }

    deinit { for (browser, _) in idle { browser.end(because: .closed) } }

    /// Shows a page and takes its picture.
    ///
    /// The window is `viewport`; the picture is as high as the page. The page's scripts run, animations are at their
    /// end, requests for anything but the project's files are refused and told in `Screenshot.refused`. A page whose
    /// browser dies, or does not start, is shown once more, in a fresh one.
    ///
    /// - Throws: Anything but `noBrowser`. The renderer can be used again after each of them but `closed`.
    public func render(_ page: PageFiles, viewport: Viewport) async throws(RenderError) -> Screenshot {
        guard page.files[page.entry] != nil else { throw .entryMissing(path: page.entry) }
        return try await show(.files(page), viewport: viewport)
    }

    /// Opens a project's page in a window and lets `body` use it as a person would: it points, types and scrolls, and the
    /// page goes on to other files of its project. Everything else is as in `render`: what is no file of the project is
    /// refused, and what the page does wrong costs one error.
    ///
    /// Every act may take as long as a whole page of `render`, and all of them `seconds`. A session whose browser dies is
    /// not begun again.
    ///
    /// - Throws: what opening the page throws, as `RenderError`, and what `body` throws.
    ///
    /// Proof: `PageSessionTests`.
    public func drive<Outcome: Sendable>(
        _ page: PageFiles, viewport: Viewport, seconds: Double = 300,
        _ body: @Sendable (PageSession) async throws -> Outcome
    ) async throws -> Outcome {
        guard page.files[page.entry] != nil else { throw RenderError.entryMissing(path: page.entry) }
        try check(viewport)
        try await takePlace()
        defer { freePlace() }
        let result = try await visit(.files(page), viewport, options) { visit in
            do { return Result<Outcome, any Error>.success(try await visit.drive(seconds: seconds, body)) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Ends the browsers and waits until they are gone. Pages that are being shown, and those that wait, fail.
    public func close() async {
        isClosed = true
        for (_, continuation) in queue { continuation.resume(returning: .closed) }
        queue = []
        let browsers = idle.map(\.browser) + busy.values
        idle = []
        for browser in browsers { browser.end(because: .closed) }
        for browser in browsers { await browser.ended() }
    }

    /// Shows a page wherever it comes from. A page of the network has a browser of its own, which knows its proxy.
    ///
    /// - Parameter seconds: for the whole page; nil for those of the options.
    func show(
        _ source: PageSource, viewport: Viewport, seconds: Double? = nil
    ) async throws(RenderError) -> Screenshot {
        var options = options
        if let seconds { options.pageSeconds = seconds }
        try check(viewport)
        try await takePlace()
        defer { freePlace() }
        do {
            return try await shot(source, viewport, options)
        } catch .browserDied {
            return try await shot(source, viewport, options)
        } catch .cannotStart {
            // It may have been killed as it came up.
            return try await shot(source, viewport, options)
        } catch {
            throw error
        }
    }

    private func shot(
        _ source: PageSource, _ viewport: Viewport, _ options: RenderOptions
    ) async throws(RenderError) -> Screenshot {
        let result = try await visit(source, viewport, options) { visit in
            do throws(RenderError) { return Result<Screenshot, RenderError>.success(try await visit.run()) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    // Gives a browser to `body`, which tells by its result how it went.
    private func visit<Outcome: Sendable>(
        _ source: PageSource, _ viewport: Viewport, _ options: RenderOptions,
        _ body: @Sendable (PageVisit) async -> Outcome
    ) async throws(RenderError) -> Outcome {
        let (browser, pages) = try await takeBrowser(for: source)
        let visit = PageVisit(source: source, viewport: viewport, options: options, browser: browser)
        let outcome = await withTaskCancellationHandler {
            await body(visit)
        } onCancel: {
            browser.end(because: .cancelled)
        }
        if source.proxy != nil || pages + 1 >= options.pagesPerBrowser { browser.end(because: .closed) }
        if browser.devTools.fault == nil, !isClosed {
            idle.append((browser, pages + 1))
        } else {
            browser.end(because: .closed)
            await browser.ended()
        }
        busy[ObjectIdentifier(browser)] = nil
        return outcome
    }

    /// The sessions of the browsers that live, those that show a page first.
    var sessionNumbers: [Int32] { (Array(busy.values) + idle.map(\.browser)).map(\.processNumber) }

    // One that waits, or a new one. One that died while it waited is forgotten.
    private func takeBrowser(for source: PageSource) async throws(RenderError) -> (Browser, pages: Int) {
        while source.proxy == nil, let (browser, pages) = idle.popLast() {
            guard browser.devTools.fault == nil else { continue }
            busy[ObjectIdentifier(browser)] = browser
            return (browser, pages)
        }
        guard !isClosed else { throw .closed }
        let browser = try Browser(program, proxy: source.proxy.map { "\($0.host):\($0.port)" })
        busy[ObjectIdentifier(browser)] = browser
        do {
            try await browser.greet()
        } catch {
            browser.end(because: error)
            await browser.ended()
            busy[ObjectIdentifier(browser)] = nil
            throw error
        }
        return (browser, 0)
    }

    private func takePlace() async throws(RenderError) {
        guard !isClosed else { throw .closed }
        guard !Task.isCancelled else { throw .cancelled }
        if freePlaces > 0 {
            freePlaces -= 1
            return
        }
        lastNumber += 1
        let number = lastNumber
        let fault = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<RenderError?, Never>) in
                if Task.isCancelled {
                    continuation.resume(returning: .cancelled)
                } else {
                    queue.append((number, continuation))
                }
            }
        } onCancel: {
            Task { await leaveQueue(number) }
        }
        if let fault { throw fault }
    }

    private func leaveQueue(_ number: Int) {
        guard let index = queue.firstIndex(where: { $0.number == number }) else { return }
        queue.remove(at: index).continuation.resume(returning: .cancelled)
    }

    // The place goes to the first who waits.
    private func freePlace() {
        if queue.isEmpty { freePlaces += 1 } else { queue.removeFirst().continuation.resume(returning: nil) }
    }

    private func check(_ viewport: Viewport) throws(RenderError) {
        for (name, side) in [("width", viewport.width), ("height", viewport.height)] {
            guard (1...PictureLimit.side).contains(side) else {
                throw .invalidViewport(
                    reason: "a \(name) of \(side); 1 to \(PictureLimit.side) CSS pixels are possible")
            }
        }
        guard (0.1...4).contains(viewport.scale) else {
            throw .invalidViewport(reason: "a scale of \(viewport.scale); 0.1 to 4 is possible")
        }
        try PageSize.check(
            width: Double(viewport.width), height: Double(viewport.height), scale: viewport.scale,
            limit: options.pagePixels)
    }
}
