// Norms, activations and rotations against float64.

import Kernels
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// eˣ over the largest, as a softmax needs it.
func exponentials(_ scores: [Double]) -> [Double] {
    let largest = scores.max() ?? 0
    return scores.map { exp($0 - largest) }
}

@Suite struct ElementwiseTests {
    /// From far outside what matters to the smallest steps around zero, and all signs.
    static let arguments: [Float] = {
        var values: [Float] = [0, -0.0, 1e-30, -1e-30, 88, -88, 200, -200, 1e30, -1e30]
        for step in -4000...4000 { values.append(Float(step) * 0.003_1) }
        for exponent in -20...6 { values.append(Float(sign: .minus, exponent: exponent, significand: 1.37)) }
        return values
    }()

    static let computes = InstructionSet.supported.map { Compute(instructionSet: $0, threads: 2, precision: .exact) }

    @Test func siluMultiplyMatchesFloat64() {
        let up = Self.arguments.indices.map { Float($0 % 7) - 3 }
        for compute in Self.computes {
            var output = [Float](repeating: .nan, count: up.count)
            compute.siluMultiply(gate: Self.arguments, up: up, count: up.count, into: &output)
            for index in up.indices {
                let gate = Double(Self.arguments[index])
                let expected = gate / (1 + exp(-gate)) * Double(up[index])
                let size = gate.magnitude * Double(up[index]).magnitude
                let allowed = Tolerance.activation * expected.magnitude + Tolerance.smallestSigmoid * size
                #expect(abs(Double(output[index]) - expected) <= allowed, "\(compute.instructionSet) \(gate)")
            }
        }
    }

    @Test func geluTanhMatchesFloat64() {
        for compute in Self.computes {
            var output = Self.arguments
            compute.geluTanh(&output, count: output.count)
            for (value, result) in zip(Self.arguments, output) {
                let x = Double(value)
                let expected = 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
                let allowed = Tolerance.gelu * max(1, x.magnitude)
                #expect(abs(Double(result) - expected) <= allowed, "\(compute.instructionSet) \(x)")
            }
        }
    }

    @Test func geluMatchesFloat64() {
        for compute in Self.computes {
            var output = Self.arguments
            compute.gelu(&output, count: output.count)
            for (value, result) in zip(Self.arguments, output) {
                let x = Double(value)
                let expected = 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
                let allowed = Tolerance.gelu * max(1, x.magnitude)
                #expect(abs(Double(result) - expected) <= allowed, "\(compute.instructionSet) \(x)")
            }
        }
    }

    @Test func nanStaysNan() {
        for compute in Self.computes {
            for count in [1, 8, 33] {
                var values = [Float](repeating: .nan, count: count)
                compute.gelu(&values, count: count)
                #expect(values.allSatisfy { $0.isNaN })
                compute.geluTanh(&values, count: count)
                #expect(values.allSatisfy { $0.isNaN })
                var output = [Float](repeating: 0, count: count)
                compute.siluMultiply(
                    gate: values, up: [Float](repeating: 1, count: count), count: count, into: &output)
                #expect(output.allSatisfy { $0.isNaN })
            }
        }
    }

    @Test(arguments: [1, 3, 7, 8, 9, 40, 72, 144, 257, 1152])
    func normsMatchFloat64(width: Int) {
        var numbers = Numbers(seed: UInt64(width))
        let count = 5
        let input = numbers.activations(count * width).map { $0 + 0.75 }
        let weight = numbers.activations(width)
        let bias = numbers.activations(width)
        for compute in Self.computes {
            var rms = [Float](repeating: .nan, count: input.count)
            var layer = rms
            compute.rmsNorm(input, count: count, width: width, weight: weight, epsilon: 1e-5, into: &rms)
            compute.layerNorm(
                input, count: count, width: width, weight: weight, bias: bias, epsilon: 1e-5, into: &layer)
            for row in 0..<count {
                let values = input[row * width..<(row + 1) * width].map(Double.init)
                let mean = values.reduce(0, +) / Double(width)
                let square = values.reduce(0) { $0 + $1 * $1 } / Double(width)
                let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
                for column in 0..<width {
                    let scaled = values[column] / (square + 1e-5).squareRoot() * Double(weight[column])
                    let factor = Double(weight[column]) / (variance + 1e-5).squareRoot()
                    let centred = (values[column] - mean) * factor + Double(bias[column])
                    let allowed = Tolerance.norm(width: width)
                    let index = row * width + column
                    #expect(abs(Double(rms[index]) - scaled) <= allowed * scaled.magnitude)
                    // The mean's own error is relative to the values, not to their distance from it.
                    let spread = (values[column].magnitude + mean.magnitude) * factor.magnitude
                    #expect(abs(Double(layer[index]) - centred) <= allowed * (spread + centred.magnitude))
                }
            }
        }
    }

    @Test(arguments: [1, 7, 8, 33, 70_001])
    func sumsAreExactPerElement(count: Int) {
        var numbers = Numbers(seed: 77)
        let source = numbers.activations(count)
        let start = numbers.activations(count)
        for compute in Self.computes {
            var added = start
            compute.add(source, to: &added, count: count)
            #expect(added == zip(start, source).map { $0 + $1 })
            var scaled = start
            compute.addScaled(source, scale: 0.375, to: &scaled, count: count)
            for index in 0..<count {
                let expected = Double(start[index]) + 0.375 * Double(source[index])
                let size = start[index].magnitude + source[index].magnitude
                #expect(abs(Double(scaled[index]) - expected) <= 2 * Tolerance.float32Step * Double(size))
            }
        }
    }

    @Test(arguments: [1, 4, 5, 16, 32, 33])
    func adjacentPairsRotate(pairs: Int) {
        var numbers = Numbers(seed: 13)
        let input = numbers.activations(2 * pairs)
        let angles = (0..<pairs).map { Double($0) * 0.7 + 0.1 }
        for compute in Self.computes {
            var values = input
            compute.rotatePairs(
                &values, cosines: angles.map { Float(cos($0)) }, sines: angles.map { Float(sin($0)) }, pairs: pairs)
            for pair in 0..<pairs {
                let (x, y) = (Double(input[2 * pair]), Double(input[2 * pair + 1]))
                let (c, s) = (cos(angles[pair]), sin(angles[pair]))
                let allowed = 4 * Tolerance.float32Step * (x.magnitude + y.magnitude)
                #expect(abs(Double(values[2 * pair]) - (x * c - y * s)) <= allowed)
                #expect(abs(Double(values[2 * pair + 1]) - (x * s + y * c)) <= allowed)
            }
        }
    }

    @Test func rowOperationsDoNotDependOnTheNumberOfThreads() {
        var numbers = Numbers(seed: 15)
        let (count, width) = (300, 144)
        let input = numbers.activations(count * width)
        let weight = numbers.activations(width)
        for instructionSet in InstructionSet.supported {
            let results = [1, 3].map { threads in
                let compute = Compute(instructionSet: instructionSet, threads: threads, precision: .fast)
                var output = input
                compute.rmsNorm(output, count: count, width: width, weight: weight, epsilon: 1e-6, into: &output)
                compute.geluTanh(&output, count: output.count)
                compute.siluMultiply(gate: output, up: input, count: input.count, into: &output)
                return output
            }
            #expect(results[0] == results[1])
        }
    }
}
