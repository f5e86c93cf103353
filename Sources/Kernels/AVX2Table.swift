// The kernels of processors with AVX2: float32 inside, in both precisions.

#if arch(x86_64)
    import KernelsAVX2
    import KernelsPortable

    extension KernelTable {
        static let avx2 = KernelTable(
            exact: avx2Products(rounding: false), fast: avx2Products(rounding: true),
            exactAttention: avx2Attention(rounding: false), fastAttention: avx2Attention(rounding: true),
            elementwise: avx2Elementwise,
            ceilings: CeilingKernels(
                read: KernelsPortable.readThrough, multiplyAdds: KernelsAVX2.multiplyAdds,
                multiplyAddsOfRound: KernelsAVX2.multiplyAddsOfRound, pairs: KernelsAVX2.multiplyAdds,
                pairsOfRound: KernelsAVX2.multiplyAddsOfRound))

        /// The float32 products, which AVX-512 shares: `rounding` makes them those of fast precision.
        static func avx2Products(rounding: Bool) -> ProductFamily {
            func kernels(
                _ vector: @escaping VectorKernel, _ panel: @escaping PanelKernel, rounds: Bool = false,
                readsInPlace: Bool = false, vectorStep: Int = 8,
                packVector: @escaping PackKernel = KernelsAVX2.packRows
            ) -> ProductKernels {
                ProductKernels(
                    elementBytes: 4, vectorStep: vectorStep, panelStep: 8, packVector: packVector,
                    packPanel: KernelsAVX2.packRows, vector: vector, fewRows: nil, panel: panel,
                    tile: KernelsAVX2.dotTile, readsInPlace: readsInPlace, roundsActivations: rounding,
                    roundsPanels: rounds)
            }
            return ProductFamily(
                float32: kernels(KernelsAVX2.vectorFloat32, KernelsAVX2.panelFloat32, readsInPlace: true),
                bfloat16: kernels(KernelsAVX2.vectorBFloat16, KernelsAVX2.panelBFloat16),
                int4: kernels(
                    KernelsAVX2.vectorInt4, KernelsAVX2.panelInt4, rounds: rounding, vectorStep: 64,
                    packVector: KernelsAVX2.packInt4Rows),
                int8: kernels(KernelsAVX2.vectorInt8, KernelsAVX2.panelInt8, rounds: rounding),
                float8: kernels(KernelsAVX2.vectorFloat8, KernelsAVX2.panelFloat8, rounds: rounding))
        }

        static func avx2Attention(rounding: Bool) -> AttentionKernels {
            AttentionKernels(
                elementBytes: 4, depthStep: 1, rounding: rounding, packRows: KernelsAVX2.packRows,
                packKeys: KernelsAVX2.packKeys, packValues: KernelsAVX2.packValues, tile: KernelsAVX2.outerTile,
                softmax: KernelsAVX2.softmaxRows, scaleRows: KernelsAVX2.scaleRows,
                bfloat16: .widened(KernelsAVX2.panelBFloat16))
        }

        static let avx2Elementwise = ElementwiseKernels(
            rmsNorm: KernelsAVX2.rmsNorm, layerNorm: KernelsAVX2.layerNorm, siluMultiply: KernelsAVX2.siluMultiply,
            geluTanh: KernelsAVX2.geluTanh, gelu: KernelsAVX2.gelu, addScaled: KernelsAVX2.addScaled,
            rotatePairs: KernelsAVX2.rotatePairs)
    }
#endif
