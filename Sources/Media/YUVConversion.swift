// Planar YUV and grey to RGBA: chroma brought to full size by the 3:1 blend of its neighbours (samples lie between
// pixels, as in WebP and as AVIF decoders assume), then the matrix of ITU-T H.273, in float32, rounded once.

import CMedia

/// How a YUV frame's samples stand for colours.
struct FrameColor {
    /// ITU-T H.273 matrix code.
    var matrix: Int
    /// Whether samples use all levels, or only the studio's (16 to 235 of 255).
    var fullRange: Bool
}

/// Where a frame's samples lie.
struct YUVPlanes {
    /// One plane's first sample and the bytes from row to row.
    typealias Plane = (start: UnsafePointer<UInt8>, rowBytes: Int)

    let width: Int
    let height: Int
    let luma: Plane
    let chroma: (u: Plane, v: Plane)?
    /// 8 bits a sample at full size.
    let alpha: Plane?
    /// Binary logarithm of the pixels that share a chroma sample: 0 or 1 on each axis.
    let chromaShift: (x: Int, y: Int)

    /// The planes of a frame, or nil where one that there should be is not, or chroma is coarser than one in four.
    init?(frame: AVFrame, hasChroma: Bool, hasAlpha: Bool, chromaShift: (x: Int, y: Int)) {
        func plane(_ start: UnsafeMutablePointer<UInt8>?, _ rowBytes: Int32) -> Plane? {
            start.map { (UnsafePointer($0), Int(rowBytes)) }
        }
        guard chromaShift.x <= 1, chromaShift.y <= 1, let luma = plane(frame.data.0, frame.linesize.0) else {
            return nil
        }
        if hasChroma {
            guard let u = plane(frame.data.1, frame.linesize.1), let v = plane(frame.data.2, frame.linesize.2) else {
                return nil
            }
            chroma = (u, v)
        } else {
            chroma = nil
        }
        alpha = hasAlpha ? plane(frame.data.3, frame.linesize.3) : nil
        width = Int(frame.width)
        height = Int(frame.height)
        self.luma = luma
        self.chromaShift = chromaShift
    }
}

/// The linear map from samples to colours of 0 to 255.
struct YUVConversion {
    private let lumaScale: Float
    private let lumaZero: Float
    private let lumaInRedAndBlue: Float
    private let chromaZero: Float
    private let redFromV: Float
    private let greenFromU: Float
    private let greenFromV: Float
    private let blueFromU: Float

    /// Chroma is summed with weights that add up to this.
    private static let chromaUnit: Float = 16

    /// The map for samples of `depth` bits, or nil for a matrix that is not of this kind.
    init?(_ color: FrameColor, depth: Int, hasChroma: Bool) {
        let step = Float(1 << (depth - 8))
        let top = Float(1 << depth - 1)
        lumaScale = 255 / (color.fullRange ? top : 219 * step)
        lumaZero = color.fullRange ? 0 : 16 * step
        if color.matrix == 0, hasChroma {
            // The planes are green, blue and red themselves.
            lumaInRedAndBlue = 0
            chromaZero = lumaZero * Self.chromaUnit
            (redFromV, blueFromU) = (lumaScale / Self.chromaUnit, lumaScale / Self.chromaUnit)
            (greenFromU, greenFromV) = (0, 0)
            return
        }
        guard let weights = Self.lumaWeights(of: hasChroma ? color.matrix : 2) else { return nil }
        let chromaScale = 255 / (color.fullRange ? top : 224 * step) / Self.chromaUnit
        let green = 1 - weights.red - weights.blue
        lumaInRedAndBlue = 1
        chromaZero = 128 * step * Self.chromaUnit
        redFromV = 2 * (1 - weights.red) * chromaScale
        blueFromU = 2 * (1 - weights.blue) * chromaScale
        greenFromV = -redFromV * weights.red / green
        greenFromU = -blueFromU * weights.blue / green
    }

    /// How much of luma is red and how much blue. A matrix left unnamed (2) is taken as BT.601.
    private static func lumaWeights(of matrix: Int) -> (red: Float, blue: Float)? {
        switch matrix {
        case 1: (0.2126, 0.0722)
        case 2, 5, 6: (0.299, 0.114)
        case 4: (0.30, 0.11)
        case 7: (0.212, 0.087)
        case 9: (0.2627, 0.0593)
        default: nil
        }
    }

    /// Converts a frame whose luma and chroma samples are of type `Sample`. Returns `width * height * 4` bytes.
    func rgba<Sample: FixedWidthInteger & UnsignedInteger>(_ planes: YUVPlanes, of type: Sample.Type) -> [UInt8] {
        var rgba = [UInt8](repeating: 255, count: planes.width * planes.height * 4)
        var u = [Float](repeating: chromaZero, count: planes.width)
        var v = u
        for y in 0..<planes.height {
            if let chroma = planes.chroma {
                Self.spread(chroma.u, of: type, row: y, planes, into: &u)
                Self.spread(chroma.v, of: type, row: y, planes, into: &v)
            }
            let luma = Self.row(planes.luma, y, of: type)
            let output = y * planes.width * 4
            rgba.withUnsafeMutableBufferPointer { rgba in
                for x in 0..<planes.width {
                    let grey = (Float(luma[x]) - lumaZero) * lumaScale
                    let (du, dv) = (u[x] - chromaZero, v[x] - chromaZero)
                    rgba[output + x * 4] = Self.level(lumaInRedAndBlue * grey + redFromV * dv)
                    rgba[output + x * 4 + 1] = Self.level(grey + greenFromU * du + greenFromV * dv)
                    rgba[output + x * 4 + 2] = Self.level(lumaInRedAndBlue * grey + blueFromU * du)
                }
            }
            if let alpha = planes.alpha {
                let row = alpha.start + y * alpha.rowBytes
                for x in 0..<planes.width { rgba[output + x * 4 + 3] = row[x] }
            }
        }
        return rgba
    }

    /// Fills one full-size row of chroma, times `chromaUnit`: on each shared axis three parts of the nearer sample and
    /// one of the next, which at the edge is the same one.
    private static func spread<Sample: FixedWidthInteger & UnsignedInteger>(
        _ plane: YUVPlanes.Plane, of type: Sample.Type, row y: Int, _ planes: YUVPlanes, into full: inout [Float]
    ) {
        let (nearY, farY) = neighbours(y, planes.chromaShift.y, size: planes.height)
        let near = row(plane, nearY, of: type)
        let far = row(plane, farY, of: type)
        full.withUnsafeMutableBufferPointer { full in
            for x in 0..<planes.width {
                let (nearX, farX) = neighbours(x, planes.chromaShift.x, size: planes.width)
                let atNear = 3 * Int32(near[nearX]) + Int32(far[nearX])
                let atFar = 3 * Int32(near[farX]) + Int32(far[farX])
                full[x] = Float(3 * atNear + atFar)
            }
        }
    }

    private static func neighbours(_ position: Int, _ shift: Int, size: Int) -> (near: Int, far: Int) {
        guard shift == 1 else { return (position, position) }
        let near = position / 2
        return (near, min(max(0, near + (position & 1 == 0 ? -1 : 1)), (size - 1) / 2))
    }

    private static func row<Sample>(_ plane: YUVPlanes.Plane, _ y: Int, of: Sample.Type) -> UnsafePointer<Sample> {
        UnsafeRawPointer(plane.start + y * plane.rowBytes).assumingMemoryBound(to: Sample.self)
    }

    private static func level(_ value: Float) -> UInt8 {
        UInt8(min(255, max(0, value + 0.5)))
    }
}
