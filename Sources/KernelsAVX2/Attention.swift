// Packed keys and values and the tile that meets them, with AVX2. The doors, their meaning and the layout of a panel
// are those of KernelsPortable/Attention.swift.

#if arch(x86_64)
    import CSIMD

    @inline(never)
    package func packKeys(
        _ source: UnsafePointer<Float>, _ sourceStride: Int, _ keyCount: Int, _ dimension: Int,
        _ panel: UnsafeMutableRawPointer, _ rounding: Bool
    ) {
        let target = panel.assumingMemoryBound(to: Float.self)
        var key = 0
        while key < keyCount {
            let firstOfStrip = key / 16 * 16
            let strip = target + (firstOfStrip * dimension + key - firstOfStrip)
            let keys = source + key * sourceStride
            let count = min(8, keyCount - key)
            var line = 0
            if count == 8 {
                while line + 8 <= dimension {
                    let to = strip + line * 16
                    avx2_transpose(keys + line, sourceStride, to, 16)
                    if rounding {
                        for step in 0..<8 { avx2_store(to + step * 16, avx2_round_bfloat16(avx2_load(to + step * 16))) }
                    }
                    line += 8
                }
            }
            while line < dimension {
                let to = strip + line * 16
                for lane in 0..<8 { to[lane] = lane < count ? keys[lane * sourceStride + line] : 0 }
                if rounding { avx2_store(to, avx2_round_bfloat16(avx2_load(to))) }
                line += 1
            }
            key += 8
        }
    }

    @inline(never)
    package func packValues(
        _ source: UnsafePointer<Float>, _ sourceStride: Int, _ keyCount: Int, _ dimension: Int,
        _ panel: UnsafeMutableRawPointer, _ rounding: Bool
    ) {
        let target = panel.assumingMemoryBound(to: Float.self)
        var first = 0
        while first < dimension {
            let strip = target + first * keyCount
            for key in 0..<keyCount {
                let values = source + key * sourceStride + first
                let low = avx2_load_first(values, dimension - first)
                let high = avx2_load_first(values + 8, dimension - first - 8)
                avx2_store(strip + key * 16, rounding ? avx2_round_bfloat16(low) : low)
                avx2_store(strip + key * 16 + 8, rounding ? avx2_round_bfloat16(high) : high)
            }
            first += 16
        }
    }

    @inline(never)
    package func outerTile(
        _ left: UnsafeRawPointer, _ leftStride: Int, _ panel: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>,
        _ outputStride: Int, _ rowCount: Int, _ columns: Int, _ depth: Int, _ accumulate: Bool
    ) {
        var first = 0
        while first < columns {
            let strip = panel + first * depth * 4
            var row = 0
            while row < rowCount {
                let isSix = row + 6 <= rowCount
                let from = left + row * leftStride * 4
                let to = output + row * outputStride + first
                if isSix {
                    sixRows(from, leftStride, strip, to, outputStride, depth, accumulate)
                } else {
                    oneRow(from, strip, to, depth, accumulate)
                }
                row += isSix ? 6 : 1
            }
            first += 16
        }
    }

    @inline(__always)
    private func sixRows(
        _ left: UnsafeRawPointer, _ leftStride: Int, _ strip: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>,
        _ outputStride: Int, _ depth: Int, _ accumulate: Bool
    ) {
        var r0 = Sixteen(output, accumulate)
        var r1 = Sixteen(output + outputStride, accumulate)
        var r2 = Sixteen(output + 2 * outputStride, accumulate)
        var r3 = Sixteen(output + 3 * outputStride, accumulate)
        var r4 = Sixteen(output + 4 * outputStride, accumulate)
        var r5 = Sixteen(output + 5 * outputStride, accumulate)
        let stride = leftStride * 4
        var at = left
        var line = strip
        for _ in 0..<depth {
            let low = avx2_load(line)
            let high = avx2_load(line + 32)
            r0.step(avx2_broadcast(at), low, high)
            r1.step(avx2_broadcast(at + stride), low, high)
            r2.step(avx2_broadcast(at + 2 * stride), low, high)
            r3.step(avx2_broadcast(at + 3 * stride), low, high)
            r4.step(avx2_broadcast(at + 4 * stride), low, high)
            r5.step(avx2_broadcast(at + 5 * stride), low, high)
            at += 4
            line += 64
        }
        r0.store(output)
        r1.store(output + outputStride)
        r2.store(output + 2 * outputStride)
        r3.store(output + 3 * outputStride)
        r4.store(output + 4 * outputStride)
        r5.store(output + 5 * outputStride)
    }

    @inline(__always)
    private func oneRow(
        _ left: UnsafeRawPointer, _ strip: UnsafeRawPointer, _ output: UnsafeMutablePointer<Float>, _ depth: Int,
        _ accumulate: Bool
    ) {
        var sums = Sixteen(output, accumulate)
        for index in 0..<depth {
            let line = strip + index * 64
            sums.step(avx2_broadcast(left + index * 4), avx2_load(line), avx2_load(line + 32))
        }
        sums.store(output)
    }

    /// Sixteen neighbouring outputs of one row.
    private struct Sixteen {
        var low: SIMD8<Float>
        var high: SIMD8<Float>

        @inline(__always)
        init(_ output: UnsafeMutablePointer<Float>, _ accumulate: Bool) {
            low = accumulate ? avx2_load(output) : avx2_zero()
            high = accumulate ? avx2_load(output + 8) : avx2_zero()
        }

        @inline(__always)
        mutating func step(_ factor: SIMD8<Float>, _ left: SIMD8<Float>, _ right: SIMD8<Float>) {
            low = avx2_multiply_add(factor, left, low)
            high = avx2_multiply_add(factor, right, high)
        }

        @inline(__always)
        func store(_ output: UnsafeMutablePointer<Float>) {
            avx2_store(output, low)
            avx2_store(output + 8, high)
        }
    }
#endif
