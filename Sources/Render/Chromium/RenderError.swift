// Everything that can go wrong while a page is shown, one clear line each.

/// A fault of a page, of the browser, or of the machine.
public enum RenderError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No browser is installed, or the one that was named is none. `looked` lists what was looked for.
    case noBrowser(looked: [String])
    /// The browser is there and does not come up.
    case cannotStart(reason: String)
    /// The browser, or the page's process, ended by itself; also when the page was shown once more, in a fresh browser.
    case browserDied
    /// The page was not finished in time. The browser that showed it was ended.
    case timedOut(seconds: Double)
    /// A process of the page held more resident memory. The browser that showed it was ended.
    case tooMuchMemory(limit: Int)
    /// The picture would be too large; the size is in device pixels. No picture was made.
    case tooLarge(width: Int, height: Int, limit: Int)
    /// The page's files lack the one that opens.
    case entryMissing(path: String)
    /// The window has a side or a scale that no browser is asked for.
    case invalidViewport(reason: String)
    /// The address answered nothing that can be shown.
    case notLoaded(address: String, reason: String)
    /// The task was cancelled.
    case cancelled
    /// The renderer was closed before, or while, the page was shown.
    case closed
    /// The browser answered what this version does not understand.
    case protocolFault(String)

    /// One line that names the thing, what was expected and what was found.
    public var description: String {
        switch self {
        case .noBrowser(let looked):
            "no browser was found (looked for \(looked.joined(separator: ", "))): install Debian's "
                + "chromium-headless-shell or chromium, or set BOTTEGA_CHROMIUM to the program"
        case .cannotStart(let reason):
            "the browser does not start: \(reason)"
        case .browserDied:
            "the browser ended while it showed the page, twice"
        case .timedOut(let seconds):
            "the page was not finished after \(seconds.formatted) s"
        case .tooMuchMemory(let limit):
            "the page needs more than \(limit >> 20) MiB of memory"
        case .tooLarge(let width, let height, let limit):
            "the page is \(width) × \(height) pixels; the limit is \(PictureLimit.side) a side and \(limit) in all"
        case .entryMissing(let path):
            "the page's files have no \(path)"
        case .invalidViewport(let reason):
            "the viewport cannot be used: \(reason)"
        case .notLoaded(let address, let reason):
            "\(address) cannot be shown: \(reason)"
        case .cancelled:
            "showing the page was cancelled"
        case .closed:
            "the renderer is closed"
        case .protocolFault(let reason):
            "the browser does not speak the expected protocol: \(reason)"
        }
    }
}

/// What no option can raise.
enum PictureLimit {
    /// Device pixels a side; browsers leave the rest of a longer picture empty.
    static let side = 16_384
}

extension Double {
    /// Without a fraction that is zero.
    fileprivate var formatted: String { self == rounded() ? String(Int(self)) : String(self) }
}
