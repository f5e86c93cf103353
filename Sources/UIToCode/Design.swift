// What comes in: one picture of one screen, with the name its project goes by.
public import Media

/// A picture to be converted.
public struct Design: Sendable {
    /// The file's name without folders and extension; never empty, never starts with a dot, holds no slash.
    public let name: String
    /// The decoded picture.
    public let image: Image
    /// Seconds it took to read and decode the picture; 0 for one that was in memory.
    public let decodeSeconds: Double

    /// Makes a design from a picture in memory.
    public init(name: String, image: Image) {
        self.init(name: name, image: image, decodeSeconds: 0)
    }

    /// Reads a design from a picture file of any kind that `Media` knows.
    ///
    /// - Throws: `MediaError` when the file cannot be read, is no picture, or is larger than `limits` allow.
    public static func read(path: String, limits: ImageLimits = .init()) throws(MediaError) -> Design {
        let start = ContinuousClock.now
        let image = try Image.read(path: path, limits: limits)
        return Design(name: path, image: image, decodeSeconds: start.duration(to: .now).seconds)
    }

    /// Decodes a design from a file's content.
    ///
    /// - Parameter path: what errors call it, and what its name is taken from.
    /// - Throws: `MediaError` when it is no picture or is larger than `limits` allow.
    static func decode(_ bytes: [UInt8], path: String, limits: ImageLimits = .init()) throws(MediaError) -> Design {
        let start = ContinuousClock.now
        let image = try Image.decode(bytes, name: path, limits: limits)
        return Design(name: path, image: image, decodeSeconds: start.duration(to: .now).seconds)
    }

    private init(name: String, image: Image, decodeSeconds: Double) {
        self.name = Self.stem(of: name)
        self.image = image
        self.decodeSeconds = decodeSeconds
    }

    /// The name, with `-2`, `-3`, … when it is taken, which it then is. Names that differ only in case are the same to
    /// some file systems, and here.
    ///
    /// - Parameter taken: names in lower case.
    package static func unique(_ name: String, in taken: inout Set<String>) -> String {
        var candidate = name
        var number = 1
        while !taken.insert(candidate.lowercased()).inserted {
            number += 1
            candidate = "\(name)-\(number)"
        }
        return candidate
    }

    /// The name that a design at `path` gets: `shots/Sign in.v2.png` gives `Sign in.v2`.
    package static func stem(of path: String) -> String {
        var name = path.split(separator: "/").last ?? ""
        while name.first == "." { name.removeFirst() }
        if let dot = name.lastIndex(of: "."), dot > name.startIndex { name = name[..<dot] }
        let visible = name.unicodeScalars.filter { $0.properties.generalCategory != .control && $0 != "\\" }
        let stem = String(String.UnicodeScalarView(visible))
        return stem.isEmpty ? "design" : stem
    }
}

extension Duration {
    /// The duration in seconds.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
