// How fast a disk gives a file's bytes when nothing else asks: large reads, several in flight, past the page cache. What
// weights that come from the disk are held against.

import Dispatch
import Foundation
import Synchronization

/// Measures a disk.
package enum DiskRate {
    private static let blockBytes = 8 << 20
    private static let readers = 4
    private static let mostBytes = 4 << 30

    /// `O_DIRECT`, which Swift does not see.
    #if arch(arm64)
        private static let pastPageCache: Int32 = 0o200000
    #else
        private static let pastPageCache: Int32 = 0o40000
    #endif

    /// Bytes a second, over at most 4 GiB of a file.
    ///
    /// - Throws: `unreadable`, also where the file system knows no reading past the page cache.
    package static func measure(_ path: String) throws(CheckpointError) -> Double {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | pastPageCache)
        guard descriptor >= 0 else { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let next = Atomic<Int>(0), done = Atomic<Int>(0), failure = Atomic<Int32>(0)
        let duration = ContinuousClock().measure {
            // One queue a reader: a queue of several would take no more threads than there are processors.
            let group = DispatchGroup()
            for reader in 0..<readers {
                DispatchQueue(label: "bottega.disk.\(reader)").async(group: group) {
                    let block = UnsafeMutableRawPointer.allocate(byteCount: blockBytes, alignment: 4096)
                    defer { block.deallocate() }
                    while true {
                        let start = next.add(blockBytes, ordering: .relaxed).oldValue
                        guard start < mostBytes else { return }
                        let count = pread(descriptor, block, blockBytes, off_t(start))
                        if count < 0 { failure.store(errno, ordering: .relaxed) }
                        guard count > 0 else { return }
                        done.add(count, ordering: .relaxed)
                    }
                }
            }
            group.wait()
        }
        let code = failure.load(ordering: .relaxed)
        guard code == 0 else { throw .unreadable(file: path, reason: String(cString: strerror(code))) }
        let bytes = Double(done.load(ordering: .relaxed))
        return bytes / (duration / .seconds(1))
    }
}
