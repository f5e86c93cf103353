// Colours of a screen: of rules and frames, around ink and of ink itself.
import Media
import Render

extension ScreenScan {
    func packed(_ x: Int, _ y: Int) -> UInt32 {
        let start = 3 * (y * map.width + x)
        return UInt32(image.pixels[start]) << 16 | UInt32(image.pixels[start + 1]) << 8
            | UInt32(image.pixels[start + 2])
    }

    /// The most frequent colour of the pixels of a rectangle that satisfy a condition, by their number in the picture, looking
    /// at every `step`th row and column; nil where none does.
    func mostFrequent(in rect: PixelRect, step: Int = 1, where isMeant: (Int) -> Bool) -> RGB? {
        var counts: [UInt32: Int] = [:]
        for y in stride(from: rect.ys.lowerBound, to: rect.ys.upperBound, by: step) {
            for x in stride(from: rect.xs.lowerBound, to: rect.xs.upperBound, by: step)
            where isMeant(y * map.width + x) {
                counts[packed(x, y), default: 0] += 1
            }
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { RGB(code: $0.key) }
    }

    func modeColour(in rect: PixelRect) -> RGB { mostFrequent(in: rect) { _ in true } ?? RGB(0, 0, 0) }

    func inkColour(_ number: Int32, _ rect: PixelRect) -> RGB {
        mostFrequent(in: rect) { numbers[$0] == number } ?? RGB(0, 0, 0)
    }

    // The most frequent colour of the pixels next to a rectangle; nil for the whole picture.
    func colourAround(_ rect: PixelRect) -> RGB? {
        rect.widened(by: 1).clipped(width: map.width, height: map.height).flatMap { around in
            mostFrequent(in: around) { !rect.contains(x: $0 % map.width, y: $0 / map.width) }
        }
    }

    // The most frequent colour of a region within a rectangle and two pixels around it.
    func groundAround(_ rect: PixelRect, region: Int32) -> RGB? {
        rect.widened(by: 2).clipped(width: map.width, height: map.height)
            .flatMap { around in mostFrequent(in: around) { map.regions[$0] == region } }
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

extension RGB {
    /// The colour on the way to another one; `share` 0…1 of that.
    func passing(to other: RGB, by share: Double) -> RGB {
        func level(_ from: UInt8, _ to: UInt8) -> Double { Double(from) + (Double(to) - Double(from)) * share }
        return RGB(rounding: (level(red, other.red), level(green, other.green), level(blue, other.blue)))
    }
}
