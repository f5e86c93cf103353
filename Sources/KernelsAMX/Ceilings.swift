// What one core can multiply at most with tiles.

#if arch(x86_64)
    import CSIMD

    /// Four tiles that do not wait for each other.
    package let pairsOfRound = 4 * 16 * 16 * 32

    /// `rounds` times `pairsOfRound` bfloat16 multiply-adds.
    @inline(never)
    package func pairMultiplyAdds(_ rounds: Int) -> Float {
        var one: Float = 0
        amx_shape_products(16)
        amx_zero_4()
        amx_zero_5()
        amx_zero_6()
        amx_zero_7()
        amx_zero_0()
        amx_zero_1()
        amx_zero_2()
        amx_zero_3()
        for _ in 0..<rounds {
            amx_multiply_0_4_6()
            amx_multiply_1_4_7()
            amx_multiply_2_5_6()
            amx_multiply_3_5_7()
        }
        amx_put_0(1, 1, &one, 64, 0)
        amx_release()
        return one
    }
#endif
