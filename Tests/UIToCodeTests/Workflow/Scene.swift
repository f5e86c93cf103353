// A screen that is drawn, and filmed: cards, lines of strokes in place of text, a pointer, noise. Everything that is seen
// follows from a few numbers, so that a test knows what truly happens.

import Media
import Testing

@testable import UIToCode

/// A frame of a drawn recording.
struct DrawnFrame: RecordedFrame {
    var seconds: Double
    var canvas: ScreenDrawing

    func luma(width: Int, height: Int) throws(MediaError) -> LumaPlane {
        LumaPlane(width: canvas.width, height: canvas.height, samples: canvas.levels)
    }
    func image() throws(MediaError) -> Image { canvas.image }
}

/// A grey picture that can be drawn on.
struct ScreenDrawing {
    let width: Int
    let height: Int
    private(set) var levels: [UInt8]

    init(width: Int, height: Int, level: UInt8 = 250) {
        (self.width, self.height) = (width, height)
        levels = [UInt8](repeating: level, count: width * height)
    }

    mutating func fill(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ level: UInt8) {
        for row in max(0, y)..<max(max(0, y), min(self.height, y + height)) {
            for column in max(0, x)..<max(max(0, x), min(self.width, x + width)) {
                levels[row * self.width + column] = level
            }
        }
    }

    /// Strokes as words leave them; other seeds, other words.
    mutating func text(_ x: Int, _ y: Int, letters: Int, seed: Int, level: UInt8 = 40, size: Int = 9) {
        var numbers = UInt32(truncatingIfNeeded: seed &* 2_654_435_761 &+ 12345)
        for letter in 0..<letters {
            numbers = numbers &* 1_664_525 &+ 1_013_904_223
            guard numbers >> 28 != 0 else { continue }
            let left = x + letter * 6
            fill(left, y, 1, size, level)
            if numbers >> 24 & 1 == 0 { fill(left + 3, y + size / 3, 1, size - size / 3, level) }
            if numbers >> 25 & 1 == 0 { fill(left, y + Int(numbers >> 20) % size, 4, 1, level) }
        }
    }

    /// All levels nearer to black.
    mutating func dim(to part: Double) { levels = levels.map { UInt8(Double($0) * part) } }

    /// This picture with so much of another, 0…1.
    func mixed(with other: ScreenDrawing, _ part: Double) -> ScreenDrawing {
        var mixed = self
        mixed.levels = zip(levels, other.levels).map { UInt8((Double($0) * (1 - part) + Double($1) * part).rounded()) }
        return mixed
    }

    /// A white arrow with a dark edge that points at a place.
    mutating func arrow(_ x: Int, _ y: Int) {
        for row in 0..<16 {
            let length = row < 12 ? row * 2 / 3 + 1 : 4
            for column in 0..<length {
                let isEdge = column == 0 || column == length - 1 || row == 15
                fill(x + column, y + row, 1, 1, isEdge ? 10 : 255)
            }
        }
    }

    /// Every level off by some, -most…most; `numbers` goes on.
    mutating func addNoise(_ most: Int, _ numbers: inout UInt32) {
        var index = 0
        while index < levels.count {
            numbers = numbers &* 1_664_525 &+ 1_013_904_223
            let offset = Int(numbers >> 8) % (2 * most + 1) - most
            levels[index] = UInt8(clamping: Int(levels[index]) + offset)
            index += 1
        }
    }

    var image: Image {
        let pixels = [UInt8](unsafeUninitializedCapacity: levels.count * 3) { buffer, initialized in
            var index = 0
            while index < levels.count {
                buffer[index * 3] = levels[index]
                buffer[index * 3 + 1] = levels[index]
                buffer[index * 3 + 2] = levels[index]
                index += 1
            }
            initialized = levels.count * 3
        }
        return Image(width: width, height: height, pixels: pixels)
    }
}

/// A recording that is drawn frame by frame.
struct Film {
    var screen: ScreenDrawing
    /// Where the pointer is; nil where none is shown.
    var pointer: (x: Int, y: Int)?
    /// Levels that every sample is off at most.
    var noise = 0
    private(set) var frames: [DrawnFrame] = []
    private(set) var seconds = 0.0
    private var numbers: UInt32 = 7
    private let gap: Double

    init(_ screen: ScreenDrawing, pointer: (x: Int, y: Int)? = nil, framesPerSecond: Double = 15) {
        (self.screen, self.pointer) = (screen, pointer)
        gap = 1 / framesPerSecond
    }

    /// Shows the screen for a while.
    mutating func hold(_ duration: Double) {
        let end = seconds + duration
        while seconds < end - 1e-9 { expose(screen) }
    }

    /// Moves the pointer in equal steps.
    mutating func move(to x: Int, _ y: Int, steps: Int = 6) {
        guard let start = pointer else { return }
        for step in 1...steps {
            pointer = (start.x + (x - start.x) * step / steps, start.y + (y - start.y) * step / steps)
            expose(screen)
        }
    }

    /// Shows the screens between this one and another, one a frame, and then stays at the last.
    mutating func show(_ screens: [ScreenDrawing]) {
        for next in screens {
            screen = next
            expose(next)
        }
    }

    /// Fades to another screen.
    mutating func fade(to next: ScreenDrawing, frames: Int = 3) {
        let from = screen
        show((1...frames).map { from.mixed(with: next, Double($0) / Double(frames)) })
    }

    private mutating func expose(_ canvas: ScreenDrawing) {
        var picture = canvas
        if let pointer { picture.arrow(pointer.x, pointer.y) }
        if noise > 0 { picture.addNoise(noise, &numbers) }
        frames.append(DrawnFrame(seconds: seconds, canvas: picture))
        seconds += gap
    }

    /// What is observed in it.
    func observed() throws -> (events: [ObservedEvent], screens: [ObservedScreen]) {
        let store = try PictureStore()
        var watcher = FrameWatcher(width: screen.width, height: screen.height, store: store)
        for frame in frames { try watcher.look(at: frame) }
        var interpretation = Interpretation(
            try watcher.finished(), width: screen.width, height: screen.height, scale: 1, store: store)
        return try interpretation.observation()
    }
}

/// The pages that are filmed.
enum Pages {
    static let (width, height) = (480, 320)

    /// A page with a dark bar at its top and rows of text, scrolled by some pixels under the bar.
    static func list(_ seed: Int, offset: Int = 0, rows: Int = 40) -> ScreenDrawing {
        var canvas = ScreenDrawing(width: width, height: height)
        for row in 0..<rows {
            let y = 52 + row * 36 - offset
            canvas.text(20, y, letters: 12, seed: seed * 100 + row)
            canvas.text(140, y, letters: 40, seed: seed * 100 + row + 50, level: 110)
            canvas.fill(12, y + 22, 456, 1, 215)
        }
        bar(&canvas, seed)
        return canvas
    }

    /// A page of cards.
    static func cards(_ seed: Int) -> ScreenDrawing {
        var canvas = ScreenDrawing(width: width, height: height, level: 235)
        for card in 0..<4 {
            let (x, y) = (24 + card % 2 * 222, 56 + card / 2 * 130)
            canvas.fill(x, y, 206, 116, 255)
            canvas.fill(x + 8, y + 8, 190, 56, UInt8(60 + card * 40))
            canvas.text(x + 10, y + 74, letters: 24, seed: seed * 10 + card)
            canvas.text(x + 10, y + 94, letters: 16, seed: seed * 10 + card + 5, level: 120)
        }
        bar(&canvas, seed)
        return canvas
    }

    /// A form with an empty field at (60, 100), 300 × 28.
    static func form() -> ScreenDrawing {
        var canvas = ScreenDrawing(width: width, height: height)
        canvas.text(60, 80, letters: 14, seed: 1)
        canvas.fill(60, 100, 300, 28, 180)
        canvas.fill(61, 101, 298, 26, 255)
        canvas.text(60, 150, letters: 20, seed: 2)
        canvas.fill(60, 170, 16, 16, 120)
        canvas.fill(61, 171, 14, 14, 255)
        canvas.text(84, 174, letters: 18, seed: 3)
        canvas.fill(60, 230, 120, 32, 70)
        canvas.text(80, 242, letters: 10, seed: 4, level: 240)
        bar(&canvas, 9)
        return canvas
    }

    private static func bar(_ canvas: inout ScreenDrawing, _ seed: Int) {
        canvas.fill(0, 0, width, 40, 60)
        canvas.text(16, 16, letters: 12, seed: 77, level: 240)
    }

    /// A panel with an edge, a title and lines, in the middle.
    static func dialogue(on page: ScreenDrawing, isDimming: Bool = true) -> ScreenDrawing {
        var canvas = page
        if isDimming { canvas.dim(to: 0.5) }
        canvas.fill(120, 90, 240, 140, 120)
        canvas.fill(121, 91, 238, 138, 255)
        canvas.text(136, 106, letters: 20, seed: 500)
        canvas.text(136, 136, letters: 32, seed: 501, level: 110)
        canvas.text(136, 156, letters: 28, seed: 502, level: 110)
        canvas.fill(280, 194, 64, 24, 90)
        return canvas
    }
}
