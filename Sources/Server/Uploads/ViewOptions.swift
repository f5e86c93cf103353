// How something is to be looked at: the window of pages, and the pixels for a CSS pixel. Forms, queries and JSON know
// the same two options with the same bounds; impossible values are refused by name, nothing is corrected.
import Render

/// A window and a scale.
///
/// Proof: `ViewOptionsTests`.
struct ViewOptions: Sendable, Equatable {
    /// The options' names in forms, queries and JSON.
    static let names = ["viewport", "scale"]

    /// The window that was asked for; nil when none was.
    let window: Viewport?
    /// Pixels for a CSS pixel: of pictures that come, and of pictures that are made. 1 unless asked for.
    let scale: Double

    /// Reads the options from texts; nil is what is not given.
    ///
    /// - Throws: `invalid_parameter`, also for a window of more pixels than are worked on.
    init(viewport: String? = nil, scale: String? = nil, limits: UploadLimits) throws(Problem) {
        self.scale = try scale.map { text throws(Problem) in try Self.scale(text) } ?? 1
        guard let viewport else {
            window = nil
            return
        }
        let window = try Self.window(viewport, scale: self.scale)
        let pixels = Double(window.width) * Double(window.height) * window.scale * window.scale
        guard pixels <= Double(limits.measuredPixels) else {
            throw Problem(
                .invalidParameter,
                "viewport is at most \(limits.measuredPixels) pixels in all, not \(viewport) at \(self.scale)",
                param: "viewport")
        }
        self.window = window
    }

    /// The window asked for, else another, else 1280 × 800.
    func viewport(or other: Viewport?) -> Viewport {
        window ?? other ?? Viewport(width: 1280, height: 800, scale: scale)
    }

    private static func window(_ text: String, scale: Double) throws(Problem) -> Viewport {
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { side in
            side.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(side) : nil
        }
        guard sides.count == 2, let width = sides[0], let height = sides[1], (1...16_384).contains(width),
            (1...16_384).contains(height)
        else {
            throw Problem(
                .invalidParameter, "viewport is a window such as 1280x800, 1 to 16384 each, not \(text.quotedBriefly)",
                param: "viewport")
        }
        return Viewport(width: width, height: height, scale: scale)
    }

    private static func scale(_ text: String) throws(Problem) -> Double {
        let isDecimal = text.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) }
        guard isDecimal, let scale = Double(text), (0.1...4).contains(scale) else {
            throw Problem(
                .invalidParameter, "scale is a number from 0.1 to 4, not \(text.quotedBriefly)", param: "scale")
        }
        return scale
    }
}
