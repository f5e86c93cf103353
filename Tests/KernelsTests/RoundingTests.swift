// What fast precision does to an activation, seen through a product with the identity.

import Kernels
import Testing

@Suite struct RoundingTests {
    @Test(arguments: InstructionSet.supported, [1, 4, 20])
    func activationsRoundToTheNearestBFloat16TiesToEven(instructionSet: InstructionSet, count: Int) {
        var numbers = Numbers(seed: 31)
        let width = 96
        var input = numbers.activations(count * width)
        let ties: [UInt32] = [
            0x3F80_8000, 0x3F81_8000, 0xBF80_8000, 0xBF81_8000, 0x3F80_7FFF, 0x3F80_8001, 0x3FFF_8000, 0x7F7F_7FFF,
            0x0080_8000, 0x8080_8001, 0x3F7F_FFFF, 0x0100_FFFF,
        ]
        for (index, bits) in ties.enumerated() { input[(count - 1) * width + index * 7] = Float(bitPattern: bits) }
        let compute = Compute(instructionSet: instructionSet, threads: 1, precision: .fast)
        for identity in [identity(width, float32: true), identity(width, float32: false)] {
            let output = compute.product(input, by: identity)
            for index in input.indices {
                #expect(output[index] == nearestBFloat16(input[index]), "\(input[index])")
            }
        }
    }

    @Test(arguments: InstructionSet.supported, [1, 4, 20])
    func nanAndInfinityPassThroughProducts(instructionSet: InstructionSet, count: Int) {
        // A float32 just below infinity rounds up to infinity; a NaN whose payload lies in its low half stays NaN.
        let input: [Float] = [.infinity, -.infinity, Float(bitPattern: 0x7F7F_8000), Float(bitPattern: 0x7F80_0001)]
        let one = identity(1, float32: false)
        let compute = Compute(instructionSet: instructionSet, threads: 1, precision: .fast)
        for value in input {
            let output = compute.product([Float](repeating: value, count: count), by: one)
            #expect(output.allSatisfy { value.isNaN ? $0.isNaN : $0 == (value < 0 ? -.infinity : .infinity) })
        }
    }

    @Test func valuesInMemoryRoundToTheNearestBFloat16AndComeBack() {
        var numbers = Numbers(seed: 32)
        let values = numbers.activations(1000) + [.infinity, -.infinity, Float(bitPattern: 0x7F7F_8000)]
        let target = UnsafeMutablePointer<UInt16>.allocate(capacity: values.count)
        defer { target.deallocate() }
        target.roundToBFloat16(values, count: values.count)
        let wide = FloatBuffer(count: values.count)
        wide.pointer.widenBFloat16(target, count: values.count)
        for (value, found) in zip(values, wide.values) {
            #expect(found == (value.isInfinite ? value : nearestBFloat16(value)))
        }
        target.roundToBFloat16([Float(bitPattern: 0x7F80_0001)], count: 1)
        #expect(target[0] & 0x7FFF > 0x7F80, "NaN stays NaN, whichever half its payload lies in")
    }

    private func identity(_ width: Int, float32: Bool) -> Matrix {
        let ones = (0..<width * width).map { $0 % (width + 1) == 0 ? Float(1) : 0 }
        if float32 {
            let bytes = Bytes(ones)
            return Matrix(
                rows: width, columns: width, storage: .float32(bytes.pointer(of: Float.self)), owner: bytes)
        }
        let bytes = Bytes(ones.map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) })
        return Matrix(rows: width, columns: width, storage: .bfloat16(bytes.pointer(of: UInt16.self)), owner: bytes)
    }
}
