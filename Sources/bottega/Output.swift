// Where words go. Lines are written at once and whole, so that those of several processes in one pipe do not mix.
import Foundation

/// The process's two streams.
enum Output {
    /// Whether stderr is a terminal that can redraw a line.
    static let isTerminal = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    /// The columns of the terminal on stderr; 80 when it does not say.
    static var columns: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// One line of the result, on stdout.
    static func result(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    /// Text of the result on stdout as it is.
    static func say(_ text: String) { write(text, to: STDOUT_FILENO) }

    /// One line about the work, on stderr.
    static func tell(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// One line about what went wrong, on stderr.
    static func complain(_ message: String) { tell("bottega: " + message) }

    /// Text on stderr as it is.
    static func draw(_ text: String) { write(text, to: STDERR_FILENO) }

    // A stream that nobody reads any more is no reason to stop.
    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
