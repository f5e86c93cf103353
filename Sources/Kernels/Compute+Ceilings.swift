// What this machine can do at most, measured with the threads of a compute: what times of products, attention and decoded
// tokens are held against. Medians of several tries, because others may use the machine as well.

/// The limits of a machine for some number of threads.
package struct Ceilings: Sendable, Equatable {
    /// Bytes read from memory in a second, all threads together.
    package let readRate: Double
    /// Float32 multiplications and additions in a second; a multiply-add counts as two.
    package let float32Rate: Double
    /// The same of bfloat16, in pairs that share a float32 sum; `float32Rate` where the processor has no such instruction.
    package let bfloat16Rate: Double

    /// The mean of two measurements.
    package func mean(with other: Ceilings) -> Ceilings {
        Ceilings(
            readRate: (readRate + other.readRate) / 2, float32Rate: (float32Rate + other.float32Rate) / 2,
            bfloat16Rate: (bfloat16Rate + other.bfloat16Rate) / 2)
    }
}

extension Compute {
    /// Bytes that are read through: many times what caches hold.
    private static let readBytes = 1 << 29
    private static let readChunk = 1 << 22
    private static let tries = 7
    private static let rounds = 1 << 21

    /// Measures the limits; takes about a second and half a gigabyte.
    package func ceilings() -> Ceilings {
        let memory = FloatBuffer(count: Self.readBytes / 4)
        // Pages that were never written to are all the same one.
        parallel(Self.readBytes / Self.readChunk) { chunk in
            let start = chunk * Self.readChunk / 4
            for index in start..<start + Self.readChunk / 4 { memory.pointer[index] = Float(index & 1023) }
        }
        let kernels = kernels.ceilings
        let read = median {
            parallel(Self.readBytes / Self.readChunk) { chunk in
                keep(kernels.read(UnsafeRawPointer(memory.pointer) + chunk * Self.readChunk, Self.readChunk))
            }
        }
        let multiplyAdds = median { parallel(threads) { _ in keep(kernels.multiplyAdds(Self.rounds)) } }
        let pairs = median { parallel(threads) { _ in keep(kernels.pairs(Self.rounds)) } }
        return Ceilings(
            readRate: Double(Self.readBytes) / read,
            float32Rate: Double(2 * Self.rounds * kernels.multiplyAddsOfRound * threads) / multiplyAdds,
            bfloat16Rate: Double(2 * Self.rounds * kernels.pairsOfRound * threads) / pairs)
    }

    private func median(_ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        let seconds = (0..<Self.tries).map { _ in
            let duration = clock.measure(body).components
            return Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
        }
        return seconds.sorted()[Self.tries / 2]
    }
}

/// Takes a result, so that the work behind it cannot be left out.
@inline(never)
private func keep(_ value: some Any) {}
