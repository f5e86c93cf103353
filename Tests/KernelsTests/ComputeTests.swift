// The pool: every chunk once, by anyone, from any caller; and the choice of instruction set.

import Kernels
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct ComputeTests {
    @Test(arguments: [1, 2, 4])
    func everyChunkRunsExactlyOnce(threads: Int) {
        let compute = Compute(threads: threads, precision: .fast)
        let hits = FloatBuffer(count: 64)
        for run in 0..<4000 {
            let count = 1 + run * 7919 % 37
            compute.parallel(count) { hits[$0] += 1 }
            var wrong = 0
            for index in 0..<64 {
                if hits[index] != (index < count ? 1 : 0) { wrong += 1 }
                hits[index] = 0
            }
            #expect(wrong == 0, "run \(run)")
        }
    }

    @Test func sleepingThreadsWakeUpForTheNextJob() {
        let compute = Compute(threads: 3, precision: .fast)
        let total = Atomic<Int>(0)
        for _ in 0..<20 {
            compute.parallel(9) { total.add($0, ordering: .relaxed) }
            var turns = 0
            while turns < 200_000 { turns += 1 }
        }
        #expect(total.load(ordering: .relaxed) == 20 * 36)
    }

    @Test func callersOnSeveralThreadsTakeTurns() async {
        let compute = Compute(threads: 2, precision: .exact)
        let sample = Sample(.bfloat16, rows: 700, columns: 96, seed: 1)
        let input = (0..<96).map { Float($0) / 96 }
        let expected = compute.product(input, by: sample.matrix)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    (0..<50).allSatisfy { _ in compute.product(input, by: sample.matrix) == expected }
                }
            }
            for await isEqual in group { #expect(isEqual) }
        }
    }

    @Test func callsFromInsideAChunkRunOnItsThread() {
        let compute = Compute(threads: 3, precision: .fast)
        let sample = Sample(.int4, rows: 900, columns: 160, seed: 1)
        let input = (0..<40 * 160).map { Float($0 % 31) / 31 - 0.5 }
        let expected = compute.product(input, by: sample.matrix)
        let equal = Atomic<Int>(0)
        compute.parallel(12) { _ in
            if compute.product(input, by: sample.matrix) == expected { equal.add(1, ordering: .relaxed) }
            compute.parallel(3) { _ in equal.add(1, ordering: .relaxed) }
        }
        #expect(equal.load(ordering: .relaxed) == 12 * 4)
    }

    @Test func aReleasedPoolEndsItsThreads() {
        weak var released: Compute?
        for _ in 0..<200 {
            let compute = Compute(threads: 4, precision: .fast)
            compute.parallel(8) { _ in }
            released = compute
        }
        #expect(released == nil)
        #expect(threadCount() < 100)
    }

    @Test func everyProcessorHasThePortableSet() {
        #expect(InstructionSet.portable.isSupported)
        #expect(InstructionSet.best.isSupported)
        #expect(InstructionSet.allCases.map(\.rawValue) == ["portable", "avx2", "avx512", "amx"])
    }

    /// Threads of this process, from the kernel.
    private func threadCount() -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        var count = 0
        while fgets(&line, 256, file) != nil {
            if strncmp(line, "Threads:", 8) == 0 { count = Int(strtol(Array(line[8...]), nil, 10)) }
        }
        return count
    }
}
