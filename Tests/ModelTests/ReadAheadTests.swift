// Weights that are read before they are touched, and only where they have to be.

import Foundation
import Kernels
import Support
import Synchronization
import Testing

@testable import Model

@Suite struct ReadAheadTests {
    /// A file of weights that the page cache does not hold, where the file system has one.
    private func coldFile(bytes: Int) throws -> (MappedFile, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        let pattern = Data((0...255).map { UInt8($0) })
        try directory.write(Data(repeating: 0x5A, count: bytes - pattern.count) + pattern, to: "weights")
        let path = directory.path + "/weights"
        let descriptor = open(path, O_RDONLY)
        fsync(descriptor)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        close(descriptor)
        return (try MappedFile(path), directory)
    }

    private func matrix(in file: MappedFile, rows: Range<Int>, columns: Int) throws -> Matrix {
        let start = try #require(file.bytes.baseAddress).assumingMemoryBound(to: UInt16.self)
        return Matrix(
            rows: rows.count, columns: columns, storage: .bfloat16(start + rows.lowerBound * columns), owner: file)
    }

    /// Which pages of a file are in memory.
    private func residency(of file: MappedFile) -> [Bool] {
        var pages = [UInt8](repeating: 0, count: (file.bytes.count + 4095) / 4096)
        mincore(UnsafeMutableRawPointer(mutating: file.bytes.baseAddress), file.bytes.count, &pages)
        return pages.map { $0 & 1 == 1 }
    }

    @Test func weightsArriveWithoutBeingTouched() async throws {
        let (file, directory) = try coldFile(bytes: 64 << 20)
        defer { withExtendedLifetime(directory) {} }
        let isCold = residency(of: file).allSatisfy { !$0 }
        // 2 KiB a row: the pages from 8 MiB to 12 MiB.
        let matrix = try matrix(in: file, rows: 4096..<6144, columns: 1024)
        let readAhead = ReadAhead(account: { 1 })
        _ = readAhead.expect([0]) { _ in [matrix] }
        let wanted = 2048..<3072
        for _ in 0..<500 where !residency(of: file)[wanted].allSatisfy({ $0 }) {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(residency(of: file)[wanted].allSatisfy { $0 })
        // Nothing far from them was read.
        #expect(!isCold || residency(of: file)[8192...].allSatisfy { !$0 })
    }

    @Test func whatIsInMemoryComesFirst() throws {
        let (file, directory) = try coldFile(bytes: 64 << 20)
        defer { withExtendedLifetime(directory) {} }
        let isCold = residency(of: file).allSatisfy { !$0 }
        let matrices = try [0, 1, 2, 3].map { part in
            try matrix(in: file, rows: part * 8192..<part * 8192 + 256, columns: 1024)
        }
        let touched = UnsafeRawBufferPointer(start: matrices[2].regions[0].baseAddress, count: 512 << 10)
        #expect(touched.contains(0x5A) && touched.reduce(0) { $0 &+ Int($1) } > 0)
        let readAhead = ReadAhead(account: { 1 })
        let order = readAhead.expect([0, 1, 2, 3]) { [matrices[$0]] }
        #expect(isCold ? order == [2, 0, 1, 3] : order.sorted() == [0, 1, 2, 3])
        readAhead.turn(on: false)
        #expect(readAhead.expect([0, 1, 2, 3]) { [matrices[$0]] } == [0, 1, 2, 3])
    }

    @Test func asksOnlyWhileTheProcessReadsFromADisk() throws {
        let bytesRead = Mutex(4096)
        let readAhead = ReadAhead(account: { bytesRead.withLock { $0 } })
        var asked = 0
        func call() {
            _ = readAhead.expect([0]) { _ in
                asked += 1
                return []
            }
        }
        for _ in 0..<200 { call() }
        let first = asked
        #expect((1..<200).contains(first), "what was read before counts, but not for ever")
        for _ in 0..<10 { call() }
        #expect(asked == first)
        bytesRead.withLock { $0 += 4096 }
        call()
        #expect(asked == first + 1)
        readAhead.turn(on: false)
        bytesRead.withLock { $0 += 4096 }
        call()
        #expect(asked == first + 1)
        readAhead.turn(on: true)
        call()
        #expect(asked == first + 2)
    }

    @Test func neighboursAreReadAsOne() {
        let page = UInt(sysconf(Int32(_SC_PAGESIZE)))
        func region(_ start: UInt, _ count: Int) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: start), count: count)
        }
        let base = 1000 * page
        let ranges = ReadAhead.ranges(of: [
            region(base + 100, Int(page)), region(base + 2 * page, 10),  // neighbours
            region(base - 3 * page, 5),  // just before both
            region(base + 500 * page, 1),  // far away
        ])
        #expect(ranges == [base - 3 * page..<base + 3 * page, base + 500 * page..<base + 501 * page])
    }

    @Test func theAccountCountsWhatComesFromADisk() throws {
        let before = DiskAccount.bytesRead
        let (file, directory) = try coldFile(bytes: 4 << 20)
        defer { withExtendedLifetime(directory) {} }
        let isCold = residency(of: file).allSatisfy { !$0 }
        let sum = file.bytes.reduce(0) { $0 &+ Int($1) }
        #expect(sum > 0)
        #expect(!isCold || DiskAccount.bytesRead >= before + file.bytes.count)
    }
}
