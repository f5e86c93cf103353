import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Listens on 127.0.0.1, over TCP and UDP on one port, and counts who comes.
final class LoopbackListener: Sendable {
    struct Fault: Error {}

    let port: UInt16
    private let stream, datagram: Int32
    private let counts = Mutex((connections: 0, datagrams: 0))

    /// Connections so far; the system accepts them before anybody asks.
    var connections: Int { poll().connections }
    var datagrams: Int { poll().datagrams }

    init() throws {
        let stream = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let datagram = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        (self.stream, self.datagram) = (stream, datagram)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard Self.with(&address, { bind(stream, $0, size) }) == 0, listen(stream, 100) == 0,
            Self.with(&address, { getsockname(stream, $0, &size) }) == 0,
            Self.with(&address, { bind(datagram, $0, size) }) == 0
        else { throw Fault() }
        port = UInt16(bigEndian: address.sin_port)
        for socket in [stream, datagram] { _ = fcntl(socket, F_SETFL, O_NONBLOCK) }
    }

    /// Connects to itself, which proves that it counts.
    func connectOnce() throws {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard Self.with(&address, { connect(client, $0, size) }) == 0 else { throw Fault() }
        #if canImport(Glibc)
            Glibc.close(client)
        #else
            Musl.close(client)
        #endif
    }

    func close() {
        for socket in [stream, datagram] {
            #if canImport(Glibc)
                Glibc.close(socket)
            #else
                Musl.close(socket)
            #endif
        }
    }

    private func poll() -> (connections: Int, datagrams: Int) {
        counts.withLock { counts in
            while true {
                let client = accept(stream, nil, nil)
                guard client >= 0 else { break }
                counts.connections += 1
                #if canImport(Glibc)
                    Glibc.close(client)
                #else
                    Musl.close(client)
                #endif
            }
            var bytes = [UInt8](repeating: 0, count: 2048)
            while recv(datagram, &bytes, bytes.count, 0) >= 0 { counts.datagrams += 1 }
            return counts
        }
    }

    private static func with<Result>(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body) }
    }
}
