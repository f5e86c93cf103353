// INT4 against compressed-tensors: the same bytes with its choice of scales, less error with ours.
// Goldens: Fixtures/parity/quantize/record.py.

import Foundation
import Kernels
import Support
import Testing

@testable import Model

@Suite struct Int4ScalesTests {
    static let cases = ["normal", "heavy", "halves", "corners", "float8"]

    private let goldens: SafetensorsFile

    init() throws { goldens = try SafetensorsFile(Fixtures.path("parity/quantize/goldens.safetensors")) }

    private func tensor(_ name: String) throws -> Tensor { try #require(goldens.tensors[name]) }

    private func halves(_ name: String) throws -> [UInt16] {
        try tensor(name).bytes.withMemoryRebound(to: UInt16.self) { Array($0) }
    }

    private func floats(_ name: String) throws -> [Float] {
        try tensor(name).bytes.withMemoryRebound(to: Float.self) { Array($0) }
    }

    /// A case's packed codes, scales and squared error a group, as we make them.
    private func quantised(
        _ name: String, _ way: Int4Scales
    ) throws -> (packed: [UInt8], scales: [UInt16], squares: [Double]) {
        let weight = try tensor(name + "/weight")
        let (rows, columns) = (weight.shape[0], weight.shape[1])
        let values = try halves(name + "/weight").map(BFloat16.value)
        var packed = [UInt8](repeating: 0, count: rows * columns / 2)
        var scales = [UInt16](repeating: 0, count: rows * columns / 32)
        var squares: [Double] = []
        for group in scales.indices {
            let error = values.withUnsafeBufferPointer { values in
                packed.withUnsafeMutableBufferPointer { packed in
                    scales.withUnsafeMutableBufferPointer { scales in
                        way.quantise(
                            values.baseAddress! + 32 * group, columns: 32, packed: packed.baseAddress! + 16 * group,
                            scales: scales.baseAddress! + group)
                    }
                }
            }
            squares.append(try #require(error).squares)
        }
        return (packed, scales, squares)
    }

    @Test(arguments: cases)
    func minmaxGivesTheBytesOfCompressedTensors(name: String) throws {
        let found = try quantised(name, .minmax)
        #expect(try found.packed == Array(tensor(name + "/packed").bytes))
        #expect(try found.scales == halves(name + "/scale"))
    }

    @Test(arguments: cases)
    func leastSquaresIsNearTheBestScaleOfAll(name: String) throws {
        let found = try quantised(name, .leastSquares).squares
        let minmax = try quantised(name, .minmax).squares
        let least = try floats(name + "/least").map { Double($0) }
        let (sum, leastSum): (Double, Double) = (found.reduce(0, +), least.reduce(0, +))
        #expect(sum <= 1.005 * leastSum + 1e-12)
        for group in found.indices { #expect(found[group] <= minmax[group] * 1.000_01) }
    }

    // Squared error of random weights: the relative error falls from 9.5 to 8.6 %.
    @Test func leastSquaresSavesASixthOfTheSquaredError() throws {
        let found = try quantised("normal", .leastSquares).squares.reduce(0, +)
        let minmax = try quantised("normal", .minmax).squares.reduce(0, +)
        #expect(found < 0.85 * minmax && found > 0.7 * minmax)
    }

    @Test func float8WeightsAreRoundedToBfloat16First() throws {
        let (codes, scales) = (try tensor("float8/codes"), try floats("float8/scale_inv"))
        let expected = try halves("float8/weight")
        let row = FloatBuffer(count: 160)
        scales.withUnsafeBufferPointer { scales in
            let matrix = Matrix(
                rows: 130, columns: 160,
                storage: .float8(
                    codes: codes.bytes.baseAddress!.assumingMemoryBound(to: UInt8.self), scales: scales.baseAddress!),
                owner: nil)
            for index in 0..<130 {
                matrix.expand(row: index, into: row.pointer)
                for column in 0..<160 { #expect(BFloat16.bits(row[column]) == expected[160 * index + column]) }
            }
        }
    }

    @Test(arguments: [Float.nan, -.nan, .infinity, -.infinity, .greatestFiniteMagnitude])
    func whatIsNoFiniteBfloat16IsRefused(value: Float) {
        var row = [Float](repeating: 1, count: 64)
        row[37] = value
        var packed = [UInt8](repeating: 0, count: 32)
        var scales: [UInt16] = [0, 0]
        for way in Int4Scales.allCases {
            #expect(way.quantise(row, columns: 64, packed: &packed, scales: &scales) == nil)
        }
    }

    /// The report holds no number that JSON does not.
    @Test func whatWeightsCostWhoseSquaresAreNoFloatsIsFinite() throws {
        let row = (0..<64).map { Float($0 - 31) * 1e30 }
        var packed = [UInt8](repeating: 0, count: 32)
        var scales: [UInt16] = [0, 0]
        for way in Int4Scales.allCases {
            let error = try #require(way.quantise(row, columns: 64, packed: &packed, scales: &scales))
            #expect(error.squares > 0 && error.squares < error.weightSquares && error.weightSquares < .infinity)
        }
    }
}

@Suite struct BFloat16Tests {
    @Test(
        arguments: [
            (1, 0x3F80), (-0.0, 0x8000), (1.003_906_25, 0x3F80), (1.011_718_75, 0x3F82), (.infinity, 0x7F80),
            (3.4e38, 0x7F80), (0x1p-133, 0x0001), (0x1p-135, 0x0000),
        ] as [(Float, UInt16)])
    func roundsToTheNearestHalvesToEven(value: Float, bits: UInt16) { #expect(BFloat16.bits(value) == bits) }

    @Test func nanStaysNaN() {
        #expect(BFloat16.rounded(.nan).isNaN && BFloat16.rounded(Float(bitPattern: 0x7F80_0001)).isNaN)
    }
}
