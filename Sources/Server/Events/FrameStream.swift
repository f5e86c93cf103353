// How frames reach a client while they are made: one written and flushed before the next is taken, until the last one, the
// client's end or the service's.
import AsyncAlgorithms
import HTTPTypes
import Hummingbird
import NIOCore

enum FrameStream {
    /// What the head of a stream says.
    static let headers: HTTPFields = [
        .contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no",
    ]

    /// Writes what is told until all is told, the client is gone or the service shuts down.
    ///
    /// - Parameters:
    ///   - signal: fires when the client is gone; nil where nobody can tell.
    ///   - parting: the last frames when the service shuts down before all is told.
    ///   - tell: sends the frames, one after the other; cancelled when nobody reads them any more.
    static func write(
        to writer: inout any ResponseBodyWriter, signal: HangUpSignal?, parting: [ByteBuffer] = [],
        _ tell: @escaping @Sendable (AsyncChannel<ByteBuffer>) async -> Void
    ) async throws {
        let frames = AsyncChannel<ByteBuffer>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await tell(frames)
                frames.finish()
            }
            group.addTask {
                await shutdownOrCancellation()
                if !Task.isCancelled { for frame in parting { await frames.send(frame) } }
                frames.finish()
            }
            if let signal {
                group.addTask {
                    await signal.wait()
                    frames.finish()
                }
            }
            defer { group.cancelAll() }
            for await frame in frames { try await writer.write(frame) }
        }
    }
}
