// How far two recorded or computed tensors lie apart.

/// Distances of two tensors of one size.
package struct Distance: CustomStringConvertible {
    /// The greatest difference of two elements; infinite when sizes differ or an element is not a number.
    package let greatest: Float
    /// The root of the mean squared difference.
    package let rootMeanSquare: Float
    /// The greatest magnitude in the second tensor.
    package let scale: Float

    /// Compares `found` with `expected`, element by element.
    package init(_ found: [Float], _ expected: [Float]) {
        scale = expected.reduce(0) { max($0, abs($1)) }
        guard found.count == expected.count, !found.isEmpty else {
            greatest = .infinity
            rootMeanSquare = .infinity
            return
        }
        var most: Float = 0
        var squares = 0.0
        for (one, other) in zip(found, expected) {
            let difference = abs(one - other)
            most = difference.isNaN ? .infinity : max(most, difference)
            squares += Double(difference) * Double(difference)
        }
        greatest = most
        rootMeanSquare = squares.isNaN ? .infinity : Float((squares / Double(found.count)).squareRoot())
    }

    /// The greatest difference as a share of the greatest magnitude.
    package var relative: Float { greatest / scale }

    /// For messages of failing tests.
    package var description: String { "greatest \(greatest), root mean square \(rootMeanSquare), scale \(scale)" }
}
