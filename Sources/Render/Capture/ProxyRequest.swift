// What a browser asks of a proxy: a tunnel to a host (`CONNECT host:443`) or a page over plain HTTP
// (`GET http://host/path`). Read strictly; what a server must not see of it is taken out.
import Foundation
import NIOCore
import NIOHTTP1

/// A host and a port.
struct Destination: Sendable, Hashable {
    /// A name or an address, without brackets.
    let host: String
    let port: Int

    /// Reads `host`, `host:port`, `[address]` or `[address]:port`; nil for anything else.
    ///
    /// - Parameter defaultPort: where the text names none; nil when it must.
    init?(_ authority: some StringProtocol, defaultPort: Int?) {
        var rest = Substring(authority)
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            guard IPAddress(host)?.isIPv6 == true else { return nil }
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            host = String(rest[..<end])
            rest = rest[end...]
        }
        let isASCII = host.utf8.allSatisfy { (33...126).contains($0) && !"@/?#%\\[]".utf8.contains($0) }
        guard !host.isEmpty, host.utf8.count <= 255, isASCII else { return nil }
        guard !rest.isEmpty else {
            guard let defaultPort else { return nil }
            port = defaultPort
            return
        }
        let digits = rest.dropFirst()
        guard rest.first == ":", digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits),
            (1...65_535).contains(port)
        else { return nil }
        self.port = port
    }
}

extension Destination {
    /// Where an address leads: `http`, `https`, `ws` and `wss` addresses, and `host:port`; nil for all others.
    init?(ofAddress address: String) {
        guard let end = address.range(of: "://") else {
            self.init(address, defaultPort: nil)
            return
        }
        let ports = ["http": 80, "ws": 80, "https": 443, "wss": 443]
        guard let port = ports[address[..<end.lowerBound].lowercased()] else { return nil }
        let authority = address[end.upperBound...].prefix { !"/?#".contains($0) }
        let place = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        self.init(place, defaultPort: port)
    }
}

extension Destination: CustomStringConvertible {
    /// `host:port`, an IPv6 address in brackets.
    var description: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
}

/// One request to the proxy.
enum ProxyRequest: Sendable {
    /// Bytes both ways, unread.
    case tunnel(Destination)
    /// One request over plain HTTP, and its head as the server is to see it.
    case page(Destination, HTTPRequestHead)

    /// Reads a request's head; nil for what is neither.
    init?(_ head: HTTPRequestHead) {
        if head.method == .CONNECT {
            guard let destination = Destination(head.uri, defaultPort: nil) else { return nil }
            self = .tunnel(destination)
            return
        }
        let scheme = "http://"
        guard head.uri.prefix(scheme.count).lowercased() == scheme else { return nil }
        let rest = head.uri.dropFirst(scheme.count)
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        guard let destination = Destination(rest[..<end], defaultPort: 80) else { return nil }
        let path = rest[end...].prefix { $0 != "#" }
        var forwarded = head
        forwarded.version = .http1_1
        forwarded.uri = path.first == "/" ? String(path) : "/" + path
        forwarded.headers.removeConnectionFields()
        forwarded.headers.replaceOrAdd(name: "Host", value: String(rest[..<end]))
        forwarded.headers.replaceOrAdd(name: "Connection", value: "close")
        self = .page(destination, forwarded)
    }

    /// Where it leads.
    var destination: Destination {
        switch self {
        case .tunnel(let destination), .page(let destination, _): destination
        }
    }

    /// What it asks for, as far as it says.
    var address: String {
        switch self {
        case .tunnel(let destination) where destination.port == 443:
            "https://" + String("\(destination)".dropLast(":443".count))
        case .tunnel(let destination): "\(destination)"
        case .page(let destination, let head):
            "http://"
                + (destination.port == 80 ? String("\(destination)".dropLast(":80".count)) : "\(destination)")
                + head.uri
        }
    }
}

extension HTTPHeaders {
    /// Takes out what concerns one connection only (RFC 9110, 7.6.1), but for how a body is framed.
    mutating func removeConnectionFields() {
        for name in self[canonicalForm: "Connection"] { remove(name: String(name)) }
        for name in [
            "Connection", "Proxy-Connection", "Proxy-Authorization", "Proxy-Authenticate", "Keep-Alive", "TE",
            "Trailer", "Upgrade",
        ] {
            remove(name: name)
        }
    }
}
