// The address of a page to capture, as a person gives it. Only http and https, no user and password, no spelling that
// two readers could read differently. Where it leads is not decided here: that is the gatekeeper's work.
import Foundation

/// An http or https address.
struct PageAddress: Sendable, Equatable {
    /// As a browser is told: international names in their ASCII form, characters escaped.
    let text: String
    /// A name or an address, without brackets.
    let host: String
    let port: Int

    /// Reads an address.
    ///
    /// - Throws: `CaptureError.invalidAddress`, which says what is expected.
    init(_ text: String) throws(CaptureError) {
        func invalid(_ reason: String) -> CaptureError { .invalidAddress(text, reason: reason) }
        guard text.utf8.count <= 8_000 else { throw invalid("it is longer than 8,000 bytes") }
        // Browsers read \ as / and drop tabs and line ends.
        guard !text.unicodeScalars.contains(where: { $0.value <= 32 || $0.value == 127 || $0 == "\\" }) else {
            throw invalid("it holds a space, a control character or a backslash")
        }
        guard let parts = URLComponents(string: text), let url = parts.url else { throw invalid("it cannot be read") }
        let scheme = parts.scheme?.lowercased() ?? ""
        guard scheme == "http" || scheme == "https" else { throw invalid("it must begin with http:// or https://") }
        guard parts.user == nil, parts.password == nil else { throw invalid("it holds a user or a password") }
        guard let host = parts.encodedHost.map({ $0.trimmingCharacters(in: ["[", "]"]) }), !host.isEmpty else {
            throw invalid("it names no host")
        }
        guard !host.contains("%"), host.utf8.count <= 255 else { throw invalid("its host cannot be read") }
        let port = parts.port ?? (scheme == "http" ? 80 : 443)
        guard (1...65_535).contains(port) else { throw invalid("its port must be 1 to 65535") }
        self.text = url.absoluteString
        self.host = host
        self.port = port
    }
}
