// Colours of a screen: of rules and frames, around ink and of ink itself.
import Media
import Render

extension ScreenScan {
    func packed(_ x: Int, _ y: Int) -> UInt32 {
        let start = 3 * (y * map.width + x)
        return UInt32(image.pixels[start]) << 16 | UInt32(image.pixels[start + 1]) << 8
            | UInt32(image.pixels[start + 2])
    }

    func modeColour(in rect: PixelRect) -> RGB {
        var counts: [UInt32: Int] = [:]
        for y in rect.ys { for x in rect.xs { counts[packed(x, y), default: 0] += 1 } }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { RGB(code: $0.key) }
            ?? RGB(0, 0, 0)
    }

    func inkColour(_ number: Int32, _ rect: PixelRect) -> RGB {
        var counts: [UInt32: Int] = [:]
        for y in rect.ys {
            for x in rect.xs where numbers[y * map.width + x] == number {
                counts[packed(x, y), default: 0] += 1
            }
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { RGB(code: $0.key) }
            ?? RGB(0, 0, 0)
    }

    // The most frequent colour of a region within a rectangle and two pixels around it.
    func groundAround(_ rect: PixelRect, region: Int32) -> RGB? {
        var counts: [UInt32: Int] = [:]
        for y in max(0, rect.ys.lowerBound - 2)..<min(map.height, rect.ys.upperBound + 2) {
            for x in max(0, rect.xs.lowerBound - 2)..<min(map.width, rect.xs.upperBound + 2)
            where map.regions[y * map.width + x] == region {
                counts[packed(x, y), default: 0] += 1
            }
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { RGB(code: $0.key) }
    }

    // The colour of a line's ink: the mean of the pixels that are farthest from the ground.
    func strongest(in rect: PixelRect, from ground: RGB) -> RGB {
        var colours: [(distance: Int, colour: RGB)] = []
        for y in rect.ys {
            for x in rect.xs where numbers[y * map.width + x] >= 0 {
                let colour = RGB(code: packed(x, y))
                let distance =
                    abs(Int(colour.red) - Int(ground.red)) + abs(Int(colour.green) - Int(ground.green))
                    + abs(Int(colour.blue) - Int(ground.blue))
                colours.append((distance, colour))
            }
        }
        colours.sort { $0.distance > $1.distance }
        let most = colours.prefix(max(1, colours.count / 40))
        guard !most.isEmpty else { return ground }
        let sum = most.reduce((0.0, 0.0, 0.0)) {
            ($0.0 + Double($1.colour.red), $0.1 + Double($1.colour.green), $0.2 + Double($1.colour.blue))
        }
        let count = Double(most.count)
        return RGB(rounding: (sum.0 / count, sum.1 / count, sum.2 / count))
    }
}
