// Products of activations with weights: up to 16 rows straight from the checkpoint's bytes, more through panels.
//
// Few rows: a chunk is a range of weight rows, read once. Every row of activations gets what it gets alone, to the last
// bit: what is decoded together, or checked as a draft, is what is decoded alone.
// More rows: the activations are packed once; a chunk is a block of outputs, and for each stretch of columns its weight
// rows become a panel that stays in the second-level cache while the activation rows pass over it.

/// Rows of activations times one matrix: `output[count, matrix.rows] = then(input · matrixᵀ + bias)`.
package struct Product {
    /// What happens to a product when it is complete.
    package enum Activation: Sendable { case none, gelu, geluTanh }

    /// `[…, matrix.columns]`
    package var input: UnsafePointer<Float>
    /// Rows of activations, at least 1.
    package var count = 1
    /// Which rows of `input` they are, `[count]`; nil for the first ones.
    package var gathered: UnsafePointer<Int32>?
    package var matrix: Matrix
    /// `[matrix.rows]`, or nil.
    package var bias: UnsafePointer<Float>?
    package var then = Activation.none
    /// `[count, matrix.rows]`; overlaps no input and no other output.
    package var output: UnsafeMutablePointer<Float>

    /// Names them; nothing is computed.
    package init(
        input: UnsafePointer<Float>, count: Int = 1, gathered: UnsafePointer<Int32>? = nil, matrix: Matrix,
        bias: UnsafePointer<Float>? = nil, then: Activation = .none, output: UnsafeMutablePointer<Float>
    ) {
        precondition(count >= 1, "a product has at least one row of activations")
        self.input = input
        self.count = count
        self.gathered = gathered
        self.matrix = matrix
        self.bias = bias
        self.then = then
        self.output = output
    }
}

extension Compute {
    /// Up to so many rows, each has the product that it has alone; int4 and float8 weights are then exact, even in fast
    /// precision.
    package static let fewRows = 16
    /// Weight bytes below which products of few rows are not worth waking a thread.
    fileprivate static let inlineBytes = 96 << 10
    /// Multiplications below which products of many rows are not worth waking a thread.
    fileprivate static let inlineMultiplications = 1 << 19
    /// Weight bytes of one chunk of products of few rows. Each chunk begins a new stream from memory, which takes a
    /// while to run at full speed.
    fileprivate static let fewRowsChunkBytes = 64 << 10...1 << 20
    /// Values from which on packing is worth waking a thread.
    fileprivate static let sharedPacking = 1 << 17

    /// `output[count, rows] = then(input[count, columns] · matrixᵀ + bias[rows])`, `count ≥ 1`.
    ///
    /// `output` overlaps neither `input` nor `bias`. `precision` is the compute's own where none is given.
    package func multiply(
        _ input: UnsafePointer<Float>, count: Int, by matrix: Matrix, bias: UnsafePointer<Float>? = nil,
        then: Product.Activation = .none, precision: Precision? = nil, into output: UnsafeMutablePointer<Float>
    ) {
        multiply(
            [Product(input: input, count: count, matrix: matrix, bias: bias, then: then, output: output)],
            precision: precision)
    }

    /// Independent products, as one fork and join: all chosen experts of some tokens.
    ///
    /// Neighbours with the same input, rows, columns and kind of storage share their packed activations.
    package func multiply(_ products: [Product], precision: Precision? = nil) {
        let family = kernels.products(precision ?? self.precision)
        pool.turn { turn in
            scratch[turn.slot].frame {
                let plan = ProductPlan(products, family, scratch[turn.slot])
                run(turn, plan.packChunks, isInline: plan.packsInline) { plan.pack($1, scratch[$0]) }
                run(turn, plan.chunks, isInline: plan.isInline) { plan.multiply($1, scratch[$0], kernels.elementwise) }
            }
        }
    }

    private func run(
        _ turn: ThreadPool.Turn, _ chunks: Int, isInline: Bool, _ body: (_ slot: Int, _ chunk: Int) -> Void
    ) {
        if isInline {
            for chunk in 0..<chunks { body(turn.slot, chunk) }
        } else {
            pool.run(turn, chunks, body)
        }
    }
}

/// Rows of activations as a kernel reads them.
private struct PackedRows {
    let product: Product
    let kernels: ProductKernels
    let layout: Layout
    let firstChunk: Int

    /// Where they are.
    struct Layout {
        let base: UnsafeMutableRawPointer
        let elementBytes: Int
        /// Elements from row to row.
        let stride: Int
        /// For `vector` and `fewRows`, not for `tile`.
        let areVectors: Bool
        let areArranged: Bool

        /// The packed row `row`, from `column` on; a row where a strip begins if rows are arranged.
        func place(_ row: Int, _ column: Int) -> UnsafeRawPointer {
            let along = areArranged ? column * PackedRows.chunkRows : column
            return UnsafeRawPointer(base) + (row * stride + along) * elementBytes
        }
    }

    static let chunkRows = 16
    var chunkCount: Int { (product.count + Self.chunkRows - 1) / Self.chunkRows }

    init(_ product: Product, _ kernels: ProductKernels, _ scratch: Scratch, firstChunk: Int) {
        self.product = product
        self.kernels = kernels
        self.firstChunk = firstChunk
        let columns = product.matrix.columns
        let areVectors =
            product.count <= Compute.fewRows && !(kernels.tilesFewRows && columns % kernels.panelStep == 0)
        let bytes = areVectors ? kernels.vectorBytes : kernels.elementBytes
        let stride = packedStride(columns, areVectors ? kernels.vectorStep : kernels.panelStep, bytes)
        // Strips are whole.
        let rows = areVectors ? product.count : roundedUp(product.count, to: Self.chunkRows)
        layout = Layout(
            base: scratch.take(bytes: rows * stride * bytes), elementBytes: bytes, stride: stride,
            areVectors: areVectors, areArranged: !areVectors && kernels.arrange != nil)
    }

    /// Whether another product can use them.
    func serve(_ other: Product) -> Bool {
        product.input == other.input && product.count == other.count && product.gathered == other.gathered
            && product.matrix.columns == other.matrix.columns
            && product.matrix.storage.isSameKind(as: other.matrix.storage)
    }

    func pack(_ chunk: Int, _ scratch: Scratch) {
        let first = (chunk - firstChunk) * Self.chunkRows
        let count = min(Self.chunkRows, product.count - first)
        let target = layout.base + first * layout.stride * layout.elementBytes
        if layout.areArranged, let arrange = kernels.arrange {
            scratch.frame {
                let rows = scratch.take(bytes: count * layout.stride * layout.elementBytes)
                pack(first, count, rows)
                arrange(rows, layout.stride, count, roundedUp(product.matrix.columns, to: kernels.panelStep), target)
            }
        } else {
            pack(first, count, target)
        }
    }

    private func pack(_ first: Int, _ count: Int, _ target: UnsafeMutableRawPointer) {
        let columns = product.matrix.columns
        let pack = layout.areVectors ? kernels.packVector : kernels.packPanel
        guard let gathered = product.gathered else {
            pack(
                product.input + first * columns, columns, count, columns, target, layout.stride,
                kernels.roundsActivations)
            return
        }
        for row in 0..<count {
            pack(
                product.input + Int(gathered[first + row]) * columns, columns, 1, columns,
                target + row * layout.stride * layout.elementBytes, layout.stride, kernels.roundsActivations)
        }
    }
}

/// Several products as chunks of work.
private struct ProductPlan {
    private var packed: [PackedRows] = []
    private var jobs: [Job] = []
    private(set) var packChunks = 0
    private(set) var chunks = 0
    let packsInline: Bool
    let isInline: Bool

    init(_ products: [Product], _ family: ProductFamily, _ scratch: Scratch) {
        packed.reserveCapacity(products.count)
        jobs.reserveCapacity(products.count)
        var (values, multiplications) = (0, 0)
        let bytes = products.reduce(0) { $0 + ($1.count <= Compute.fewRows ? $1.matrix.byteCount : 0) }
        let chunkBytes = max(
            Compute.fewRowsChunkBytes.lowerBound, min(bytes / 16, Compute.fewRowsChunkBytes.upperBound))
        for product in products {
            let kernels = family.kernels(of: product.matrix.storage)
            if packed.last?.serve(product) != true {
                let rows = PackedRows(product, kernels, scratch, firstChunk: packChunks)
                packChunks += rows.chunkCount
                values += product.count * product.matrix.columns
                packed.append(rows)
            }
            let job = Job(
                product, packed[packed.count - 1], firstChunk: chunks, among: products.count, fewRowsBytes: chunkBytes)
            chunks += job.chunkCount
            jobs.append(job)
            if job.blocks != nil {
                multiplications += product.count * product.matrix.rows * product.matrix.columns
            }
        }
        packsInline = values < Compute.sharedPacking
        isInline = bytes < Compute.inlineBytes && multiplications < Compute.inlineMultiplications
    }

    func pack(_ chunk: Int, _ scratch: Scratch) {
        packed[packed.lastIndex { $0.firstChunk <= chunk }!].pack(chunk, scratch)
    }

    func multiply(_ chunk: Int, _ scratch: Scratch, _ elementwise: ElementwiseKernels) {
        // In place: a copy would count references that all threads share.
        let index = jobs.lastIndex { $0.firstChunk <= chunk }!
        jobs[index].multiply(chunk - jobs[index].firstChunk, scratch, elementwise)
    }

    /// One product and its chunks: numbers and places alone, so that threads share no count of references but that of
    /// the kernels.
    struct Job {
        let kernels: ProductKernels
        let activations: PackedRows.Layout
        let codes: UnsafeRawPointer
        let scales: UnsafeRawPointer
        /// Rows and columns of the matrix.
        let rows: Int
        let columns: Int
        /// Rows of activations.
        let count: Int
        let bias: UnsafePointer<Float>?
        let then: Product.Activation
        let output: UnsafeMutablePointer<Float>
        /// Nil for few rows.
        let blocks: PanelBlocks?
        /// Weight rows of a chunk of few rows.
        let chunkRows: Int
        let firstChunk: Int
        let chunkCount: Int

        init(
            _ product: Product, _ activations: PackedRows, firstChunk: Int, among products: Int, fewRowsBytes: Int
        ) {
            let matrix = product.matrix
            kernels = activations.kernels
            self.activations = activations.layout
            (codes, scales) = (matrix.storage.codes, matrix.storage.scales)
            (rows, columns, count) = (matrix.rows, matrix.columns, product.count)
            (bias, then, output) = (product.bias, product.then, product.output)
            self.firstChunk = firstChunk
            chunkRows = roundedUp(max(1, fewRowsBytes / max(1, matrix.byteCount / matrix.rows)), to: 32)
            if count <= Compute.fewRows {
                blocks = nil
                chunkCount = (rows + chunkRows - 1) / chunkRows
            } else {
                let blocks = PanelBlocks(matrix, kernels, count: count, among: products)
                self.blocks = blocks
                chunkCount = blocks.chunkCount
            }
        }

        /// A block of outputs.
        struct Place {
            let first, count, firstRow, rowCount: Int
        }

        func multiply(_ chunk: Int, _ scratch: Scratch, _ elementwise: ElementwiseKernels) {
            guard let blocks else {
                let first = chunk * chunkRows
                let place = Place(first: 0, count: count, firstRow: first, rowCount: min(chunkRows, rows - first))
                multiplyFew(place)
                return finish(place, elementwise)
            }
            let place = blocks.place(chunk, count: count, rows: rows)
            multiplyBlock(blocks, place, scratch, elementwise)
        }

        private func multiplyFew(_ place: Place) {
            let values = activations.place(0, 0)
            if !activations.areVectors {
                kernels.tile(
                    values, activations.stride, codes + place.firstRow * columns * kernels.elementBytes, columns,
                    output + place.firstRow, rows, count, place.rowCount, columns, false)
            } else if count > 1, let fewRows = kernels.fewRows {
                fewRows(
                    codes, scales, values, activations.stride, count, output + place.firstRow, rows, place.firstRow,
                    place.rowCount, columns)
            } else {
                for row in 0..<count {
                    kernels.vector(
                        codes, scales, activations.place(row, 0), output + row * rows + place.firstRow,
                        place.firstRow, place.rowCount, columns)
                }
            }
        }

        private func multiplyBlock(
            _ blocks: PanelBlocks, _ place: Place, _ scratch: Scratch, _ elementwise: ElementwiseKernels
        ) {
            let bytes = kernels.elementBytes
            scratch.frame {
                let panel = blocks.isInPlace ? nil : scratch.take(bytes: place.rowCount * blocks.stride * bytes)
                for column in stride(from: 0, to: columns, by: blocks.columns) {
                    let columnCount = min(blocks.columns, columns - column)
                    if let panel {
                        kernels.panel(
                            codes, scales, panel, place.firstRow, place.rowCount, column, columnCount, columns,
                            blocks.stride, kernels.roundsPanels)
                    }
                    let weights =
                        panel.map { UnsafeRawPointer($0) } ?? codes + (place.firstRow * columns + column) * bytes
                    let isLast = column + columnCount == columns
                    let step = isLast ? Self.finishedRows : place.count
                    for first in stride(from: 0, to: place.count, by: step) {
                        let part = Place(
                            first: place.first + first, count: min(step, place.count - first),
                            firstRow: place.firstRow, rowCount: place.rowCount)
                        kernels.tile(
                            activations.place(part.first, column), activations.stride, weights, blocks.stride,
                            output + part.first * rows + part.firstRow, rows, part.count, part.rowCount,
                            roundedUp(columnCount, to: kernels.panelStep), column > 0)
                        if isLast { finish(part, elementwise) }
                    }
                }
            }
        }

        /// Activation rows that are finished at a time; a multiple of what each tile takes.
        private static let finishedRows = 96

        /// Bias and activation, while the outputs are in the cache.
        private func finish(_ place: Place, _ elementwise: ElementwiseKernels) {
            guard bias != nil || then != .none else { return }
            for row in place.first..<place.first + place.count {
                let outputs = output + row * rows + place.firstRow
                if let bias { elementwise.addScaled(bias + place.firstRow, 1, outputs, place.rowCount) }
                switch then {
                case .none: break
                case .gelu: elementwise.gelu(outputs, place.rowCount)
                case .geluTanh: elementwise.geluTanh(outputs, place.rowCount)
                }
            }
        }
    }
}

/// How the outputs of a product fall into chunks, and how much of the weights a panel holds. Depends on shapes alone.
private struct PanelBlocks {
    /// Columns of a panel; a multiple of 128, or all.
    let columns: Int
    /// Elements from panel row to panel row.
    let stride: Int
    /// Weight rows of a chunk.
    let rows: Int
    /// Activation rows of a chunk.
    let count: Int
    let rowBlocks: Int
    let countBlocks: Int
    /// True when the matrix itself serves as the panel.
    let isInPlace: Bool

    var chunkCount: Int { rowBlocks * countBlocks }

    /// - Parameter products: that share a fork and join.
    init(_ matrix: Matrix, _ kernels: ProductKernels, count total: Int, among products: Int) {
        let isArranged = kernels.arrange != nil
        let parts = (matrix.columns + panelColumns - 1) / panelColumns
        let bytes = kernels.elementBytes
        columns = min(roundedUp((matrix.columns + parts - 1) / parts, to: 128), matrix.columns)
        isInPlace =
            kernels.readsInPlace && matrix.columns % kernels.panelStep == 0
            && (!isArranged || Self.suitsTiles(matrix, bytes))
        stride = isInPlace ? matrix.columns : packedStride(columns, kernels.panelStep, bytes)
        let rowStep = isArranged ? 32 : 4
        let most = max(
            rowStep, (isArranged ? tiledPanelBytes : panelBytes) / (columns * bytes) / rowStep * rowStep)
        // Enough chunks for every thread.
        let wantedBlocks = max(1, (isArranged ? 8 : 16) / products)
        rows = min(most, max(32, roundedUp((matrix.rows + wantedBlocks - 1) / wantedBlocks, to: rowStep)))
        rowBlocks = (matrix.rows + rows - 1) / rows
        if isArranged {
            let most = max(64, stripBytes / (matrix.columns * bytes))
            let parts = max((total + most - 1) / most, min(wantedBlocks / rowBlocks, total / 96), 1)
            count = roundedUp((total + parts - 1) / parts, to: 32)
        } else {
            // Few weight rows: split the activations too, in blocks that are still worth expanding the weights for.
            let parts = rowBlocks >= wantedBlocks ? 1 : max(1, min(wantedBlocks / rowBlocks, total / 96))
            count = roundedUp((total + parts - 1) / parts, to: 6)
        }
        countBlocks = (total + count - 1) / count
    }

    /// Whether tiles are read fast from the matrix itself: whole lines, and not all of a tile in the same cache sets.
    private static func suitsTiles(_ matrix: Matrix, _ bytes: Int) -> Bool {
        matrix.columns * bytes % 1024 != 0 && UInt(bitPattern: matrix.storage.codes) % 64 == 0
    }

    /// Neighbouring chunks share their activations.
    func place(_ chunk: Int, count total: Int, rows matrixRows: Int) -> ProductPlan.Job.Place {
        let (first, firstRow) = (chunk / rowBlocks * count, chunk % rowBlocks * rows)
        return .init(
            first: first, count: min(count, total - first), firstRow: firstRow,
            rowCount: min(rows, matrixRows - firstRow))
    }
}

extension Matrix.Storage {
    func isSameKind(as other: Matrix.Storage) -> Bool {
        switch (self, other) {
        case (.float32, .float32), (.bfloat16, .bfloat16), (.int4, .int4), (.float8, .float8), (.int8, .int8): true
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

/// Columns of a panel at most.
private let panelColumns = 1536
/// Bytes of a panel at most: it stays in the second-level cache while the activation rows pass over it. That cache has
/// 1 MB at least where there is AVX-512, and 2 MB where there are tiles.
private let panelBytes = 384 << 10
private let tiledPanelBytes = 768 << 10
/// Bytes of arranged activations that pass over one panel at most; they come from the third-level cache.
private let stripBytes = 4 << 20

/// The smallest multiple of `step` that is not below `value`.
func roundedUp(_ value: Int, to step: Int) -> Int {
    (value + step - 1) / step * step
}
