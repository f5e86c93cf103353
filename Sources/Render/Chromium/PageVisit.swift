// One page, from a tab to a `Screenshot`. The tab has storage of its own and is thrown away; only a tab in which no script
// could run is kept for the next page without scripts, which saves the start of a process. The page's scripts are stopped
// before it is measured, so that what is measured is what is pictured.
//
//     prepare → open → settle → freeze → measure → picture
//
// Limits are the browser's to keep (`Browser.watch`): a page that overdoes it ends its browser, and every call with it.
import Foundation
import Media

/// The showing of one page in a browser that shows nothing else meanwhile.
struct PageVisit: Sendable {
    let source: PageSource
    let viewport: Viewport
    let options: RenderOptions
    let browser: Browser

    /// Whether the page's own scripts run.
    private let hasScripts: Bool
    /// Whether nothing of the page can outlive it in its tab.
    private let leavesNothing: Bool

    var devTools: DevTools { browser.devTools }

    /// Searches the page for scripts, once.
    init(source: PageSource, viewport: Viewport, options: RenderOptions, browser: Browser) {
        self.source = source
        self.viewport = viewport
        self.options = options
        self.browser = browser
        if case .files(let page) = source {
            hasScripts = options.javascript && page.mayHaveScripts
        } else {
            hasScripts = options.javascript
        }
        leavesNothing = source.proxy == nil && !hasScripts
    }

    /// Workers, and frames of other processes, are attached to and wait.
    static let attachment: Parameters = ["autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true]

    /// Shows the page.
    ///
    /// - Throws: Anything but `noBrowser`. After `tooLarge` and `notLoaded` the browser can be used again.
    func run() async throws(RenderError) -> Screenshot {
        browser.watch(
            Browser.Watch(
                deadline: .now + .seconds(options.pageSeconds), lateness: .timedOut(seconds: options.pageSeconds),
                memoryLimit: options.memoryBytes))
        defer { browser.watch(nil) }
        let tab = try await prepare()
        let result: Result<Screenshot, RenderError>
        do {
            result = .success(try await show(tab))
        } catch {
            result = .failure(error)
        }
        devTools.listen(to: [], nil)
        if devTools.fault == nil {
            if leavesNothing, case .success = result { browser.keep(tab.place) } else { try await remove(tab.place) }
        }
        return try result.get()
    }

    /// A tab in a context of its own.
    struct Place: Sendable {
        let context: String
        let target: String
        let session: String
    }

    /// A tab with its guard.
    struct Tab: Sendable {
        let place: Place
        let warden: PageWarden

        var target: String { place.target }
        var session: String { place.session }
    }

    func remove(_ place: Place) async throws(RenderError) {
        let _: DevTools.Done = try await devTools.call(
            "Target.disposeBrowserContext", ["browserContextId": .string(place.context)])
    }

    // A tab with a guard, and a window of the right size: an empty one, or the one that was kept.
    //
    // - Parameter mayTravel: whether the page may go on to other files of its project, in a tab of its own.
    func prepare(mayTravel: Bool = false) async throws(RenderError) -> Tab {
        let kept = browser.takeKept()
        let isShared = leavesNothing && !mayTravel
        if let kept, !isShared { try await remove(kept) }
        let place: Place
        if let kept, isShared { place = kept } else { place = try await newPlace() }
        let warden = PageWarden(
            source, target: place.target, session: place.session, hasScripts: hasScripts, mayTravel: mayTravel, devTools
        )
        warden.begin()
        let size: Parameters = [
            "width": .integer(viewport.width), "height": .integer(viewport.height),
            "deviceScaleFactor": .number(viewport.scale), "mobile": false,
        ]
        // The browser's own session sees every request: of the page, of frames, of workers.
        devTools.post("Fetch.enable", ["handleAuthRequests": .flag(source.proxy != nil)], mustSucceed: true)
        devTools.post(
            "Browser.setDownloadBehavior", ["behavior": "deny", "browserContextId": .string(place.context)],
            mustSucceed: true)
        let media: Parameter = [["name": "prefers-reduced-motion", "value": "reduce"]]
        let calls: [(String, Parameters)] = [
            ("Page.enable", [:]), ("Runtime.enable", [:]), ("Log.enable", [:]), ("Network.enable", [:]),
            ("Network.setCacheDisabled", ["cacheDisabled": true]), ("Page.resetNavigationHistory", [:]),
            ("Target.setAutoAttach", Self.attachment), ("Emulation.setDeviceMetricsOverride", size),
            ("Emulation.setEmulatedMedia", ["features": media]),
            ("Emulation.setScriptExecutionDisabled", ["value": .flag(!options.javascript)]),
        ]
        for (method, parameters) in calls { devTools.post(method, parameters, in: place.session, mustSucceed: true) }
        return Tab(place: place, warden: warden)
    }

    private func newPlace() async throws(RenderError) -> Place {
        struct Context: Decodable { let browserContextId: String }
        struct Target: Decodable { let targetId: String }
        struct Session: Decodable { let sessionId: String }
        let context = try await devTools.call(
            "Target.createBrowserContext", ["disposeOnDetach": true], as: Context.self
        ).browserContextId
        let target = try await devTools.call(
            "Target.createTarget", ["url": "about:blank", "browserContextId": .string(context)], as: Target.self
        ).targetId
        let session = try await devTools.call(
            "Target.attachToTarget", ["targetId": .string(target), "flatten": true], as: Session.self
        ).sessionId
        return Place(context: context, target: target, session: session)
    }

    private func show(_ tab: Tab) async throws(RenderError) -> Screenshot {
        try await open(tab)
        let state = try await arrive(tab)
        tab.warden.closeDoor()
        if source.proxy != nil { devTools.post("Page.stopLoading", in: tab.session, mustSucceed: true) }
        if !state.isSettled {
            tab.warden.note(
                "warning", "the page was still changing after \(options.settleSeconds) s; it is shown as it was then")
        }
        devTools.post("Emulation.setScriptExecutionDisabled", ["value": true], in: tab.session, mustSucceed: true)
        let width = Double(viewport.width)
        let height = max(Double(viewport.height), state.height.rounded(.up))
        try PageSize.check(width: width, height: height, scale: viewport.scale, limit: options.pagePixels)
        let measured: MeasuredPage = try await evaluate(
            PageScripts.measure(width: width, height: height), world: state.world, tab)
        let image = try await picture(width: width, height: height, tab)
        try await seeThatItStayed(tab)
        if measured.isCapped {
            tab.warden.note("warning", "the page is very large: not everything on it was measured")
        }
        let account = tab.warden.account
        return try measured.screenshot(
            image, viewport, overflow: max(0, state.width - width), console: account.console, refused: account.refused)
    }

    func open(_ tab: Tab) async throws(RenderError) {
        struct Opened: Decodable {
            let errorText: String?
            let loaderId: String?
        }
        let opened = try await devTools.call(
            "Page.navigate", ["url": .string(source.address)], in: tab.session, as: Opened.self)
        if let reason = opened.errorText, !reason.isEmpty {
            throw .notLoaded(address: source.address, reason: tab.warden.account.refused.first?.reason ?? reason)
        }
        guard leavesNothing else { return }
        // Until the page is there, the one before may answer for it.
        while try await frame(of: tab).loaderId != opened.loaderId { try? await Task.sleep(for: .milliseconds(2)) }
    }

    /// The page's main frame.
    struct Frame: Decodable {
        let loaderId: String
        let url: String
        let unreachableUrl: String?
    }

    func frame(of tab: Tab) async throws(RenderError) -> Frame {
        struct Answer: Decodable {
            struct Tree: Decodable { let frame: Frame }
            let frameTree: Tree
        }
        return try await devTools.call("Page.getFrameTree", in: tab.session, as: Answer.self).frameTree.frame
    }

    // A page of the network may go on to another by itself, and fetches what it shows: it is there when it is settled and
    // nothing moves, or `settleSeconds` after it was settled for the first time.
    private func arrive(_ tab: Tab) async throws(RenderError) -> Settled {
        guard let proxy = source.proxy else { return try await settle(tab) }
        var patience: ContinuousClock.Instant?
        while true {
            do throws(RenderError) {
                let state = try await settle(tab)
                let limit = patience ?? .now + .seconds(options.settleSeconds)
                if proxy.isQuiet() || .now >= limit { return state }
                patience = limit
            } catch {
                // What was asked is gone when the page goes on meanwhile; so it may be as its time runs out.
                guard case .protocolFault = error else { throw error }
                if let fault = devTools.fault { throw fault }
            }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    // A page of the network may leave for one that cannot be had. What is pictured then is the browser's own complaint.
    private func seeThatItStayed(_ tab: Tab) async throws(RenderError) {
        guard source.proxy != nil else { return }
        if let address = try await frame(of: tab).unreachableUrl, !address.isEmpty {
            throw .notLoaded(address: address, reason: "the page left for an address that cannot be had")
        }
    }

    /// A page at rest.
    struct Settled {
        let world: Int
        let isSettled: Bool
        let width, height: Double
    }

    // Waits in the page, in a world of scripts that the page's own cannot see: for everything to be loaded, half the
    // page's time at most; then for quiet, `settleSeconds` at most. An answer from the empty page that was there before
    // says that it is early, and the question is asked again.
    //
    // - Parameter staysInPlace: Whether a page that was scrolled is left so.
    func settle(_ tab: Tab, staysInPlace: Bool = false) async throws(RenderError) -> Settled {
        struct World: Decodable { let executionContextId: Int }
        struct Answer: Decodable {
            let isEarly, isSettled: Bool
            let width, height: Double
        }
        let patience = ContinuousClock.now + .seconds(options.pageSeconds / 2)
        while true {
            let isLate = ContinuousClock.now >= patience
            let world = try await devTools.call(
                "Page.createIsolatedWorld", ["frameId": .string(tab.target), "worldName": "bottega"],
                in: tab.session, as: World.self
            ).executionContextId
            let script = PageScripts.settle(
                loadSeconds: isLate ? 0 : options.pageSeconds / 2, quietSeconds: options.settleSeconds,
                canWait: options.javascript, staysInPlace: staysInPlace)
            let answer: Answer = try await evaluate(script, world: world, tab)
            if !answer.isEarly {
                return Settled(world: world, isSettled: answer.isSettled, width: answer.width, height: answer.height)
            }
            try? await Task.sleep(for: .milliseconds(10))
        }
    }

    private struct Evaluated: Decodable {
        struct Outcome: Decodable { let value: String? }
        struct Fault: Decodable {
            struct Exception: Decodable { let description: String? }
            let text: String
            let exception: Exception?
        }
        let result: Outcome
        let exceptionDetails: Fault?
    }

    // Runs a script of ours, whose value is JSON in a string.
    func evaluate<Value: Decodable>(
        _ script: String, world: Int, _ tab: Tab
    ) async throws(RenderError) -> Value {
        let answer = try await devTools.call(
            "Runtime.evaluate",
            [
                "expression": .string(script), "contextId": .integer(world), "returnByValue": true,
                "awaitPromise": true,
            ],
            in: tab.session, as: Evaluated.self)
        guard let text = answer.result.value, answer.exceptionDetails == nil else {
            let fault = answer.exceptionDetails
            throw .protocolFault("a script failed: \(fault?.exception?.description ?? fault?.text ?? "no value")")
        }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw .protocolFault("a script's value has another form: \(error)")
        }
    }

    // The whole page; `100vh` remains the window's height.
    private func picture(width: Double, height: Double, _ tab: Tab) async throws(RenderError) -> Image {
        let clip: Parameter = [
            "x": 0, "y": 0, "width": .number(width), "height": .number(height), "scale": 1,
        ]
        return try await picture(["captureBeyondViewport": true, "clip": clip], tab)
    }

    /// Takes a picture of what `part` says of the page.
    func picture(_ part: Parameters, _ tab: Tab) async throws(RenderError) -> Image {
        let answer = try await devTools.answer(
            "Page.captureScreenshot",
            part.merging(["format": "png", "optimizeForSpeed": true]) { $1 }, in: tab.session)
        // The picture is megabytes of base64 in an answer of one field: it is cut out where it lies.
        let opening = Array("\"data\":\"".utf8)
        let quote = UInt8(ascii: "\"")
        guard let start = (0..<min(64, answer.count)).first(where: { answer[$0...].starts(with: opening) }),
            let end = answer[(start + opening.count)...].firstIndex(of: quote),
            let png = Data(base64Encoded: Data(answer[(start + opening.count)..<end]))
        else { throw .protocolFault("Page.captureScreenshot: no picture") }
        do {
            let limits = ImageLimits(maxSide: PictureLimit.side + 1, maxPixels: options.pagePixels + PictureLimit.side)
            return try Image.decode([UInt8](png), name: "the picture of the page", limits: limits)
        } catch {
            throw .protocolFault(error.description)
        }
    }
}

/// The size of a picture.
enum PageSize {
    /// Refuses pictures that are too large. Width and height in CSS pixels.
    static func check(width: Double, height: Double, scale: Double, limit: Int) throws(RenderError) {
        let columns = Int(min(1e9, (width * scale).rounded(.up)))
        let rows = Int(min(1e9, (height * scale).rounded(.up)))
        guard max(columns, rows) <= PictureLimit.side, columns * rows <= limit else {
            throw .tooLarge(width: columns, height: rows, limit: limit)
        }
    }
}
