// What a captured page may reach, and how much of it: which addresses beside public ones, which ports, how many bytes
// and connections, how long. It holds for the page itself, for every redirect, and for everything the page asks for.

/// What a captured page may reach.
///
/// ```swift
/// var policy = try CapturePolicy.allowing(["10.1.0.0/16", "intranet.example"])
/// policy.ports = [80, 443, 8080]
/// ```
public struct CapturePolicy: Sendable, Equatable {
    /// The ports a page may use; nil for every port. 80 and 443 unless told otherwise.
    public var ports: Set<Int>? = [80, 443]
    /// Bytes to and from servers for one capture, as they travel. 100 million unless told otherwise.
    public var byteLimit = 100_000_000
    /// Connections to servers for one capture. 1,000 unless told otherwise.
    public var connectionLimit = 1_000
    /// Seconds for one capture, from its start to its picture. 30 unless told otherwise.
    public var seconds = 30.0

    /// Host names, in lower case and without a dot at the end, that may stand for any address.
    var hosts: Set<String> = []
    /// Addresses that are allowed although they are not public.
    var ranges: [AddressRange] = []

    /// Only public addresses: none that is private, loopback, link-local, multicast, reserved or one of this machine's.
    public static let publicOnly = CapturePolicy()

    /// Every address and every port. For pages of people who may reach everything this machine can.
    public static let any: CapturePolicy = {
        var policy = CapturePolicy()
        policy.ports = nil
        policy.ranges = ["0.0.0.0/0", "::/0"].compactMap { AddressRange($0) }
        return policy
    }()

    /// Public addresses, and these.
    ///
    /// - Parameter entries: addresses (`10.1.2.3`, `fd00::1`), ranges (`10.1.0.0/16`) and host names
    ///   (`intranet.example`). A name is trusted to stand for whatever it resolves to, and covers no other name.
    /// - Throws: `CaptureError.invalidAllowance` for the first entry that is none of these.
    public static func allowing(_ entries: [String]) throws(CaptureError) -> CapturePolicy {
        var policy = CapturePolicy()
        for entry in entries {
            if let range = AddressRange(entry) {
                policy.ranges.append(range)
            } else if let host = hostName(entry) {
                policy.hosts.insert(host)
            } else {
                throw .invalidAllowance(entry)
            }
        }
        return policy
    }

    /// Lower case, without dots at the end; nil for what is no host name. A last label of digits would be an address.
    private static func hostName(_ text: String) -> String? {
        let name = text.lowercased().trimmingDots
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63
                && label.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
        }
        guard isName, name.utf8.count <= 253, let last = labels.last, last.utf8.contains(where: { $0 > 57 }) else {
            return nil
        }
        return name
    }
}

extension String {
    /// Without dots at the end.
    var trimmingDots: String { String(self[..<(lastIndex { $0 != "." }.map { index(after: $0) } ?? startIndex)]) }
}
