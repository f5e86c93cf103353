// From a host's name to its addresses. The system's resolver does it, which reads every numeric form too (`0x7f.1`,
// `2130706433`), so that what is checked later is always an address and never a spelling.
import Foundation
import NIOCore
import NIOPosix

/// Finds the addresses of a host.
protocol HostResolver: Sendable {
    /// All addresses of a host, those to try first in front; at least one.
    func addresses(of host: String) async throws -> [IPAddress]
}

/// A host without an address.
struct ResolutionError: Error, Equatable, CustomStringConvertible {
    let host: String
    let reason: String

    var description: String { "\(host): \(reason)" }
}

/// Asks the system: its hosts file, its name servers, numeric forms.
struct SystemResolver: HostResolver {
    // The system's call blocks its thread until a name server answers or is given up. Pages can name slow servers, so
    // these threads serve nothing else.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 16)
        threads.start()
        return threads
    }()

    func addresses(of host: String) async throws -> [IPAddress] {
        // Every name under `localhost` is this machine (RFC 6761); not every resolver knows.
        let name = host.lowercased().trimmingDots
        let asked = name.hasSuffix(".localhost") || name == "localhost" ? "localhost" : host
        return try await Self.threads.runIfActive { try Self.ask(asked) }
    }

    private static func ask(_ host: String) throws(ResolutionError) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else {
            throw ResolutionError(host: host, reason: String(cString: gai_strerror(status)).lowercased())
        }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var entry = list
        while let here = entry?.pointee {
            if let address = here.ai_addr.flatMap({ IPAddress($0) }), !addresses.contains(address) {
                addresses.append(address)
            }
            entry = here.ai_next
        }
        guard !addresses.isEmpty else { throw ResolutionError(host: host, reason: "it has no address") }
        return addresses
    }
}

extension IPAddress {
    /// The addresses of this machine's own interfaces, as they are now.
    static func ofThisMachine() -> Set<IPAddress> {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var addresses: Set<IPAddress> = []
        var entry = list
        while let here = entry?.pointee {
            if let address = here.ifa_addr.flatMap({ IPAddress($0) }) { addresses.insert(address) }
            entry = here.ifa_next
        }
        return addresses
    }
}
