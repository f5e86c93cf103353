// The doors of the kernel modules, gathered once per instruction set. Everything above this file calls kernels
// through a table and never names an instruction set.
//
// A kernel takes raw pointers and integers only: a module compiled for AVX-512 must not share generic code, arrays or
// existentials with modules that run everywhere (the linker could keep its copy). Each function is documented where
// it is written, in KernelsPortable.

/// `output[i] = activations · row(firstRow + i)`:
/// (codes, scales, packed activations, output, firstRow, rowCount, columns).
typealias VectorKernel =
    @Sendable (
        UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeMutablePointer<Float>, Int, Int, Int
    ) -> Void

/// The same for `count` packed activation rows `stride` elements apart, output rows `outputStride` floats apart:
/// (codes, scales, packed activations, stride, count, output, outputStride, firstRow, rowCount, columns).
typealias FewRowsKernel =
    @Sendable (
        UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, Int, Int, UnsafeMutablePointer<Float>, Int, Int, Int, Int
    ) -> Void

/// Expands weights: (codes, scales, panel, firstRow, rowCount, firstColumn, columnCount, columns, stride, rounding).
typealias PanelKernel =
    @Sendable (
        UnsafeRawPointer, UnsafeRawPointer, UnsafeMutableRawPointer, Int, Int, Int, Int, Int, Int, Bool
    ) -> Void

/// Packs activations: (source, sourceStride, rowCount, columns, target, targetStride, rounding).
typealias PackKernel =
    @Sendable (UnsafePointer<Float>, Int, Int, Int, UnsafeMutableRawPointer, Int, Bool) -> Void

/// Arranges up to 16 packed rows as `tile` reads them: (rows, stride, rowCount, columns, strip).
typealias ArrangeKernel = @Sendable (UnsafeRawPointer, Int, Int, Int, UnsafeMutableRawPointer) -> Void

/// `output[m, n] (+)= left[m] · right[n]`:
/// (left, leftStride, right, rightStride, output, outputStride, leftRows, rightRows, depth, accumulate).
typealias DotTileKernel =
    @Sendable (
        UnsafeRawPointer, Int, UnsafeRawPointer, Int, UnsafeMutablePointer<Float>, Int, Int, Int, Int, Bool
    ) -> Void

/// How products with one storage are computed in one precision. A class, and its family another: what is passed along with
/// every chunk of work is one reference, not a dozen.
final class ProductKernels: Sendable {
    /// Bytes of one panel element and of an activation that meets it: 4 (float32) or 2 (bfloat16).
    let elementBytes: Int
    /// Bytes of one activation of `vector` and `fewRows`.
    let vectorBytes: Int
    /// Packed rows are padded with zeros to a multiple of this many columns.
    let vectorStep: Int
    /// Panels and the activations that meet them are padded with zeros to a multiple of this many columns.
    let panelStep: Int
    /// Activations for `vector` and `fewRows`.
    let packVector: PackKernel
    /// Activations for `tile`.
    let packPanel: PackKernel
    let vector: VectorKernel
    /// A kernel for 2…16 activation rows where there is a better one than `vector` row by row, with the same results.
    let fewRows: FewRowsKernel?
    let panel: PanelKernel
    let tile: DotTileKernel
    /// Makes strips of 16 of the rows that `packPanel` packed, for a tile that wants them; nil where it takes rows.
    let arrange: ArrangeKernel?
    /// True when `tile` can read the matrix itself, if its columns are a multiple of `panelStep`.
    let readsInPlace: Bool
    /// True when such a matrix meets few rows, and a single one, in `tile` too, and not in `vector` and `fewRows`.
    let tilesFewRows: Bool
    /// Activations are rounded to bfloat16 when packed.
    let roundsActivations: Bool
    /// Panels are rounded to bfloat16; vector products never round weights.
    let roundsPanels: Bool

    init(
        elementBytes: Int, vectorBytes: Int? = nil, vectorStep: Int, panelStep: Int, packVector: @escaping PackKernel,
        packPanel: @escaping PackKernel, vector: @escaping VectorKernel, fewRows: FewRowsKernel? = nil,
        panel: @escaping PanelKernel, tile: @escaping DotTileKernel, arrange: ArrangeKernel? = nil, readsInPlace: Bool,
        tilesFewRows: Bool = false, roundsActivations: Bool, roundsPanels: Bool
    ) {
        self.elementBytes = elementBytes
        self.vectorBytes = vectorBytes ?? elementBytes
        self.vectorStep = vectorStep
        self.panelStep = panelStep
        self.packVector = packVector
        self.packPanel = packPanel
        self.vector = vector
        self.fewRows = fewRows
        self.panel = panel
        self.tile = tile
        self.arrange = arrange
        self.readsInPlace = readsInPlace
        self.tilesFewRows = tilesFewRows
        self.roundsActivations = roundsActivations
        self.roundsPanels = roundsPanels
    }

    /// The same with another tile and the strips that it wants.
    func tiled(
        _ tile: @escaping DotTileKernel, _ arrange: @escaping ArrangeKernel, fewRows tilesFewRows: Bool = false
    ) -> ProductKernels {
        ProductKernels(
            elementBytes: elementBytes, vectorBytes: vectorBytes, vectorStep: vectorStep, panelStep: panelStep,
            packVector: packVector, packPanel: packPanel, vector: vector, fewRows: fewRows, panel: panel, tile: tile,
            arrange: arrange, readsInPlace: readsInPlace, tilesFewRows: tilesFewRows,
            roundsActivations: roundsActivations, roundsPanels: roundsPanels)
    }
}

/// One set of product kernels per storage.
final class ProductFamily: Sendable {
    let float32: ProductKernels
    let bfloat16: ProductKernels
    let int4: ProductKernels
    let int8: ProductKernels
    let float8: ProductKernels

    init(
        float32: ProductKernels, bfloat16: ProductKernels, int4: ProductKernels, int8: ProductKernels,
        float8: ProductKernels
    ) {
        (self.float32, self.bfloat16, self.int4, self.int8, self.float8) = (float32, bfloat16, int4, int8, float8)
    }

    func kernels(of storage: Matrix.Storage) -> ProductKernels {
        switch storage {
        case .float32: float32
        case .bfloat16: bfloat16
        case .int4: int4
        case .int8: int8
        case .float8: float8
        }
    }
}

/// Attention from packed keys and values; see KernelsPortable/Attention.swift.
struct AttentionKernels: Sendable {
    /// Bytes of one packed element.
    let elementBytes: Int
    /// The depth of a tile (key dimension, keys of a block) is padded with zeros to a multiple of this.
    let depthStep: Int
    let rounding: Bool
    /// Queries; may write zeros up to a multiple of 32 entries.
    let packRows: PackKernel
    /// (source, sourceStride, keyCount, dimension, panel, rounding)
    let packKeys: @Sendable (UnsafePointer<Float>, Int, Int, Int, UnsafeMutableRawPointer, Bool) -> Void
    /// (source, sourceStride, keyCount, dimension, panel, rounding)
    let packValues: @Sendable (UnsafePointer<Float>, Int, Int, Int, UnsafeMutableRawPointer, Bool) -> Void
    /// (left, leftStride, panel, output, outputStride, rowCount, columns, depth, accumulate); may touch the rows up to
    /// the next multiple of 16, on both sides.
    var tile:
        @Sendable (
            UnsafeRawPointer, Int, UnsafeRawPointer, UnsafeMutablePointer<Float>, Int, Int, Int, Int, Bool
        ) -> Void
    /// (scores, scoreStride, weights, weightStride, rowCount, columns, visible, scale, maxima, sums, factors, rounding)
    let softmax:
        @Sendable (
            UnsafePointer<Float>, Int, UnsafeMutableRawPointer, Int, Int, Int, UnsafePointer<Int>, Float,
            UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, Bool
        ) -> Void
    /// (values, stride, rowCount, width, factors)
    let scaleRows: @Sendable (UnsafeMutablePointer<Float>, Int, Int, Int, UnsafePointer<Float>) -> Void
    var bfloat16: BFloat16Rows

    /// How keys and values in bfloat16 are met.
    enum BFloat16Rows: Sendable {
        /// Made float32 first, then packed like those.
        case widened(PanelKernel)
        /// Keys are read where they lie, and values packed as they are.
        case direct(DirectKernels)
    }

    struct DirectKernels: Sendable {
        /// Scores of packed queries (left) and keys in memory (right); its depth is a multiple of 32.
        var tile: DotTileKernel
        /// Makes strips of 16 of the packed queries, for a tile that wants them.
        var arrange: ArrangeKernel?
        /// (source, sourceStride, keyCount, dimension, panel)
        let packValues: @Sendable (UnsafeRawPointer, Int, Int, Int, UnsafeMutableRawPointer) -> Void
    }
}

/// Operations on rows and single values.
struct ElementwiseKernels: Sendable {
    /// (source, rowCount, width, weight, epsilon, target)
    let rmsNorm:
        @Sendable (UnsafePointer<Float>, Int, Int, UnsafePointer<Float>, Float, UnsafeMutablePointer<Float>) -> Void
    /// (source, rowCount, width, weight, bias, epsilon, target)
    let layerNorm:
        @Sendable (
            UnsafePointer<Float>, Int, Int, UnsafePointer<Float>, UnsafePointer<Float>, Float,
            UnsafeMutablePointer<Float>
        ) -> Void
    /// (gate, up, count, target)
    let siluMultiply: @Sendable (UnsafePointer<Float>, UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void
    let geluTanh: @Sendable (UnsafeMutablePointer<Float>, Int) -> Void
    let gelu: @Sendable (UnsafeMutablePointer<Float>, Int) -> Void
    /// (source, scale, target, count)
    let addScaled: @Sendable (UnsafePointer<Float>, Float, UnsafeMutablePointer<Float>, Int) -> Void
    /// (values, cosines, sines, pairs)
    let rotatePairs: @Sendable (UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, Int) -> Void
}

/// Loops that show what the processor can do at most.
struct CeilingKernels: Sendable {
    /// (bytes, count): reads a multiple of 32 KiB.
    let read: @Sendable (UnsafeRawPointer, Int) -> Int64
    /// (rounds) of `multiplyAddsOfRound` float32 multiply-adds.
    let multiplyAdds: @Sendable (Int) -> Float
    let multiplyAddsOfRound: Int
    /// (rounds) of `pairsOfRound` bfloat16 multiply-adds; the float32 ones where there are none.
    let pairs: @Sendable (Int) -> Float
    let pairsOfRound: Int
}

/// Everything an instruction set offers.
struct KernelTable: Sendable {
    let exact: ProductFamily
    let fast: ProductFamily
    let exactAttention: AttentionKernels
    let fastAttention: AttentionKernels
    let elementwise: ElementwiseKernels
    let ceilings: CeilingKernels

    func products(_ precision: Precision) -> ProductFamily { precision == .exact ? exact : fast }

    func attention(_ precision: Precision) -> AttentionKernels { precision == .exact ? exactAttention : fastAttention }

    /// The table of an instruction set, which the processor must support.
    static func table(for instructionSet: InstructionSet) -> KernelTable {
        precondition(instructionSet.isSupported, "this processor has no \(instructionSet.rawValue) instructions")
        switch instructionSet {
        case .portable: return portable
        #if arch(x86_64)
            case .avx2: return avx2
            case .avx512: return avx512
            case .amx: return amx
        #else
            case .avx2, .avx512, .amx: return portable
        #endif
        }
    }
}
