import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import NIOPosix
import Testing

@testable import Server

@Suite struct BodyPaceTests {
    /// A connection without a network, whose clock stands until it is moved.
    private final class Connection {
        let channel = EmbeddedChannel()

        init(minimum: Int = 100) throws {
            let limits = BodyPace.Limits(
                idle: .seconds(30), period: .seconds(10), minimumBytesPerSecond: minimum, linger: .seconds(5))
            try channel.pipeline.syncOperations.addHandler(BodyPace(limits))
            try channel.connect(to: SocketAddress(ipAddress: "203.0.113.7", port: 80)).wait()
        }

        deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

        func begin() throws {
            try channel.writeInbound(
                HTTPRequestPart.head(HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/")))
            channel.read()
        }

        func receive(_ count: Int, thenRead: Bool = true) throws {
            try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 1, count: count)))
            if thenRead { channel.read() }
        }

        func answer() throws {
            try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
            try channel.writeOutbound(HTTPResponsePart.end(nil))
        }

        /// Lets time pass.
        ///
        /// - Returns: the problem that was thrown meanwhile.
        func wait(_ time: TimeAmount) -> Problem? {
            channel.embeddedEventLoop.advanceTime(by: time)
            do {
                try channel.throwIfErrorCaught()
                return nil
            } catch { return error as? Problem }
        }
    }

    @Test func aBodyOfWhichNothingComesIsGivenUp() throws {
        let connection = try Connection(minimum: 0)
        try connection.begin()
        #expect(connection.wait(.seconds(29)) == nil)
        let problem = connection.wait(.seconds(1))
        #expect(problem?.code == .requestTimeout)
        #expect(problem?.message == "nothing of the body came for 30 s")
    }

    @Test func everyPieceStartsTheClockAnew() throws {
        let connection = try Connection(minimum: 0)
        try connection.begin()
        for _ in 0..<10 {
            #expect(connection.wait(.seconds(29)) == nil)
            try connection.receive(1)
        }
        #expect(connection.wait(.seconds(30))?.code == .requestTimeout)
    }

    @Test func aTrickleIsGivenUpAfterAPeriod() throws {
        let connection = try Connection()
        try connection.begin()
        for _ in 0..<9 {
            #expect(connection.wait(.seconds(1)) == nil)
            try connection.receive(99)
        }
        let problem = connection.wait(.seconds(1))
        #expect(problem?.message == "the body came slower than 100 bytes a second")
    }

    @Test func aHeadStartBuysNoLaterPeriod() throws {
        let connection = try Connection()
        try connection.begin()
        try connection.receive(1_000_000)
        #expect(connection.wait(.seconds(10)) == nil)
        #expect(connection.wait(.seconds(10))?.code == .requestTimeout)
    }

    @Test func aSteadyBodyMayTakeItsTime() throws {
        let connection = try Connection()
        try connection.begin()
        for _ in 0..<600 {
            #expect(connection.wait(.seconds(1)) == nil)
            try connection.receive(200)
        }
        try connection.channel.writeInbound(HTTPRequestPart.end(nil))
        #expect(connection.wait(.hours(1)) == nil && connection.channel.isActive)
    }

    @Test func timeThatTheServiceTakesDoesNotCount() throws {
        let connection = try Connection()
        try connection.begin()
        for _ in 0..<5 {
            #expect(connection.wait(.seconds(1)) == nil)
            try connection.receive(200, thenRead: false)
            #expect(connection.wait(.hours(1)) == nil, "the service did not ask for more")
            connection.channel.read()
        }
        #expect(connection.wait(.seconds(31))?.code == .requestTimeout)
    }

    @Test func aConnectionIsClosedAfterATimeout() throws {
        let connection = try Connection()
        try connection.begin()
        #expect(connection.wait(.seconds(10)) != nil)
        #expect(connection.channel.isActive)
        try connection.answer()
        #expect(connection.wait(.seconds(5)) == nil)
        #expect(!connection.channel.isActive)
    }

    @Test func whoGoesOnSendingAfterTheAnswerIsCutOff() throws {
        let connection = try Connection()
        try connection.begin()
        try connection.answer()
        for _ in 0..<4 {
            #expect(connection.wait(.seconds(1)) == nil && connection.channel.isActive)
            try connection.receive(10_000)
        }
        _ = connection.wait(.seconds(1))
        #expect(!connection.channel.isActive)
    }

    @Test func whoEndsItsRequestInTimeKeepsTheConnection() throws {
        let connection = try Connection()
        try connection.begin()
        try connection.answer()
        try connection.channel.writeInbound(HTTPRequestPart.end(nil))
        #expect(connection.wait(.hours(1)) == nil && connection.channel.isActive)
        try connection.begin()
        #expect(connection.wait(.seconds(10))?.code == .requestTimeout, "the next request is watched like the first")
    }

    @Test func overASocketTheAnswerIs408() async throws {
        let router = Router(context: TestContext.self)
        router.add(middleware: RequestIdentity())
        router.post("upload") { request, _ in
            var count = 0
            for try await piece in request.body { count += piece.readableBytes }
            return "\(count)"
        }
        let limits = BodyPace.Limits(
            idle: .milliseconds(50), period: .seconds(10), minimumBytesPerSecond: 0)
        let application = Application(
            router: router, server: .http1(configuration: .init(additionalChannelHandlers: [BodyPace(limits)])),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await application.test(.live) { client in
            let port = try #require(client.port)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            let answer = try await channel.executeThenClose { inbound, outbound in
                let head = "POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf"
                try await outbound.write(ByteBuffer(string: head))
                var text = ""
                for try await piece in inbound {
                    text += String(buffer: piece)
                    if text.contains("request_timeout") { break }
                }
                return text
            }
            #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.contains("\"code\":\"request_timeout\""))
        }
    }
}
