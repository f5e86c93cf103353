// Attention of every precision and instruction set against a float64 softmax over whole rows.

import Kernels
import Testing

/// A call with its data and its answer in float64.
struct AttentionCase: CustomTestStringConvertible, Sendable {
    var heads = 2
    var queryCount = 5
    var keyCount = 7
    var keyDimension = 40
    var valueDimension = 40
    var causalOffset: Int?
    var sharesKeys = false
    /// Keys and values lie in memory as bfloat16, which is what they are rounded to.
    var isBFloat16 = false

    var testDescription: String {
        "\(heads) heads, \(queryCount)×\(keyCount), \(keyDimension)/\(valueDimension), "
            + "causal \(causalOffset.map(String.init) ?? "no"), shared \(sharesKeys), bfloat16 \(isBFloat16)"
    }

    /// The same with keys and values in bfloat16.
    var inBFloat16: AttentionCase {
        var twin = self
        twin.isBFloat16 = true
        return twin
    }

    /// Queries, keys, values: position-major, heads side by side, with padding between positions.
    struct Data {
        let query: [Float]
        let key: [Float]
        let value: [Float]
    }

    var keyHeads: Int { sharesKeys ? 1 : heads }
    var queryStride: Int { heads * keyDimension + 3 }
    var keyStride: Int { keyHeads * keyDimension + 5 }
    var valueStride: Int { keyHeads * valueDimension + 1 }
    var outputStride: Int { heads * valueDimension + 2 }
    /// A score is about this times a normal number.
    var scale: Float { 2 / Float(keyDimension).squareRoot() }

    func data(rounded: Bool) -> Data {
        var numbers = Numbers(seed: UInt64(queryCount * 31 + keyCount * 7 + keyDimension))
        func values(_ count: Int) -> [Float] {
            (0..<count).map { _ in rounded ? nearestBFloat16(2 * numbers.unit()) : 2 * numbers.unit() }
        }
        return Data(
            query: values(queryCount * queryStride), key: values(keyCount * keyStride),
            value: values(keyCount * valueStride))
    }

    func run(_ compute: Compute, _ data: Data) -> [Float] { Self.run(compute, [(self, data)])[0] }

    /// Several calls as one.
    static func run(_ compute: Compute, _ cases: [(attention: AttentionCase, data: Data)]) -> [[Float]] {
        let queries = cases.map { FloatBuffer($0.data.query) }
        let keys = cases.map { Stored($0.data.key, isBFloat16: $0.attention.isBFloat16) }
        let values = cases.map { Stored($0.data.value, isBFloat16: $0.attention.isBFloat16) }
        let outputs = cases.map {
            FloatBuffer([Float](repeating: 7, count: $0.attention.queryCount * $0.attention.outputStride))
        }
        compute.attention(
            cases.indices.map { index in
                cases[index].attention.call(queries[index], keys[index].place, values[index].place, outputs[index])
            })
        return withExtendedLifetime((queries, keys, values)) { outputs.map(\.values) }
    }

    /// The keys in several calls, each over `size` of them.
    func run(_ compute: Compute, _ data: Data, stretches size: Int) -> [Float] {
        let query = FloatBuffer(data.query)
        let output = FloatBuffer([Float](repeating: 7, count: queryCount * outputStride))
        let key = Stored(data.key, isBFloat16: isBFloat16), value = Stored(data.value, isBFloat16: isBFloat16)
        let parts = FloatBuffer([Float](repeating: .nan, count: queryCount * heads * (valueDimension + 2)))
        for first in stride(from: 0, to: keyCount, by: size) {
            var part = self
            part.keyCount = min(size, keyCount - first)
            part.causalOffset = causalOffset.map { $0 - first }
            compute.attention(
                part.call(
                    query, key.place.advanced(by: first * keyStride), value.place.advanced(by: first * valueStride),
                    output,
                    KeyStretch(parts: parts.pointer, isFirst: first == 0, isLast: first + size >= keyCount)))
        }
        return withExtendedLifetime((key, value)) { output.values }
    }

    private func call(
        _ query: FloatBuffer, _ key: KeyValues, _ value: KeyValues, _ output: FloatBuffer, _ stretch: KeyStretch? = nil
    ) -> Attention {
        Attention(
            query: query.pointer, queryStride: queryStride, queryHeadStride: keyDimension, key: key,
            keyStride: keyStride, keyHeadStride: sharesKeys ? 0 : keyDimension, value: value,
            valueStride: valueStride, valueHeadStride: sharesKeys ? 0 : valueDimension, output: output.pointer,
            outputStride: outputStride, outputHeadStride: valueDimension, heads: heads, queryCount: queryCount,
            keyCount: keyCount, keyDimension: keyDimension, valueDimension: valueDimension, scale: scale,
            causalOffset: causalOffset, stretch: stretch)
    }

    /// Keys or values in memory of their own.
    private final class Stored {
        let place: KeyValues
        private let owner: AnyObject

        init(_ values: [Float], isBFloat16: Bool) {
            if isBFloat16 {
                let bytes = Bytes(values.map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) })
                place = .bfloat16(bytes.pointer(of: UInt16.self))
                owner = bytes
            } else {
                let buffer = FloatBuffer(values)
                place = .float32(buffer.pointer)
                owner = buffer
            }
        }
    }

    /// Float64, with 7 wherever no head writes.
    func answer(_ data: Data) -> [Double] {
        var output = [Double](repeating: 7, count: queryCount * outputStride)
        for head in 0..<heads {
            let keyHead = sharesKeys ? 0 : head
            for query in 0..<queryCount {
                let seen = causalOffset.map { max(0, min(keyCount, $0 + query + 1)) } ?? keyCount
                let vector = data.query[(query * queryStride + head * keyDimension)...].prefix(keyDimension)
                let scores = (0..<seen).map { key in
                    let start = key * keyStride + keyHead * keyDimension
                    return Double(scale) * product(vector, data.key[start..<start + keyDimension])
                }
                let weights = exponentials(scores)
                let total = weights.reduce(0, +)
                var sums = [Double](repeating: 0, count: valueDimension)
                for (key, weight) in weights.enumerated() {
                    let start = key * valueStride + keyHead * valueDimension
                    add(data.value[start..<start + valueDimension], times: weight, to: &sums)
                }
                let place = query * outputStride + head * valueDimension
                output.replaceSubrange(
                    place..<place + valueDimension, with: seen == 0 ? sums : sums.map { $0 / total })
            }
        }
        return output
    }

    // Plain loops over pointers: unoptimised, closures over every entry took most of the suite's time.
    private func product(_ left: ArraySlice<Float>, _ right: ArraySlice<Float>) -> Double {
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                var sum = 0.0, entry = 0
                while entry < left.count {
                    sum += Double(left[entry]) * Double(right[entry])
                    entry += 1
                }
                return sum
            }
        }
    }

    private func add(_ values: ArraySlice<Float>, times weight: Double, to sums: inout [Double]) {
        values.withUnsafeBufferPointer { values in
            sums.withUnsafeMutableBufferPointer { sums in
                var entry = 0
                while entry < values.count {
                    sums[entry] += weight * Double(values[entry])
                    entry += 1
                }
            }
        }
    }
}

@Suite struct AttentionTests {
    static let cases: [AttentionCase] = [
        AttentionCase(heads: 1, queryCount: 1, keyCount: 1, keyDimension: 1, valueDimension: 1),
        AttentionCase(heads: 3, queryCount: 1, keyCount: 9, keyDimension: 40, valueDimension: 40, causalOffset: 8),
        AttentionCase(heads: 2, queryCount: 33, keyCount: 33, keyDimension: 48, valueDimension: 32, causalOffset: 0),
        AttentionCase(heads: 2, queryCount: 50, keyCount: 61, keyDimension: 72, valueDimension: 72),
        AttentionCase(heads: 1, queryCount: 7, keyCount: 300, keyDimension: 24, valueDimension: 17, causalOffset: 280),
        AttentionCase(heads: 1, queryCount: 200, keyCount: 270, keyDimension: 16, valueDimension: 8, causalOffset: 70),
        AttentionCase(heads: 1, queryCount: 3, keyCount: 520, keyDimension: 33, valueDimension: 31),
        AttentionCase(heads: 2, queryCount: 4, keyCount: 6, keyDimension: 192, valueDimension: 128, causalOffset: 2),
        AttentionCase(
            heads: 4, queryCount: 1, keyCount: 37, keyDimension: 80, valueDimension: 64, causalOffset: 36,
            sharesKeys: true),
        AttentionCase(
            heads: 5, queryCount: 13, keyCount: 29, keyDimension: 35, valueDimension: 20, causalOffset: 16,
            sharesKeys: true),
        AttentionCase(
            heads: 7, queryCount: 2, keyCount: 11, keyDimension: 576, valueDimension: 512, causalOffset: 9,
            sharesKeys: true),
        AttentionCase(heads: 2, queryCount: 6, keyCount: 5, keyDimension: 40, valueDimension: 40, causalOffset: -3),
    ]

    /// The compressed cache of a few tokens: their keys come in ranges of 1,024, some of which only the last tokens
    /// see.
    static let long: [AttentionCase] = [
        AttentionCase(
            heads: 3, queryCount: 1, keyCount: 1025, keyDimension: 64, valueDimension: 48, causalOffset: 1024,
            sharesKeys: true),
        AttentionCase(
            heads: 4, queryCount: 5, keyCount: 2051, keyDimension: 40, valueDimension: 32, causalOffset: 2046,
            sharesKeys: true),
        AttentionCase(
            heads: 16, queryCount: 2, keyCount: 1300, keyDimension: 96, valueDimension: 80, causalOffset: 1298,
            sharesKeys: true),
        AttentionCase(
            heads: 20, queryCount: 11, keyCount: 1030, keyDimension: 32, valueDimension: 16, causalOffset: 1019,
            sharesKeys: true),
    ]

    @Test(arguments: cases + long + (cases + long).map(\.inBFloat16))
    func exactAttentionMatchesFloat64(attention: AttentionCase) {
        let data = attention.data(rounded: attention.isBFloat16)
        let answer = attention.answer(data)
        let allowed = 2 * Tolerance.attention(depth: attention.keyDimension, keys: attention.keyCount)
        for instructionSet in InstructionSet.supported {
            let compute = Compute(instructionSet: instructionSet, threads: 2, precision: .exact)
            let error = largestDifference(attention.run(compute, data), answer)
            #expect(error <= allowed, "\(instructionSet)")
        }
    }

    @Test(arguments: cases + long + (cases + long).map(\.inBFloat16))
    func fastAttentionMatchesFloat64OnRoundedInputs(attention: AttentionCase) {
        let data = attention.data(rounded: true)
        let answer = attention.answer(data)
        let allowed =
            2 * (Tolerance.fastAttention + Tolerance.attention(depth: attention.keyDimension, keys: attention.keyCount))
        for instructionSet in InstructionSet.supported {
            let compute = Compute(instructionSet: instructionSet, threads: 2, precision: .fast)
            let error = largestDifference(attention.run(compute, data), answer)
            #expect(error <= allowed, "\(instructionSet)")
        }
    }

    @Test(arguments: InstructionSet.supported)
    func fastAttentionRoundsItsInputs(instructionSet: InstructionSet) {
        // Rounding the inputs beforehand changes nothing, because fast precision does it first.
        let attention = AttentionCase(heads: 2, queryCount: 9, keyCount: 21, causalOffset: 12)
        let compute = Compute(instructionSet: instructionSet, threads: 1, precision: .fast)
        let data = attention.data(rounded: false)
        #expect(attention.run(compute, data) == attention.run(compute, attention.data(rounded: true)))
    }

    @Test(arguments: InstructionSet.supported)
    func fastAttentionRoundsSoftmaxWeightsButNotTheirSum(instructionSet: InstructionSet) {
        // One query of 1, keys −x: the weights are e⁻ˣ over the largest, 1. Value i picks out weight i.
        let keys = (0..<40).map { nearestBFloat16(-0.037 * Float($0)) }
        let (query, key) = (FloatBuffer([1]), FloatBuffer(keys))
        let value = FloatBuffer((0..<40 * 40).map { $0 % 41 == 0 ? 1 : 0 })
        let output = FloatBuffer(count: 40)
        Compute(instructionSet: instructionSet, threads: 1, precision: .fast).attention(
            Attention(
                query: query.pointer, queryStride: 1, queryHeadStride: 1, key: .float32(key.pointer), keyStride: 1,
                keyHeadStride: 1, value: .float32(value.pointer), valueStride: 40, valueHeadStride: 40,
                output: output.pointer, outputStride: 40, outputHeadStride: 40, heads: 1, queryCount: 1, keyCount: 40,
                keyDimension: 1, valueDimension: 40, scale: 1, causalOffset: nil))
        let weights = exponentials(keys.map(Double.init))
        let total = weights.reduce(0, +)
        for (weight, result) in zip(weights, output.values) {
            let expected = Double(nearestBFloat16(Float(weight))) / total
            #expect((Double(result) - expected).magnitude <= Tolerance.activation * expected)
        }
        withExtendedLifetime((query, key, value)) {}
    }

    @Test(arguments: InstructionSet.supported, [Precision.exact, .fast])
    func whatLiesBehindTheVectorsIsNeverPartOfASum(instructionSet: InstructionSet, precision: Precision) {
        // A cache holds more positions than are in use, and other things lie behind and between the heads.
        let compute = Compute(instructionSet: instructionSet, threads: 1, precision: precision)
        for (keyCount, dimension, isBFloat16) in [
            (1, 3, false), (7, 40, false), (17, 33, false), (64, 31, false), (129, 24, false), (1, 3, true),
            (7, 40, true), (17, 33, true), (64, 31, true), (129, 24, true), (21, 64, true),
        ] {
            let attention = AttentionCase(
                heads: 2, queryCount: 3, keyCount: keyCount, keyDimension: dimension, valueDimension: dimension,
                isBFloat16: isBFloat16)
            let data = attention.data(rounded: true)
            let nan = [Float](repeating: .nan, count: 40 * attention.keyStride)
            let output = attention.run(
                compute, AttentionCase.Data(query: data.query + nan, key: data.key + nan, value: data.value + nan))
            #expect(output == attention.run(compute, data))
        }
    }

    @Test(arguments: InstructionSet.supported, [Precision.exact, .fast])
    func attentionDoesNotDependOnTheNumberOfThreads(instructionSet: InstructionSet, precision: Precision) {
        for sharesKeys in [false, true] {
            let attention = AttentionCase(
                heads: 4, queryCount: 70, keyCount: 300, keyDimension: 40, valueDimension: 24, causalOffset: 230,
                sharesKeys: sharesKeys)
            let data = attention.data(rounded: false)
            let results = [1, 2, 5].map { threads in
                attention.run(Compute(instructionSet: instructionSet, threads: threads, precision: precision), data)
            }
            #expect(results.allSatisfy { $0 == results[0] })
        }
    }

    @Test(arguments: InstructionSet.supported, [Precision.exact, .fast])
    func rangesOfKeysDoNotDependOnTheNumberOfThreads(instructionSet: InstructionSet, precision: Precision) {
        for attention in Self.long + Self.long.map(\.inBFloat16) {
            let data = attention.data(rounded: true)
            let results = [1, 2, 3].map { threads in
                attention.run(Compute(instructionSet: instructionSet, threads: threads, precision: precision), data)
            }
            #expect(results.allSatisfy { $0 == results[0] })
        }
    }

    @Test(arguments: InstructionSet.supported, [Precision.exact, .fast])
    func aQueryIsTheSameAloneAmongDraftsAndAmongOtherSequences(instructionSet: InstructionSet, precision: Precision) {
        let compute = Compute(instructionSet: instructionSet, threads: 2, precision: precision)
        let cases = (Self.long + Self.long.map(\.inBFloat16)).map { (attention: $0, data: $0.data(rounded: true)) }
        let together = AttentionCase.run(compute, cases)
        for ((attention, data), all) in zip(cases, together) {
            for query in 0..<attention.queryCount {
                var single = attention
                single.queryCount = 1
                single.causalOffset = attention.causalOffset.map { $0 + query }
                // What this query does not see is not even there.
                single.keyCount = min(attention.keyCount, single.causalOffset! + 1)
                let start = query * attention.queryStride
                let alone = single.run(
                    compute,
                    AttentionCase.Data(
                        query: Array(data.query[start..<start + attention.queryStride]), key: data.key,
                        value: data.value))
                let outputStart = query * attention.outputStride
                let found = all[outputStart..<outputStart + attention.outputStride]
                #expect(alone.map(\.bitPattern) == found.map(\.bitPattern), "\(attention), query \(query)")
            }
        }
    }

    @Test(arguments: InstructionSet.supported, [Precision.exact, .fast])
    func keysInSeveralCallsEqualThemInOne(instructionSet: InstructionSet, precision: Precision) {
        let compute = Compute(instructionSet: instructionSet, threads: 2, precision: precision)
        for (heads, queries, causalOffset) in [(3, 30, 770), (2, 50, 10), (1, 4, nil)] as [(Int, Int, Int?)] {
            let attention = AttentionCase(
                heads: heads, queryCount: queries, keyCount: 800, keyDimension: 40, valueDimension: 24,
                causalOffset: causalOffset)
            let data = attention.data(rounded: true)
            let once = attention.run(compute, data)
            #expect(attention.run(compute, data, stretches: 256) == once)
            #expect(attention.run(compute, data, stretches: 512) == once)
        }
    }

    @Test(arguments: InstructionSet.supported, [Precision.exact, .fast])
    func oneQueryAfterAnotherEqualsAllAtOnce(instructionSet: InstructionSet, precision: Precision) {
        let attention = AttentionCase(heads: 3, queryCount: 9, keyCount: 20, causalOffset: 11)
        let compute = Compute(instructionSet: instructionSet, threads: 2, precision: precision)
        let data = attention.data(rounded: false)
        let together = attention.run(compute, data)
        for query in 0..<attention.queryCount {
            var single = attention
            single.queryCount = 1
            single.causalOffset = 11 + query
            let start = query * attention.queryStride
            let alone = single.run(
                compute,
                AttentionCase.Data(
                    query: Array(data.query[start..<start + attention.queryStride]), key: data.key, value: data.value))
            let outputStart = query * attention.outputStride
            #expect(alone == Array(together[outputStart..<outputStart + attention.outputStride]))
        }
    }

    private func largestDifference(_ values: [Float], _ answer: [Double]) -> Double {
        zip(values, answer).reduce(0) { worst, pair in
            let difference = (Double(pair.0) - pair.1).magnitude
            return difference <= worst ? worst : difference
        }
    }
}
