// The eight ways a stored picture may be meant to be looked at, as EXIF counts them, and where EXIF says so.
// A damaged EXIF block is not a damaged picture: it reads as upright.

/// What must be done to the stored rows before they are looked at. Raw values are EXIF's.
enum Orientation: UInt16, CaseIterable {
    case upright = 1
    case mirroredLeftRight = 2
    case turnedHalf = 3
    case mirroredTopBottom = 4
    case transposed = 5
    case turnedClockwise = 6
    case transversed = 7
    case turnedCounterclockwise = 8

    /// Where the pixels of the turned picture lie in the stored one, counted in pixels.
    struct Walk {
        var width: Int
        var height: Int
        var start: Int
        var columnStep: Int
        var rowStep: Int
    }

    /// The order in which a stored picture's pixels are to be read.
    func walk(width: Int, height: Int) -> Walk {
        let right = width - 1
        let bottom = (height - 1) * width
        func straight(_ start: Int, _ column: Int, _ row: Int) -> Walk {
            Walk(width: width, height: height, start: start, columnStep: column, rowStep: row)
        }
        func swapped(_ start: Int, _ column: Int, _ row: Int) -> Walk {
            Walk(width: height, height: width, start: start, columnStep: column, rowStep: row)
        }
        return switch self {
        case .upright: straight(0, 1, width)
        case .mirroredLeftRight: straight(right, -1, width)
        case .turnedHalf: straight(bottom + right, -1, -width)
        case .mirroredTopBottom: straight(bottom, 1, -width)
        case .transposed: swapped(0, width, 1)
        case .turnedClockwise: swapped(bottom, -width, 1)
        case .transversed: swapped(bottom + right, -width, -1)
        case .turnedCounterclockwise: swapped(right, width, -1)
        }
    }
}

extension Orientation {
    /// Finds the orientation in a JPEG's first EXIF block (APP1), or `upright` where there is none to be read.
    ///
    /// Walks the markers up to the first scan. Proof: `ImageReadingTests.exifOrientationIsApplied`.
    init(jpeg bytes: [UInt8]) {
        self = .upright
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xff {
            let marker = bytes[position + 1]
            if marker == 0xff {
                position += 1
                continue
            }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            let end = position + 2 + length
            guard marker != 0xda, length >= 2, end <= bytes.count else { return }
            let payload = bytes[position + 4..<end]
            if marker == 0xe1, let found = Orientation(exif: payload) {
                self = found
                return
            }
            position = end
        }
    }

    /// Reads an APP1 segment's content: nil where it is no EXIF block, `upright` where it is a damaged one.
    init?(exif payload: ArraySlice<UInt8>) {
        guard payload.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) else { return nil }
        self = Orientation(tiff: payload.dropFirst(6)) ?? .upright
    }

    /// Whether columns become rows.
    var swapsSides: Bool {
        switch self {
        case .upright, .mirroredLeftRight, .turnedHalf, .mirroredTopBottom: false
        case .transposed, .turnedClockwise, .transversed, .turnedCounterclockwise: true
        }
    }

    /// Reads tag 0x0112 (one 16-bit number) of the first directory of a TIFF block.
    private init?(tiff: ArraySlice<UInt8>) {
        let littleEndian = tiff.starts(with: [0x49, 0x49])
        guard littleEndian || tiff.starts(with: [0x4d, 0x4d]) else { return nil }
        func number(at offset: Int, bytes count: Int) -> Int? {
            guard offset >= 0, offset <= tiff.count - count else { return nil }
            let field = tiff[(tiff.startIndex + offset)...].prefix(count)
            return (littleEndian ? Array(field.reversed()) : Array(field)).reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
            let entries = number(at: directory, bytes: 2)
        else { return nil }
        for entry in 0..<entries {
            let offset = directory + 2 + entry * 12
            guard let tag = number(at: offset, bytes: 2) else { return nil }
            guard tag == 0x0112 else { continue }
            guard number(at: offset + 2, bytes: 2) == 3, let value = number(at: offset + 8, bytes: 2) else {
                return nil
            }
            self.init(rawValue: UInt16(value))
            return
        }
        return nil
    }
}
