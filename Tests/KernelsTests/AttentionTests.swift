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

    var testDescription: String {
        "\(heads) heads, \(queryCount)×\(keyCount), \(keyDimension)/\(valueDimension), "
            + "causal \(causalOffset.map(String.init) ?? "no"), shared \(sharesKeys)"
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

    func run(_ compute: Compute, _ data: Data) -> [Float] {
        let (query, key, value) = (FloatBuffer(data.query), FloatBuffer(data.key), FloatBuffer(data.value))
        let output = FloatBuffer([Float](repeating: 7, count: queryCount * outputStride))
        compute.attention(
            Attention(
                query: query.pointer, queryStride: queryStride, queryHeadStride: keyDimension, key: key.pointer,
                keyStride: keyStride, keyHeadStride: sharesKeys ? 0 : keyDimension, value: value.pointer,
                valueStride: valueStride, valueHeadStride: sharesKeys ? 0 : valueDimension, output: output.pointer,
                outputStride: outputStride, outputHeadStride: valueDimension, heads: heads, queryCount: queryCount,
                keyCount: keyCount, keyDimension: keyDimension, valueDimension: valueDimension, scale: scale,
                causalOffset: causalOffset))
        return withExtendedLifetime((query, key, value)) { output.values }
    }

    /// Float64, with 7 wherever no head writes.
    func answer(_ data: Data) -> [Double] {
        var output = [Double](repeating: 7, count: queryCount * outputStride)
        for head in 0..<heads {
            let keyHead = sharesKeys ? 0 : head
            for query in 0..<queryCount {
                let seen = causalOffset.map { max(0, min(keyCount, $0 + query + 1)) } ?? keyCount
                let scores = (0..<seen).map { key in
                    let products = (0..<keyDimension).map { entry in
                        Double(data.query[query * queryStride + head * keyDimension + entry])
                            * Double(data.key[key * keyStride + keyHead * keyDimension + entry])
                    }
                    return Double(scale) * products.reduce(0, +)
                }
                let weights = exponentials(scores)
                let total = weights.reduce(0, +)
                for entry in 0..<valueDimension {
                    var sum = 0.0
                    for key in 0..<seen {
                        sum += weights[key] * Double(data.value[key * valueStride + keyHead * valueDimension + entry])
                    }
                    output[query * outputStride + head * valueDimension + entry] = seen == 0 ? 0 : sum / total
                }
            }
        }
        return output
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

    @Test(arguments: cases)
    func exactAttentionMatchesFloat64(attention: AttentionCase) {
        let data = attention.data(rounded: false)
        let answer = attention.answer(data)
        let allowed = 2 * Tolerance.attention(depth: attention.keyDimension, keys: attention.keyCount)
        for instructionSet in InstructionSet.supported {
            let compute = Compute(instructionSet: instructionSet, threads: 2, precision: .exact)
            let error = largestDifference(attention.run(compute, data), answer)
            #expect(error <= allowed, "\(instructionSet)")
        }
    }

    @Test(arguments: cases)
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
                query: query.pointer, queryStride: 1, queryHeadStride: 1, key: key.pointer, keyStride: 1,
                keyHeadStride: 1, value: value.pointer, valueStride: 40, valueHeadStride: 40, output: output.pointer,
                outputStride: 40, outputHeadStride: 40, heads: 1, queryCount: 1, keyCount: 40, keyDimension: 1,
                valueDimension: 40, scale: 1, causalOffset: nil))
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
        for (keyCount, dimension) in [(1, 3), (7, 40), (17, 33), (64, 31), (129, 24)] {
            let attention = AttentionCase(
                heads: 2, queryCount: 3, keyCount: keyCount, keyDimension: dimension, valueDimension: dimension)
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
