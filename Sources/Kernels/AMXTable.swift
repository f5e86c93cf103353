// The kernels of processors with AMX: those of AVX-512, except that products of many rows, all products of bfloat16 and
// attention go through tiles.

#if arch(x86_64)
    import KernelsAMX
    import KernelsAVX512

    extension KernelTable {
        static let amx = KernelTable(
            exact: avx512.exact, fast: amxProducts, exactAttention: avx512.exactAttention, fastAttention: amxAttention,
            elementwise: avx512.elementwise,
            ceilings: CeilingKernels(
                read: avx512.ceilings.read, multiplyAdds: avx512.ceilings.multiplyAdds,
                multiplyAddsOfRound: avx512.ceilings.multiplyAddsOfRound, pairs: KernelsAMX.pairMultiplyAdds,
                pairsOfRound: KernelsAMX.pairsOfRound))

        // Of bfloat16, 16 weight rows side by side come from memory faster than one after the other, and up to 16 rows of
        // activations take no longer than one.
        private static let amxProducts = ProductFamily(
            float32: avx512.fast.float32, bfloat16: tiled(avx512.fast.bfloat16, fewRows: true),
            int4: tiled(avx512.fast.int4), int8: tiled(avx512.fast.int8), float8: tiled(avx512.fast.float8))

        private static func tiled(_ kernels: ProductKernels, fewRows: Bool = false) -> ProductKernels {
            kernels.tiled(KernelsAMX.dotTile, KernelsAMX.arrangeRows, fewRows: fewRows)
        }

        private static let amxAttention: AttentionKernels = {
            var tiled = avx512.fastAttention
            tiled.tile = KernelsAMX.outerTile
            var direct = avx512DirectRows
            direct.tile = KernelsAMX.scoreTile
            direct.arrange = KernelsAMX.arrangeRows
            tiled.bfloat16 = .direct(direct)
            return tiled
        }()
    }
#endif
