// Products of activations with weights: vectors straight from the checkpoint's bytes, more rows through panels.
//
// One row: every chunk is a range of weight rows, read once, front to back, by the storage's vector kernel.
// More rows: the activations are packed once; a chunk is a block of outputs, and for each stretch of columns its weight
// rows become a panel that stays in the second-level cache while the activation rows pass over it.

extension Compute {
    /// Up to here int4 and float8 weights are used exactly, even in fast precision.
    private static let exactWeightRows = 16
    /// Weight bytes below which a vector product is not worth waking a thread.
    private static let inlineBytes = 96 << 10
    /// Multiplications below which a product of several rows is not worth waking a thread.
    private static let inlineMultiplications = 1 << 19
    /// Weight bytes of one chunk of a vector product.
    private static let vectorChunkBytes = 64 << 10

    /// `output[count, rows] = input[count, columns] · matrixᵀ + bias[rows]`, `count ≥ 1`.
    ///
    /// `output` overlaps neither `input` nor `bias`. `precision` is the compute's own where none is given.
    package func multiply(
        _ input: UnsafePointer<Float>, count: Int, by matrix: Matrix, bias: UnsafePointer<Float>? = nil,
        precision: Precision? = nil, into output: UnsafeMutablePointer<Float>
    ) {
        precondition(count >= 1, "a product has at least one row of activations")
        let family = kernels.products(precision ?? self.precision)
        if count == 1 {
            multiply([Product(input: input, matrix: matrix, output: output)], family)
        } else {
            pool.turn { turn in
                scratch[turn.slot].frame { multiplyRows(turn, family, input, count, matrix, output) }
            }
        }
        if let bias { addBias(bias, matrix.rows, count, output) }
    }

    /// Independent products of one vector each, as one fork and join: all chosen experts of a token.
    ///
    /// Inputs that stand side by side with the same pointer, columns and storage are packed once.
    package func multiply(_ products: [Product]) { multiply(products, kernels.products(precision)) }

    private func multiply(_ products: [Product], _ family: ProductFamily) {
        let bytes = products.reduce(0) { $0 + $1.matrix.byteCount }
        pool.turn { turn in
            scratch[turn.slot].frame {
                let jobs = vectorJobs(products, family, scratch[turn.slot])
                let chunks = jobs.last.map { $0.firstChunk + $0.chunkCount } ?? 0
                if bytes < Self.inlineBytes {
                    for job in jobs { job.run(rows: 0..<job.matrix.rows) }
                } else {
                    pool.run(turn, chunks) { _, chunk in
                        let job = jobs[jobs.lastIndex { $0.firstChunk <= chunk }!]
                        let start = (chunk - job.firstChunk) * job.chunkRows
                        job.run(rows: start..<min(start + job.chunkRows, job.matrix.rows))
                    }
                }
            }
        }
    }

    private struct VectorJob {
        let matrix: Matrix
        let kernels: ProductKernels
        let activations: UnsafeRawPointer
        let output: UnsafeMutablePointer<Float>
        let firstChunk: Int
        let chunkRows: Int

        var chunkCount: Int { (matrix.rows + chunkRows - 1) / chunkRows }

        func run(rows: Range<Int>) {
            kernels.vector(
                matrix.storage.codes, matrix.storage.scales, activations, output + rows.lowerBound, rows.lowerBound,
                rows.count, matrix.columns)
        }
    }

    private func vectorJobs(_ products: [Product], _ family: ProductFamily, _ scratch: Scratch) -> [VectorJob] {
        var jobs: [VectorJob] = []
        jobs.reserveCapacity(products.count)
        var packed: (product: Product, activations: UnsafeRawPointer)?
        for product in products {
            let matrix = product.matrix
            let kernels = family.kernels(of: matrix.storage)
            let activations: UnsafeRawPointer
            if let packed, packed.product.input == product.input, packed.product.matrix.columns == matrix.columns,
                packed.product.matrix.storage.isSameKind(as: matrix.storage)
            {
                activations = packed.activations
            } else {
                let stride = roundedUp(matrix.columns, to: kernels.vectorStep)
                let memory = scratch.take(bytes: stride * kernels.elementBytes)
                kernels.packVector(
                    product.input, stride, 1, matrix.columns, memory, stride, kernels.roundsActivations)
                activations = UnsafeRawPointer(memory)
            }
            packed = (product, activations)
            let rowBytes = max(1, matrix.byteCount / matrix.rows)
            jobs.append(
                VectorJob(
                    matrix: matrix, kernels: kernels, activations: activations, output: product.output,
                    firstChunk: jobs.last.map { $0.firstChunk + $0.chunkCount } ?? 0,
                    chunkRows: max(8, roundedUp(Self.vectorChunkBytes / rowBytes, to: 8))))
        }
        return jobs
    }

    private func multiplyRows(
        _ turn: ThreadPool.Turn, _ family: ProductFamily, _ input: UnsafePointer<Float>, _ count: Int,
        _ matrix: Matrix, _ output: UnsafeMutablePointer<Float>
    ) {
        let kernels = family.kernels(of: matrix.storage)
        let isFew = count <= Self.exactWeightRows && matrix.storage.isQuantised
        let step = isFew ? kernels.vectorStep : kernels.panelStep
        let stride = packedStride(matrix.columns, step, kernels.elementBytes)
        let packed = scratch[turn.slot].take(bytes: count * stride * kernels.elementBytes)
        let pack = isFew ? kernels.packVector : kernels.packPanel
        let isInline = count * matrix.rows * matrix.columns < Self.inlineMultiplications
        forEach(turn, isInline || count * matrix.columns < 1 << 17 ? 1 : (count + 15) / 16, of: count) { _, rows in
            pack(
                input + rows.lowerBound * matrix.columns, matrix.columns, rows.count, matrix.columns,
                packed + rows.lowerBound * stride * kernels.elementBytes, stride, kernels.roundsActivations)
        }
        let activations = PackedRows(values: UnsafeRawPointer(packed), stride: stride, count: count)
        if isFew {
            let rowBytes = max(1, matrix.byteCount / matrix.rows)
            let chunkRows = max(8, roundedUp(Self.vectorChunkBytes / rowBytes, to: 8))
            forEach(turn, isInline ? 1 : (matrix.rows + chunkRows - 1) / chunkRows, of: matrix.rows) { _, rows in
                fewRows(kernels, activations, matrix, rows, output)
            }
        } else {
            multiplyPanels(turn, kernels, activations, matrix, output, isInline: isInline)
        }
    }

    private struct PackedRows {
        let values: UnsafeRawPointer
        /// Elements from row to row.
        let stride: Int
        let count: Int
    }

    private func fewRows(
        _ kernels: ProductKernels, _ activations: PackedRows, _ matrix: Matrix, _ rows: Range<Int>,
        _ output: UnsafeMutablePointer<Float>
    ) {
        let codes = matrix.storage.codes
        let scales = matrix.storage.scales
        if let fewRows = kernels.fewRows {
            fewRows(
                codes, scales, activations.values, activations.stride, activations.count, output + rows.lowerBound,
                matrix.rows, rows.lowerBound, rows.count, matrix.columns)
        } else {
            for row in 0..<activations.count {
                kernels.vector(
                    codes, scales, activations.values + row * activations.stride * kernels.elementBytes,
                    output + row * matrix.rows + rows.lowerBound, rows.lowerBound, rows.count, matrix.columns)
            }
        }
    }

    private func multiplyPanels(
        _ turn: ThreadPool.Turn, _ kernels: ProductKernels, _ activations: PackedRows, _ matrix: Matrix,
        _ output: UnsafeMutablePointer<Float>, isInline: Bool
    ) {
        let blocks = PanelBlocks(matrix, kernels, count: activations.count)
        func multiply(_ slot: Int, _ chunk: Int) {
            multiplyBlock(blocks, chunk, kernels, activations, matrix, output, scratch[slot])
        }
        if isInline {
            for chunk in 0..<blocks.chunkCount { multiply(turn.slot, chunk) }
        } else {
            pool.run(turn, blocks.chunkCount, multiply)
        }
    }

    /// How the outputs of a product fall into chunks, and how much of the weights a panel holds. Depends on shapes
    /// alone.
    private struct PanelBlocks {
        /// Columns of a panel; a multiple of 128, or all.
        let columns: Int
        /// Elements from panel row to panel row.
        let stride: Int
        /// Weight rows of a chunk.
        let rows: Int
        /// Activation rows of a chunk.
        let count: Int
        let countBlocks: Int
        let chunkCount: Int
        /// True when the matrix itself serves as the panel.
        let isInPlace: Bool

        init(_ matrix: Matrix, _ kernels: ProductKernels, count total: Int) {
            let parts = (matrix.columns + panelColumns - 1) / panelColumns
            columns = min(roundedUp((matrix.columns + parts - 1) / parts, to: 128), matrix.columns)
            isInPlace = kernels.readsInPlace && matrix.columns % kernels.panelStep == 0
            stride = isInPlace ? matrix.columns : packedStride(columns, kernels.panelStep, kernels.elementBytes)
            let most = max(4, panelBytes / (columns * kernels.elementBytes) / 4 * 4)
            rows = min(most, max(32, roundedUp((matrix.rows + 15) / 16, to: 4)))
            let rowBlocks = (matrix.rows + rows - 1) / rows
            // Few weight rows: split the activations too, in blocks that are still worth expanding the weights for.
            let wanted = rowBlocks >= 16 ? 1 : max(1, min(16 / rowBlocks, total / 96))
            count = roundedUp((total + wanted - 1) / wanted, to: 6)
            countBlocks = (total + count - 1) / count
            chunkCount = rowBlocks * countBlocks
        }
    }

    private func multiplyBlock(
        _ blocks: PanelBlocks, _ chunk: Int, _ kernels: ProductKernels, _ activations: PackedRows, _ matrix: Matrix,
        _ output: UnsafeMutablePointer<Float>, _ scratch: Scratch
    ) {
        let firstRow = chunk / blocks.countBlocks * blocks.rows
        let rowCount = min(blocks.rows, matrix.rows - firstRow)
        let first = chunk % blocks.countBlocks * blocks.count
        let count = min(blocks.count, activations.count - first)
        let bytes = kernels.elementBytes
        let (codes, scales) = (matrix.storage.codes, matrix.storage.scales)
        scratch.frame {
            let panel = blocks.isInPlace ? nil : scratch.take(bytes: rowCount * blocks.stride * bytes)
            for column in Swift.stride(from: 0, to: matrix.columns, by: blocks.columns) {
                let columnCount = min(blocks.columns, matrix.columns - column)
                if let panel {
                    kernels.panel(
                        codes, scales, panel, firstRow, rowCount, column, columnCount, matrix.columns, blocks.stride,
                        kernels.roundsPanels)
                }
                kernels.tile(
                    activations.values + (first * activations.stride + column) * bytes, activations.stride,
                    panel.map { UnsafeRawPointer($0) } ?? codes + (firstRow * matrix.columns + column) * bytes,
                    blocks.stride, output + first * matrix.rows + firstRow, matrix.rows, count, rowCount,
                    roundedUp(columnCount, to: kernels.panelStep), column > 0)
            }
        }
    }

    /// Splits `0 ..< total` into `chunks` even ranges and runs them.
    private func forEach(
        _ turn: ThreadPool.Turn, _ chunks: Int, of total: Int, _ body: (_ slot: Int, _ range: Range<Int>) -> Void
    ) {
        let size = (total + chunks - 1) / chunks
        pool.run(turn, chunks) { slot, chunk in
            let start = chunk * size
            if start < total { body(slot, start..<min(start + size, total)) }
        }
    }

    private func addBias(
        _ bias: UnsafePointer<Float>, _ rows: Int, _ count: Int, _ output: UnsafeMutablePointer<Float>
    ) {
        for first in Swift.stride(from: 0, to: count * rows, by: rows) {
            kernels.elementwise.addScaled(bias, 1, output + first, rows)
        }
    }
}

extension Matrix.Storage {
    /// Fewer bits per weight than an activation of fast precision has.
    var isQuantised: Bool {
        switch self {
        case .float32, .bfloat16: false
        case .int4, .float8: true
        }
    }

    func isSameKind(as other: Matrix.Storage) -> Bool {
        switch (self, other) {
        case (.float32, .float32), (.bfloat16, .bfloat16), (.int4, .int4), (.float8, .float8): true
        default: false
        }
    }
}

/// Elements from packed row to packed row: padded to `step`, aligned to 64 bytes, and never a multiple of a page,
/// which would map every row to the same cache sets.
private func packedStride(_ columns: Int, _ step: Int, _ elementBytes: Int) -> Int {
    let line = 64 / elementBytes
    let stride = roundedUp(roundedUp(columns, to: step), to: line)
    return stride * elementBytes % 1024 == 0 ? stride + line : stride
}

/// Columns of a panel at most, and its bytes: with the activation rows that pass over it, it stays in a second-level
/// cache of 1 MB.
private let panelColumns = 1536
private let panelBytes = 384 << 10

/// The smallest multiple of `step` that is not below `value`.
func roundedUp(_ value: Int, to step: Int) -> Int {
    (value + step - 1) / step * step
}
