// How far the content of one picture has moved along one axis in another: phase correlation. The pictures are cut into
// strips along the axis; each strip gives a spectrum, the spectra of both pictures give the phase of every frequency,
// and the phases of all strips together, transformed back, peak at the shift. What stays in place peaks at 0.
//
// Source: C. D. Kuglin, D. C. Hines, "The phase correlation image alignment method", 1975.

/// Finds shifts along one axis between pairs of equally large pictures.
package struct PhaseCorrelation {
    /// A shift and how much speaks for it.
    package struct Peak: Sendable, Equatable {
        /// Samples that the content moved towards higher positions, between the samples too.
        package var shift: Double
        /// The peak's height: 1 when every strip moved by exactly this, near 0 for chance.
        package var height: Double
    }

    /// Samples along the axis.
    package let length: Int
    private let transform: FourierTransform

    /// Shifts come out the same when this is added to them: the transform's length.
    package var period: Int { transform.count }

    /// Frequencies with less than this part of the mean power count for little: their phases are noise.
    private static let powerFloor: Float = 0.05

    /// Prepares for pictures with `length` samples along the axis, at least 4.
    package init(length: Int) {
        precondition(length >= 4, "a shift needs a few samples")
        self.length = length
        var count = 4
        while count < length { count *= 2 }
        transform = FourierTransform(count: count)
    }

    /// The most likely shifts.
    ///
    /// A strip shorter than a power of two is filled up with its mean. Shifts beyond half the transform's length
    /// come out as their complement, as with any transform of finite length.
    ///
    /// - Parameters:
    ///   - before: `[strip, length]`, row-major.
    ///   - after: the same strips later.
    ///   - most: how many peaks to give.
    /// - Returns: by falling height, those of height 0 or less left out.
    /// - Complexity: two transforms a strip.
    ///
    /// Proof: `PhaseCorrelationTests`, beside scikit-image's `phase_cross_correlation`.
    package func peaks(from before: [Float], to after: [Float], most: Int = 4) -> [Peak] {
        precondition(before.count == after.count && before.count % length == 0, "strips are of one length")
        let correlation = correlate(before, after)
        let count = correlation.count
        var found: [Peak] = []
        for index in 0..<count {
            let (left, middle, right) = (
                correlation[(index + count - 1) % count], correlation[index], correlation[(index + 1) % count]
            )
            guard middle > 0, middle >= left, middle > right else { continue }
            // A band-limited peak is nearly a parabola about its top.
            let bend = left - 2 * middle + right
            let offset = bend < 0 ? Double(0.5 * (left - right) / bend) : 0
            let position = Double(index) + offset
            found.append(
                Peak(shift: position > Double(count) / 2 ? position - Double(count) : position, height: Double(middle)))
        }
        return Array(found.sorted { $0.height > $1.height }.prefix(most))
    }

    /// The correlation for every shift, `transform.count` long.
    private func correlate(_ before: [Float], _ after: [Float]) -> [Float] {
        let count = transform.count
        var (real, imaginary) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
        var (crossReal, crossImaginary) = (real, imaginary)
        var weight: Float = 0
        for strip in 0..<before.count / length {
            // Two real signals are one complex one: its spectrum holds both of theirs.
            fill(&real, before, strip)
            fill(&imaginary, after, strip)
            real.withUnsafeMutableBufferPointer { real in
                imaginary.withUnsafeMutableBufferPointer { imaginary in
                    transform.forward(real.baseAddress!, imaginary.baseAddress!)
                }
            }
            weight += addPhases(real, imaginary, &crossReal, &crossImaginary)
        }
        guard weight > 0 else { return [Float](repeating: 0, count: count) }
        // The inverse is the forward transform of the conjugate; the result is real.
        for index in 0..<count { crossImaginary[index] = -crossImaginary[index] }
        crossReal.withUnsafeMutableBufferPointer { real in
            crossImaginary.withUnsafeMutableBufferPointer { imaginary in
                transform.forward(real.baseAddress!, imaginary.baseAddress!)
            }
        }
        return crossReal.map { $0 / weight }
    }

    /// One strip without its mean.
    private func fill(_ signal: inout [Float], _ strips: [Float], _ strip: Int) {
        let start = strip * length
        var mean: Float = 0
        for index in 0..<length { mean += strips[start + index] }
        mean /= Float(length)
        for index in 0..<length { signal[index] = strips[start + index] - mean }
        for index in length..<max(length, signal.count) { signal[index] = 0 }
    }

    /// Adds the phase of every frequency of one strip, and returns the sum of the weights that they carry.
    private func addPhases(
        _ real: [Float], _ imaginary: [Float], _ crossReal: inout [Float], _ crossImaginary: inout [Float]
    ) -> Float {
        let count = real.count
        var (productReal, productImaginary) = (
            [Float](repeating: 0, count: count), [Float](repeating: 0, count: count)
        )
        var mean: Float = 0
        for k in 0..<count {
            let m = (count - k) & (count - 1)
            // before = (Z[k] + conj Z[-k]) / 2, after = (Z[k] - conj Z[-k]) / 2i
            let (beforeReal, beforeImaginary) = ((real[k] + real[m]) / 2, (imaginary[k] - imaginary[m]) / 2)
            let (afterReal, afterImaginary) = ((imaginary[k] + imaginary[m]) / 2, (real[m] - real[k]) / 2)
            productReal[k] = afterReal * beforeReal + afterImaginary * beforeImaginary
            productImaginary[k] = afterImaginary * beforeReal - afterReal * beforeImaginary
            let power = (productReal[k] * productReal[k] + productImaginary[k] * productImaginary[k]).squareRoot()
            mean += power / Float(count)
        }
        guard mean > 1e-6 else { return 0 }
        var weight: Float = 0
        for k in 0..<count {
            let power = (productReal[k] * productReal[k] + productImaginary[k] * productImaginary[k]).squareRoot()
            let scale = 1 / (power + mean * Self.powerFloor)
            crossReal[k] += productReal[k] * scale
            crossImaginary[k] += productImaginary[k] * scale
            weight += power * scale
        }
        return weight
    }
}
