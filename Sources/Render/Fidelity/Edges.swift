// Agreement of edges: where one picture has a border, a glyph or a rule, has the other one too, within a pixel?

/// The edge pixels of a grey picture.
struct EdgeMap {
    /// The least Sobel magnitude of an edge. A step of `n` grey levels has 4n, so that a step of 10 levels counts: the
    /// palest borders of cards do, the noise of JPEG on flat areas does not.
    static let threshold = 40

    let width: Int
    let height: Int
    /// `[height, width]`, 1 on an edge, else 0.
    let samples: [UInt8]

    /// Marks pixels where gx² + gy² ≥ threshold² with the kernels (1 2 1)ᵀ (−1 0 1) and its transpose; the picture goes
    /// on beyond its border as the border is.
    init(_ luma: Luma) {
        width = luma.width
        height = luma.height
        let (width, height) = (luma.width, luma.height)
        samples = [UInt8](unsafeUninitializedCapacity: width * height) { edges, initialized in
            luma.samples.withUnsafeBufferPointer { grey in
                for y in 0..<height {
                    let above = max(0, y &- 1) &* width
                    let here = y &* width
                    let below = min(height &- 1, y &+ 1) &* width
                    for x in 0..<width {
                        let left = max(0, x &- 1)
                        let right = min(width &- 1, x &+ 1)
                        let a = Int32(grey[above &+ left])
                        let b = Int32(grey[above &+ x])
                        let c = Int32(grey[above &+ right])
                        let d = Int32(grey[here &+ left])
                        let f = Int32(grey[here &+ right])
                        let g = Int32(grey[below &+ left])
                        let h = Int32(grey[below &+ x])
                        let i = Int32(grey[below &+ right])
                        let across = (c &+ 2 &* f &+ i) &- (a &+ 2 &* d &+ g)
                        let down = (g &+ 2 &* h &+ i) &- (a &+ 2 &* b &+ c)
                        let isEdge = across &* across &+ down &* down >= Int32(Self.threshold * Self.threshold)
                        edges[here &+ x] = isEdge ? 1 : 0
                    }
                }
            }
            initialized = width * height
        }
    }

    /// F1 of the edge pixels of two pictures of one size.
    ///
    /// Precision is the share of `result`'s edge pixels that have one of `design` among the 3 × 3 pixels around them,
    /// recall the same the other way, F1 their harmonic mean. 1 when neither picture has an edge, 0 when one has none.
    ///
    /// Proofs: `EdgesTests.equalsTheRecordedDefinition`, `EdgesTests.aStepOfOnePixelIsForgivenAndOneOfThreeIsNot`.
    static func agreement(of result: EdgeMap, with design: EdgeMap) -> Double {
        precondition(result.width == design.width && result.height == design.height, "maps of one size are compared")
        let (found, inResult) = result.hits(in: design)
        let (kept, inDesign) = design.hits(in: result)
        if inResult == 0 && inDesign == 0 { return 1 }
        guard found > 0, kept > 0 else { return 0 }
        let precision = Double(found) / Double(inResult)
        let recall = Double(kept) / Double(inDesign)
        return 2 * precision * recall / (precision + recall)
    }

    /// How many edge pixels there are, and how many of them have one of `other` within a pixel.
    private func hits(in other: EdgeMap) -> (near: Int, all: Int) {
        var (near, all) = (0, 0)
        samples.withUnsafeBufferPointer { own in
            other.samples.withUnsafeBufferPointer { other in
                for y in 0..<height {
                    for x in 0..<width where own[y &* width &+ x] == 1 {
                        all &+= 1
                        if other[y &* width &+ x] == 1 || Self.hasEdge(other, around: (x, y), width, height) {
                            near &+= 1
                        }
                    }
                }
            }
        }
        return (near, all)
    }

    @inline(__always)
    private static func hasEdge(
        _ edges: UnsafeBufferPointer<UInt8>, around place: (x: Int, y: Int), _ width: Int, _ height: Int
    ) -> Bool {
        for y in max(0, place.y &- 1)...min(height &- 1, place.y &+ 1) {
            for x in max(0, place.x &- 1)...min(width &- 1, place.x &+ 1) where edges[y &* width &+ x] == 1 {
                return true
            }
        }
        return false
    }
}
