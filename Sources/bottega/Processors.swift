// How many threads are worth starting: a container often may use fewer processors than the machine has, and threads
// beyond those that run only wait for each other.
import Foundation

/// The processors that this process may use.
enum Processors {
    /// Those it is allowed on, no more than its control group grants time for; at least 1.
    static var available: Int {
        var count = ProcessInfo.processInfo.activeProcessorCount
        if let granted = granted(by: "/sys/fs/cgroup/cpu.max") { count = min(count, granted) }
        return max(1, count)
    }

    /// The processors that a `cpu.max` file grants, rounded up; nil when it grants all or is not there.
    static func granted(by path: String) -> Int? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        let numbers = text.split(whereSeparator: \.isWhitespace).map { Double($0) }
        guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0 else {
            return nil
        }
        return Int((quota / period).rounded(.up))
    }
}
