// A running browser: its process, the conversation with it, and one thread that moves bytes, watches the clock and the
// memory of the page that is being shown, and ends everything once. One page at a time is shown in a browser.
//
//     starting ── greet ──▶ running ── end(because:) · EOF · watch ──▶ ending ── killed, reaped, folder removed ──▶ gone
//
// Whatever ends it, `DevTools.fault` says why, and every call that waits fails with that reason.
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One browser. It ends by `end(because:)`, by a limit, or by itself, and cannot be started again.
final class Browser: Sendable {
    /// What a page may use, from now on.
    struct Watch: Sendable {
        /// When it must be finished.
        let deadline: ContinuousClock.Instant
        /// What the browser ends with when it is not.
        let lateness: RenderError
        /// Resident bytes of any process; of what all hold for themselves, twice as many.
        let memoryLimit: Int?
    }

    /// How long a message may be: the largest picture is 240 MB in base64.
    private static let messageLimit = 384 << 20
    private static let startSeconds = 30.0

    /// Calls and events.
    let devTools = DevTools()
    /// The number of the browser's first process, which is that of its session.
    var processNumber: Int32 { process.number }
    /// Its temporary folder.
    var folderPath: String { folder.path }

    private struct State {
        var watch: Watch?
        var isGone = false
        var waitingForEnd: [CheckedContinuation<Void, Never>] = []
        var complaint: String?
        var kept: PageVisit.Place?
    }

    private let process: BrowserProcess
    private let folder: ProfileFolder
    private let bell: Bell
    private let state = Mutex(State())

    /// Starts a browser, which is not ready before `greet` returns.
    ///
    /// - Parameter proxy: `host:port` of what connects it to the network; nil for no network at all.
    init(_ program: BrowserProgram, proxy: String?) throws(RenderError) {
        folder = try ProfileFolder()
        let bell = try Bell()
        self.bell = bell
        do {
            process = try BrowserProcess.start(program, folder: folder, proxy: proxy)
        } catch {
            folder.remove()
            throw error
        }
        devTools.onWork { bell.ring() }
        Thread.detachNewThread { [self] in work() }
    }

    /// Waits until the browser answers.
    ///
    /// - Throws: `cannotStart` with what the browser complained about, or the reason of `end(because:)`.
    func greet() async throws(RenderError) {
        struct Version: Decodable { let product: String }
        let late = RenderError.cannotStart(reason: "no answer after \(Int(Self.startSeconds)) s")
        watch(Watch(deadline: .now + .seconds(Self.startSeconds), lateness: late, memoryLimit: nil))
        do {
            _ = try await devTools.call("Browser.getVersion", as: Version.self)
        } catch {
            await ended()
            guard error == .browserDied || error == late else { throw error }
            let complaint = state.withLock { $0.complaint }
            throw .cannotStart(reason: complaint ?? "it ended without a word")
        }
        watch(nil)
    }

    /// Watches the page that is shown from now on; nil when none is.
    func watch(_ watch: Watch?) {
        state.withLock { $0.watch = watch }
        bell.ring()
    }

    /// Keeps a tab for the next page.
    func keep(_ place: PageVisit.Place) { state.withLock { $0.kept = place } }

    /// Takes the tab that was kept; nil when none was.
    func takeKept() -> PageVisit.Place? {
        state.withLock { state in
            defer { state.kept = nil }
            return state.kept
        }
    }

    /// Begins to end the browser. Calls that wait fail at once.
    func end(because fault: RenderError) { devTools.end(because: fault) }

    /// Returns when no process of the browser lives and its folder is gone.
    func ended() async {
        await withCheckedContinuation { continuation in
            let isGone = state.withLock { state in
                if !state.isGone { state.waitingForEnd.append(continuation) }
                return state.isGone
            }
            if isGone { continuation.resume() }
        }
    }

    // The thread.
    private func work() {
        moveBytes()
        process.kill()
        process.end()
        process.hangUp()
        bell.remove()
        let complaint = folder.lastComplaint
        folder.remove()
        let waiting = state.withLock { state in
            state.isGone = true
            state.complaint = complaint
            defer { state.waitingForEnd = [] }
            return state.waitingForEnd
        }
        for continuation in waiting { continuation.resume() }
    }

    private func moveBytes() {
        var (splitter, sending, sent) = (MessageSplitter(), [UInt8](), 0)
        var meter = MemoryMeter(session: process.number)
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1 << 18)
        defer { buffer.deallocate() }
        while devTools.fault == nil {
            if sent == sending.count { (sending, sent) = (devTools.takeOutgoing(), 0) }
            let watch = state.withLock { $0.watch }
            var files = [
                pollfd(fd: process.reading, events: Int16(POLLIN), revents: 0),
                pollfd(fd: bell.file, events: Int16(POLLIN), revents: 0),
                pollfd(fd: process.writing, events: sent < sending.count ? Int16(POLLOUT) : 0, revents: 0),
            ]
            _ = poll(&files, nfds_t(files.count), watch == nil ? -1 : MemoryMeter.milliseconds)
            if files[1].revents != 0 { bell.hush() }
            if files[0].revents != 0 { readMessages(&splitter, buffer) }
            if files[2].revents != 0 { sent += send(sending[sent...]) }
            if let watch { check(watch, &meter) }
        }
    }

    private func readMessages(_ splitter: inout MessageSplitter, _ buffer: UnsafeMutableBufferPointer<UInt8>) {
        let count = recv(process.reading, buffer.baseAddress, buffer.count, 0)
        if count > 0 {
            splitter.push(UnsafeBufferPointer(rebasing: buffer[..<count])) { devTools.receive($0) }
            if splitter.rest.count > Self.messageLimit {
                devTools.end(because: .protocolFault("a message of more than \(Self.messageLimit >> 20) MiB"))
            }
        } else if count == 0 || errno != EAGAIN && errno != EINTR {
            devTools.end(because: .browserDied)
        }
    }

    private func send(_ bytes: ArraySlice<UInt8>) -> Int {
        let flags = Int32(MSG_NOSIGNAL)
        #if canImport(Glibc)
            let count = bytes.withUnsafeBytes { Glibc.send(process.writing, $0.baseAddress, $0.count, flags) }
        #else
            let count = bytes.withUnsafeBytes { Musl.send(process.writing, $0.baseAddress, $0.count, flags) }
        #endif
        if count < 0 && errno != EAGAIN && errno != EINTR { devTools.end(because: .browserDied) }
        return max(0, count)
    }

    private func check(_ watch: Watch, _ meter: inout MemoryMeter) {
        folder.boundComplaints()
        if ContinuousClock.now >= watch.deadline {
            devTools.end(because: watch.lateness)
        } else if let limit = watch.memoryLimit, meter.exceeds(limit) {
            devTools.end(because: .tooMuchMemory(limit: limit))
        }
    }
}

/// Looks at the memory of a session's processes, not more often than is useful.
private struct MemoryMeter {
    /// Between two looks.
    static let milliseconds: Int32 = 50

    private let session: pid_t
    private var members: [pid_t] = []
    private var looks = 0
    private var nextLook = ContinuousClock.now

    init(session: pid_t) { self.session = session }

    /// Whether a process holds more than `limit`, or all together twice as much for themselves.
    mutating func exceeds(_ limit: Int) -> Bool {
        guard ContinuousClock.now >= nextLook else { return false }
        nextLook = .now + .milliseconds(Int(Self.milliseconds))
        // Who belongs to the session is asked for every fourth time: it takes a look at every process of the machine.
        if looks % 4 == 0 { members = ProcessTable.members(ofSession: session) }
        looks += 1
        let memories = members.compactMap(ProcessTable.memory)
        return memories.contains { $0.resident > limit } || memories.reduce(0) { $0 + $1.own } > limit * 2
    }
}

/// Wakes a thread that waits for files.
private final class Bell: Sendable {
    /// Readable after `ring`.
    let file: Int32
    private let clapper: Int32
    private let isThere = Mutex(true)

    init() throws(RenderError) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .cannotStart(reason: "no sockets: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        (file, clapper) = (ends[0], ends[1])
    }

    // One that is full rings as well.
    func ring() {
        isThere.withLock { isThere in
            guard isThere else { return }
            var stroke: UInt8 = 1
            _ = write(clapper, &stroke, 1)
        }
    }

    func hush() {
        var strokes = [UInt8](repeating: 0, count: 256)
        while read(file, &strokes, strokes.count) == strokes.count {}
    }

    /// Closes its files; `ring` does nothing from now on.
    func remove() {
        isThere.withLock { isThere in
            isThere = false
            close(file)
            close(clapper)
        }
    }
}
