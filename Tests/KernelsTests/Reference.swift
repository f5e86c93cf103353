// The same arithmetic in float64, one obvious loop each, and the data that the kernels are tried on.

import Kernels

/// Numbers that repeat from run to run (xorshift64*).
struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func bits() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }

    /// Uniform in −1…1.
    mutating func unit() -> Float { Float(Int32(truncatingIfNeeded: bits() >> 32)) * 0x1p-31 }

    /// Activations as they are hard: signs, magnitudes over twelve powers of two, ±0, ties between bfloat16 neighbours.
    mutating func activations(_ count: Int) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(count)
        while values.count < count {
            let choice = bits() & 31
            let value = unit() * Float(sign: .plus, exponent: Int(bits() % 12) - 6, significand: 1)
            switch choice {
            case 0: values.append(0)
            case 1: values.append(-0.0)
            case 2, 3: values.append(Float(bitPattern: value.bitPattern & 0xFFFF_0000 | 0x8000))
            default: values.append(value)
            }
        }
        return values
    }
}

/// The nearest bfloat16 by comparing distances, ties to the even one; for finite values.
func nearestBFloat16(_ value: Float) -> Float {
    let below = Float(bitPattern: value.bitPattern & 0xFFFF_0000)
    let above = Float(bitPattern: below.bitPattern &+ 0x1_0000)
    let toBelow = (Double(value) - Double(below)).magnitude
    let toAbove = above.isFinite ? (Double(above) - Double(value)).magnitude : 0x1p120 - toBelow
    if toBelow == toAbove { return below.bitPattern & 0x1_0000 == 0 ? below : above }
    return toBelow < toAbove ? below : above
}

/// An e4m3 byte by its definition.
func float8Value(_ code: UInt8) -> Double {
    let sign: Double = code & 0x80 == 0 ? 1 : -1
    let exponent = Int(code >> 3 & 15)
    let fraction = Double(code & 7) / 8
    if code & 0x7F == 0x7F { return .nan }
    if exponent == 0 { return sign * fraction * 0x1p-6 }
    return sign * (1 + fraction) * Double(sign: .plus, exponent: exponent - 7, significand: 1)
}

enum StorageKind: String, CaseIterable, Sendable {
    case float32, bfloat16, int4, int8, float8

    /// Whether columns come in whole groups of 32.
    var isGrouped: Bool { self == .int4 || self == .int8 }
    /// Whether weights are rounded to bfloat16 above 16 activation rows.
    var isQuantised: Bool { isGrouped || self == .float8 }
}

/// A matrix with bytes of its own and what its weights mean.
final class Sample: Sendable {
    let matrix: Matrix
    /// `[rows, columns]`, float32 as `Matrix.expand` must give it.
    let weights: [Float]

    init(_ kind: StorageKind, rows: Int, columns: Int, seed: UInt64) {
        var numbers = Numbers(seed: seed)
        let count = rows * columns
        switch kind {
        case .float32:
            let bytes = Bytes(numbers.activations(count))
            matrix = Matrix(
                rows: rows, columns: columns, storage: .float32(bytes.pointer(of: Float.self)), owner: bytes)
            weights = bytes.values(of: Float.self)
        case .bfloat16:
            let bytes = Bytes(numbers.activations(count).map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) })
            matrix = Matrix(
                rows: rows, columns: columns, storage: .bfloat16(bytes.pointer(of: UInt16.self)), owner: bytes)
            weights = bytes.values(of: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
        case .int4:
            let packed = (0..<count / 2).map { _ in UInt8(truncatingIfNeeded: numbers.bits() >> 20) }
            let scales = (0..<count / 32).map { _ in 0x3C00 + UInt16(numbers.bits() % 0x180) }
            let bytes = Bytes(packed)
            let scaleBytes = Bytes(scales)
            matrix = Matrix(
                rows: rows, columns: columns,
                storage: .int4(packed: bytes.pointer(of: UInt8.self), scales: scaleBytes.pointer(of: UInt16.self)),
                owner: Owners(bytes, scaleBytes))
            weights = (0..<count).map { index in
                let nibble = packed[index / 2] >> (index % 2 * 4) & 15
                return (Float(nibble) - 8) * Float(bitPattern: UInt32(scales[index / 32]) << 16)
            }
        case .int8:
            let codes = (0..<count).map { _ in Int8(Int(numbers.bits() % 255) - 127) }
            let scales = (0..<count / 32).map { _ in 0x3A00 + UInt16(numbers.bits() % 0x180) }
            let bytes = Bytes(codes)
            let scaleBytes = Bytes(scales)
            matrix = Matrix(
                rows: rows, columns: columns,
                storage: .int8(codes: bytes.pointer(of: Int8.self), scales: scaleBytes.pointer(of: UInt16.self)),
                owner: Owners(bytes, scaleBytes))
            weights = (0..<count).map { index in
                Float(codes[index]) * Float(bitPattern: UInt32(scales[index / 32]) << 16)
            }
        case .float8:
            let blocks = (columns + 127) / 128
            let codes = (0..<count).map { _ in
                let code = UInt8(truncatingIfNeeded: numbers.bits() >> 20)
                return code & 0x7F == 0x7F ? 0 : code
            }
            let scales = (0..<(rows + 127) / 128 * blocks).map { _ in 0.01 + numbers.unit().magnitude }
            let bytes = Bytes(codes)
            let scaleBytes = Bytes(scales)
            matrix = Matrix(
                rows: rows, columns: columns,
                storage: .float8(codes: bytes.pointer(of: UInt8.self), scales: scaleBytes.pointer(of: Float.self)),
                owner: Owners(bytes, scaleBytes))
            weights = (0..<count).map { index in
                let scale = scales[index / columns / 128 * blocks + index % columns / 128]
                return Float(float8Value(codes[index])) * scale
            }
        }
    }
}

/// Raw bytes that live as long as a matrix needs them, with nothing readable right behind them that is zero.
final class Bytes: @unchecked Sendable {
    private let memory: UnsafeMutableRawBufferPointer
    private let size: Int

    init<Element: BitwiseCopyable>(_ elements: [Element]) {
        size = elements.count * MemoryLayout<Element>.stride
        memory = .allocate(byteCount: size + 256, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0xFF)
        elements.withUnsafeBytes { memory.copyMemory(from: $0) }
    }

    deinit { memory.deallocate() }

    func pointer<Element>(of type: Element.Type) -> UnsafePointer<Element> {
        UnsafePointer(memory.baseAddress!.assumingMemoryBound(to: type))
    }

    func values<Element>(of type: Element.Type) -> [Element] {
        Array(UnsafeBufferPointer(start: pointer(of: type), count: size / MemoryLayout<Element>.stride))
    }
}

private final class Owners: Sendable {
    private let first: Bytes
    private let second: Bytes

    init(_ first: Bytes, _ second: Bytes) {
        self.first = first
        self.second = second
    }
}

/// `sums[m, n] = Σ left[m, k] · right[n, k]`, and the same over magnitudes, in float64.
struct ReferenceProduct {
    let sums: [Double]
    let magnitudes: [Double]

    init(_ left: [Float], _ right: [Float], depth: Int) {
        let leftRows = left.count / depth
        let rightRows = right.count / depth
        var sums = [Double](repeating: 0, count: leftRows * rightRows)
        var magnitudes = sums
        left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
                var index = 0
                while index < leftRows * rightRows {
                    let leftRow = left.baseAddress! + index / rightRows * depth
                    let rightRow = right.baseAddress! + index % rightRows * depth
                    var sum = 0.0
                    var magnitude = 0.0
                    var k = 0
                    while k < depth {
                        let term = Double(leftRow[k]) * Double(rightRow[k])
                        sum += term
                        magnitude += term.magnitude
                        k &+= 1
                    }
                    sums[index] = sum
                    magnitudes[index] = magnitude
                    index += 1
                }
            }
        }
        self.sums = sums
        self.magnitudes = magnitudes
    }

    /// The largest error of `values` in units of what is allowed; above 1 is wrong.
    func error(of values: [Float], depth: Int) -> Double {
        var worst = 0.0
        var index = 0
        while index < sums.count {
            let allowed = Tolerance.sum(depth: depth) * magnitudes[index] + Double(depth) * Tolerance.subnormal
            let error = (Double(values[index]) - sums[index]).magnitude / allowed
            if !(error <= worst) { worst = error }
            index += 1
        }
        return worst
    }
}

extension FloatBuffer {
    /// A buffer with these values.
    convenience init(_ values: [Float]) {
        self.init(count: values.count)
        for (index, value) in values.enumerated() { self[index] = value }
    }

    var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
}

extension InstructionSet {
    /// What this machine can prove.
    static var supported: [InstructionSet] { allCases.filter(\.isSupported) }
}

extension Compute {
    /// `multiply` on arrays.
    func product(_ input: [Float], by matrix: Matrix, bias: [Float]? = nil) -> [Float] {
        let count = input.count / matrix.columns
        var output = [Float](repeating: .nan, count: count * matrix.rows)
        input.withUnsafeBufferPointer { input in
            if let bias {
                bias.withUnsafeBufferPointer {
                    multiply(
                        input.baseAddress!, count: count, by: matrix, bias: $0.baseAddress, into: &output)
                }
            } else {
                multiply(input.baseAddress!, count: count, by: matrix, into: &output)
            }
        }
        return output
    }
}

/// Values rounded to whole numbers up to `most`, each group of 32 by its largest magnitude: what AVX-512 multiplies int4
/// (32,767) and int8 weights (16,384) with.
func nearestWords(_ values: [Float], most: Float) -> [Float] {
    stride(from: 0, to: values.count, by: 32).flatMap { first -> [Float] in
        let group = values[first..<first + 32]
        let largest = group.reduce(0) { max($0, $1.magnitude) }
        guard largest > 0x1p-100 else { return [Float](repeating: 0, count: 32) }
        return group.map { ($0 * (most / largest)).rounded(.toNearestOrEven) * (largest / most) }
    }
}
