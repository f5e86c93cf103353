// Products of every storage, precision and instruction set against float64.

import Kernels
import Testing

@Suite struct ProductTests {
    static let rowCounts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 33, 100]
    static let columnCounts = [1, 3, 31, 32, 33, 40, 72, 96, 128, 144, 160, 224, 256, 300]
    static let groupedColumnCounts = [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 416]

    @Test(arguments: StorageKind.allCases)
    func oneRowOfActivationsMatchesFloat64(kind: StorageKind) {
        check(kind, counts: [1], rows: Self.rowCounts)
    }

    @Test(arguments: StorageKind.allCases)
    func severalRowsOfActivationsMatchFloat64(kind: StorageKind) {
        check(kind, counts: [2, 3, 5, 8], rows: [1, 3, 4, 9, 33])
        check(kind, counts: [16, 17, 23], rows: [2, 7, 31])
        check(kind, counts: [19], rows: [100], columns: kind.isGrouped ? [160] : [33, 144])
    }

    @Test(arguments: StorageKind.allCases)
    func longColumnsMatchFloat64(kind: StorageKind) {
        for columns in [1536, 1568, 2048, 4320, 7168] {
            check(kind, counts: [1, 7, 18], rows: [5], columns: [columns])
        }
    }

    @Test(arguments: StorageKind.allCases)
    func manyBlocksOfRowsAndActivationsMatchFloat64(kind: StorageKind) {
        check(kind, counts: [1, 13, 100], rows: [290], columns: [160])
        check(kind, counts: [1], rows: [3000], columns: [96])
    }

    @Test(arguments: InstructionSet.supported)
    func biasIsAddedOncePerRow(instructionSet: InstructionSet) {
        let sample = Sample(.bfloat16, rows: 9, columns: 40, seed: 5)
        var numbers = Numbers(seed: 6)
        let bias = numbers.activations(9)
        for count in [1, 4, 20] {
            let input = numbers.activations(count * 40)
            let compute = Compute(instructionSet: instructionSet, threads: 2, precision: .exact)
            let plain = compute.product(input, by: sample.matrix)
            let biased = compute.product(input, by: sample.matrix, bias: bias)
            #expect(biased == plain.indices.map { plain[$0] + bias[$0 % 9] })
        }
    }

    @Test(arguments: InstructionSet.supported, [Precision.exact, .fast])
    func independentProductsEqualSingleOnes(instructionSet: InstructionSet, precision: Precision) {
        let compute = Compute(instructionSet: instructionSet, threads: 2, precision: precision)
        let shapes: [(StorageKind, Int, Int)] = [
            (.int4, 300, 160), (.int4, 300, 160), (.bfloat16, 300, 160), (.int4, 160, 320), (.float32, 7, 160),
            (.float8, 260, 160), (.int4, 5, 160), (.int8, 300, 160), (.int8, 9, 160),
        ]
        let samples = shapes.enumerated().map { index, shape in
            Sample(shape.0, rows: shape.1, columns: shape.2, seed: UInt64(index + 1))
        }
        var numbers = Numbers(seed: 9)
        let shared = FloatBuffer(numbers.activations(160))
        let other = FloatBuffer(numbers.activations(320))
        let outputs = samples.map { FloatBuffer(count: $0.matrix.rows) }
        compute.multiply(
            zip(samples, outputs).map { sample, output in
                let input = sample.matrix.columns == 160 ? shared : other
                return Product(input: input.pointer, matrix: sample.matrix, output: output.pointer)
            })
        for (sample, output) in zip(samples, outputs) {
            let input = sample.matrix.columns == 160 ? shared : other
            let single = compute.product(input.values, by: sample.matrix)
            #expect(single == output.values)
        }
    }

    @Test(arguments: InstructionSet.supported, [Precision.exact, .fast])
    func resultsDoNotDependOnTheNumberOfThreads(instructionSet: InstructionSet, precision: Precision) {
        var numbers = Numbers(seed: 12)
        for kind in StorageKind.allCases {
            let sample = Sample(kind, rows: 500, columns: 288, seed: 11)
            for count in [1, 12, 100] {
                let input = numbers.activations(count * 288)
                let results = [1, 2, 3, 5].map { threads in
                    Compute(instructionSet: instructionSet, threads: threads, precision: precision)
                        .product(input, by: sample.matrix)
                }
                #expect(results.allSatisfy { $0 == results[0] })
            }
        }
    }

    /// What decoding several sequences at once relies on: none sees that others are there.
    @Test(arguments: InstructionSet.supported, StorageKind.allCases)
    func everyRowOfAFewEqualsTheRowAlone(instructionSet: InstructionSet, kind: StorageKind) {
        for precision in [Precision.exact, .fast] { checkFewRows(instructionSet, precision, kind) }
    }

    private func checkFewRows(_ instructionSet: InstructionSet, _ precision: Precision, _ kind: StorageKind) {
        let compute = Compute(instructionSet: instructionSet, threads: 2, precision: precision)
        var numbers = Numbers(seed: 14)
        for (rows, columns) in [(1, 32), (5, 96), (33, 160), (9, 2048), (7, 2080), (3, 7168), (200, 4320)] {
            let sample = Sample(kind, rows: rows, columns: columns, seed: 15)
            for count in [2, 3, 4, 5, 8, 9, 16] {
                let input = numbers.activations(count * columns)
                let together = compute.product(input, by: sample.matrix)
                let alone = (0..<count).flatMap { row in
                    compute.product(Array(input[row * columns..<(row + 1) * columns]), by: sample.matrix)
                }
                #expect(
                    together.map(\.bitPattern) == alone.map(\.bitPattern), "\(count)×\(columns)×\(rows)")
            }
        }
    }

    @Test(arguments: InstructionSet.supported)
    func largeAndSmallMagnitudesKeepTheirRelativeAccuracy(instructionSet: InstructionSet) {
        let sample = Sample(.bfloat16, rows: 17, columns: 72, seed: 3)
        var numbers = Numbers(seed: 4)
        for factor: Float in [0x1p-80, 0x1p80] {
            for count in [1, 5, 20] {
                let input = numbers.activations(count * 72).map { $0 * factor }
                for precision in [Precision.exact, .fast] {
                    let compute = Compute(instructionSet: instructionSet, threads: 1, precision: precision)
                    let seen = precision == .exact ? input : input.map(nearestBFloat16)
                    let reference = ReferenceProduct(seen, sample.weights, depth: 72)
                    #expect(reference.error(of: compute.product(input, by: sample.matrix), depth: 72) <= 1)
                }
            }
        }
    }

    @Test(arguments: InstructionSet.supported, StorageKind.allCases)
    func whatLiesBehindTheMatrixIsNeverPartOfASum(instructionSet: InstructionSet, kind: StorageKind) {
        // Bytes of 0xFF (NaN in every float format) follow each sample, and NaN follows the input.
        let columns = kind.isGrouped ? 96 : 33
        let sample = Sample(kind, rows: 3, columns: columns, seed: 8)
        for count in [1, 3, 18] {
            for precision in [Precision.exact, .fast] {
                let compute = Compute(instructionSet: instructionSet, threads: 1, precision: precision)
                let input = FloatBuffer(count: count * columns + 64)
                for index in 0..<input.count { input[index] = index < count * columns ? 0.5 : .nan }
                let output = FloatBuffer(count: count * 3 + 64)
                compute.multiply(input.pointer, count: count, by: sample.matrix, into: output.pointer)
                #expect((0..<count * 3).allSatisfy { output[$0].isFinite })
                #expect((count * 3..<output.count).allSatisfy { output[$0] == 0 })
            }
        }
    }

    private func check(_ kind: StorageKind, counts: [Int], rows: [Int], columns: [Int]? = nil) {
        var numbers = Numbers(seed: 21)
        for columns in columns ?? (kind.isGrouped ? Self.groupedColumnCounts : Self.columnCounts) {
            for rows in rows {
                let sample = Sample(kind, rows: rows, columns: columns, seed: UInt64(rows * 1000 + columns))
                for count in counts {
                    check(kind, sample, numbers.activations(count * columns), count)
                }
            }
        }
    }

    private func check(_ kind: StorageKind, _ sample: Sample, _ input: [Float], _ count: Int) {
        let columns = sample.matrix.columns
        let exact = ReferenceProduct(input, sample.weights, depth: columns)
        let rounds = count > 16 && kind.isQuantised
        let fast = ReferenceProduct(
            input.map(nearestBFloat16), rounds ? sample.weights.map(nearestBFloat16) : sample.weights, depth: columns)
        let most: Float? = kind == .int4 ? 32767 : kind == .int8 ? 16384 : nil
        let words =
            most.map {
                ReferenceProduct(nearestWords(input, most: $0), sample.weights, depth: columns)
            } ?? fast
        for compute in Self.computes {
            let takesWords = count <= 16 && [.avx512, .amx].contains(compute.instructionSet)
            let reference = compute.precision == .exact ? exact : takesWords ? words : fast
            let error = reference.error(of: compute.product(input, by: sample.matrix), depth: columns)
            #expect(
                error <= 1,
                "\(compute.instructionSet) \(compute.precision) \(kind) \(count)×\(columns)×\(sample.matrix.rows)")
        }
    }

    private static let computes = InstructionSet.supported.flatMap { instructionSet in
        [Precision.exact, .fast].map { Compute(instructionSet: instructionSet, threads: 2, precision: $0) }
    }
}
