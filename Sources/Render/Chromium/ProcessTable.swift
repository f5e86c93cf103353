// What the kernel says about processes: who belongs to a session, how much memory each holds. Read from `/proc`.
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The processes of this machine.
enum ProcessTable {
    /// A process's memory, in bytes.
    struct Memory: Equatable {
        /// In memory now.
        var resident: Int
        /// The part of it that no other process can share.
        var own: Int
    }

    /// The living processes of a session; those that ended and wait to be asked for are left out.
    ///
    /// - Complexity: one small read for every process of the machine.
    static func members(ofSession session: pid_t) -> [pid_t] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var members: [pid_t] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let number = pid_t(name), let status = read("/proc/\(name)/stat") else { continue }
            // The second field is the program's name in brackets, which may hold anything.
            guard let end = status.lastIndex(of: ")") else { continue }
            let fields = status[status.index(after: end)...].split(separator: " ")
            guard fields.count > 3, fields[0] != "Z", fields[0] != "X", fields[3] == String(session) else { continue }
            members.append(number)
        }
        return members
    }

    /// What a process holds; nil when it is gone.
    static func memory(of process: pid_t) -> Memory? {
        guard let fields = read("/proc/\(process)/statm")?.split(separator: " "), fields.count > 2,
            let resident = Int(fields[1]), let shared = Int(fields[2])
        else { return nil }
        return Memory(resident: resident * pageSize, own: max(0, resident - shared) * pageSize)
    }

    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { buffer in
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #else
                let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
            return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
        }
    }
}
