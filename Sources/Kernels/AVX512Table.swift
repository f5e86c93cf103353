// The kernels of processors with AVX-512 and BF16: fast precision in bfloat16, exact precision in the float32 of AVX2,
// which such processors have too.

#if arch(x86_64)
    import KernelsAVX2
    import KernelsAVX512

    extension KernelTable {
        static let avx512 = KernelTable(
            exact: avx2Products(rounding: false), fast: avx512Products, exactAttention: avx2Attention(rounding: false),
            fastAttention: avx512Attention, elementwise: avx512Elementwise,
            ceilings: CeilingKernels(
                read: KernelsAVX512.readThrough, multiplyAdds: KernelsAVX512.multiplyAdds,
                multiplyAddsOfRound: KernelsAVX512.multiplyAddsOfRound, pairs: KernelsAVX512.pairMultiplyAdds,
                pairsOfRound: KernelsAVX512.pairsOfRound))

        static let avx512Products = ProductFamily(
            float32: avx2Products(rounding: true).float32,
            bfloat16: ProductKernels(
                elementBytes: 2, vectorStep: 32, panelStep: 32, packVector: KernelsAVX512.packRows,
                packPanel: KernelsAVX512.packRows, vector: KernelsAVX512.vectorBFloat16,
                fewRows: KernelsAVX512.fewRowsBFloat16,
                panel: KernelsAVX512.panelBFloat16, tile: KernelsAVX512.dotTile, readsInPlace: true,
                roundsActivations: true, roundsPanels: false),
            int4: ProductKernels(
                elementBytes: 2, vectorBytes: 4, vectorStep: 128, panelStep: 128,
                packVector: KernelsAVX512.packInt4Words, packPanel: KernelsAVX512.packInt4Rows,
                vector: KernelsAVX512.vectorInt4,
                fewRows: KernelsAVX512.fewRowsInt4, panel: KernelsAVX512.panelInt4, tile: KernelsAVX512.dotTile,
                readsInPlace: false, roundsActivations: true, roundsPanels: true),
            int8: ProductKernels(
                elementBytes: 2, vectorBytes: 4, vectorStep: 64, panelStep: 32, packVector: KernelsAVX512.packInt8Rows,
                packPanel: KernelsAVX512.packRows, vector: KernelsAVX512.vectorInt8,
                fewRows: KernelsAVX512.fewRowsInt8, panel: KernelsAVX512.panelInt8, tile: KernelsAVX512.dotTile,
                readsInPlace: false, roundsActivations: true, roundsPanels: true),
            float8: ProductKernels(
                elementBytes: 2, vectorStep: 32, panelStep: 32, packVector: KernelsAVX512.packRows,
                packPanel: KernelsAVX512.packRows, vector: KernelsAVX512.vectorFloat8, fewRows: nil,
                panel: KernelsAVX512.panelFloat8, tile: KernelsAVX512.dotTile, readsInPlace: false,
                roundsActivations: true, roundsPanels: true))

        static let avx512Attention = AttentionKernels(
            elementBytes: 2, depthStep: 2, rounding: true, packRows: KernelsAVX512.packRows,
            packKeys: KernelsAVX512.packKeys, packValues: KernelsAVX512.packValues, tile: KernelsAVX512.outerTile,
            softmax: KernelsAVX512.softmaxPairs, scaleRows: KernelsAVX512.scaleRows, bfloat16: .direct(avx512DirectRows)
        )

        static let avx512DirectRows = AttentionKernels.DirectKernels(
            tile: KernelsAVX512.dotTile, packValues: KernelsAVX512.packBFloat16Values)

        static let avx512Elementwise = ElementwiseKernels(
            rmsNorm: KernelsAVX512.rmsNorm, layerNorm: KernelsAVX512.layerNorm,
            siluMultiply: KernelsAVX512.siluMultiply, geluTanh: KernelsAVX512.geluTanh, gelu: KernelsAVX512.gelu,
            addScaled: KernelsAVX512.addScaled, rotatePairs: KernelsAVX512.rotatePairs)
    }
#endif
