// Reads JSON where it lies, value by value in the order of the file: for headers and indices of checkpoints, whose hundreds
// of thousands of names take seconds as a tree. Small files are read with `JSONFile`.
//
// Who reads says what should come next. What nobody asks for is skipped, brackets and strings checked.

import Foundation

/// A place in a JSON text.
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    private let file: String
    private var place = 0

    /// Objects and lists within each other at most, in what is skipped.
    private static let mostLevels = 100

    /// - Parameter file: what errors call it.
    init(_ bytes: UnsafeRawBufferPointer, file: String) {
        self.bytes = bytes
        self.file = file
    }

    /// Reads an object. `member` gets each name, and reads or skips its value.
    mutating func object(
        _ member: (_ name: String, _ value: inout JSONScanner) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        try take("{", "an object")
        if takes("}") { return }
        repeat {
            let name = try string()
            try take(":", "a colon")
            try member(name, &self)
        } while takes(",")
        try take("}", "the end of an object")
    }

    /// Reads a list of whole numbers.
    mutating func integers() throws(CheckpointError) -> [Int] {
        var numbers: [Int] = []
        try take("[", "a list")
        if takes("]") { return numbers }
        repeat { numbers.append(try integer()) } while takes(",")
        try take("]", "the end of a list")
        return numbers
    }

    /// Reads a string.
    mutating func string() throws(CheckpointError) -> String {
        let content = try quoted()
        if content.contains(UInt8(ascii: "\\")) {
            let whole = Data(bytes[content.startIndex - 1..<content.endIndex + 1])
            if let text = try? JSONSerialization.jsonObject(with: whole, options: .fragmentsAllowed) as? String {
                return text
            }
        } else if let text = String(validating: content, as: UTF8.self) {
            return text
        }
        throw fault("a string")
    }

    /// Passes over a value of any kind.
    mutating func skip() throws(CheckpointError) { try skip(levels: Self.mostLevels) }

    /// Nothing but white space is left.
    mutating func end() throws(CheckpointError) {
        guard next == nil else { throw fault("the end") }
    }

    // MARK: Pieces

    private mutating func integer() throws(CheckpointError) -> Int {
        skipSpace()
        let start = place
        if place < bytes.count, bytes[place] == UInt8(ascii: "-") { place += 1 }
        while place < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[place] { place += 1 }
        guard let number = Int(String(decoding: bytes[start..<place], as: UTF8.self)) else {
            throw fault("a whole number")
        }
        return number
    }

    /// What stands between two quotation marks.
    private mutating func quoted() throws(CheckpointError) -> Slice<UnsafeRawBufferPointer> {
        try take("\"", "a string")
        let start = place
        while place < bytes.count, bytes[place] >= 0x20 {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                place += 1
                return bytes[start..<place - 1]
            case UInt8(ascii: "\\"): place += 2
            default: place += 1
            }
        }
        throw fault("the end of a string")
    }

    private mutating func skip(levels: Int) throws(CheckpointError) {
        switch next {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard levels > 0 else { throw fault("no more than \(Self.mostLevels) levels") }
            let isObject = takes("{")
            let end: Unicode.Scalar = isObject ? "}" : "]"
            if !isObject { try take("[", "a list") }
            if takes(end) { return }
            repeat {
                if isObject {
                    _ = try quoted()
                    try take(":", "a colon")
                }
                try skip(levels: levels - 1)
            } while takes(",")
            try take(end, "the end of an object or list")
        case UInt8(ascii: "\""): _ = try quoted()
        default:
            let start = place
            while place < bytes.count, Self.isPlain(bytes[place]) { place += 1 }
            guard place > start else { throw fault("a value") }
        }
    }

    /// Whether a byte may be part of a number, true, false or null.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "E"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private mutating func skipSpace() {
        while place < bytes.count {
            switch bytes[place] {
            case 0x20, 0x09, 0x0A, 0x0D: place += 1
            default: return
            }
        }
    }

    /// The first byte that is no white space.
    private var next: UInt8? {
        mutating get {
            skipSpace()
            return place < bytes.count ? bytes[place] : nil
        }
    }

    /// Passes over a character if it comes next.
    private mutating func takes(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func take(_ character: Unicode.Scalar, _ expected: String) throws(CheckpointError) {
        guard takes(character) else { throw fault(expected) }
    }

    private func fault(_ expected: String) -> CheckpointError {
        let byte = min(place, bytes.count)
        return .malformed(file: file, reason: "not JSON as expected: \(expected) should come at byte \(byte)")
    }
}
