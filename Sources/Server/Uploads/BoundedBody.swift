// A request's body, piece by piece, up to a number of bytes and for a while. That pieces come at all is watched on the
// connection (`BodyPace`); here it is seen to that the last one comes in time.
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

extension Request {
    /// Takes the body to its end.
    ///
    /// - Parameters:
    ///   - limit: the most bytes.
    ///   - seconds: how long it may take to come. Nil for a body that goes to disk: it has as long as it keeps its pace,
    ///     and is taken to its end though the service shuts down.
    /// - Throws: `body_too_large` before more than the limit is taken, `request_timeout`, `shutting_down`,
    ///   `invalid_request` for a body that ends before it should, or what `take` throws.
    func takeBody(
        upTo limit: Int, within seconds: Double? = 60, _ take: (ByteBuffer) async throws -> Void
    ) async throws {
        let announced = headers[.contentLength].flatMap { Int($0) }
        if let announced, announced > limit {
            // A client that is still sending when its connection is closed may never see the answer.
            if announced <= 16 << 20 { for try await _ in body {} }
            throw Problem(.bodyTooLarge, "the body is larger than \(limit) bytes")
        }
        let deadline = seconds.map { ContinuousClock.now + .seconds($0) }
        var byteCount = 0
        for try await piece in body {
            byteCount += piece.readableBytes
            guard byteCount <= limit else { throw Problem(.bodyTooLarge, "the body is larger than \(limit) bytes") }
            if let deadline, let seconds {
                guard .now < deadline else {
                    throw Problem(.requestTimeout, "the body did not arrive within \(Int(seconds)) seconds")
                }
                if Task.isShuttingDownGracefully { throw Problem.closing }
            }
            try await take(piece)
        }
        if let announced, byteCount < announced {
            throw Problem(.invalidRequest, "the body ended after \(byteCount) of \(announced) bytes")
        }
    }

    /// The whole body.
    func wholeBody(upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await takeBody(upTo: limit) { bytes += $0.readableBytesView }
        return bytes
    }
}
