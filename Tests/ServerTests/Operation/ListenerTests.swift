import Crypto
import Foundation
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import Server

@Suite struct ListenerTests {
    // A certificate for localhost, made for these tests and good for nothing else.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUGZUYLDu8JwN86PXxynwsBCMMKSQwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzE5MTkzNFoYDzIxMjYxMDMw
        MTkxOTM0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAQsYVVb5SSR83FORyEcRVp5U3wADmxt5jBE+7vYyk3zykDxLh5ICUt+
        frJDM1B493JzEOUBG/CVnpcNwivpPeJLo28wbTAdBgNVHQ4EFgQU3l8a/O03Dq7f
        RD9Qa8q45qeT4RwwHwYDVR0jBBgwFoAU3l8a/O03Dq7fRD9Qa8q45qeT4RwwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIgLjlCooJ8KVL3/bPVN5ms70YW53vtJnI76z4T6esL+VACIQDR
        lYPMZvAbWVmUqRBACy/fVTXjvWwSQbXb5Fzey61GWA==
        -----END CERTIFICATE-----
        """
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg2eP7DDJ0BIRjSs0r
        mJ1CzH5zlckWir2t13SkkFUIUqOhRANCAAQsYVVb5SSR83FORyEcRVp5U3wADmxt
        5jBE+7vYyk3zykDxLh5ICUt+frJDM1B493JzEOUBG/CVnpcNwivpPeJL
        -----END PRIVATE KEY-----
        """

    private func configuration(certificate: String, key: String) throws -> (ServerConfiguration, Scratch) {
        let scratch = try Scratch()
        var configuration = ServerConfiguration()
        configuration.tlsCertificate = try scratch.file("chain.pem", certificate)
        configuration.tlsKey = try scratch.file("key.pem", key)
        return (configuration, scratch)
    }

    @Test func aCertificateAndItsKeyServeHTTPS() async throws {
        let (configuration, scratch) = try configuration(certificate: Self.certificate, key: Self.key)
        let router = Router(context: TestContext.self)
        router.get("/") { _, _ in "over TLS" }
        let application = Application(
            router: router, server: try configuration.connections(),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await application.test(.live) { client in
            let port = try #require(client.port)
            let roots = try NIOSSLCertificate.fromPEMBytes(Array(Self.certificate.utf8))
            var options = TLSConfiguration.makeClientConfiguration()
            options.trustRoots = .certificates(roots)
            let context = try NIOSSLContext(configuration: options)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
                        try channel.pipeline.syncOperations.addHandler(handler)
                        return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            let answer = try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                var text = ""
                for try await piece in inbound {
                    text += String(buffer: piece)
                    if text.contains("over TLS") { break }
                }
                return text
            }
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
        withExtendedLifetime(scratch) {}
    }

    @Test func aFileThatIsNotThereIsNamed() throws {
        var (configuration, scratch) = try configuration(certificate: Self.certificate, key: Self.key)
        configuration.tlsKey = scratch.path + "/absent.pem"
        let error = #expect(throws: ListenerError.self) { try configuration.connections() }
        #expect(
            error?.description == "\(scratch.path)/absent.pem: cannot be used as tls.key: no such file or directory")
    }

    @Test(arguments: ["", "no PEM at all", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func whatIsNoCertificateIsNamed(text: String) throws {
        let (configuration, scratch) = try configuration(certificate: text, key: Self.key)
        let error = #expect(throws: ListenerError.self) { try configuration.connections() }
        #expect(error?.description.hasPrefix("\(scratch.path)/chain.pem: cannot be used as tls.certificate: ") == true)
    }

    @Test func whatIsNoKeyIsNamed() throws {
        let (configuration, scratch) = try configuration(certificate: Self.certificate, key: Self.certificate)
        let error = #expect(throws: ListenerError.self) { try configuration.connections() }
        #expect(error?.description.hasPrefix("\(scratch.path)/key.pem: cannot be used as tls.key: ") == true)
    }

    @Test func theKeyOfAnotherCertificateIsRefused() throws {
        let other = P256.Signing.PrivateKey().pemRepresentation
        let (configuration, scratch) = try configuration(certificate: Self.certificate, key: other)
        let error = #expect(throws: ListenerError.self) { try configuration.connections() }
        #expect(error == .mismatch(certificate: scratch.path + "/chain.pem", key: scratch.path + "/key.pem"))
    }

    @Test func aConnectionBeyondTheLimitWaitsForItsTurn() async throws {
        let router = Router(context: TestContext.self)
        router.get("/") { _, _ in "turn" }
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.connectionLimit = 1
        let application = Application(
            router: router, server: try configuration.connections(), configuration: configuration.application)
        try await application.test(.live) { client in
            // The test's own client holds the one connection there is.
            _ = try await client.execute(uri: "/", method: .get)
            let port = try #require(client.port)
            let waiting = try await Self.connect(port)
            try await waiting.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                // The first connection is served while the second waits; the second is once the first is closed.
                #expect(try await client.execute(uri: "/", method: .get).status == .ok)
                _ = try await client.execute(uri: "/", method: .get, headers: [.connection: "close"])
                var iterator = inbound.makeAsyncIterator()
                let answer = try await iterator.next().map { String(buffer: $0) } ?? ""
                #expect(answer.hasPrefix("HTTP/1.1 200"))
            }
        }
    }

    private static func connect(_ port: Int) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port) {
            channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
        }
    }
}
