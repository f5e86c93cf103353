// What travels with one request: Hummingbird's own storage, the request's name in logs and answers, who asks, and the
// connection it came over. It is a value; middleware hands a changed copy on to the next.
import Foundation
package import Hummingbird
import Jobs
package import NIOCore

/// The context of one request.
package struct BottegaRequestContext: RequestContext, ServiceRequestContext {
    package var coreContext: CoreRequestContextStorage
    package var requestID = ""
    package var caller = Caller.local
    /// The connection the request came over.
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    package var remoteAddress: SocketAddress? { channel.remoteAddress }

    /// A part of the path by its name in the route, percent-decoded.
    ///
    /// - Throws: `not_found` when it is no text, or holds a NUL, where SQLite would stop reading.
    func pathPart(_ name: String) throws(Problem) -> String {
        guard let part = parameters.get(name)?.removingPercentEncoding, !part.contains("\0") else {
            throw .nothingHere
        }
        return part
    }

    /// The caller's conversion that the path names.
    ///
    /// - Parameter kind: nil for any, since all have files, designs, revisions and the rest.
    /// - Throws: `not_found`, also when it is another's, or of another kind.
    func conversion(in store: JobStore, _ kind: Conversion.Kind? = nil) async throws -> Conversion {
        let conversion = try await store.conversion(try pathPart("conversion"), key: caller.keyID)
        guard kind == nil || kind == conversion.kind else {
            throw Problem(.notFound, "\(conversion.id) is a \(conversion.kind), and no \(kind ?? conversion.kind)")
        }
        return conversion
    }

    /// The rest of the path where a route ends with `**`, percent-decoded, without a slash at its start.
    ///
    /// - Throws: `not_found` when it is no text.
    func pathRest() throws(Problem) -> String {
        let parts = parameters.getCatchAll().map { $0.removingPercentEncoding }
        guard !parts.isEmpty, !parts.contains(nil) else { throw .nothingHere }
        return parts.compactMap { $0 }.joined(separator: "/")
    }
}

extension Problem {
    /// For addresses that lead nowhere.
    static var nothingHere: Problem { Problem(.notFound, "there is nothing at this address") }
}
