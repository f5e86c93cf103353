// Every tolerance of these tests, with its reason. Levels are of 255.

/// How close decoded pixels must come to the recorded ones.
enum Exactness: String, Decodable, Sendable {
    /// Lossless formats have one right answer.
    case exact
    /// Measured 0 between libjpeg-turbo 2.1 and 3.1. The standard leaves the inverse transform one level of freedom,
    /// which the colour conversion can double; other libjpeg builds may use it.
    case jpeg
    /// Planes are identical; libwebp rounds blended chroma to 8 bits before it converts, this module rounds once at
    /// the end. Half a chroma level is up to one level of blue, and the final roundings add one.
    case webpLossy = "webp-lossy"
    /// Pillow converts through libyuv: chroma rounded to 8 bits, matrix in 6-bit fixed point, deep samples narrowed
    /// first. That is up to 4 levels off the exact result; this module rounds once at the end.
    case avif
    /// 5 bits widened by repeating the top bits, against Pillow's division by 31: at most one level.
    case bmp16 = "bmp-16"

    /// Largest difference of one sample.
    var maximum: Int {
        switch self {
        case .exact: 0
        case .jpeg, .webpLossy: 2
        case .avif: 4
        case .bmp16: 1
        }
    }

    /// Mean difference over all samples: catches a small shift of the whole picture that `maximum` lets through.
    var mean: Double {
        switch self {
        case .exact: 0
        case .jpeg: 0.1
        case .webpLossy, .bmp16: 0.5
        case .avif: 0.75
        }
    }
}

/// The largest and the mean difference of two sample lists of one length.
func difference(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> (maximum: Int, mean: Double) {
    var (maximum, sum) = (0, 0)
    for (a, b) in zip(left, right) {
        let distance = abs(Int(a) - Int(b))
        maximum = max(maximum, distance)
        sum += distance
    }
    return (maximum, Double(sum) / Double(max(1, left.count)))
}
