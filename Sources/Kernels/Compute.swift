// The door of the kernels: a number of threads, an instruction set, a precision. Products are in
// Compute+Products.swift, attention in Compute+Attention.swift, everything else in Compute+Rows.swift.
//
// All activations are float32 in memory. Results do not depend on the number of threads: a chunk of work is a range of
// outputs, and every output is summed in one fixed order.

/// What happens to activations inside products and attention.
package enum Precision: Sendable {
    /// Float32 activations, weights expanded exactly, float32 sums: what parity is proved with.
    case exact
    /// Activations (in attention also keys, values and softmax weights) rounded to bfloat16, ties to even; float32
    /// sums. Int4, int8 and float8 weights are exact up to 16 activation rows and rounded to bfloat16 above; float32
    /// weights stay float32. The same definition on every instruction set, except that AVX-512's bfloat16 instructions
    /// take numbers below 2⁻¹²⁶ for zero, and that up to 16 rows keep 16 bits of each value there where they meet int4
    /// weights, and 15 where they meet int8 ones, groups of 32 being scaled by their largest magnitude.
    case fast
}

/// Runs kernels on a pool of threads of its own.
///
/// Safe to share: one caller at a time uses the threads, others wait. A call from inside a chunk of `parallel` runs on
/// that chunk's thread alone.
package final class Compute: Sendable {
    package let instructionSet: InstructionSet
    /// Threads that work on a call, the caller's included.
    package let threads: Int
    package let precision: Precision

    let kernels: KernelTable
    let pool: ThreadPool
    /// One per thread, by slot.
    let scratch: [Scratch]

    /// Starts `threads − 1` threads, which end with the last reference.
    ///
    /// `instructionSet` must be supported by this processor; `threads` is at least 1.
    package init(instructionSet: InstructionSet = .best, threads: Int, precision: Precision) {
        self.instructionSet = instructionSet
        self.threads = threads
        self.precision = precision
        kernels = KernelTable.table(for: instructionSet)
        pool = ThreadPool(threads: threads)
        scratch = (0..<threads).map { _ in Scratch() }
    }

    /// Calls `body` once for each index in `0 ..< count`, on all threads, in any order; returns when all are done.
    ///
    /// Indices are handed out one by one, so unequal work balances itself.
    package func parallel(_ count: Int, _ body: (Int) -> Void) {
        pool.turn { turn in pool.run(turn, count) { _, index in body(index) } }
    }
}
