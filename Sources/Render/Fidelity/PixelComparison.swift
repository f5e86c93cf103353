// What the two pictures alone tell: structure, tone, edges, and areas in another colour. Pictures of different sizes are
// compared where both are; what only one covers counts as different.
import Media

/// Two pictures of one size, and how much of them lies where only one was.
struct SharedArea {
    let result: Image
    let design: Image
    /// Pixels that both pictures cover, over pixels that at least one covers.
    let share: Double

    init(_ result: Image, _ design: Image) {
        let width = min(result.width, design.width)
        let height = min(result.height, design.height)
        let both = width * height
        share = Double(both) / Double(result.width * result.height + design.width * design.height - both)
        self.result = result.cropped(x: 0, y: 0, width: width, height: height)
        self.design = design.cropped(x: 0, y: 0, width: width, height: height)
    }
}

/// The numbers of the pictures, each 0 to 1.
struct PixelComparison {
    /// Multi-scale SSIM of the shared area, times its share.
    let structure: Double
    /// F1 of the edges in the shared area, times its share.
    let edges: Double
    /// Mean ΔE00 of the shared area, at most 100 a pixel; the rest counts 100.
    let meanColourDifference: Double
    /// Areas in another colour, the largest first.
    let areas: [DifferingArea]
    /// The result is one colour, and the design is not.
    let isBlank: Bool

    /// - Parameter scale: pixels for a CSS pixel, of both sides.
    init(_ result: Sight, _ design: Sight) {
        let shared = SharedArea(result.image, design.image)
        let (found, wanted) = (Luma(shared.result), Luma(shared.design))
        structure = Structure.similarity(found, wanted) * shared.share
        edges = EdgeMap.agreement(of: EdgeMap(found), with: EdgeMap(wanted)) * shared.share
        let texts = (result.texts + design.texts).map(\.box)
        let tones = ToneComparison(shared.result, shared.design, scale: design.scale, leavingOut: texts)
        meanColourDifference = tones.mean * shared.share + 100 * (1 - shared.share)
        areas = tones.areas
        isBlank = result.image.isOneColour && !design.image.isOneColour
    }
}

extension Image {
    /// Whether no channel of any pixel differs by more than 2 from the first pixel's: what a blank page is, and stays
    /// after JPEG.
    var isOneColour: Bool {
        let first = (Int(pixels[0]), Int(pixels[1]), Int(pixels[2]))
        return pixels.withUnsafeBufferPointer { pixels in
            for index in 0..<width * height {
                let red = abs(Int(pixels[3 &* index]) &- first.0)
                let green = abs(Int(pixels[3 &* index &+ 1]) &- first.1)
                let blue = abs(Int(pixels[3 &* index &+ 2]) &- first.2)
                if max(red, green, blue) > 2 { return false }
            }
            return true
        }
    }

    /// The most frequent colour along the four sides; of equally frequent ones the brightest in red, green, blue.
    var borderColour: RGB {
        var counts: [UInt32: Int] = [:]
        for x in 0..<width {
            counts[colour(at: x), default: 0] += 1
            counts[colour(at: (height - 1) * width + x), default: 0] += 1
        }
        for y in 0..<height {
            counts[colour(at: y * width), default: 0] += 1
            counts[colour(at: y * width + width - 1), default: 0] += 1
        }
        return RGB(packed: counts.max { ($0.value, $0.key) < ($1.value, $1.key) }!.key)
    }
}

extension RGB {
    /// From 0xRRGGBB.
    init(packed: UInt32) {
        self.init(UInt8(packed >> 16 & 255), UInt8(packed >> 8 & 255), UInt8(packed & 255))
    }
}
