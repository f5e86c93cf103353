// Weights where they lie: a shape, a storage and whoever keeps the bytes alive. Nothing is copied here.

/// A `[rows, columns]` row-major weight matrix; a product is `output = input · matrixᵀ`.
///
/// The bytes may lie in a mapped file. They are read with the natural alignment of their element type.
package struct Matrix: @unchecked Sendable {
    /// How the weights are stored.
    package enum Storage {
        /// One float32 per weight.
        case float32(UnsafePointer<Float>)
        /// One bfloat16 per weight (its 16 bits).
        case bfloat16(UnsafePointer<UInt16>)
        /// Half a byte per weight: byte `b` of a row holds column `2b` in its low half and `2b + 1` in its high half,
        /// each as `value + 8` with `value` in −8…7. One bfloat16 scale per 32 columns:
        /// `weight = value · scale[row, column / 32]`. `columns` is a multiple of 32.
        case int4(packed: UnsafePointer<UInt8>, scales: UnsafePointer<UInt16>)
        /// One signed byte per weight, −127…127, and one bfloat16 scale per 32 columns:
        /// `weight = code · scale[row, column / 32]`. `columns` is a multiple of 32.
        case int8(codes: UnsafePointer<Int8>, scales: UnsafePointer<UInt16>)
        /// One e4m3 byte (no infinities, 0x7F and 0xFF are NaN) per weight and one float32 scale per block of
        /// 128 × 128, `[⌈rows / 128⌉, ⌈columns / 128⌉]`: `weight = code · scale[row / 128, column / 128]`.
        case float8(codes: UnsafePointer<UInt8>, scales: UnsafePointer<Float>)
    }

    /// Outputs of a product.
    package let rows: Int
    /// Inputs of a product.
    package let columns: Int
    /// Where the weights lie.
    package let storage: Storage
    /// Keeps the bytes alive.
    package let owner: (any AnyObject & Sendable)?

    /// Describes weights that stay where they are as long as `owner` lives (or forever when it is nil).
    package init(rows: Int, columns: Int, storage: Storage, owner: (any AnyObject & Sendable)?) {
        precondition(rows > 0 && columns > 0, "a matrix has at least one row and one column")
        switch storage {
        case .int4, .int8: precondition(columns % 32 == 0, "an int4 or int8 matrix has whole groups of 32 columns")
        case .float32, .bfloat16, .float8: break
        }
        self.rows = rows
        self.columns = columns
        self.storage = storage
        self.owner = owner
    }

    /// The rows in `range` as a matrix of its own over the same bytes.
    ///
    /// `range` is not empty and inside the matrix; float8 weights need a lower bound that is a multiple of 128.
    package func rows(_ range: Range<Int>) -> Matrix {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows, "the rows lie inside the matrix")
        let start = range.lowerBound
        let view: Storage
        switch storage {
        case .float32(let values):
            view = .float32(values + start * columns)
        case .bfloat16(let values):
            view = .bfloat16(values + start * columns)
        case .int4(let packed, let scales):
            view = .int4(packed: packed + start * columns / 2, scales: scales + start * columns / 32)
        case .int8(let codes, let scales):
            view = .int8(codes: codes + start * columns, scales: scales + start * columns / 32)
        case .float8(let codes, let scales):
            precondition(start % 128 == 0, "a view of float8 weights begins at a block of 128 rows")
            view = .float8(codes: codes + start * columns, scales: scales + start / 128 * ((columns + 127) / 128))
        }
        return Matrix(rows: range.count, columns: columns, storage: view, owner: owner)
    }

    /// Writes one row as float32, exactly: `columns` values, quantised ones scaled with one float32 rounding.
    package func expand(row: Int, into target: UnsafeMutablePointer<Float>) {
        precondition(row >= 0 && row < rows, "the row lies inside the matrix")
        KernelTable.portable.exact.kernels(of: storage).panel(
            storage.codes, storage.scales, UnsafeMutableRawPointer(target), row, 1, 0, columns, columns, columns, false)
    }

    /// The bytes of the weights, and those of the scales where there are any.
    package var regions: [UnsafeRawBufferPointer] {
        let groups = rows * columns / 32
        switch storage {
        case .float32, .bfloat16: return [UnsafeRawBufferPointer(start: storage.codes, count: byteCount)]
        case .int4, .int8:
            return [
                UnsafeRawBufferPointer(start: storage.codes, count: byteCount - 2 * groups),
                UnsafeRawBufferPointer(start: storage.scales, count: 2 * groups),
            ]
        case .float8:
            return [
                UnsafeRawBufferPointer(start: storage.codes, count: rows * columns),
                UnsafeRawBufferPointer(start: storage.scales, count: byteCount - rows * columns),
            ]
        }
    }

    /// Bytes of weights and scales.
    package var byteCount: Int {
        switch storage {
        case .float32: rows * columns * 4
        case .bfloat16: rows * columns * 2
        case .int4: rows * columns / 2 + rows * columns / 16
        case .int8: rows * columns + rows * columns / 16
        case .float8: rows * columns + (rows + 127) / 128 * ((columns + 127) / 128) * 4
        }
    }
}

extension Matrix.Storage {
    /// The weights themselves.
    var codes: UnsafeRawPointer {
        switch self {
        case .float32(let values): UnsafeRawPointer(values)
        case .bfloat16(let values): UnsafeRawPointer(values)
        case .int4(let packed, _): UnsafeRawPointer(packed)
        case .int8(let codes, _): UnsafeRawPointer(codes)
        case .float8(let codes, _): UnsafeRawPointer(codes)
        }
    }

    /// The scales, or the weights again where there are none: a kernel without scales never reads them.
    var scales: UnsafeRawPointer {
        switch self {
        case .float32, .bfloat16: codes
        case .int4(_, let scales), .int8(_, let scales): UnsafeRawPointer(scales)
        case .float8(_, let scales): UnsafeRawPointer(scales)
        }
    }
}
