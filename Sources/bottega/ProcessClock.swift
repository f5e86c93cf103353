// Time as the person at the keyboard feels it: from the moment the process was started, loading included.
import Foundation

/// Seconds since the process began.
struct ProcessClock {
    private let origin: ContinuousClock.Instant

    /// Asks the kernel when the process began, to 10 ms. Where it does not tell, the process begins now.
    init() {
        origin = ContinuousClock.now - .seconds(Self.age() ?? 0)
    }

    /// Seconds since the process began.
    var seconds: Double {
        let elapsed = (ContinuousClock.now - origin).components
        return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
    }

    // Field 22 of /proc/self/stat is the start in clock ticks since boot; the fields are counted after the
    // program's name, which may hold spaces and ends with the last parenthesis.
    private static func age() -> Double? {
        guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let name = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[name...].split(separator: " ")
        var now = timespec()
        guard fields.count > 20, let ticks = Double(fields[20]), clock_gettime(CLOCK_BOOTTIME, &now) == 0 else {
            return nil
        }
        let started = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        return max(0, Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9 - started)
    }
}
