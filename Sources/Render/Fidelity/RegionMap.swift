// A picture in regions of smoothly changing colour: wide ones are ground, what is left over is ink. Glyphs, rules and
// the rims of shapes are ink; pages, cards, buttons and gradients are ground.
package import Media

/// The regions of a picture and which of them are ground.
package struct RegionMap {
    /// A neighbour belongs to the same region when no channel differs by more, unless another bound is given.
    static let smoothness = 10
    /// A region is ground when a square of this many CSS pixels fits into it, which is narrower than the padding of small
    /// badges; unless it is a broad stroke.
    static let groundSide = 6.0
    /// A region is a broad stroke, of large and bold type, when no square of this many CSS pixels fits into it, ...
    static let strokeSide = 13.0
    /// ... it is no higher than this, in CSS pixels, ...
    static let strokeHeight = 64.0
    /// ... and fills less of the box around it, which badges do though they have text in them.
    static let strokeShare = 0.62

    package let width: Int
    package let height: Int
    /// The region of every pixel, by the number of its first pixel.
    package let regions: [Int32]
    /// Whether the region with this number is ground; only meaningful at a region's own number.
    package let isGround: [Bool]

    /// Looks at a picture with the bound of every comparison.
    init(_ image: Image, scale: Double) { self.init(image, scale: scale, smoothness: Self.smoothness) }

    /// Looks at a picture; a lower bound tells grounds apart that differ little.
    package init(_ image: Image, scale: Double, smoothness: Int) {
        width = image.width
        height = image.height
        regions = Self.regions(of: image, smoothness: smoothness)
        let fits = { [width, height, regions] (side: Double) in
            Self.regions(regions, width, height, fitting: max(3, Int((side * scale).rounded())))
        }
        let wide = fits(Self.strokeSide)
        var grounds = fits(Self.groundSide)
        var narrow: [Int32: InkBlob] = [:]
        for (index, region) in regions.enumerated() where grounds[Int(region)] && !wide[Int(region)] {
            let (x, y) = (index % width, index / width)
            let pixel = InkBlob(left: x, top: y, right: x + 1, bottom: y + 1, count: 1, ground: -1)
            narrow[region] = narrow[region]?.union(pixel) ?? pixel
        }
        for (region, box) in narrow where Double(box.height) <= Self.strokeHeight * scale {
            if box.density < Self.strokeShare { grounds[Int(region)] = false }
        }
        isGround = grounds
    }

    /// Whether a pixel is ink.
    @inline(__always)
    package func isInk(_ index: Int) -> Bool { !isGround[Int(regions[index])] }

    private static func regions(of image: Image, smoothness: Int) -> [Int32] {
        let (width, height) = (image.width, image.height)
        var sets = DisjointSets(count: width * height)
        image.pixels.withUnsafeBufferPointer { pixels in
            @inline(__always) func isSmooth(_ first: Int, _ second: Int) -> Bool {
                abs(Int(pixels[3 &* first]) &- Int(pixels[3 &* second])) <= smoothness
                    && abs(Int(pixels[3 &* first &+ 1]) &- Int(pixels[3 &* second &+ 1])) <= smoothness
                    && abs(Int(pixels[3 &* first &+ 2]) &- Int(pixels[3 &* second &+ 2])) <= smoothness
            }
            for y in 0..<height {
                for x in 0..<width {
                    let index = y &* width &+ x
                    if x > 0, isSmooth(index, index &- 1) { sets.join(index, index &- 1) }
                    if y > 0, isSmooth(index, index &- width) { sets.join(index, index &- width) }
                }
            }
        }
        return sets.roots()
    }

    /// Regions into which a square of `side` pixels fits.
    private static func regions(_ regions: [Int32], _ width: Int, _ height: Int, fitting side: Int) -> [Bool] {
        var fits = [Bool](repeating: false, count: regions.count)
        var down = [Int32](repeating: 0, count: width)
        for y in 0..<height {
            var across = 0
            for x in 0..<width {
                let index = y &* width &+ x
                across = x > 0 && regions[index] == regions[index &- 1] ? across &+ 1 : 1
                let isWide = across >= side
                let continues = y > 0 && regions[index] == regions[index &- width]
                down[x] = isWide ? (continues ? down[x] &+ 1 : 1) : 0
                if down[x] >= Int32(side) { fits[Int(regions[index])] = true }
            }
        }
        return fits
    }
}

extension DisjointSets {
    /// The least member of every number's set.
    mutating func roots() -> [Int32] {
        (0..<count).map { Int32(root(of: $0)) }
    }
}
