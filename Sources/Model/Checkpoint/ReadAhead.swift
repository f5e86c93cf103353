// Reads weights from the disk as soon as it is known that they will be multiplied, all of them at once: for checkpoints
// that are larger than memory. Without it every page is waited for where it is first touched. What was multiplied goes
// first when memory is short: the weights of every token stay, which a system that forgets what was used longest ago
// would read again and again.
//
// It asks for nothing while all weights are in memory. Whether that is so the system's own account tells: as long as the
// process reads nothing from a disk, nothing has to be read ahead.

import Dispatch
import Foundation
import Kernels
import Synchronization

/// Tells the system which weights are read next, and which were.
final class ReadAhead: Sendable {
    /// Bytes that are asked for at a time: systems read no more of one request than the window of a sequential reader
    /// or the largest transfer of the disk, and 128 KiB is the smallest of these that is usual.
    private static let stepBytes: UInt = 128 << 10
    /// Bytes that are asked for at once at most: more might push each other out of memory before they are used.
    private static let mostBytes: UInt = 1 << 30
    /// Weights with less than this between them are read as one.
    private static let gapBytes: UInt = 16 << 10
    /// Calls that go on asking after the process last read from a disk: a token or two.
    private static let patience = 64

    private struct Watch {
        /// What the process had read from disks at the last call.
        var bytesRead = 0
        /// Calls since it last read more.
        var idleCalls = ReadAhead.patience

        var isReading: Bool { idleCalls < ReadAhead.patience }
    }

    private let watch = Mutex(Watch())
    private let isOn = Atomic<Bool>(true)
    private let reader = DispatchQueue(label: "bottega.read-ahead", qos: .userInitiated)
    private let account: @Sendable () -> Int

    /// - Parameter account: what the process has read from disks so far, in bytes.
    init(account: @escaping @Sendable () -> Int = { DiskAccount.bytesRead }) { self.account = account }

    /// Turns it on, as it begins, or off.
    func turn(on: Bool) { isOn.store(on, ordering: .relaxed) }

    /// Says which weights will be read next, and returns at once.
    ///
    /// - Parameter matrices: in the order in which they will be read; asked only when they may have to come from a disk.
    func expect(_ matrices: () -> [Matrix]) {
        guard isOn.load(ordering: .relaxed), isReading() else { return }
        let ranges = Self.ranges(of: matrices().flatMap(\.regions))
        reader.async {
            var left = Self.mostBytes
            for range in ranges where left > 0 {
                Self.ask(for: range.lowerBound..<min(range.upperBound, range.lowerBound + left))
                left -= min(left, range.upperBound - range.lowerBound)
            }
        }
    }

    /// Says which weights were read and may not be for a while, and returns at once.
    ///
    /// - Parameter matrices: asked only when some may have to make room.
    func used(_ matrices: () -> [Matrix]) {
        guard isOn.load(ordering: .relaxed), watch.withLock(\.isReading) else { return }
        let ranges = Self.ranges(of: matrices().flatMap(\.regions))
        reader.async {
            for range in ranges {
                madvise(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, MADV_COLD)
            }
        }
    }

    /// Whether the process has lately read from a disk.
    private func isReading() -> Bool {
        let bytesRead = account()
        return watch.withLock { watch in
            watch.idleCalls = bytesRead == watch.bytesRead ? min(watch.idleCalls + 1, Self.patience) : 0
            watch.bytesRead = bytesRead
            return watch.isReading
        }
    }

    /// Addresses of whole pages; neighbours are joined.
    static func ranges(of regions: [UnsafeRawBufferPointer]) -> [Range<UInt>] {
        let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
        var ranges: [Range<UInt>] = []
        for region in regions {
            let start = UInt(bitPattern: region.baseAddress)
            let range = start / page * page..<(start + UInt(region.count) + page - 1) / page * page
            if let last = ranges.last, last.lowerBound <= range.upperBound + gapBytes,
                range.lowerBound <= last.upperBound + gapBytes
            {
                ranges[ranges.count - 1] =
                    min(last.lowerBound, range.lowerBound)..<max(last.upperBound, range.upperBound)
            } else {
                ranges.append(range)
            }
        }
        return ranges
    }

    /// The system reads them into its page cache, and nobody waits.
    private static func ask(for range: Range<UInt>) {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Int(stepBytes)) {
            let count = min(stepBytes, range.upperBound - start)
            madvise(UnsafeMutableRawPointer(bitPattern: start), Int(count), MADV_WILLNEED)
        }
    }
}

/// What the process has read from disks.
enum DiskAccount {
    /// Bytes since it began, all threads together; what the page cache held does not count.
    static var bytesRead: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_inblock * 512
    }
}
