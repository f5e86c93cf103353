// Everything that can keep a page from being captured, one clear line each.

/// Why there is no picture of a page.
public enum CaptureError: Error, Sendable, Equatable {
    /// The text is no address of a web page.
    case invalidAddress(String, reason: String)
    /// An entry of a policy is no address, range or host name.
    case invalidAllowance(String)
    /// The page, or where it redirected to, may not be reached. Nothing was sent there.
    case refused(address: String, reason: String)
    /// The page could not be had: unknown name, nobody answers, broken TLS.
    case unreachable(address: String, reason: String)
    /// The page was not there in time.
    case timedOut(address: String, seconds: Double)
    /// The page was there, and the browser could not show it, or there is no browser.
    case notShown(address: String, RenderError)
    /// The guarded way to the network could not be opened; nothing was asked for.
    case cannotGuard(reason: String)
}

extension CaptureError: CustomStringConvertible {
    /// One line that names the address and what is wrong.
    public var description: String {
        switch self {
        case .invalidAddress(let address, let reason): "\(shown(address)) is no address of a web page: \(reason)"
        case .invalidAllowance(let entry):
            "\(shown(entry)) is no address, no range such as 10.1.0.0/16 and no host name"
        case .refused(let address, let reason): "\(shown(address)) is refused: \(reason)"
        case .unreachable(let address, let reason): "\(shown(address)) cannot be had: \(reason)"
        case .timedOut(let address, let seconds): "\(shown(address)) was not there after \(seconds) seconds"
        case .notShown(let address, let error): "\(shown(address)) was not shown: \(error)"
        case .cannotGuard(let reason): "no guarded way to the network: \(reason)"
        }
    }

    /// In quotes, fit for one line: control characters escaped, long ones cut.
    private func shown(_ text: String) -> String {
        text.count <= 200 ? text.debugDescription : String(text.prefix(200)).debugDescription + "…"
    }
}
