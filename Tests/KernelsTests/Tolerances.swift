// Every tolerance of these tests, with its reason.

import Kernels

enum Tolerance {
    /// Half a unit in the last place of a float32 in 1…2.
    static let float32Step = 0x1p-24

    /// A float32 sum of `depth` products in at least eight interleaved partial sums is off by at most this times the
    /// sum of the products' magnitudes: one rounding per addition and one per product, then the tree that joins the
    /// partial sums, a scale or two, and the stretches in which the columns come.
    static func sum(depth: Int) -> Double { (Double(depth) / 8 + 24) * float32Step }

    /// What flushing subnormal products and sums (the bfloat16 instruction does so) can take away per product.
    static let subnormal = 0x1p-126

    /// Float32 exponentials here are within two units in the last place; activations built from them multiply and
    /// divide a few times more.
    static let activation = 12 * float32Step

    /// The exponential stops at the largest power below infinity, so a sigmoid never falls below its inverse.
    static let smallestSigmoid = 0x1p-126

    /// GELU subtracts the error function from one: the absolute error is that of erf times the argument.
    static let gelu = 4 * float32Step

    /// A norm is a sum of `width` squares, a root, a division and two products.
    static func norm(width: Int) -> Double { (Double(width) / 8 + 24) * float32Step }

    /// Exact attention, relative to the largest value: scores are sums over `depth`, their error becomes a relative
    /// error of the weights through the exponential (times the largest score, here below 8), and the weights are
    /// summed over `keys`.
    static func attention(depth: Int, keys: Int) -> Double { 8 * sum(depth: depth) + sum(depth: keys) + activation }

    /// Fast attention against float64 on inputs that are rounded to bfloat16 already: what is left is the rounding of
    /// the softmax weights, at most 2⁻⁹ each, on an average of values.
    static let fastAttention = 0x1p-9
}
