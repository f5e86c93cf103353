// A block of rows on its way over keys. For each block of keys: scores = query · keyᵀ, streaming softmax,
// output = output · factor + weights · value, the rows in groups.
//
// Keys and values in float32 are packed for the tiles block by block. Those in bfloat16 are met where they lie, if the
// instruction set has tiles for that; only values are interleaved then, because a product needs pairs of keys.

/// One chunk; all memory is scratch of the thread.
struct AttentionChunk {
    /// Keys of a block. Fixed, because the borders of the blocks decide where softmax weights are rounded.
    static let blockKeys = 256
    /// Rows that pass over a block of keys together; a multiple of the tile's 6 and of 16.
    private static let groupRows = 48

    /// Which rows and keys, and where their sums come from and go to.
    struct Place {
        /// Counts when heads have keys of their own.
        let head: Int
        let rows: Range<Int>
        let keys: Range<Int>
        /// `[queryCount, heads, partFloats]`: what was summed up before; nil when nothing was.
        let begins: UnsafePointer<Float>?
        /// The same for what comes behind; nil when nothing does and the output is to be written.
        let ends: UnsafeMutablePointer<Float>?
    }

    private let attention: Attention
    private let place: Place
    private let kernels: AttentionKernels
    private let blockKeys: Int
    private let queries: PackedQueries
    private let valueColumns: Int
    /// Packed keys, or what keys are made ready in for being read directly.
    private let keyPanel: UnsafeMutableRawPointer
    private let valuePanel: UnsafeMutableRawPointer
    /// A block of keys or values as float32, where bfloat16 must be widened.
    private let wide: UnsafeMutablePointer<Float>
    private let scores: UnsafeMutablePointer<Float>
    private let weights: UnsafeMutableRawPointer
    private let outputs: UnsafeMutablePointer<Float>
    private let maxima: UnsafeMutablePointer<Float>
    private let sums: UnsafeMutablePointer<Float>
    private let factors: UnsafeMutablePointer<Float>
    private let visible: UnsafeMutablePointer<Int>

    /// Queries as the tile for their keys reads them.
    private struct PackedQueries {
        let base: UnsafeMutableRawPointer
        /// Elements from one row to the next.
        let stride: Int
        /// Entries that the tile multiplies: the key dimension and zeros behind it.
        let depth: Int
        let elementBytes: Int

        func row(_ index: Int) -> UnsafeMutableRawPointer { base + index * stride * elementBytes }
    }

    init(_ attention: Attention, _ place: Place, kernels: AttentionKernels, scratch: Scratch) {
        self.attention = attention
        self.place = place
        self.kernels = kernels
        let count = place.rows.count
        // Tiles take whole sixteens.
        let room = roundedUp(count, to: 16)
        let bytes = kernels.elementBytes
        blockKeys = min(Self.blockKeys, roundedUp(place.keys.count, to: 16))
        valueColumns = roundedUp(attention.valueDimension, to: 16)
        let stride = roundedUp(attention.keyDimension, to: 32)
        let isDirect = kernels.direct(attention.key) != nil
        queries = PackedQueries(
            base: scratch.take(bytes: room * stride * bytes), stride: stride,
            depth: isDirect ? stride : roundedUp(attention.keyDimension, to: kernels.depthStep), elementBytes: bytes)
        keyPanel = scratch.take(bytes: blockKeys * stride * bytes)
        valuePanel = scratch.take(bytes: blockKeys * valueColumns * bytes)
        let widest = max(attention.keyDimension, attention.valueDimension)
        wide = scratch.take(floats: kernels.widens ? blockKeys * Self.wideStride(widest) : 0)
        scores = scratch.take(floats: Self.groupRows * blockKeys)
        weights = scratch.take(bytes: Self.groupRows * blockKeys * bytes)
        outputs = scratch.take(floats: room * valueColumns)
        maxima = scratch.take(floats: count)
        sums = scratch.take(floats: count)
        factors = scratch.take(floats: count)
        visible = scratch.take(bytes: count * MemoryLayout<Int>.stride).bindMemory(to: Int.self, capacity: count)
        packQueries(scratch)
    }

    func run() {
        begin()
        let seen = (0..<place.rows.count).reduce(place.keys.lowerBound) {
            max($0, attention.visibleKeys(of: location(of: $1).query))
        }
        let end = min(seen, place.keys.upperBound)
        for first in stride(from: place.keys.lowerBound, to: end, by: blockKeys) {
            pass(over: first..<min(first + blockKeys, end))
        }
        finish()
    }

    /// The query and the head of a row.
    private func location(of index: Int) -> (query: Int, head: Int) {
        let row = place.rows.lowerBound + index
        return attention.sharesKeys ? (row / attention.heads, row % attention.heads) : (row, place.head)
    }

    /// The place of a row's sums in parts.
    private func offset(of index: Int) -> Int {
        let (query, head) = location(of: index)
        return (query * attention.heads + head) * attention.partFloats
    }

    private func packQueries(_ scratch: Scratch) {
        for index in 0..<place.rows.count {
            let (query, head) = location(of: index)
            kernels.packRows(
                attention.query + query * attention.queryStride + head * attention.queryHeadStride, queries.stride, 1,
                attention.keyDimension, queries.row(index), queries.stride, kernels.rounding)
        }
        guard let arrange = kernels.direct(attention.key)?.arrange else { return }
        scratch.frame {
            let strip = scratch.take(bytes: 16 * queries.stride * queries.elementBytes)
            for first in stride(from: 0, to: place.rows.count, by: 16) {
                let count = min(16, place.rows.count - first)
                arrange(queries.row(first), queries.stride, count, queries.stride, strip)
                queries.row(first).copyMemory(from: strip, byteCount: 16 * queries.stride * queries.elementBytes)
            }
        }
    }

    private func begin() {
        outputs.initialize(repeating: 0, count: roundedUp(place.rows.count, to: 16) * valueColumns)
        for index in 0..<place.rows.count {
            let part = place.begins.map { $0 + offset(of: index) }
            maxima[index] = part?[attention.valueDimension] ?? -.infinity
            sums[index] = part?[attention.valueDimension + 1] ?? 0
            if let part { (outputs + index * valueColumns).update(from: part, count: attention.valueDimension) }
        }
    }

    private func pass(over keys: Range<Int>) {
        let keyRows = readyKeys(keys)
        for index in 0..<place.rows.count {
            let seen = attention.visibleKeys(of: location(of: index).query) - keys.lowerBound
            visible[index] = max(0, min(keys.count, seen))
        }
        var hasValues = false
        for group in stride(from: 0, to: place.rows.count, by: Self.groupRows) {
            let count = min(Self.groupRows, place.rows.count - group)
            if !(group..<group + count).contains(where: { visible[$0] > 0 }) { continue }
            let output = outputs + group * valueColumns
            score(group, count, keyRows, keys.count)
            // Scores first: their tiles read many keys side by side, as memory likes it, and bring values into the cache
            // that share their rows.
            if !hasValues { packValues(keys) }
            hasValues = true
            kernels.softmax(
                scores, blockKeys, weights, blockKeys, count, roundedUp(keys.count, to: kernels.depthStep),
                visible + group, attention.scale, maxima + group, sums + group, factors, kernels.rounding)
            kernels.scaleRows(output, valueColumns, count, valueColumns, factors)
            kernels.tile(
                weights, blockKeys, valuePanel, output, valueColumns, count, valueColumns,
                roundedUp(keys.count, to: kernels.depthStep), true)
        }
    }

    /// Keys of a block as the tile reads them: a panel, or rows `stride` elements apart.
    private struct ReadyKeys {
        let base: UnsafeRawPointer
        let stride: Int
    }

    private func readyKeys(_ keys: Range<Int>) -> ReadyKeys {
        let source = attention.key.advanced(
            by: keys.lowerBound * attention.keyStride + place.head * attention.keyHeadStride)
        switch source {
        case .bfloat16(let rows) where kernels.direct(source) != nil:
            if attention.keyDimension == queries.depth { return ReadyKeys(base: rows, stride: attention.keyStride) }
            // The tile's depth goes beyond these keys, over zeros.
            let bytes = attention.keyDimension * 2, rowBytes = queries.depth * 2
            for key in 0..<keys.count {
                let row = keyPanel + key * rowBytes
                row.copyMemory(from: rows + key * attention.keyStride, byteCount: bytes)
                (row + bytes).initializeMemory(as: UInt8.self, repeating: 0, count: rowBytes - bytes)
            }
            return ReadyKeys(base: keyPanel, stride: queries.depth)
        case .bfloat16(let rows):
            let stride = widen(rows, attention.keyStride, keys.count, attention.keyDimension)
            kernels.packKeys(wide, stride, keys.count, attention.keyDimension, keyPanel, kernels.rounding)
        case .float32(let rows):
            kernels.packKeys(
                rows, attention.keyStride, keys.count, attention.keyDimension, keyPanel, kernels.rounding)
        }
        return ReadyKeys(base: keyPanel, stride: 0)
    }

    private func packValues(_ keys: Range<Int>) {
        let source = attention.value.advanced(
            by: keys.lowerBound * attention.valueStride + place.head * attention.valueHeadStride)
        let dimension = attention.valueDimension
        switch source {
        case .bfloat16(let rows):
            if let direct = kernels.direct(source) {
                direct.packValues(rows, attention.valueStride, keys.count, dimension, valuePanel)
            } else {
                let stride = widen(rows, attention.valueStride, keys.count, dimension)
                kernels.packValues(wide, stride, keys.count, dimension, valuePanel, kernels.rounding)
            }
        case .float32(let rows):
            kernels.packValues(rows, attention.valueStride, keys.count, dimension, valuePanel, kernels.rounding)
        }
    }

    /// Floats from one widened row to the next: widening writes whole vectors of eight.
    private static func wideStride(_ dimension: Int) -> Int { roundedUp(dimension, to: 8) }

    /// Fills `wide`; gives the distance of its rows.
    private func widen(_ rows: UnsafePointer<UInt16>, _ stride: Int, _ count: Int, _ dimension: Int) -> Int {
        let wideStride = Self.wideStride(dimension)
        guard case .widened(let widen) = kernels.bfloat16 else { return wideStride }
        widen(rows, rows, wide, 0, count, 0, dimension, stride, wideStride, false)
        return wideStride
    }

    private func score(_ group: Int, _ count: Int, _ keys: ReadyKeys, _ keyCount: Int) {
        if let direct = kernels.direct(attention.key) {
            direct.tile(
                queries.row(group), queries.stride, keys.base, keys.stride, scores, blockKeys, count, keyCount,
                queries.depth, false)
        } else {
            kernels.tile(
                queries.row(group), queries.stride, keys.base, scores, blockKeys, count, roundedUp(keyCount, to: 16),
                queries.depth, false)
        }
    }

    private func finish() {
        let dimension = attention.valueDimension
        for index in 0..<place.rows.count {
            let source = outputs + index * valueColumns
            if let parts = place.ends {
                let part = parts + offset(of: index)
                part.update(from: source, count: dimension)
                part[dimension] = maxima[index]
                part[dimension + 1] = sums[index]
            } else {
                let (query, head) = location(of: index)
                Self.divide(
                    source, by: sums[index], count: dimension,
                    into: attention.output + query * attention.outputStride + head * attention.outputHeadStride)
            }
        }
    }

    /// The last step of a row: zeros when it saw no key. `target` may be `source`.
    static func divide(
        _ source: UnsafePointer<Float>, by sum: Float, count: Int, into target: UnsafeMutablePointer<Float>
    ) {
        let factor = sum > 0 || sum.isNaN ? 1 / sum : 0
        for entry in 0..<count { target[entry] = source[entry] * factor }
    }
}

extension AttentionKernels {
    /// How keys or values of this storage are met where they lie; nil when they are packed first.
    fileprivate func direct(_ keyValues: KeyValues) -> DirectKernels? {
        if case .bfloat16 = keyValues, case .direct(let kernels) = bfloat16 { kernels } else { nil }
    }

    fileprivate var widens: Bool {
        if case .widened = bfloat16 { true } else { false }
    }
}
