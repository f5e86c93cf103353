// A TCP connection on which tests say exactly what they mean: half a request, a sudden end, or a stream read as it comes.
import NIOCore
import NIOPosix

/// A connection to a live service.
struct RawConnection {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Runs a test over a new connection, which is closed afterwards.
    static func open<Value: Sendable>(
        port: Int, _ test: (inout Conversation) async throws -> Value
    ) async throws -> Value {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "localhost", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var conversation = Conversation(inbound: inbound.makeAsyncIterator(), outbound: outbound)
            return try await test(&conversation)
        }
    }

    /// What is said on it.
    struct Conversation {
        var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        /// Everything that came so far.
        private(set) var heard = ""

        init(
            inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
            outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        ) {
            self.inbound = inbound
            self.outbound = outbound
        }

        /// Sends bytes.
        func say(_ text: String, _ bytes: [UInt8] = []) async throws {
            try await outbound.write(ByteBuffer(bytes: Array(text.utf8) + bytes))
        }

        /// Reads until a text has come.
        ///
        /// - Returns: everything that came so far; without the text when the connection ended before.
        @discardableResult
        mutating func hear(_ text: String) async throws -> String {
            while !heard.contains(text), let piece = try await inbound.next() { heard += String(buffer: piece) }
            return heard
        }
    }
}
