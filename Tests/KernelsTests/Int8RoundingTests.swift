// How weights become int8: scales, codes, what is lost, what is refused.

import Kernels
import Testing

@Suite struct Int8RoundingTests {
    @Test(arguments: StorageKind.allCases)
    func scalesAndCodesAreTheNearest(kind: StorageKind) throws {
        let (rows, columns) = (131, 96)
        let sample = Sample(kind, rows: rows, columns: columns, seed: 41)
        let rounded = try #require(Compute(threads: 2, precision: .fast).roundedToInt8(sample.matrix))
        let (codes, scales) = try contents(rounded)
        for group in 0..<rows * columns / 32 {
            let weights = sample.weights[group * 32..<(group + 1) * 32]
            let scale = nearestBFloat16(weights.reduce(0) { max($0, $1.magnitude) } / 127)
            #expect(scales[group] == scale)
            for (code, weight) in zip(codes[group * 32..<(group + 1) * 32], weights) {
                #expect(Float(code) == (weight / scale).rounded(.toNearestOrEven))
                #expect(code != -128)
                #expect((Float(code) * scale - weight).magnitude <= scale / 2)
            }
        }
    }

    /// Groups whose scale is rounded as far down as it can be: the greatest quotient becomes 127 all the same.
    @Test func noCodeClips() throws {
        let rows = 4096
        let weights = (0..<rows * 32).map { index in
            let greatest = 1 + Float(index / 32) / Float(rows)
            return index % 32 == 3 ? greatest : index % 32 == 4 ? -greatest : greatest / Float(index % 32 + 2)
        }
        let (codes, scales) = try contents(try #require(rounded(weights, columns: 32)))
        var wereRoundedDown = 0
        for row in 0..<rows {
            #expect(codes[row * 32 + 3] == 127 || codes[row * 32 + 3] == 126)
            #expect(codes[row * 32 + 4] == -codes[row * 32 + 3])
            if weights[row * 32 + 3] / scales[row] > 127.2 { wereRoundedDown += 1 }
        }
        #expect(wereRoundedDown > 10)
    }

    @Test func aGroupWithoutWeightsStaysZero() throws {
        for nothing: Float in [0, -0.0, .leastNonzeroMagnitude] {
            let matrix = try #require(rounded([Float](repeating: nothing, count: 64), columns: 64))
            let (codes, scales) = try contents(matrix)
            #expect(codes.allSatisfy { $0 == 0 } && scales.allSatisfy { $0 == .leastNormalMagnitude })
        }
    }

    @Test func theGreatestWeightsStayFinite() throws {
        let weights = (0..<32).map { $0 % 2 == 0 ? Float.greatestFiniteMagnitude : -.greatestFiniteMagnitude / 3 }
        let matrix = try #require(rounded(weights, columns: 32))
        var values = [Float](repeating: .nan, count: 32)
        matrix.expand(row: 0, into: &values)
        #expect(zip(values, weights).allSatisfy { ($0 / $1 - 1).magnitude < 0.02 })
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity, Float(bitPattern: 0xFFC0_0001)], [0, 31, 32, 95])
    func aWeightThatIsNotFiniteIsRefused(weight: Float, place: Int) {
        var weights = [Float](repeating: 1, count: 96)
        #expect(rounded(weights, columns: 32) != nil)
        weights[place] = weight
        #expect(rounded(weights, columns: 32) == nil)
    }

    @Test func theNumberOfThreadsChangesNothing() throws {
        let sample = Sample(.bfloat16, rows: 3000, columns: 288, seed: 42)
        let results = try [1, 3].map { threads in
            let compute = Compute(threads: threads, precision: .fast)
            return try contents(try #require(compute.roundedToInt8(sample.matrix)))
        }
        #expect(results[0] == results[1])
    }

    private func rounded(_ weights: [Float], columns: Int) -> Matrix? {
        let bytes = Bytes(weights)
        let matrix = Matrix(
            rows: weights.count / columns, columns: columns, storage: .float32(bytes.pointer(of: Float.self)),
            owner: bytes)
        return Compute(threads: 2, precision: .fast).roundedToInt8(matrix)
    }

    private func contents(_ matrix: Matrix) throws -> (codes: [Int8], scales: [Float]) {
        guard case .int8(let codes, let scales) = matrix.storage else {
            Issue.record("not int8")
            return ([], [])
        }
        let count = matrix.rows * matrix.columns
        let values = UnsafeBufferPointer(start: scales, count: count / 32).map { Float(bitPattern: UInt32($0) << 16) }
        return withExtendedLifetime(matrix) { (Array(UnsafeBufferPointer(start: codes, count: count)), values) }
    }
}
