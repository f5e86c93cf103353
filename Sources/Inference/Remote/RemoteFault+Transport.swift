// What AsyncHTTPClient and the connections below it throw, sorted into faults.
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

extension RemoteFault {
    /// The fault that an error is which came between a request and the end of its answer; nil for a cancellation.
    init?(onTheWay error: any Error) {
        switch error {
        case is CancellationError: return nil
        case let known as RemoteFault: self = known
        case let error as HTTPClientError:
            if error == .cancelled { return nil }
            self.init(error)
        case let error as NIOConnectionError: self.init(.unreachable, Self.words(error))
        case HTTPParserError.invalidEOFState: self.init(.unreachable, "the connection was cut")
        case let error as HTTPParserError: self.init(.malformed, "does not speak HTTP: \(error)")
        case let error as IOError: self.init(.unreachable, "the connection was cut: \(error)")
        case let error as ChannelError where error == .ioOnClosedChannel || error == .inputClosed:
            self.init(.unreachable, "the connection was cut")
        default: self.init(.unreachable, "\(error)")
        }
    }

    private init(_ error: HTTPClientError) {
        switch error {
        case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .httpProxyHandshakeTimeout,
            .socksHandshakeTimeout:
            self.init(.unreachable, "no connection in time")
        case .remoteConnectionClosed, .uncleanShutdown: self.init(.unreachable, "the connection was cut")
        case .deadlineExceeded: self.init(.slow, "the answer took too long")
        case .proxyAuthenticationRequired:
            self.init(.unreachable, "the proxy does not accept the user and the password")
        default: self.init(.unreachable, error.shortDescription)
        }
    }

    private static func words(_ error: NIOConnectionError) -> String {
        if let reason = error.connectionErrors.first?.error { return "cannot be reached: \(reason)" }
        guard let reason = error.dnsAError ?? error.dnsAAAAError else { return "cannot be reached" }
        return "has no address: \(reason)"
    }
}
