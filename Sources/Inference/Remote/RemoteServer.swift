// One server as requests need it: an address to put paths behind, headers to send, and what must not show.
import Foundation
import NIOHTTP1

/// A server of a configuration, checked.
struct RemoteServer: Sendable {
    /// `http://host:port/v1`, without a slash at the end.
    let address: String
    /// For messages: `host:port`.
    let name: String
    /// Sent with every request.
    let headers: HTTPHeaders
    private let secrets: [String]

    /// The address without `/v1`: where servers keep what is their own.
    var root: String { address.hasSuffix("/v1") ? String(address.dropLast(3)) : address }

    /// Reads what a configuration says about a server.
    ///
    /// - Throws: `.unsupported` for an address or a header that is none.
    init(_ endpoint: RemoteConfiguration.Endpoint, _ configuration: RemoteConfiguration) throws(EngineError) {
        var address = endpoint.address.trimmingASCIISpace
        while address.hasSuffix("/") { address.removeLast() }
        guard let parts = URLComponents(string: address), let host = parts.host, !host.isEmpty,
            parts.scheme == "http" || parts.scheme == "https", parts.query == nil, parts.fragment == nil
        else { throw .unsupported("“\(endpoint.address)” is no http or https address of a server") }
        guard parts.user == nil, parts.password == nil else {
            throw .unsupported("the address of \(host) holds a user or a password; put them into a header")
        }
        self.address = parts.path.isEmpty ? "\(address)/v1" : address
        name = parts.port.map { "\(host):\($0)" } ?? host
        let key = endpoint.key ?? configuration.key
        var headers: HTTPHeaders = ["User-Agent": "bottega"]
        if let key { headers.replaceOrAdd(name: "Authorization", value: "Bearer \(key.text)") }
        for (name, value) in configuration.headers { headers.replaceOrAdd(name: name, value: value.text) }
        for (name, value) in headers where !Self.isHeader(name, value) {
            throw .unsupported("the header \(name) of \(self.name), or its value, is none that HTTP can carry")
        }
        self.headers = headers
        secrets = ([key].compactMap(\.self) + configuration.headers.values).map(\.text).filter { $0.utf8.count >= 4 }
    }

    /// Servers repeat keys that they do not like; messages must not.
    func withoutSecrets(_ message: String) -> String {
        secrets.reduce(message) { $0.replacingOccurrences(of: $1, with: Secret($1).description) }
    }

    private static func isHeader(_ name: String, _ value: String) -> Bool {
        let marks = "!#$%&'*+-.^_`|~".utf8
        let isToken = name.utf8.allSatisfy { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                || marks.contains(byte)
        }
        return !name.isEmpty && isToken && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }
    }
}
