// Streaming attention. A row is one query of one head; a chunk is a block of rows that share keys: the queries of one
// head, or, when all heads share keys (the compressed cache of latent attention), the heads of neighbouring queries.
//
// A chunk passes its rows over blocks of keys (AttentionChunk.swift); memory stays bounded by the blocks, whatever the
// context. Few queries that share keys would be one chunk, so their keys are cut into ranges, each a chunk of its own;
// what the ranges have summed up is then joined row by row, in order.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Compute {
    /// Keys of a range. Fixed, as the blocks are: a row's result depends neither on the number of threads nor on which
    /// rows are attended with it.
    private static let rangeKeys = 4 * AttentionChunk.blockKeys
    /// Rows of a chunk at most.
    private static let chunkRows = 512
    /// Multiplications below which attention is not worth waking a thread.
    private static let inlineMultiplications = 1 << 18

    /// Computes what `attention` describes.
    package func attention(_ attention: Attention) { self.attention([attention]) }

    /// Computes several that do not touch each other: one fork and join, and a second where keys come in ranges.
    package func attention(_ attentions: [Attention]) {
        var jobs: [AttentionJob] = []
        jobs.reserveCapacity(attentions.count)
        for attention in attentions { jobs.append(AttentionJob(attention, after: jobs.last)) }
        guard let last = jobs.last else { return }
        let isInline = jobs.reduce(0) { $0 + $1.work } < Self.inlineMultiplications
        pool.turn { turn in
            func forEach(_ count: Int, _ body: (_ slot: Int, _ index: Int) -> Void) {
                if isInline {
                    for index in 0..<count { body(turn.slot, index) }
                } else {
                    pool.run(turn, count, body)
                }
            }
            scratch[turn.slot].frame {
                let parts = scratch[turn.slot].take(floats: last.partsEnd)
                forEach(last.chunkEnd) { slot, chunk in
                    let job = jobs[jobs.lastIndex { $0.firstChunk <= chunk }!]
                    scratch[slot].frame {
                        let chunk = AttentionChunk(
                            job.attention, job.place(chunk - job.firstChunk, parts),
                            kernels: kernels.attention(precision), scratch: scratch[slot])
                        chunk.run()
                    }
                }
                forEach(last.joinEnd) { _, row in
                    let job = jobs[jobs.lastIndex { $0.firstJoin <= row }!]
                    join(job, row - job.firstJoin, parts)
                }
            }
        }
    }

    /// Joins what a row has summed up over the ranges of keys that it sees.
    private func join(_ job: AttentionJob, _ row: Int, _ parts: UnsafeMutablePointer<Float>) {
        let attention = job.attention, count = attention.valueDimension
        let (query, head) = (row / attention.heads, row % attention.heads)
        let output = attention.output + query * attention.outputStride + head * attention.outputHeadStride
        output.update(repeating: 0, count: count)
        let ranges = (attention.visibleKeys(of: query) + Self.rangeKeys - 1) / Self.rangeKeys
        func summed(_ range: Int) -> UnsafePointer<Float> {
            UnsafePointer(job.part(range, parts) + row * attention.partFloats)
        }
        let maximum = (0..<ranges).reduce(-Float.infinity) { max($0, summed($1)[count]) }
        var sum: Float = 0
        for range in 0..<ranges {
            let part = summed(range)
            let factor = expf(part[count] - maximum)
            kernels.elementwise.addScaled(part, factor, output, count)
            sum += part[count + 1] * factor
        }
        AttentionChunk.divide(output, by: sum, count: count, into: output)
    }

    /// One attention and its chunks.
    private struct AttentionJob {
        let attention: Attention
        /// Rows of a chunk.
        let rows: Int
        /// Rows that share keys, and the chunks that they become over one range of keys.
        let ownerRows: Int
        let ownerChunks: Int
        /// Ranges of keys; 1 when they are not cut.
        let ranges: Int
        let firstChunk: Int
        let chunkEnd: Int
        /// Rows that are to be joined, among those of all attentions.
        let firstJoin: Int
        let joinEnd: Int
        /// Where the parts lie among those of all: `[range, queryCount, heads, partFloats]`.
        let firstPart: Int
        let partsEnd: Int
        /// Multiplications.
        let work: Int

        init(_ attention: Attention, after last: AttentionJob?) {
            self.attention = attention
            let allRows = attention.queryCount * attention.heads
            let owners = attention.sharesKeys ? 1 : attention.heads
            ownerRows = allRows / owners
            let isFew = attention.sharesKeys && attention.queryCount <= Compute.fewRows && attention.stretch == nil
            ranges = isFew ? (attention.keyCount + Compute.rangeKeys - 1) / Compute.rangeKeys : 1
            if isFew {
                // Rows that meet a range together share what is read of it.
                let chunks = (ownerRows + Compute.chunkRows - 1) / Compute.chunkRows
                rows = (ownerRows + chunks - 1) / chunks
            } else {
                rows = min(Compute.chunkRows, max(24, roundedUp((allRows + 15) / 16, to: 6)))
            }
            ownerChunks = (ownerRows + rows - 1) / rows
            firstChunk = last?.chunkEnd ?? 0
            chunkEnd = firstChunk + ownerChunks * owners * ranges
            let joined = ranges > 1 ? allRows : 0
            firstJoin = last?.joinEnd ?? 0
            joinEnd = firstJoin + joined
            firstPart = last?.partsEnd ?? 0
            partsEnd = firstPart + joined * ranges * attention.partFloats
            work = allRows * attention.keyCount * (attention.keyDimension + attention.valueDimension)
        }

        /// What the rows have summed up over a range of keys: `[queryCount, heads, partFloats]`.
        func part(_ range: Int, _ parts: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<Float> {
            parts + (firstPart + range * attention.queryCount * attention.heads * attention.partFloats)
        }

        func place(_ chunk: Int, _ parts: UnsafeMutablePointer<Float>) -> AttentionChunk.Place {
            let first = chunk % ownerChunks * rows
            let rows = first..<min(first + rows, ownerRows)
            if ranges > 1 {
                let range = chunk / ownerChunks
                let start = range * Compute.rangeKeys
                return AttentionChunk.Place(
                    head: 0, rows: rows, keys: start..<min(start + Compute.rangeKeys, attention.keyCount),
                    begins: nil, ends: part(range, parts))
            }
            let stretch = attention.stretch
            return AttentionChunk.Place(
                head: chunk / ownerChunks, rows: rows, keys: 0..<attention.keyCount,
                begins: stretch.flatMap { $0.isFirst ? nil : UnsafePointer($0.parts) },
                ends: stretch.flatMap { $0.isLast ? nil : $0.parts })
        }
    }
}
