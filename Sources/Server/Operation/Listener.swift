// The door to the network: how connections are accepted, how many, for how long they may be idle, and TLS. A
// certificate that cannot be used is an error at the start, with the file's name.
import Foundation
package import Hummingbird
package import HummingbirdCore
import HummingbirdTLS
package import NIOCore
import NIOHTTPTypes
import NIOSSL

/// What is wrong with the certificate.
package enum ListenerError: Error, Equatable {
    case unusable(file: String, setting: String, reason: String)
    case mismatch(certificate: String, key: String)
}

extension ListenerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unusable(let file, let setting, let reason): "\(file): cannot be used as \(setting): \(reason)"
        case .mismatch(let certificate, let key): "\(key): not the private key of the certificate in \(certificate)"
        }
    }
}

extension ServerConfiguration {
    /// How each connection is served.
    ///
    /// - Parameter handlers: more handlers for each connection, after those that watch its pace.
    package func connections(
        _ handlers: @escaping @Sendable () -> [any RemovableChannelHandler] = { [] }
    ) throws(ListenerError) -> HTTPServerBuilder {
        let pace = BodyPace.Limits(self)
        // Longer than a body may pause: a late body is answered, an idle connection only closed.
        let idle = TimeAmount.nanoseconds(Int64((max(bodyIdleSeconds, bodyGraceSeconds) + 15) * 1e9))
        let limits = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: 16 * 1024, maxHeaderListSize: 64 * 1024, maxHeaderFieldCount: 200)
        let plain = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [BodyPace(pace)] + handlers(), idleTimeout: idle,
                httpDecoderConfiguration: limits))
        guard let tlsCertificate, let tlsKey else { return plain }
        let tls = try Self.tls(certificate: tlsCertificate, key: tlsKey)
        do { return try .tls(plain, tlsConfiguration: tls) } catch {
            throw .unusable(file: tlsCertificate, setting: "tls.certificate", reason: "\(error)")
        }
    }

    /// Where the service listens, and how many connections it accepts at a time; more wait, in order, until one closes.
    package var application: ApplicationConfiguration {
        ApplicationConfiguration(
            address: .hostname(host, port: port), serverName: "bottega", backlog: 4096,
            availableConnectionsDelegate: MaximumAvailableConnections(connectionLimit))
    }

    // Reads both files and sees that they belong together.
    private static func tls(certificate: String, key: String) throws(ListenerError) -> TLSConfiguration {
        let chain: [NIOSSLCertificate]
        let chainBytes = try read(certificate, "tls.certificate")
        do { chain = try NIOSSLCertificate.fromPEMBytes(chainBytes) } catch {
            throw .unusable(file: certificate, setting: "tls.certificate", reason: "it is no certificate in PEM form")
        }
        guard !chain.isEmpty else {
            throw .unusable(file: certificate, setting: "tls.certificate", reason: "there is no certificate in it")
        }
        let privateKey: NIOSSLPrivateKey
        let keyBytes = try read(key, "tls.key")
        do { privateKey = try NIOSSLPrivateKey(bytes: keyBytes, format: .pem) } catch {
            let reason = "it is no private key without a passphrase in PEM form"
            throw .unusable(file: key, setting: "tls.key", reason: reason)
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // The library checks that the key belongs to the certificate when it makes a context.
        do { _ = try NIOSSLContext(configuration: configuration) } catch {
            throw .mismatch(certificate: certificate, key: key)
        }
        return configuration
    }

    private static func read(_ file: String, _ setting: String) throws(ListenerError) -> [UInt8] {
        guard let stream = fopen(file, "rb") else {
            throw .unusable(file: file, setting: setting, reason: String(cString: strerror(errno)).lowercased())
        }
        defer { fclose(stream) }
        // Certificate chains have a few kilobytes; a directory opens and has none.
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, stream))
        return bytes
    }
}
