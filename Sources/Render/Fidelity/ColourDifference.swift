// How different two colours look: sRGB to CIELAB under D65, and CIEDE2000 between two of them.
import Foundation

/// A colour in CIELAB: lightness 0 to 100, green to red, blue to yellow.
struct Lab: Equatable {
    var lightness, a, b: Double

    init(_ lightness: Double, _ a: Double, _ b: Double) {
        self.lightness = lightness
        self.a = a
        self.b = b
    }

    /// An sRGB colour (IEC 61966-2-1) under D65 with the 2° observer, white at (0.95047, 1, 1.08883).
    ///
    /// Proof: `ColourDifferenceTests.labEqualsScikitImage`.
    init(_ colour: RGB) {
        let red = Self.linear[Int(colour.red)]
        let green = Self.linear[Int(colour.green)]
        let blue = Self.linear[Int(colour.blue)]
        let x = (0.412453 * red + 0.357580 * green + 0.180423 * blue) / 0.95047
        let y = 0.212671 * red + 0.715160 * green + 0.072169 * blue
        let z = (0.019334 * red + 0.119193 * green + 0.950227 * blue) / 1.08883
        let (fx, fy, fz) = (Self.response(x), Self.response(y), Self.response(z))
        self.init(116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz))
    }

    private static let linear: [Double] = (0...255).map { level in
        let value = Double(level) / 255
        return value > 0.04045 ? pow((value + 0.055) / 1.055, 2.4) : value / 12.92
    }

    private static func response(_ value: Double) -> Double {
        value > 0.008856 ? cbrt(value) : 7.787 * value + 16.0 / 116
    }
}

/// CIEDE2000 with kL = kC = kH = 1.
package enum ColourDifference {
    /// ΔE00 of two colours: 0 for equal ones, about 1 where one begins to see it, 100 between black and white.
    ///
    /// Source: Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula: implementation notes, supplementary test
    /// data, and mathematical observations", 2005; hues in radians.
    /// Proofs: `ColourDifferenceTests.equalsTheTableOfSharmaWuAndDalal`, `.equalsScikitImage`.
    static func between(_ first: Lab, _ second: Lab) -> Double {
        let meanChroma = (hypot(first.a, first.b) + hypot(second.a, second.b)) / 2
        let stretch = 1.5 - 0.5 * saturation(meanChroma)
        let (a1, a2) = (first.a * stretch, second.a * stretch)
        let (c1, c2) = ((a1 * a1 + first.b * first.b).squareRoot(), (a2 * a2 + second.b * second.b).squareRoot())
        let (h1, h2) = (hue(a1, first.b), hue(a2, second.b))

        let isColoured = c1 * c2 != 0
        var turn = isColoured ? h2 - h1 : 0
        if turn > .pi { turn -= 2 * .pi } else if turn < -.pi { turn += 2 * .pi }
        let deltaH = 2 * (c1 * c2).squareRoot() * sin(turn / 2)

        var meanHue = h1 + h2
        if isColoured {
            if abs(h1 - h2) > .pi { meanHue += meanHue < 2 * .pi ? 2 * .pi : -2 * .pi }
            meanHue /= 2
        }
        let t =
            1 - 0.17 * cos(meanHue - radians(30)) + 0.24 * cos(2 * meanHue)
            + 0.32 * cos(3 * meanHue + radians(6)) - 0.20 * cos(4 * meanHue - radians(63))

        let mean = (c1 + c2) / 2
        let fromMiddle = (first.lightness + second.lightness) / 2 - 50
        let squared = fromMiddle * fromMiddle
        let l = (second.lightness - first.lightness) / (1 + 0.015 * squared / (20 + squared).squareRoot())
        let c = (c2 - c1) / (1 + 0.045 * mean)
        let h = deltaH / (1 + 0.015 * mean * t)

        let bell = (meanHue - radians(275)) / radians(25)
        let rotation = -2 * saturation(mean) * sin(radians(60) * exp(-bell * bell))
        return max(0, l * l + c * c + h * h + rotation * c * h).squareRoot()
    }

    /// ΔE00 of two sRGB colours; 0 when they are equal.
    package static func between(_ first: RGB, _ second: RGB) -> Double {
        first == second ? 0 : between(Lab(first), Lab(second))
    }

    /// √(C⁷ / (C⁷ + 25⁷)).
    private static func saturation(_ chroma: Double) -> Double {
        let square = chroma * chroma
        let seventh = square * square * square * chroma
        return (seventh / (seventh + 6_103_515_625)).squareRoot()
    }

    /// 0 up to 2π.
    private static func hue(_ a: Double, _ b: Double) -> Double {
        let angle = atan2(b, a)
        return angle < 0 ? angle + 2 * .pi : angle
    }

    private static func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
}

/// ΔE00 of pairs of sRGB colours that come again and again, as in pictures of pages. Results do not depend on what was
/// asked before: a slot that two pairs share is computed anew.
struct ColourDifferenceTable {
    private static let bits = 15
    private var pairs = [UInt64](repeating: .max, count: 1 << Self.bits)
    private var differences = [Double](repeating: 0, count: 1 << Self.bits)
    private var colours = [UInt32](repeating: .max, count: 1 << Self.bits)
    private var labs = [Lab](repeating: Lab(0, 0, 0), count: 1 << Self.bits)

    /// ΔE00 of two colours, written 0xRRGGBB.
    mutating func between(_ first: UInt32, _ second: UInt32) -> Double {
        if first == second { return 0 }
        let pair = UInt64(first) << 32 | UInt64(second)
        let slot = Int(truncatingIfNeeded: (pair &* 0x9e37_79b9_7f4a_7c15) >> UInt64(64 - Self.bits))
        if pairs[slot] == pair { return differences[slot] }
        let difference = ColourDifference.between(lab(first), lab(second))
        pairs[slot] = pair
        differences[slot] = difference
        return difference
    }

    private mutating func lab(_ colour: UInt32) -> Lab {
        let slot = Int(truncatingIfNeeded: (colour &* 0x9e37_79b9) >> UInt32(32 - Self.bits))
        if colours[slot] == colour { return labs[slot] }
        let lab = Lab(RGB(UInt8(colour >> 16), UInt8(colour >> 8 & 255), UInt8(colour & 255)))
        colours[slot] = colour
        labs[slot] = lab
        return lab
    }
}
