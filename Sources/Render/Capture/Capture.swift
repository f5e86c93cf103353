// A web page becomes a `Screenshot`. The browser that shows it is there for this page only and has one way to the
// network, a guard proxy of its own; both are gone when the picture is there, or the error.
//
//     address ─ read ─ admitted? ─→ proxy opens ─→ browser shows ─→ browser ends ─→ proxy closes ─→ Screenshot
//                          │ refused                    │ not loaded: refused on its way, or unreachable

extension Renderer {
    /// Shows a page of the web and takes its picture.
    ///
    /// Nothing is reached but what the policy allows: the page, every redirect, and all the page asks for while it is
    /// shown (pictures, scripts, frames, `fetch`, sockets) go through a proxy that resolves each name itself, refuses
    /// it when even one of its addresses is not allowed, and connects to the address it has checked. What was refused
    /// stands in `Screenshot.refused`: what the browser held back first, then what the proxy did.
    ///
    /// ```swift
    /// let shot = try await renderer.capture("https://example.org/", viewport: Viewport(width: 1280, height: 800))
    /// ```
    ///
    /// - Parameter address: begins with `http://` or `https://`; no user, no password.
    /// A page that leaves for a place that is not allowed is shown as it was, where the address tells; where only the
    /// resolver does, the page is gone and the place is `refused`.
    ///
    /// - Throws: `invalidAddress`, `refused` and `unreachable` before a browser is started, where the address alone
    ///   tells. After any of them the renderer can be used again.
    ///
    /// Proofs: `CaptureTests`, `GuardProxyTests`, `GatekeeperTests`.
    public func capture(
        _ address: String, viewport: Viewport, policy: CapturePolicy = .publicOnly
    ) async throws(CaptureError) -> Screenshot {
        try await capture(address, viewport: viewport, past: Gatekeeper(policy))
    }

    /// The same, past a gatekeeper who may ask another resolver.
    func capture(
        _ address: String, viewport: Viewport, past gatekeeper: Gatekeeper
    ) async throws(CaptureError) -> Screenshot {
        let page = try PageAddress(address)
        try await Self.admit(page, gatekeeper)
        let proxy = try await GuardProxy.start(gatekeeper)
        let way = PageProxy(
            host: "127.0.0.1", port: proxy.port, user: proxy.user, password: proxy.password,
            isQuiet: { proxy.isQuiet })
        let source = PageSource.network(address: page.text, proxy: way) { address in
            guard let reason = gatekeeper.judge(address) else { return nil }
            proxy.refuse(address, reason: reason)
            return reason
        }
        let result: Result<Screenshot, RenderError>
        do {
            result = .success(try await show(source, viewport: viewport, seconds: gatekeeper.policy.seconds))
        } catch {
            result = .failure(error)
        }
        let account = await proxy.close()
        switch result {
        case .success(var screenshot):
            screenshot.refused = Self.together(screenshot.refused, account.refused)
            return screenshot
        case .failure(let error):
            throw Self.reason(page, error, account, gatekeeper)
        }
    }

    // Says no before a browser is started. What the name stands for later is the proxy's to check.
    private static func admit(_ page: PageAddress, _ gatekeeper: Gatekeeper) async throws(CaptureError) {
        do {
            _ = try await gatekeeper.admit(host: page.host, port: page.port)
        } catch let refusal as Refusal {
            throw .refused(address: page.text, reason: "\(refusal)")
        } catch is CancellationError {
            throw .notShown(address: page.text, .cancelled)
        } catch {
            throw .unreachable(address: page.text, reason: "\(error)")
        }
    }

    // A page that did not load has asked for nothing but itself, so what was refused is what it redirected to.
    private static func reason(
        _ page: PageAddress, _ error: RenderError, _ account: ProxyLedger.Account, _ gatekeeper: Gatekeeper
    ) -> CaptureError {
        switch error {
        case .timedOut(let seconds):
            return .timedOut(address: page.text, seconds: seconds)
        case .notLoaded where account.isLate:
            return .timedOut(address: page.text, seconds: gatekeeper.policy.seconds)
        case .notLoaded(let address, let reason):
            // The page itself, or where its scripts went later.
            let left = address == page.text ? nil : Destination(ofAddress: address)
            let refused = account.refused.last { left == nil || Destination(ofAddress: $0.address) == left }
            if let refused { return .refused(address: refused.address, reason: refused.reason) }
            let faults = account.faults.filter { left == nil || $0.key == left?.description }
            let told = faults.map { "\($0.key): \($0.value)" }.sorted().joined(separator: "; ")
            return .unreachable(address: address, reason: told.isEmpty ? reason : told)
        default:
            return .notShown(address: page.text, error)
        }
    }

    // What the browser held back is told in full by both; a socket that it told of reaches the proxy as a tunnel.
    private static func together(_ browser: [RefusedRequest], _ proxy: [RefusedRequest]) -> [RefusedRequest] {
        let places = browser.map { Destination(ofAddress: $0.address) }
        return browser + proxy.filter { !places.contains(Destination(ofAddress: $0.address)) }
    }
}
