// The pictures of an analysis: frames that show its steps, its screens, what was clicked. Each picture is kept once, no
// wider than needed, as PNG; when there are many, those that follow are smaller.
import Foundation
import Media

/// Collects pictures.
struct Album: Sendable {
    /// The folder of the pictures.
    static let folder = "images/"
    /// Widths of the first pictures, of those after `many`, and of those after twice as many.
    private static let widths = [960, 640, 400]
    private static let many = 60

    /// The files so far.
    private(set) var files: [(path: String, bytes: [UInt8])] = []
    // Where a picture is, by its file.
    private var known: [[UInt8]: String] = [:]

    /// Adds a picture, unless it is there already.
    ///
    /// - Parameter name: without folder and extension; not used before.
    /// - Returns: its path.
    mutating func add(_ image: Image, as name: String) throws(WorkflowError) -> String {
        let width = Self.widths[min(files.count / Self.many, Self.widths.count - 1)]
        let bytes: [UInt8]
        do { bytes = try image.narrowed(to: width).encodedPNG() } catch { throw .picture(error) }
        if let path = known[bytes] { return path }
        let path = Self.folder + name + ".png"
        files.append((path, bytes))
        known[bytes] = path
        return path
    }
}

extension Image {
    /// The picture made smaller, so that it is no wider than so many pixels; itself when it is so already.
    func narrowed(to width: Int) -> Image {
        guard self.width > width else { return self }
        let height = max(1, Int((Double(self.height) * Double(width) / Double(self.width)).rounded()))
        return resized(width: width, height: height)
    }
}
