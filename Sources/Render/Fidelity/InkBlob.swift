// Pieces of ink that hang together: glyphs, joined glyphs, and all that is not text.

/// Ink pixels that touch each other, also at corners.
package struct InkBlob {
    /// Pixels; right and bottom lie just beyond.
    package var left, top, right, bottom: Int
    /// Ink pixels.
    package var count: Int
    /// The ground that most of its neighbours belong to, by region number; -1 when it touches none.
    package var ground: Int32

    package var width: Int { right - left }
    package var height: Int { bottom - top }
    /// Ink pixels over pixels of the box.
    package var density: Double { Double(count) / Double(width * height) }

    package init(left: Int, top: Int, right: Int, bottom: Int, count: Int, ground: Int32) {
        (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
        (self.count, self.ground) = (count, ground)
    }

    func contains(_ other: InkBlob) -> Bool {
        left < other.left && top < other.top && right > other.right && bottom > other.bottom
    }
}

extension InkBlob {
    /// Both as one, on the first one's ground.
    package func union(_ other: InkBlob) -> InkBlob {
        InkBlob(
            left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
            bottom: max(bottom, other.bottom), count: count + other.count, ground: ground)
    }
}

extension RegionMap {
    /// All pieces of ink, by their first pixel from top to bottom, left to right.
    func inkBlobs() -> [InkBlob] { numberedInkBlobs().blobs }

    /// All pieces of ink in the same order, and for every pixel the piece that it belongs to; -1 for ground.
    package func numberedInkBlobs() -> (blobs: [InkBlob], numbers: [Int32]) {
        var numbers = [Int32](repeating: -1, count: width * height)
        var blobs: [InkBlob] = []
        var open: [Int32] = []
        for start in 0..<width * height where numbers[start] < 0 && isInk(start) {
            let number = Int32(blobs.count)
            var blob = InkBlob(left: width, top: height, right: 0, bottom: 0, count: 0, ground: -1)
            var vote = 0
            numbers[start] = number
            open.append(Int32(start))
            while let pixel = open.popLast() {
                let (x, y) = (Int(pixel) % width, Int(pixel) / width)
                blob.left = min(blob.left, x)
                blob.right = max(blob.right, x + 1)
                blob.top = min(blob.top, y)
                blob.bottom = max(blob.bottom, y + 1)
                blob.count += 1
                for ny in max(0, y - 1)...min(height - 1, y + 1) {
                    for nx in max(0, x - 1)...min(width - 1, x + 1) {
                        let next = ny * width + nx
                        if isInk(next) {
                            guard numbers[next] < 0 else { continue }
                            numbers[next] = number
                            open.append(Int32(next))
                        } else if nx == x || ny == y {
                            // Majority vote in one pass (Boyer and Moore): the winner outlives all others.
                            let ground = regions[next]
                            if vote == 0 { blob.ground = ground }
                            vote += ground == blob.ground ? 1 : -1
                        }
                    }
                }
            }
            blobs.append(blob)
        }
        return (blobs, numbers)
    }
}
