// Ports beside 80 and 443. Who allows a host means its services, whatever their ports; a stranger's address opens none.

extension CapturePolicy {
    /// This policy, and the port that an address names, where an entry names the address's host: the name itself, or a
    /// range that holds the address. Anything else changes nothing.
    ///
    /// Proof: `CapturePolicyPortTests`.
    package func withPort(of address: String) -> CapturePolicy {
        guard let page = try? PageAddress(address), isNamed(page.host) else { return self }
        var policy = self
        policy.ports?.insert(page.port)
        return policy
    }

    // What a name stands for is not asked: an allowed range speaks for addresses that are written as such.
    private func isNamed(_ host: String) -> Bool {
        if hosts.contains(host.lowercased().trimmingDots) { return true }
        guard let address = IPAddress(host) else { return false }
        return ranges.contains { $0.contains(address) }
    }
}
