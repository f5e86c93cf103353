// Structural similarity of two grey pictures: SSIM as scikit-image computes it, and its multi-scale form. Rows are
// filtered downwards into four row buffers and then across, so that nothing is kept of a picture but its samples.
import Foundation

/// Grey samples as floats around 0: luma − 128, which keeps variances of flat areas exact.
struct Plane {
    static let offset: Float = 128

    let width: Int
    let height: Int
    /// Floats from one row to the next: the width rounded up to whole vectors; what lies beyond the width is 0.
    let stride: Int
    var samples: [Float]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        stride = (width + 7) & ~7
        samples = [Float](repeating: 0, count: stride * height)
    }

    /// A picture's luma; sides below `side` are filled up with the last column and row.
    init(_ luma: Luma, atLeast side: Int = Structure.window) {
        self.init(width: max(luma.width, side), height: max(luma.height, side))
        for y in 0..<height {
            let from = min(y, luma.height - 1) * luma.width
            let to = y * stride
            for x in 0..<width { samples[to + x] = Float(luma.samples[from + min(x, luma.width - 1)]) - Self.offset }
        }
    }

    /// Half the size: means of 2 × 2 samples; an odd last column or row is left out.
    func halved() -> Plane {
        var half = Plane(width: width / 2, height: height / 2)
        half.samples.withUnsafeMutableBufferPointer { target in
            samples.withUnsafeBufferPointer { source in
                for y in 0..<half.height {
                    let (upper, lower) = (2 &* y &* stride, (2 &* y &+ 1) &* stride)
                    for x in 0..<half.width {
                        let top = source[upper &+ 2 &* x] + source[upper &+ 2 &* x &+ 1]
                        let bottom = source[lower &+ 2 &* x] + source[lower &+ 2 &* x &+ 1]
                        target[y &* half.stride &+ x] = (top + bottom) * 0.25
                    }
                }
            }
        }
        return half
    }
}

/// SSIM (Wang, Bovik, Sheikh and Simoncelli, 2004) and multi-scale SSIM (Wang, Simoncelli and Bovik, 2003).
///
/// One scale equals scikit-image's
/// `structural_similarity(a, b, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)`:
///
///     μ, σ     from a Gaussian of σ 1.5 cut at 5 samples each way     // 11 × 11
///     contrast = (2 σ_ab + C2) / (σ²_a + σ²_b + C2)                   // C2 = (0.03 · 255)²
///     ssim     = (2 μ_a μ_b + C1) / (μ²_a + μ²_b + C1) · contrast     // C1 = (0.01 · 255)²
///
/// both averaged over the samples whose window lies inside the picture.
enum Structure {
    /// Samples a side of the window; smaller pictures are filled up.
    static let window = 11
    /// What the scales count, the finest first.
    static let weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]

    /// The means over one scale.
    struct Scale: Equatable {
        var similarity: Double
        var contrast: Double
    }

    /// Multi-scale SSIM: Π contrast_s ^ w_s over all scales but the coarsest, times similarity ^ w of the coarsest.
    ///
    /// A scale is the half of the one before (`Plane.halved`), and is used while both sides have 11 samples; the weights
    /// of those used are divided by their sum. Negative means count as 0. Two equal pictures give exactly 1.
    ///
    /// Proofs: `StructureTests.equalsScikitImage`, `StructureTests.multiScaleEqualsTheRecordedCombination`.
    static func similarity(_ first: Luma, _ second: Luma) -> Double {
        let scales = scales(first, second)
        let whole = weights.prefix(scales.count).reduce(0, +)
        var product = 1.0
        for (index, scale) in scales.enumerated() {
            let value = index == scales.count - 1 ? scale.similarity : scale.contrast
            product *= pow(min(1, max(0, value)), weights[index] / whole)
        }
        return product
    }

    /// The means of every scale that is used, the finest first; at least one, at most five.
    static func scales(_ first: Luma, _ second: Luma) -> [Scale] {
        precondition(first.width == second.width && first.height == second.height, "pictures of one size are compared")
        var (first, second) = (Plane(first), Plane(second))
        var scales = [compare(first, second)]
        while scales.count < weights.count, min(first.width, first.height) / 2 >= window {
            first = first.halved()
            second = second.halved()
            scales.append(compare(first, second))
        }
        return scales
    }

    /// Weights of the window's samples, along one axis.
    private static let taps: [Float] = {
        let bell = (-5...5).map { exp(-0.5 * pow(Double($0) / 1.5, 2)) }
        let sum = bell.reduce(0, +)
        return bell.map { Float($0 / sum) }
    }()

    private static func compare(_ first: Plane, _ second: Plane) -> Scale {
        let (width, height, stride) = (first.width, first.height, first.stride)
        let reach = window / 2
        var rows = FilteredRows(stride: stride)
        var similarity = 0.0
        var contrast = 0.0
        first.samples.withUnsafeBufferPointer { first in
            second.samples.withUnsafeBufferPointer { second in
                taps.withUnsafeBufferPointer { taps in
                    for y in reach..<height - reach {
                        let top = (y &- reach) &* stride
                        rows.filterDown(first.baseAddress! + top, second.baseAddress! + top, taps.baseAddress!)
                        let sums = rows.sums(over: width &- 2 &* reach, taps.baseAddress!)
                        similarity += sums.similarity
                        contrast += sums.contrast
                    }
                }
            }
        }
        let count = Double((width - 2 * reach) * (height - 2 * reach))
        return Scale(similarity: similarity / count, contrast: contrast / count)
    }
}

/// Four rows of moments, filtered downwards: a, b, a² + b², a · b. Their sum needs no more, since σ²_a and σ²_b only
/// occur added up.
private struct FilteredRows {
    private typealias Vector = SIMD8<Float>

    private let stride: Int
    /// Room for four rows with one window's room behind each.
    private let rowLength: Int
    private var moments: [Float]

    init(stride: Int) {
        self.stride = stride
        rowLength = stride + 24
        moments = [Float](repeating: 0, count: 4 * rowLength)
    }

    @inline(__always)
    private static func load(_ pointer: UnsafePointer<Float>, _ index: Int) -> Vector {
        UnsafeRawPointer(pointer + index).loadUnaligned(as: Vector.self)
    }

    @inline(__always)
    private static func store(_ value: Vector, _ pointer: UnsafeMutablePointer<Float>, _ index: Int) {
        UnsafeMutableRawPointer(pointer + index).storeBytes(of: value, as: Vector.self)
    }

    mutating func filterDown(
        _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, _ taps: UnsafePointer<Float>
    ) {
        let (stride, rowLength) = (stride, rowLength)
        moments.withUnsafeMutableBufferPointer { moments in
            let target = moments.baseAddress!
            var x = 0
            while x < stride {
                var (a, b, squares, products) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
                for tap in 0..<Structure.window {
                    let weight = Vector(repeating: taps[tap])
                    let p = Self.load(first, tap &* stride &+ x)
                    let q = Self.load(second, tap &* stride &+ x)
                    a += weight * p
                    b += weight * q
                    squares += weight * (p * p + q * q)
                    products += weight * (p * q)
                }
                Self.store(a, target, x)
                Self.store(b, target, rowLength &+ x)
                Self.store(squares, target, 2 &* rowLength &+ x)
                Self.store(products, target, 3 &* rowLength &+ x)
                x &+= 8
            }
        }
    }

    /// Filters across and adds up similarity and contrast over the first `count` windows.
    func sums(over count: Int, _ taps: UnsafePointer<Float>) -> (similarity: Double, contrast: Double) {
        let c1: Float = 6.5025
        let c2: Float = 58.5225
        return moments.withUnsafeBufferPointer { moments in
            let source = moments.baseAddress!
            var (similarities, contrasts) = (Vector.zero, Vector.zero)
            var x = 0
            while x < count {
                var (a, b, squares, products) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
                for tap in 0..<Structure.window {
                    let weight = Vector(repeating: taps[tap])
                    a += weight * Self.load(source, x &+ tap)
                    b += weight * Self.load(source, rowLength &+ x &+ tap)
                    squares += weight * Self.load(source, 2 &* rowLength &+ x &+ tap)
                    products += weight * Self.load(source, 3 &* rowLength &+ x &+ tap)
                }
                let variances = squares - (a * a + b * b)
                let covariance = products - a * b
                let contrast = (covariance + covariance + c2) / (variances + c2)
                let (muA, muB) = (a + Plane.offset, b + Plane.offset)
                let product = muA * muB
                let luminance = (product + product + c1) / (muA * muA + muB * muB + c1)
                var similarity = luminance * contrast
                var kept = contrast
                for lane in min(8, count &- x)..<8 {
                    similarity[lane] = 0
                    kept[lane] = 0
                }
                similarities += similarity
                contrasts += kept
                x &+= 8
            }
            return (Double(similarities.sum()), Double(contrasts.sum()))
        }
    }
}
