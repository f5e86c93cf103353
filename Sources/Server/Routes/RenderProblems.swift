// What the faults of pages, of the browser and of captures mean to a client. What a browser that does not start says,
// or one that speaks another protocol, stays in the log; so do the addresses that a resolver of this network names.
import NIOCore
import Render

extension Problem {
    /// For pages, where there is no browser to show them.
    static var noBrowser: Problem {
        Problem(
            .rendererUnavailable,
            "there is no browser on the service's machine: install Debian's chromium-headless-shell or chromium, or "
                + "set BOTTEGA_CHROMIUM to the program, and start the service again")
    }
}

extension RenderError: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .noBrowser: .noBrowser
        case .cannotStart: Problem(.rendererUnavailable, "the browser of the service does not start; its log says why")
        case .browserDied, .timedOut, .tooMuchMemory, .tooLarge, .notLoaded: Problem(.renderFailed, description)
        case .entryMissing: Problem(.invalidParameter, description, param: "entry")
        case .invalidViewport: Problem(.invalidParameter, description, param: "viewport")
        // Whoever cancels knows why, and says so; what remains is the end of the service.
        case .cancelled, .closed: .closing
        case .protocolFault: .unforeseen
        }
    }
}

extension CaptureError: ProblemConvertible {
    package var problem: Problem {
        switch self {
        case .invalidAddress: Problem(.invalidParameter, description, param: "url")
        case .refused(let address, let reason):
            Problem(
                .addressRefused,
                CaptureError.refused(address: address, reason: reason.withoutAddress(unlessIn: address)).description,
                param: "url")
        case .unreachable, .timedOut: Problem(.captureFailed, description, param: "url")
        case .notShown(_, let error):
            switch error.problem.code {
            case .renderFailed, .invalidParameter: Problem(.renderFailed, description)
            default: error.problem
            }
        case .invalidAllowance, .cannotGuard: .unforeseen
        }
    }
}

extension RefusedRequest {
    /// The request as a client is told of it.
    var told: RefusedRequest { RefusedRequest(address: address, reason: reason.withoutAddress(unlessIn: address)) }
}

extension String {
    /// A reason that begins with an internet address, without it; unless `text` holds it too. What a name of this
    /// network stands for is not for everyone who may ask for a picture.
    fileprivate func withoutAddress(unlessIn text: String) -> String {
        let word = prefix { $0 != " " }
        guard !text.contains(word), (try? SocketAddress(ipAddress: String(word), port: 0)) != nil else { return self }
        return "it" + dropFirst(word.count)
    }
}
