// Decides about every connection of a captured page: which port, which host, and each address the host stands for. What
// it hands out are addresses, checked; whoever connects uses exactly those and asks no resolver again, so that a name
// which changes its answer between the check and the connection gains nothing.
import Foundation

/// Why a connection was not made.
enum Refusal: Error, Sendable, Equatable {
    /// The port is not among those allowed.
    case port(Int, allowed: [Int])
    /// One of the host's addresses is not public.
    case special(IPAddress, SpecialPurpose)
    /// One of the host's addresses is this machine's.
    case ownAddress(IPAddress)
    /// More connections than allowed.
    case tooManyConnections(limit: Int)
    /// More bytes than allowed.
    case tooManyBytes(limit: Int)
    /// The capture's time is over.
    case tooLate(seconds: Double)
}

extension Refusal: CustomStringConvertible {
    /// Words that follow the address and a colon.
    var description: String {
        switch self {
        case .port(let port, let allowed):
            "port \(port) is not allowed, only " + allowed.map(String.init).joined(separator: ", ")
        case .special(let address, let purpose): "\(address) is \(purpose.name) (\(purpose.source)), not a public one"
        case .ownAddress(let address): "\(address) is an address of this machine"
        case .tooManyConnections(let limit): "a capture may make \(limit) connections"
        case .tooManyBytes(let limit): "a capture may move \(limit) bytes"
        case .tooLate(let seconds): "the capture's \(seconds) seconds are over"
        }
    }
}

/// Decides which connections are made.
struct Gatekeeper: Sendable {
    let policy: CapturePolicy
    let resolver: any HostResolver
    /// Addresses of this machine, which are refused like private ones.
    let ownAddresses: Set<IPAddress>

    init(
        _ policy: CapturePolicy, resolver: any HostResolver = SystemResolver(),
        ownAddresses: Set<IPAddress> = IPAddress.ofThisMachine()
    ) {
        self.policy = policy
        self.resolver = resolver
        self.ownAddresses = ownAddresses
    }

    /// The addresses that may be connected to, those to try first in front.
    ///
    /// - Parameter host: a name or an address, without brackets.
    /// - Throws: `Refusal` when the port, or even one of the addresses, is not allowed; the resolver's error when there
    ///   is none.
    func admit(host: String, port: Int) async throws -> [IPAddress] {
        try check(port: port)
        let addresses = try await resolver.addresses(of: host)
        guard !addresses.isEmpty else { throw ResolutionError(host: host, reason: "it has no address") }
        guard !policy.hosts.contains(host.lowercased().trimmingDots) else { return addresses }
        for address in addresses { try check(address) }
        return addresses
    }

    /// Why a page's request is refused, as far as its address alone tells: a port, an address in figures. A name may
    /// still turn out to stand for what is not allowed.
    ///
    /// - Parameter address: as the browser writes it, which has made plain addresses out of every way to write figures.
    /// - Returns: the reason; nil to go on.
    func judge(_ address: String) -> String? {
        guard ["http", "https", "ws", "wss"].contains(address.prefix { $0 != ":" }.lowercased()) else {
            return "only http and https are let through"
        }
        guard let destination = Destination(ofAddress: address) else { return nil }
        do {
            try check(port: destination.port)
            if let address = IPAddress(destination.host) { try check(address) }
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func check(port: Int) throws(Refusal) {
        if let ports = policy.ports, !ports.contains(port) { throw .port(port, allowed: ports.sorted()) }
    }

    private func check(_ address: IPAddress) throws(Refusal) {
        guard !policy.ranges.contains(where: { $0.contains(address) }) else { return }
        if let purpose = address.specialPurpose { throw .special(address, purpose) }
        if ownAddresses.contains(address) { throw .ownAddress(address) }
    }
}
