// Reads weights from the disk as soon as it is known that they will be multiplied, all of them at once, while those that
// are in memory are multiplied: for checkpoints that are larger than memory. Without it every page is waited for where it
// is first touched.
//
// It asks for nothing while all weights are in memory. Whether that is so the system's own account tells: as long as the
// process reads nothing from a disk, nothing has to be read ahead.

import Dispatch
import Foundation
import Kernels
import Synchronization

/// Tells the system which weights are read next.
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

    /// Says which weights will be read next, asks for those that are not in memory, and returns at once.
    ///
    /// - Parameter matrices: of one of `groups`; asked for only when they may have to come from a disk.
    /// - Returns: the groups in the order in which they can be had: those in memory, then the others.
    func expect<Group>(_ groups: [Group], _ matrices: (Group) -> [Matrix]) -> [Group] {
        guard isOn.load(ordering: .relaxed), isReading() else { return groups }
        let ranges = groups.map { Self.ranges(of: matrices($0).flatMap(\.regions)) }
        let areThere = ranges.map { $0.allSatisfy(Self.isInMemory) }
        // Those too that seem to be in memory: not every system tells everybody.
        let (missing, there) = (groups.indices.filter { !areThere[$0] }, groups.indices.filter { areThere[$0] })
        reader.async {
            var left = Self.mostBytes
            for range in (missing + there).flatMap({ ranges[$0] }) where left > 0 {
                Self.ask(for: range.lowerBound..<min(range.upperBound, range.lowerBound + left))
                left -= min(left, range.upperBound - range.lowerBound)
            }
        }
        return (there + missing).map { groups[$0] }
    }

    /// Whether all pages are in the system's page cache, as far as it tells.
    private static func isInMemory(_ range: Range<UInt>) -> Bool {
        let pages = range.count / sysconf(Int32(_SC_PAGESIZE))
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: pages) { states in
            mincore(UnsafeMutableRawPointer(bitPattern: range.lowerBound), range.count, states.baseAddress!) == 0
                && states.allSatisfy { $0 & 1 == 1 }
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
