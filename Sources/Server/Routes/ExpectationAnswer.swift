// Answers `Expect: 100-continue`: clients that announce a large body wait for leave to send it, curl for a whole second.
// Leave is given at once, except for a body that would be refused for its length whatever is in it; its refusal then
// comes before any of it was sent.
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Gives leave to send bodies, on one connection.
final class ExpectationAnswer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    private let largestBody: Int

    /// - Parameter largestBody: bytes of the largest body that any route takes.
    init(largestBody: Int) { self.largestBody = largestBody }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data), isLeaveGiven(head.headerFields) {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
        context.fireChannelRead(data)
    }

    private func isLeaveGiven(_ headers: HTTPFields) -> Bool {
        guard headers[.expect]?.lowercased() == "100-continue" else { return false }
        guard let length = headers[.contentLength] else { return true }
        return Int(length).map { $0 <= largestBody } ?? false
    }
}
