// The protocol over standard input and output: one message a line, and nothing else, ever. The streams are taken away
// from the rest of the process, so that no stray word of a library comes between two messages: what is written to
// stdout goes to stderr from here on.
import Foundation
import Inference
import NIOCore
import Synchronization

/// Lines in, lines out.
///
/// Reading and writing have a thread each, since both wait for the other side.
final class StandardStreams: Sendable {
    /// Bytes of a line; a longer one is refused and passed over. Room for a picture in base64.
    private let lineLimit: Int
    private let input, output: Int32
    private let writing = DispatchQueue(label: "bottega.mcp.output")
    private let isBroken = Mutex(false)

    /// - Parameters:
    ///   - input: a file descriptor that is read to its end.
    ///   - output: a file descriptor that is written to.
    init(input: Int32, output: Int32, lineLimit: Int) {
        self.input = input
        self.output = output
        self.lineLimit = lineLimit
    }

    /// Takes the process's own streams. May be called once.
    static func take(lineLimit: Int) -> StandardStreams {
        let input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
        let output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        if nothing >= 0 {
            dup2(nothing, STDIN_FILENO)
            close(nothing)
        }
        dup2(STDERR_FILENO, STDOUT_FILENO)
        return StandardStreams(input: input, output: output, lineLimit: lineLimit)
    }

    /// The lines that come, without their ends; nil for one that is too long. Empty lines are passed over.
    func lines() -> AsyncStream<[UInt8]?> {
        let (stream, continuation) = AsyncStream<[UInt8]?>.makeStream()
        let (input, limit) = (input, lineLimit)
        Thread.detachNewThread {
            var line: [UInt8] = []
            var isTooLong = false
            func end() {
                if isTooLong {
                    continuation.yield(nil)
                } else if line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) {
                    continuation.yield(line)
                }
                (line, isTooLong) = ([], false)
            }
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = read(input, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                var rest = buffer[..<count]
                while let newline = rest.firstIndex(of: 0x0A) {
                    if !isTooLong { line += rest[..<newline] }
                    isTooLong = isTooLong || line.count > limit
                    end()
                    rest = rest[(newline + 1)...]
                }
                if !isTooLong { line += rest }
                if line.count > limit { (line, isTooLong) = ([], true) }
            }
            end()
            continuation.finish()
        }
        return stream
    }

    /// Writes a message, after all that were handed over before.
    func send(_ message: JSONValue) {
        writing.async { [self] in
            var bytes = Array(message.line.readableBytesView)[...] + [0x0A]
            while !bytes.isEmpty, !isBroken.withLock({ $0 }) {
                let count = bytes.withUnsafeBytes { write(output, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return isBroken.withLock { $0 = true } }
                bytes = bytes.dropFirst(count)
            }
        }
    }

    /// Returns when everything that was handed over is written.
    func flush() async {
        await withCheckedContinuation { continuation in writing.async { continuation.resume() } }
    }

    /// Whether nobody reads what is written.
    var isUnread: Bool {
        if isBroken.withLock({ $0 }) { return true }
        var state = pollfd(fd: output, events: 0, revents: 0)
        return poll(&state, 1, 0) > 0 && state.revents & Int16(POLLERR | POLLNVAL) != 0
    }
}
