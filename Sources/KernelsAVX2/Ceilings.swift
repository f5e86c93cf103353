// What one core can do at most with AVX2; see KernelsAVX512/Ceilings.swift.

#if arch(x86_64)
    import CSIMD

    package let multiplyAddsOfRound = 12 * 8

    /// `rounds` times `multiplyAddsOfRound` float32 multiply-adds.
    @inline(never)
    package func multiplyAdds(_ rounds: Int) -> Float {
        let (one, two) = (avx2_fill(1.0001), avx2_fill(0.0001))
        var (a, b, c, d, e, f, g, h, i, j, k, l) = (
            avx2_fill(0), avx2_fill(1), avx2_fill(2), avx2_fill(3), avx2_fill(4), avx2_fill(5), avx2_fill(6),
            avx2_fill(7), avx2_fill(8), avx2_fill(9), avx2_fill(10), avx2_fill(11)
        )
        for _ in 0..<rounds {
            a = avx2_multiply_add(one, two, a)
            b = avx2_multiply_add(one, two, b)
            c = avx2_multiply_add(one, two, c)
            d = avx2_multiply_add(one, two, d)
            e = avx2_multiply_add(one, two, e)
            f = avx2_multiply_add(one, two, f)
            g = avx2_multiply_add(one, two, g)
            h = avx2_multiply_add(one, two, h)
            i = avx2_multiply_add(one, two, i)
            j = avx2_multiply_add(one, two, j)
            k = avx2_multiply_add(one, two, k)
            l = avx2_multiply_add(one, two, l)
        }
        return avx2_sum(((a + b) + (c + d)) + ((e + f) + (g + h)) + ((i + j) + (k + l)))
    }
#endif
