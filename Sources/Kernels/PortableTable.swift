// The kernels of every processor.

import KernelsPortable

extension KernelTable {
    static let portable = KernelTable(
        exact: portableProducts(rounding: false), fast: portableProducts(rounding: true),
        exactAttention: portableAttention(rounding: false), fastAttention: portableAttention(rounding: true),
        elementwise: ElementwiseKernels(
            rmsNorm: KernelsPortable.rmsNorm, layerNorm: KernelsPortable.layerNorm,
            siluMultiply: KernelsPortable.siluMultiply, geluTanh: KernelsPortable.geluTanh,
            gelu: KernelsPortable.gelu, addScaled: KernelsPortable.addScaled,
            rotatePairs: KernelsPortable.rotatePairs),
        ceilings: CeilingKernels(
            read: KernelsPortable.readThrough, multiplyAdds: KernelsPortable.multiplyAdds,
            multiplyAddsOfRound: KernelsPortable.multiplyAddsOfRound, pairs: KernelsPortable.multiplyAdds,
            pairsOfRound: KernelsPortable.multiplyAddsOfRound))

    private static func portableProducts(rounding: Bool) -> ProductFamily {
        func kernels(_ vector: @escaping VectorKernel, _ panel: @escaping PanelKernel, rounds: Bool) -> ProductKernels {
            ProductKernels(
                elementBytes: 4, vectorStep: 1, panelStep: 1, packVector: KernelsPortable.packRows,
                packPanel: KernelsPortable.packRows, vector: vector, fewRows: nil, panel: panel,
                tile: KernelsPortable.dotTile, readsInPlace: false, roundsActivations: rounding, roundsPanels: rounds)
        }
        return ProductFamily(
            float32: kernels(KernelsPortable.vectorFloat32, KernelsPortable.panelFloat32, rounds: false),
            bfloat16: kernels(KernelsPortable.vectorBFloat16, KernelsPortable.panelBFloat16, rounds: false),
            int4: kernels(KernelsPortable.vectorInt4, KernelsPortable.panelInt4, rounds: rounding),
            int8: kernels(KernelsPortable.vectorInt8, KernelsPortable.panelInt8, rounds: rounding),
            float8: kernels(KernelsPortable.vectorFloat8, KernelsPortable.panelFloat8, rounds: rounding))
    }

    private static func portableAttention(rounding: Bool) -> AttentionKernels {
        AttentionKernels(
            elementBytes: 4, depthStep: 1, rounding: rounding, packRows: KernelsPortable.packRows,
            packKeys: KernelsPortable.packKeys, packValues: KernelsPortable.packValues,
            tile: KernelsPortable.outerTile, softmax: KernelsPortable.softmaxRows,
            scaleRows: KernelsPortable.scaleRows, bfloat16: .widened(KernelsPortable.panelBFloat16))
    }
}
