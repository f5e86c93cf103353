// Operations on `[count, width]` rows and on single values, split over the threads only when that pays.

extension Compute {
    /// Values below which an operation is not worth waking a thread.
    private static let inlineValues = 1 << 15
    /// The same for operations with an exponential.
    private static let inlineExponentials = 1 << 13

    /// `output[r] = input[r] / √(mean(input[r]²) + epsilon) · weight`; `output` may be `input`.
    package func rmsNorm(
        _ input: UnsafePointer<Float>, count: Int, width: Int, weight: UnsafePointer<Float>, epsilon: Float,
        into output: UnsafeMutablePointer<Float>
    ) {
        split(count, width, Self.inlineValues) { rows in
            kernels.elementwise.rmsNorm(
                input + rows.lowerBound * width, rows.count, width, weight, epsilon, output + rows.lowerBound * width)
        }
    }

    /// `output[r] = (input[r] − mean) / √(variance + epsilon) · weight + bias`; `output` may be `input`.
    package func layerNorm(
        _ input: UnsafePointer<Float>, count: Int, width: Int, weight: UnsafePointer<Float>,
        bias: UnsafePointer<Float>, epsilon: Float, into output: UnsafeMutablePointer<Float>
    ) {
        split(count, width, Self.inlineValues) { rows in
            kernels.elementwise.layerNorm(
                input + rows.lowerBound * width, rows.count, width, weight, bias, epsilon,
                output + rows.lowerBound * width)
        }
    }

    /// `output = gate · sigmoid(gate) · up`, `count` values; `output` may be `gate` or `up`.
    package func siluMultiply(
        gate: UnsafePointer<Float>, up: UnsafePointer<Float>, count: Int, into output: UnsafeMutablePointer<Float>
    ) {
        split(count, 1, Self.inlineExponentials) { values in
            kernels.elementwise.siluMultiply(
                gate + values.lowerBound, up + values.lowerBound, values.count, output + values.lowerBound)
        }
    }

    /// GELU in its tanh form, in place.
    package func geluTanh(_ values: UnsafeMutablePointer<Float>, count: Int) {
        split(count, 1, Self.inlineExponentials) { kernels.elementwise.geluTanh(values + $0.lowerBound, $0.count) }
    }

    /// GELU with the error function, in place.
    package func gelu(_ values: UnsafeMutablePointer<Float>, count: Int) {
        split(count, 1, Self.inlineExponentials) { kernels.elementwise.gelu(values + $0.lowerBound, $0.count) }
    }

    /// `target += source`, `count` values.
    package func add(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
        addScaled(source, scale: 1, to: target, count: count)
    }

    /// `target += source · scale`, `count` values.
    package func addScaled(
        _ source: UnsafePointer<Float>, scale: Float, to target: UnsafeMutablePointer<Float>, count: Int
    ) {
        split(count, 1, Self.inlineValues) { values in
            kernels.elementwise.addScaled(
                source + values.lowerBound, scale, target + values.lowerBound, values.count)
        }
    }

    /// Rotates the adjacent pairs `(x[2i], x[2i + 1])` of `values`, in place:
    /// `x[2i]·cos − x[2i + 1]·sin`, `x[2i]·sin + x[2i + 1]·cos`, with `cosines[i]` and `sines[i]`.
    package func rotatePairs(
        _ values: UnsafeMutablePointer<Float>, cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>, pairs: Int
    ) {
        kernels.elementwise.rotatePairs(values, cosines, sines, pairs)
    }

    /// Calls `body` for each of some rows that do not touch each other, on all threads when they are many.
    package func forEachRow(_ count: Int, _ body: (_ row: Int) -> Void) {
        guard count > Self.fewRows, threads > 1 else {
            for row in 0..<count { body(row) }
            return
        }
        parallel((count + Self.fewRows - 1) / Self.fewRows) { chunk in
            for row in chunk * Self.fewRows..<min((chunk + 1) * Self.fewRows, count) { body(row) }
        }
    }

    /// Runs `body` over ranges of `0 ..< count`, each unit of which is `width` values.
    ///
    /// A range begins at a multiple of 16 units, and units do not touch each other: the split changes no result.
    private func split(_ count: Int, _ width: Int, _ inlineValues: Int, _ body: (Range<Int>) -> Void) {
        if count * width < inlineValues || threads == 1 {
            if count > 0 { body(0..<count) }
            return
        }
        let size = max(1, inlineValues / 2 / max(width, 1))
        let step = width == 1 ? roundedUp(size, to: 16) : size
        parallel((count + step - 1) / step) { chunk in
            body(chunk * step..<min((chunk + 1) * step, count))
        }
    }
}
