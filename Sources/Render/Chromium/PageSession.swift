// A page that is used as a person uses it: pointed at, typed into, scrolled, and looked at in between. Acts are the
// browser's own events of mouse and keyboard, so that a page cannot tell them from a person's. After each act the page
// comes to rest before anything else happens, be it the same page or another file of its project.
//
//     opened ── click · type · press · scroll ──▶ acted ── arrived, at rest ──▶ screenshot · next act
import Foundation
import Media

/// A page in its window, while it is driven.
///
/// ```swift
/// let shot = try await renderer.drive(page, viewport: Viewport(width: 1280, height: 720)) { session in
///     try await session.click(x: 640, y: 300)
///     try await session.type("Ada")
///     return try await session.screenshot()
/// }
/// ```
public struct PageSession: Sendable {
    /// Keys that do something else than write.
    public enum Key: String, Sendable, CaseIterable {
        case enter = "Enter"
        case tab = "Tab"
        case escape = "Escape"
        case backspace = "Backspace"

        /// What Windows calls it, which is what browsers act upon.
        fileprivate var code: Int {
            switch self {
            case .enter: 13
            case .tab: 9
            case .escape: 27
            case .backspace: 8
            }
        }
    }

    fileprivate let visit: PageVisit
    fileprivate let tab: PageVisit.Tab
    fileprivate let end: ContinuousClock.Instant
    fileprivate let sessionSeconds: Double

    /// Presses and releases the mouse at a place of the window, in CSS pixels from its top left corner.
    public func click(x: Double, y: Double) async throws(RenderError) {
        try await act { () async throws(RenderError) in
            try await mouse("mouseMoved", x, y, [:])
            for kind in ["mousePressed", "mouseReleased"] {
                try await mouse(kind, x, y, ["button": "left", "clickCount": 1])
            }
        }
    }

    /// Writes a text where the page's focus is.
    public func type(_ text: String) async throws(RenderError) {
        try await act { () async throws(RenderError) in
            try await call("Input.insertText", ["text": .string(text)])
        }
    }

    /// Presses and releases a key.
    public func press(_ key: Key) async throws(RenderError) {
        var parameters: Parameters = [
            "key": .string(key.rawValue), "code": .string(key.rawValue), "windowsVirtualKeyCode": .integer(key.code),
        ]
        if key == .enter { parameters["text"] = "\r" }
        try await act { () async throws(RenderError) in
            for kind in ["keyDown", "keyUp"] {
                try await call("Input.dispatchKeyEvent", parameters.merging(["type": .string(kind)]) { $1 })
            }
        }
    }

    /// Turns the wheel in the middle of the window: `y` CSS pixels down, `x` to the right. What lies there scrolls.
    public func scroll(x: Double = 0, y: Double) async throws(RenderError) {
        let middle = (Double(visit.viewport.width) / 2, Double(visit.viewport.height) / 2)
        try await act { () async throws(RenderError) in
            try await mouse("mouseWheel", middle.0, middle.1, ["deltaX": .number(x), "deltaY": .number(y)])
            // The wheel is answered before the page has moved.
            var (last, quiet) = (try await place(), 0)
            while quiet < 4 {
                try? await Task.sleep(for: .milliseconds(25))
                let now = try await place()
                quiet = now == last ? quiet + 1 : 0
                last = now
            }
        }
    }

    /// Goes to a file of the project, as somebody does who writes its address.
    public func open(_ path: String) async throws(RenderError) {
        try await act { () async throws(RenderError) in
            try await call("Page.navigate", ["url": .string(PageSource.origin + PageFiles.encode(path))])
        }
    }

    /// How far the page is scrolled, in CSS pixels from its top left corner.
    public var scrollPosition: (x: Double, y: Double) {
        get async throws(RenderError) {
            let place = try await place()
            return (place[0], place[1])
        }
    }

    /// The file of the project that is shown.
    public var path: String {
        get async throws(RenderError) {
            let address = try await visit.frame(of: tab).url
            let path = address.dropFirst(PageSource.origin.count).prefix { $0 != "?" && $0 != "#" }
            return String(path).removingPercentEncoding ?? String(path)
        }
    }

    /// What the window shows: the picture, and what lies in it, from its top left corner. Unlike that of `render`, it is
    /// as large as the window, wherever the page is scrolled to, and scripts may run while it is taken.
    public func screenshot() async throws(RenderError) -> Screenshot {
        visit.browser.watch(watch(seconds: visit.options.pageSeconds))
        defer { visit.browser.watch(watch(seconds: nil)) }
        let state = try await rest()
        let (width, height) = (Double(visit.viewport.width), Double(visit.viewport.height))
        let measured: MeasuredPage = try await visit.evaluate(
            PageScripts.measure(width: width, height: height), world: state.world, tab)
        let image = try await visit.picture(["captureBeyondViewport": false], tab)
        let account = tab.warden.account
        return try measured.screenshot(
            image, visit.viewport, overflow: max(0, state.width - width), console: account.console,
            refused: account.refused)
    }

    // Does something, and waits until the page is at rest again.
    private func act(_ body: () async throws(RenderError) -> Void) async throws(RenderError) {
        visit.browser.watch(watch(seconds: visit.options.pageSeconds))
        defer { visit.browser.watch(watch(seconds: nil)) }
        try await body()
        // What follows from an event begins behind its answer.
        try? await Task.sleep(for: .milliseconds(50))
        _ = try await rest()
    }

    // Waits for the page that is on its way, as often as one is.
    fileprivate func rest() async throws(RenderError) -> PageVisit.Settled {
        while true {
            let before = tab.warden.account.arrivals
            try await arrive()
            do throws(RenderError) {
                let state = try await visit.settle(tab, staysInPlace: true)
                if tab.warden.account.arrivals == before { return state }
            } catch {
                // What was asked is gone when the page goes on meanwhile; so it may be as its time runs out.
                guard case .protocolFault = error else { throw error }
                if let fault = visit.devTools.fault { throw fault }
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    // Waits until the document that was handed over last is the one in the frame; one that is given up comes never.
    private func arrive() async throws(RenderError) {
        let patience = ContinuousClock.now + .seconds(visit.options.settleSeconds)
        while let last = tab.warden.account.lastArrival, ContinuousClock.now < patience {
            if try await visit.frame(of: tab).loaderId == last { return }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }

    private func place() async throws(RenderError) -> [Double] {
        struct Metrics: Decodable {
            struct View: Decodable { let pageX, pageY: Double }
            let cssVisualViewport: View
        }
        let view = try await visit.devTools.call("Page.getLayoutMetrics", in: tab.session, as: Metrics.self)
            .cssVisualViewport
        return [view.pageX, view.pageY]
    }

    private func mouse(_ kind: String, _ x: Double, _ y: Double, _ more: Parameters) async throws(RenderError) {
        try await call(
            "Input.dispatchMouseEvent",
            ["type": .string(kind), "x": .number(x), "y": .number(y)].merging(more) { $1 })
    }

    private func call(_ method: String, _ parameters: Parameters) async throws(RenderError) {
        let _: DevTools.Done = try await visit.devTools.call(method, parameters, in: tab.session)
    }

    // The limits of an act; nil for the time between two.
    fileprivate func watch(seconds: Double?) -> Browser.Watch {
        let memory = visit.options.memoryBytes
        if let seconds, case let late = ContinuousClock.now + .seconds(seconds), late < end {
            return Browser.Watch(deadline: late, lateness: .timedOut(seconds: seconds), memoryLimit: memory)
        }
        return Browser.Watch(deadline: end, lateness: .timedOut(seconds: sessionSeconds), memoryLimit: memory)
    }
}

extension PageVisit {
    /// Opens the page, gives it to `body`, and throws its tab away.
    func drive<Outcome: Sendable>(
        seconds: Double, _ body: @Sendable (PageSession) async throws -> Outcome
    ) async throws -> Outcome {
        let end = ContinuousClock.now + .seconds(seconds)
        let opening = min(seconds, options.pageSeconds)
        browser.watch(
            Browser.Watch(
                deadline: .now + .seconds(opening), lateness: .timedOut(seconds: opening),
                memoryLimit: options.memoryBytes))
        defer { browser.watch(nil) }
        let tab = try await prepare(mayTravel: true)
        let session = PageSession(visit: self, tab: tab, end: end, sessionSeconds: seconds)
        let result: Result<Outcome, any Error>
        do {
            try await open(tab)
            _ = try await session.rest()
            browser.watch(session.watch(seconds: nil))
            result = .success(try await body(session))
        } catch {
            result = .failure(error)
        }
        devTools.listen(to: [], nil)
        if devTools.fault == nil { try await remove(tab.place) }
        return try result.get()
    }
}
