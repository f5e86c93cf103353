// What the bytes of each storage mean, from their definitions and from published examples.

import Kernels
import Testing

@Suite struct MatrixTests {
    @Test func int4BytesMeanWhatTheCheckpointFormatSays() {
        // Examples of the compressed-tensors layout: [−8, −7, −1, 0, 1, 2, 6, 7] is the word 0xFEA98710 and
        // [3, −3, 5, −5, 4, −4, 0, 7] the word 0xF84C3D5B, least significant byte first.
        let codes = Bytes([UInt32(0xFEA9_8710), 0xF84C_3D5B, 0xFEA9_8710, 0xF84C_3D5B])
        let scale = Float(0.0234375)
        let scales = Bytes([UInt16(scale.bitPattern >> 16), 0xFFFF])
        let matrix = Matrix(
            rows: 1, columns: 32,
            storage: .int4(packed: codes.pointer(of: UInt8.self), scales: scales.pointer(of: UInt16.self)), owner: nil)
        let values: [Float] = [-8, -7, -1, 0, 1, 2, 6, 7, 3, -3, 5, -5, 4, -4, 0, 7]
        #expect(expanded(matrix, row: 0) == (values + values).map { $0 * scale })
        withExtendedLifetime((codes, scales)) {}
    }

    @Test(arguments: InstructionSet.supported, [1, 3, 20])
    func everyInt8CodeMeansItself(instructionSet: InstructionSet, count: Int) {
        // Row r holds r − 127 in column r mod 64, and zeros beside it.
        var values = [Int8](repeating: 0, count: 255 * 64)
        for row in 0..<255 { values[row * 64 + row % 64] = Int8(row - 127) }
        let codes = Bytes(values)
        let scales = Bytes((0..<255).flatMap { _ in [UInt16(0x3F80), 0x3E80] })
        let matrix = Matrix(
            rows: 255, columns: 64,
            storage: .int8(codes: codes.pointer(of: Int8.self), scales: scales.pointer(of: UInt16.self)), owner: nil)
        for precision in [Precision.exact, .fast] {
            let compute = Compute(instructionSet: instructionSet, threads: 1, precision: precision)
            let products = compute.product([Float](repeating: 1, count: count * 64), by: matrix)
            for row in 0..<255 {
                let value = Float(row - 127) * (row % 64 < 32 ? 1 : 0.25)
                #expect(expanded(matrix, row: row)[row % 64] == value)
                #expect(products[row] == value && products[products.count - 255 + row] == value, "\(row - 127)")
            }
        }
        withExtendedLifetime((codes, scales)) {}
    }

    @Test(arguments: InstructionSet.supported, [1, 3, 20])
    func all256Float8CodesMeanWhatE4M3Says(instructionSet: InstructionSet, count: Int) {
        let codes = Bytes((0..<256).map { UInt8($0) })
        let scales = Bytes([Float(1), 0.25])
        let matrix = Matrix(
            rows: 256, columns: 1,
            storage: .float8(codes: codes.pointer(of: UInt8.self), scales: scales.pointer(of: Float.self)), owner: nil)
        for precision in [Precision.exact, .fast] {
            let compute = Compute(instructionSet: instructionSet, threads: 1, precision: precision)
            let products = compute.product([Float](repeating: 1, count: count), by: matrix)
            for code in 0..<256 {
                let value = Float(float8Value(UInt8(code))) * (code < 128 ? 1 : 0.25)
                let row = expanded(matrix, row: code)[0]
                #expect(value.isNaN ? row.isNaN : row == value, "code \(code)")
                for product in [products[code], products[products.count - 256 + code]] {
                    #expect(value.isNaN ? product.isNaN : product == value, "code \(code), \(precision)")
                }
            }
        }
        withExtendedLifetime((codes, scales)) {}
    }

    @Test(arguments: StorageKind.allCases)
    func expandGivesEveryWeight(kind: StorageKind) {
        let sample = Sample(kind, rows: 131, columns: kind.isGrouped ? 160 : 150, seed: 2)
        let columns = sample.matrix.columns
        for row in [0, 1, 127, 128, 130] {
            #expect(expanded(sample.matrix, row: row) == Array(sample.weights[row * columns..<(row + 1) * columns]))
        }
    }

    @Test(arguments: StorageKind.allCases)
    func aViewOfRowsIsTheSameWeights(kind: StorageKind) {
        let sample = Sample(kind, rows: 300, columns: kind.isGrouped ? 96 : 129, seed: 3)
        let view = sample.matrix.rows(128..<299)
        #expect(view.rows == 171 && view.columns == sample.matrix.columns)
        for row in [0, 1, 128, 170] {
            #expect(expanded(view, row: row) == expanded(sample.matrix, row: 128 + row))
        }
    }

    @Test func byteCountIsWeightsAndScales() {
        #expect(Sample(.float32, rows: 3, columns: 5, seed: 1).matrix.byteCount == 60)
        #expect(Sample(.bfloat16, rows: 3, columns: 5, seed: 1).matrix.byteCount == 30)
        #expect(Sample(.int4, rows: 3, columns: 64, seed: 1).matrix.byteCount == 3 * 32 + 3 * 2 * 2)
        #expect(Sample(.int8, rows: 3, columns: 64, seed: 1).matrix.byteCount == 3 * 64 + 3 * 2 * 2)
        #expect(Sample(.float8, rows: 129, columns: 130, seed: 1).matrix.byteCount == 129 * 130 + 4 * 4)
    }

    private func expanded(_ matrix: Matrix, row: Int) -> [Float] {
        var values = [Float](repeating: .nan, count: matrix.columns)
        matrix.expand(row: row, into: &values)
        return values
    }
}
