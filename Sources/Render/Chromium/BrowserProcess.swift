// A browser as a process of the machine: started in a session of its own, spoken to through a pair of sockets that
// lie where it expects its pipe (file 3 to it, file 4 from it), ended with everything it started. No port is opened.
// Our ends are closed by the kernel when we are killed, and the browser ends by itself when they are.
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A started browser. Whoever starts it ends it.
struct BrowserProcess: Sendable {
    /// The first process, and the number of the session that all others are in.
    let number: pid_t
    /// What the browser says. Does not block.
    let reading: Int32
    /// What the browser is told. Does not block.
    let writing: Int32

    /// Starts a browser.
    ///
    /// - Throws: `cannotStart`, and nothing is left behind.
    static func start(
        _ program: BrowserProgram, folder: ProfileFolder, proxy: String?
    ) throws(RenderError) -> BrowserProcess {
        let (toBrowser, fromBrowser) = (try Pair(), try Pair())
        defer {
            close(toBrowser.theirs)
            close(fromBrowser.theirs)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, folder.complaints, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, toBrowser.theirs, 3)
        posix_spawn_file_actions_adddup2(&actions, fromBrowser.theirs, 4)
        for file in Self.unmarkedFiles() { posix_spawn_file_actions_addclose(&actions, file) }
        let arguments = [program.path] + program.arguments(folder: folder.path, proxy: proxy)
        var number: pid_t = 0
        let code = withAttributes { attributes in
            withCStrings(arguments) { arguments in
                withCStrings(program.environment(folder: folder.path)) { environment in
                    posix_spawn(&number, program.path, &actions, attributes, arguments, environment)
                }
            }
        }
        guard code == 0 else {
            close(toBrowser.ours)
            close(fromBrowser.ours)
            throw .cannotStart(reason: "\(program.path): \(String(cString: strerror(code)))")
        }
        return BrowserProcess(number: number, reading: fromBrowser.ours, writing: toBrowser.ours)
    }

    /// Closes our ends of the sockets.
    func hangUp() {
        close(reading)
        close(writing)
    }

    /// Kills every process of the session.
    func kill() {
        // The group first, at once; then those in groups of their own.
        _ = Self.signal(-number)
        for member in ProcessTable.members(ofSession: number) { _ = Self.signal(member) }
    }

    /// Kills every process of the session and waits until none lives, at most about five seconds.
    func end() {
        for _ in 0..<500 {
            let members = ProcessTable.members(ofSession: number)
            kill()
            var status: Int32 = 0
            // Those whose parent died are ours to ask for where this process is the machine's first.
            for member in members + [number] { waitpid(member, &status, WNOHANG) }
            if members.isEmpty { break }
            usleep(10_000)
        }
        var status: Int32 = 0
        while waitpid(number, &status, 0) < 0 && errno == EINTR {}
    }

    private static func signal(_ number: pid_t) -> Int32 {
        #if canImport(Glibc)
            Glibc.kill(number, SIGKILL)
        #else
            Musl.kill(number, SIGKILL)
        #endif
    }

    // Files of this process that a child would inherit, from 5 on: listening sockets and databases are not the
    // browser's business. One that is opened meanwhile slips through.
    private static func unmarkedFiles() -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.compactMap { Int32($0) }.filter { file in
            let flags = fcntl(file, F_GETFD)
            return file >= 5 && flags >= 0 && flags & FD_CLOEXEC == 0
        }
    }

    // A session of its own, no signal ignored or blocked.
    private static func withAttributes<Result>(_ body: (UnsafePointer<posix_spawnattr_t>) -> Result) -> Result {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        let newSession: Int32 = 0x80  // POSIX_SPAWN_SETSID
        posix_spawnattr_setflags(&attributes, Int16(newSession | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        return body(&attributes)
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) } + [nil]
        defer { for copy in copies { free(copy) } }
        return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
    }

    /// Two connected sockets, neither of which is inherited. They are sockets and not pipes because writing to a pipe
    /// whose reader died ends the process with a signal.
    private struct Pair {
        let ours, theirs: Int32

        init() throws(RenderError) {
            var ends: [Int32] = [-1, -1]
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
                throw .cannotStart(reason: "no sockets: \(String(cString: strerror(errno)))")
            }
            // Away from the numbers that the browser's ends get.
            let moved = fcntl(ends[1], F_DUPFD_CLOEXEC, 10)
            close(ends[1])
            _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
            (ours, theirs) = (ends[0], moved)
        }
    }
}
