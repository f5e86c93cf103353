// Streaming attention. A row is one query of one head; a chunk is a block of rows that share keys: the queries of one
// head, or, when all heads share keys (the compressed cache of latent attention), the heads of neighbouring queries.
//
// For each block of keys a chunk packs the keys and values once, then passes its rows over them in groups:
// scores = query · keyᵀ, streaming softmax, output = output · factor + weights · value. Memory stays bounded by the
// blocks, whatever the context.

extension Compute {
    /// Keys of a block. Fixed, because the borders of the blocks decide where softmax weights are rounded.
    private static let blockKeys = 256
    /// Rows that pass over a block of keys together; a multiple of the tile's 6.
    private static let groupRows = 48
    /// Rows of a chunk at most.
    private static let chunkRows = 192
    /// Multiplications below which attention is not worth waking a thread.
    private static let inlineMultiplications = 1 << 18

    /// Computes what `attention` describes.
    package func attention(_ attention: Attention) { self.attention([attention]) }

    /// Computes several that do not touch each other, as one fork and join.
    package func attention(_ attentions: [Attention]) {
        var jobs: [AttentionJob] = []
        jobs.reserveCapacity(attentions.count)
        for attention in attentions {
            jobs.append(AttentionJob(attention, firstChunk: jobs.last.map { $0.firstChunk + $0.chunkCount } ?? 0))
        }
        let chunks = jobs.last.map { $0.firstChunk + $0.chunkCount } ?? 0
        let isInline = jobs.reduce(0) { $0 + $1.work } < Self.inlineMultiplications
        pool.turn { turn in
            func attend(_ slot: Int, _ chunk: Int) {
                let job = jobs[jobs.lastIndex { $0.firstChunk <= chunk }!]
                let (head, rows) = job.place(chunk - job.firstChunk)
                scratch[slot].frame {
                    var chunk = AttentionChunk(
                        job.attention, head: head, rows: rows, blockKeys: Self.blockKeys, groupRows: Self.groupRows,
                        kernels: kernels.attention(precision), scratch: scratch[slot])
                    chunk.run()
                }
            }
            if isInline {
                for chunk in 0..<chunks { attend(turn.slot, chunk) }
            } else {
                pool.run(turn, chunks, attend)
            }
        }
    }

    /// One attention and its chunks.
    private struct AttentionJob {
        let attention: Attention
        /// Rows of a chunk.
        let rows: Int
        /// Rows that share keys, and the chunks that they become.
        let ownerRows: Int
        let ownerChunks: Int
        let firstChunk: Int
        let chunkCount: Int
        /// Multiplications.
        let work: Int

        init(_ attention: Attention, firstChunk: Int) {
            self.attention = attention
            self.firstChunk = firstChunk
            ownerRows = attention.sharesKeys ? attention.queryCount * attention.heads : attention.queryCount
            let owners = attention.sharesKeys ? 1 : attention.heads
            let wanted = (ownerRows * owners + 15) / 16
            rows = min(Compute.chunkRows, max(24, roundedUp(wanted, to: 6)))
            ownerChunks = (ownerRows + rows - 1) / rows
            chunkCount = ownerChunks * owners
            let dimensions = attention.keyDimension + attention.valueDimension
            work = attention.heads * attention.queryCount * attention.keyCount * dimensions
        }

        func place(_ chunk: Int) -> (head: Int, rows: Range<Int>) {
            let first = chunk % ownerChunks * rows
            return (chunk / ownerChunks, first..<min(first + rows, ownerRows))
        }
    }
}

/// A block of rows on its way over the keys; all memory is scratch of the thread.
private struct AttentionChunk {
    let attention: Attention
    let head: Int
    let rows: Range<Int>
    let blockKeys: Int
    let groupRows: Int
    let kernels: AttentionKernels
    /// Key dimension, padded to the tile's depth step.
    let depth: Int
    /// Elements from one packed query to the next.
    let queryStride: Int
    let valueColumns: Int
    let queries: UnsafeMutableRawPointer
    let keyPanel: UnsafeMutableRawPointer
    let valuePanel: UnsafeMutableRawPointer
    let scores: UnsafeMutablePointer<Float>
    let weights: UnsafeMutableRawPointer
    let outputs: UnsafeMutablePointer<Float>
    let maxima: UnsafeMutablePointer<Float>
    let sums: UnsafeMutablePointer<Float>
    let factors: UnsafeMutablePointer<Float>
    let visible: UnsafeMutablePointer<Int>

    init(
        _ attention: Attention, head: Int, rows: Range<Int>, blockKeys: Int, groupRows: Int,
        kernels: AttentionKernels, scratch: Scratch
    ) {
        self.attention = attention
        self.head = head
        self.rows = rows
        self.blockKeys = min(blockKeys, roundedUp(attention.keyCount, to: 16))
        self.groupRows = groupRows
        self.kernels = kernels
        depth = roundedUp(attention.keyDimension, to: kernels.depthStep)
        queryStride = roundedUp(attention.keyDimension, to: 32)
        valueColumns = roundedUp(attention.valueDimension, to: 16)
        let bytes = kernels.elementBytes
        // Tiles take whole sixteens.
        let room = roundedUp(rows.count, to: 16)
        queries = scratch.take(bytes: room * queryStride * bytes)
        keyPanel = scratch.take(bytes: self.blockKeys * depth * bytes)
        valuePanel = scratch.take(bytes: self.blockKeys * valueColumns * bytes)
        scores = scratch.take(floats: groupRows * self.blockKeys)
        weights = scratch.take(bytes: groupRows * self.blockKeys * bytes)
        outputs = scratch.take(floats: room * valueColumns)
        maxima = scratch.take(floats: rows.count)
        sums = scratch.take(floats: rows.count)
        factors = scratch.take(floats: rows.count)
        visible = scratch.take(bytes: rows.count * MemoryLayout<Int>.stride).bindMemory(
            to: Int.self, capacity: rows.count)
        outputs.initialize(repeating: 0, count: room * valueColumns)
        maxima.initialize(repeating: -.infinity, count: rows.count)
        sums.initialize(repeating: 0, count: rows.count)
    }

    mutating func run() {
        var seen = 0
        for index in 0..<rows.count {
            let (query, head) = place(of: index)
            seen = max(seen, attention.visibleKeys(of: query))
            kernels.packRows(
                attention.query + query * attention.queryStride + head * attention.queryHeadStride, queryStride, 1,
                attention.keyDimension, queries + index * queryStride * kernels.elementBytes, queryStride,
                kernels.rounding)
        }
        for first in stride(from: 0, to: seen, by: blockKeys) {
            pass(over: first..<min(first + blockKeys, seen))
        }
        for index in 0..<rows.count { finish(index) }
    }

    /// The query and the head of a row.
    private func place(of index: Int) -> (query: Int, head: Int) {
        let row = rows.lowerBound + index
        return attention.sharesKeys ? (row / attention.heads, row % attention.heads) : (row, head)
    }

    private func pass(over keys: Range<Int>) {
        kernels.packKeys(
            attention.key + keys.lowerBound * attention.keyStride + head * attention.keyHeadStride,
            attention.keyStride, keys.count, attention.keyDimension, keyPanel, kernels.rounding)
        kernels.packValues(
            attention.value + keys.lowerBound * attention.valueStride + head * attention.valueHeadStride,
            attention.valueStride, keys.count, attention.valueDimension, valuePanel, kernels.rounding)
        for index in 0..<rows.count {
            let seen = attention.visibleKeys(of: place(of: index).query) - keys.lowerBound
            visible[index] = max(0, min(keys.count, seen))
        }
        for group in stride(from: 0, to: rows.count, by: groupRows) {
            let count = min(groupRows, rows.count - group)
            if !(group..<group + count).contains(where: { visible[$0] > 0 }) { continue }
            let output = outputs + group * valueColumns
            kernels.tile(
                queries + group * queryStride * kernels.elementBytes, queryStride, keyPanel, scores, blockKeys, count,
                roundedUp(keys.count, to: 16), depth, false)
            kernels.softmax(
                scores, blockKeys, weights, blockKeys, count, roundedUp(keys.count, to: kernels.depthStep),
                visible + group, attention.scale, maxima + group, sums + group, factors, kernels.rounding)
            kernels.scaleRows(output, valueColumns, count, valueColumns, factors)
            kernels.tile(
                weights, blockKeys, valuePanel, output, valueColumns, count, valueColumns,
                roundedUp(keys.count, to: kernels.depthStep), true)
        }
    }

    private func finish(_ index: Int) {
        let (query, head) = place(of: index)
        let target = attention.output + query * attention.outputStride + head * attention.outputHeadStride
        let source = outputs + index * valueColumns
        let factor = sums[index] > 0 || sums[index].isNaN ? 1 / sums[index] : 0
        for entry in 0..<attention.valueDimension { target[entry] = source[entry] * factor }
    }
}
