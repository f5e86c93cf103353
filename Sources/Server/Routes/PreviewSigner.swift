// Signed addresses of previews. A preview is looked at by a frame that must hold no key, so the address itself is the
// permission: it names one revision, runs out, and cannot be made up without the server's secret.
import Crypto
import Foundation
import Jobs

/// Makes and reads preview tokens.
struct PreviewSigner: Sendable {
    /// What a valid token gives sight of.
    struct Grant: Sendable, Equatable {
        let conversion: String
        let revision: Int
    }

    /// An address stays good for at least this long, and less than twice as long.
    static let lifetime = 12 * 3600

    private let key: SymmetricKey

    /// - Parameter secret: 32 bytes that stay on this server.
    init(secret: [UInt8]) { key = SymmetricKey(data: secret) }

    /// The address of a revision's entry page. All addresses made within the same half day are the same, so that a page
    /// which asks again does not load its preview again.
    ///
    /// - Parameter path: another file of the revision, in place of its entry.
    func url(of revision: Revision, path: String? = nil, now: Date = Date()) -> String {
        let token = token(conversion: revision.conversionID, revision: revision.number, now: now)
        return Links.preview(path ?? revision.entry, token: token)
    }

    /// A token for one revision.
    func token(conversion: String, revision: Int, now: Date) -> String {
        let expiry = (Int(now.timeIntervalSince1970) / Self.lifetime + 2) * Self.lifetime
        let grant = Data("\(conversion).\(revision).\(expiry)".utf8)
        return (grant + HMAC<SHA256>.authenticationCode(for: grant, using: key)).base64URL
    }

    /// What a token gives sight of; nil when it was not made here or has run out.
    ///
    /// Proof: `PreviewSignerTests`.
    func grant(_ token: String, now: Date = Date()) -> Grant? {
        guard let bytes = Data(base64URL: token), bytes.count > SHA256.byteCount else { return nil }
        let signed = bytes.dropLast(SHA256.byteCount)
        let code = bytes.suffix(SHA256.byteCount)
        guard HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key) else { return nil }
        let parts = String(decoding: signed, as: UTF8.self).split(separator: ".")
        guard parts.count == 3, let revision = Int(parts[1]), let expiry = Double(parts[2]),
            now.timeIntervalSince1970 < expiry
        else { return nil }
        return Grant(conversion: String(parts[0]), revision: revision)
    }
}

extension Data {
    /// Base64 in the alphabet that is safe in addresses, without padding.
    var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Nil for text that `base64URL` does not make.
    init?(base64URL text: String) {
        guard text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }) else {
            return nil
        }
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        self.init(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4))
    }
}
