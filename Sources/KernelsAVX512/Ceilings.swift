// What one core can do at most: loops around the instructions that the kernels are made of, with nothing in their way. No
// forward pass runs them; measurements are held against them.

#if arch(x86_64)
    import CSIMD

    /// Twelve sums that do not wait for each other hide what one multiply-add takes.
    package let multiplyAddsOfRound = 12 * 16
    package let pairsOfRound = 12 * 32

    /// Reads `count` bytes, a multiple of 32 KiB, and returns what all of them come to. Eight pages side by side come
    /// faster from memory than one after the other.
    @inline(never)
    package func readThrough(_ bytes: UnsafeRawPointer, _ count: Int) -> Int64 {
        var (a, b) = (avx512_zero_words(), avx512_zero_words())
        var (c, d) = (a, b)
        var pages = bytes
        while pages < bytes + count {
            var at = pages
            while at < pages + 4096 {
                a ^= avx512_load_words(at) ^ avx512_load_words(at + 4096)
                b ^= avx512_load_words(at + 8192) ^ avx512_load_words(at + 12288)
                c ^= avx512_load_words(at + 16384) ^ avx512_load_words(at + 20480)
                d ^= avx512_load_words(at + 24576) ^ avx512_load_words(at + 28672)
                at += 64
            }
            pages += 32768
        }
        let all = (a ^ b) ^ (c ^ d)
        return all[0] ^ all[1] ^ all[2] ^ all[3] ^ all[4] ^ all[5] ^ all[6] ^ all[7]
    }

    /// `rounds` times `multiplyAddsOfRound` float32 multiply-adds.
    @inline(never)
    package func multiplyAdds(_ rounds: Int) -> Float {
        let (one, two) = (avx512_fill(1.0001), avx512_fill(0.0001))
        var (a, b, c, d, e, f, g, h, i, j, k, l) = (
            avx512_fill(0), avx512_fill(1), avx512_fill(2), avx512_fill(3), avx512_fill(4), avx512_fill(5),
            avx512_fill(6), avx512_fill(7), avx512_fill(8), avx512_fill(9), avx512_fill(10), avx512_fill(11)
        )
        for _ in 0..<rounds {
            a = avx512_multiply_add(one, two, a)
            b = avx512_multiply_add(one, two, b)
            c = avx512_multiply_add(one, two, c)
            d = avx512_multiply_add(one, two, d)
            e = avx512_multiply_add(one, two, e)
            f = avx512_multiply_add(one, two, f)
            g = avx512_multiply_add(one, two, g)
            h = avx512_multiply_add(one, two, h)
            i = avx512_multiply_add(one, two, i)
            j = avx512_multiply_add(one, two, j)
            k = avx512_multiply_add(one, two, k)
            l = avx512_multiply_add(one, two, l)
        }
        return avx512_sum(((a + b) + (c + d)) + ((e + f) + (g + h)) + ((i + j) + (k + l)))
    }

    /// `rounds` times `pairsOfRound` bfloat16 multiply-adds, two of which share a float32 sum.
    @inline(never)
    package func pairMultiplyAdds(_ rounds: Int) -> Float {
        let (one, two) = (
            avx512_to_bfloat16(avx512_fill(1.5), avx512_fill(0.5)),
            avx512_to_bfloat16(avx512_fill(0.25), avx512_fill(0.125))
        )
        var (a, b, c, d, e, f, g, h, i, j, k, l) = (
            avx512_fill(0), avx512_fill(1), avx512_fill(2), avx512_fill(3), avx512_fill(4), avx512_fill(5),
            avx512_fill(6), avx512_fill(7), avx512_fill(8), avx512_fill(9), avx512_fill(10), avx512_fill(11)
        )
        for _ in 0..<rounds {
            a = avx512_multiply_pairs(a, one, two)
            b = avx512_multiply_pairs(b, one, two)
            c = avx512_multiply_pairs(c, one, two)
            d = avx512_multiply_pairs(d, one, two)
            e = avx512_multiply_pairs(e, one, two)
            f = avx512_multiply_pairs(f, one, two)
            g = avx512_multiply_pairs(g, one, two)
            h = avx512_multiply_pairs(h, one, two)
            i = avx512_multiply_pairs(i, one, two)
            j = avx512_multiply_pairs(j, one, two)
            k = avx512_multiply_pairs(k, one, two)
            l = avx512_multiply_pairs(l, one, two)
        }
        return avx512_sum(((a + b) + (c + d)) + ((e + f) + (g + h)) + ((i + j) + (k + l)))
    }
#endif
