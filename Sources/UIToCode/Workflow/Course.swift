// An observation with its places worked out: how far each screen was scrolled when something happened on it, and what
// happened by itself. Frames are windows onto screens; a screen that was scrolled is higher than its window.
import Media
import Render

/// The course of a recording.
struct Course: Sendable {
    /// An event in its place.
    struct Place: Sendable, Equatable {
        /// How far the screen before, and the one after, was scrolled, in pixels: its window begins there.
        var before = 0.0
        var after = 0.0
        /// The same of the screens at the bottom, where these are overlays.
        var rootBefore = 0.0
        var rootAfter = 0.0
        /// Nobody did it: it followed from what had happened before.
        var isByItself = false
    }

    /// What was seen.
    let observation: Observation
    /// One for each event.
    private(set) var places: [Place] = []
    /// What is to be hidden in every picture; nil for nothing.
    var redaction: Redaction?

    var events: [ObservedEvent] { observation.events }
    var screens: [ObservedScreen] { observation.screens }

    /// Works out the places.
    init(_ observation: Observation) throws(WorkflowError) {
        self.observation = observation
        var scrolled: [Int: Double] = [:]
        var searches: [Int: WindowSearch] = [:]
        for (index, event) in observation.events.enumerated() {
            var place = Place()
            place.before = try offset(of: event.frameBefore, on: event.screenBefore, &searches)
            scrolled[root(event.screenBefore)] = rooted(event.screenBefore, place.before, scrolled)
            place.rootBefore = scrolled[root(event.screenBefore)] ?? 0
            place.after = try offset(of: event.frameAfter, on: event.screenAfter, &searches)
            scrolled[root(event.screenAfter)] = rooted(event.screenAfter, place.after, scrolled)
            place.rootAfter = scrolled[root(event.screenAfter)] ?? 0
            place.isByItself = isByItself(index)
            places.append(place)
        }
    }

    /// The screen at the bottom of overlays.
    func root(_ screen: Int) -> Int {
        var (root, seen) = (screen, Set<Int>())
        while seen.insert(root).inserted, let below = screens[root].below, screens.indices.contains(below) {
            root = below
        }
        return root
    }

    // MARK: Pictures

    /// The last frame before an event, with what is to be hidden covered.
    func frameBefore(_ index: Int) throws(WorkflowError) -> Image {
        let event = events[index]
        return try picture(event.frameBefore, root: root(event.screenBefore), scrolled: places[index].rootBefore)
    }

    /// The first frame after an event, likewise.
    func frameAfter(_ index: Int) throws(WorkflowError) -> Image {
        let event = events[index]
        return try picture(event.frameAfter, root: root(event.screenAfter), scrolled: places[index].rootAfter)
    }

    /// A screen, likewise.
    func picture(of screen: Int) throws(WorkflowError) -> Image {
        try picture(screens[screen].image, root: root(screen), scrolled: scrolled(screen))
    }

    private func picture(_ kept: KeptPicture, root: Int, scrolled: Double) throws(WorkflowError) -> Image {
        let image: Image
        do { image = try kept.image() } catch { throw .picture(error) }
        return redaction?.covered(image, root: root, scrolled: scrolled) ?? image
    }

    /// Where a screen's picture begins on the screen at the bottom.
    func scrolled(_ screen: Int) -> Double {
        guard screens[screen].below != nil else { return 0 }
        return events.firstIndex { $0.screenAfter == screen }.map { places[$0].rootAfter } ?? 0
    }

    /// The window as it was at rest on a screen before anything happened there.
    func window(of screen: Int) -> Viewport {
        let image = screens[screen].image
        return Viewport(width: image.width, height: min(image.height, max(1, screens[screen].windowHeight)))
    }

    private func offset(
        of frame: KeptPicture, on screen: Int, _ searches: inout [Int: WindowSearch]
    ) throws(WorkflowError) -> Double {
        let whole = screens[screen].image
        guard whole.height > screens[screen].windowHeight, whole.width == frame.width else { return 0 }
        do {
            if searches[screen] == nil { searches[screen] = WindowSearch(try whole.image()) }
            return Double(searches[screen]?.offset(of: try frame.image()) ?? 0)
        } catch {
            throw .picture(error)
        }
    }

    private func rooted(_ screen: Int, _ offset: Double, _ scrolled: [Int: Double]) -> Double {
        screens[screen].below == nil ? offset : scrolled[root(screen)] ?? 0
    }

    // What follows something that moved by itself, or an overlay that goes, while the pointer rests where it was: a page
    // that was loaded, a message that was there long enough.
    private func isByItself(_ index: Int) -> Bool {
        let event = events[index]
        if event.kind == .animation, event.pointer == nil { return true }
        guard event.kind != .typing, event.kind != .scroll, index > 0 else { return false }
        guard let pointer = event.pointer else { return false }
        let before = events[index - 1]
        guard let last = before.pointer, abs(last.x - pointer.x) <= 3, abs(last.y - pointer.y) <= 3 else {
            return false
        }
        if before.kind == .animation || event.kind == .animation { return true }
        return event.kind == .overlayClose && !event.box.contains(pointer) && event.start - before.end >= 1
    }
}

/// Finds which part of a high picture a window shows.
struct WindowSearch: Sendable {
    /// Columns that every row is summed up in.
    private static let columns = 16

    private let rows: [Int]
    private let height: Int

    /// Prepares a search in a picture.
    init(_ whole: Image) {
        rows = Self.rows(of: whole)
        height = whole.height
    }

    /// The row at which a window begins: where the mean difference of both, row by row, is least; the first of several.
    ///
    /// - Parameter window: as wide as the whole.
    /// - Complexity: a quarter of the window's rows times the places.
    func offset(of window: Image) -> Int {
        let part = Self.rows(of: window)
        let last = height - window.height
        guard last > 0 else { return 0 }
        func difference(_ offset: Int) -> Int {
            var sum = 0
            for row in stride(from: 0, to: window.height, by: 4) {
                for column in 0..<Self.columns {
                    sum += abs(part[row * Self.columns + column] - rows[(row + offset) * Self.columns + column])
                }
            }
            return sum
        }
        return (0...last).map { ($0, difference($0)) }.min { $0.1 < $1.1 }?.0 ?? 0
    }

    // The mean green of each column of each row, in eighths.
    private static func rows(of image: Image) -> [Int] {
        var means = [Int](repeating: 0, count: image.height * columns)
        image.pixels.withUnsafeBufferPointer { pixels in
            for row in 0..<image.height {
                for column in 0..<columns {
                    let (from, to) = (column * image.width / columns, (column + 1) * image.width / columns)
                    guard to > from else { continue }
                    var sum = 0
                    for x in from..<to { sum += Int(pixels[(row * image.width + x) * 3 + 1]) }
                    means[row * columns + column] = sum * 8 / (to - from)
                }
            }
        }
        return means
    }
}
