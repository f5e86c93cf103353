// The part of the ISO base media format that a still AVIF uses: one `meta` box whose items are pictures, where their
// bytes lie, their properties, and which item is whose alpha. Every offset is checked against the box it lies in.
//
// Source: ISO/IEC 14496-12 (boxes, items), 23008-12 (image items), AV1 Image File Format.

/// One AV1 picture item: its bytes and what its properties say.
struct AVIFPicture {
    var data: [UInt8] = []
    var width = 0
    var height = 0
    var color: FrameColor?
    /// To be applied one after the other.
    var turns: [Orientation] = []
}

/// The `meta` box of an AVIF file, read once.
struct AVIFContainer {
    /// The item the file is about.
    let primary: Int
    private let file: EncodedPicture
    private var types: [Int: String] = [:]
    private var extents: [Int: [Range<Int>]] = [:]
    private var properties: [(type: String, content: Range<Int>)] = []
    /// Per item: indices into `properties`, in the order given.
    private var ownedProperties: [Int: [Int]] = [:]
    private var references: [(type: String, from: Int, to: [Int])] = []

    /// Reads the boxes of `file`. Pictures are looked at only by `picture(_:)`.
    init(_ file: EncodedPicture) throws(MediaError) {
        self.file = file
        let top = try Self.boxes(file, in: 0..<file.bytes.count)
        guard let meta = top.first(where: { $0.type == "meta" })?.content else { throw file.corrupt("no meta box") }
        let boxes = try Self.boxes(file, in: meta.dropFirst(4))
        func content(_ type: String) throws(MediaError) -> Range<Int> {
            guard let box = boxes.first(where: { $0.type == type }) else { throw file.corrupt("no \(type) box") }
            return box.content
        }
        var pitm = BoxReader(file, try content("pitm"))
        primary = try pitm.number(try pitm.versionAndFlags().version == 0 ? 2 : 4)
        try readTypes(try content("iinf"))
        try readLocations(try content("iloc"), storedBeside: boxes.first { $0.type == "idat" }?.content)
        try readProperties(try content("iprp"))
        if let iref = boxes.first(where: { $0.type == "iref" }) { try readReferences(iref.content) }
    }

    /// The item that holds the primary picture's alpha.
    var alphaItem: Int? {
        references.first { reference in
            reference.type == "auxl" && reference.to.contains(primary)
                && (ownedProperties[reference.from] ?? []).contains { index in
                    let property = properties[index]
                    return property.type == "auxC"
                        && file.bytes[property.content.dropFirst(4)].starts(
                            with: "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha".utf8)
                }
        }?.from
    }

    /// Whether the primary picture's colours already carry their alpha.
    var alphaIsMultipliedIn: Bool {
        references.contains { $0.type == "prem" && $0.from == primary }
    }

    /// An item's bytes and properties. Throws where it is no plain AV1 picture.
    func picture(_ item: Int) throws(MediaError) -> AVIFPicture {
        var picture = try properties(of: item)
        picture.data = (extents[item] ?? []).flatMap { file.bytes[$0] }
        return picture
    }

    /// An item's properties without its bytes, for which the `meta` box alone is enough.
    func properties(of item: Int) throws(MediaError) -> AVIFPicture {
        guard let type = types[item], let ranges = extents[item] else { throw file.corrupt("no item \(item)") }
        guard type == "av01" else { throw file.unsupported("a picture of type \"\(type)\"") }
        guard ranges.reduce(0, { $0 + $1.count }) <= file.byteCount else {
            throw file.corrupt("item \(item) is longer than the file")
        }
        var picture = AVIFPicture()
        for index in ownedProperties[item] ?? [] {
            let property = properties[index]
            var reader = BoxReader(file, property.content)
            switch property.type {
            case "ispe":
                _ = try reader.versionAndFlags()
                picture.width = try reader.number(4)
                picture.height = try reader.number(4)
            case "colr":
                guard try reader.type() == "nclx" else { continue }
                _ = try reader.number(4)
                picture.color = .init(matrix: try reader.number(2), fullRange: try reader.number(1) & 0x80 != 0)
            case "irot":
                let quarters: [Orientation] = [.upright, .turnedCounterclockwise, .turnedHalf, .turnedClockwise]
                picture.turns.append(quarters[try reader.number(1) & 3])
            case "imir":
                picture.turns.append(try reader.number(1) & 1 == 0 ? .mirroredTopBottom : .mirroredLeftRight)
            default: continue
            }
        }
        guard picture.width > 0, picture.height > 0 else { throw file.corrupt("item \(item) has no size") }
        guard picture.turns.count <= 2 else { throw file.corrupt("item \(item) is turned more than twice") }
        return picture
    }
}

extension AVIFContainer {
    /// `iinf`: each item's type.
    private mutating func readTypes(_ box: Range<Int>) throws(MediaError) {
        var reader = BoxReader(file, box)
        _ = try reader.number(try reader.versionAndFlags().version == 0 ? 2 : 4)
        for entry in try Self.boxes(file, in: reader.rest) where entry.type == "infe" {
            var reader = BoxReader(file, entry.content)
            let version = try reader.versionAndFlags().version
            guard version >= 2 else { continue }
            let item = try reader.number(version == 2 ? 2 : 4)
            _ = try reader.number(2)
            types[item] = try reader.type()
        }
    }

    /// `iloc`: where each item's bytes lie, in the file or in the `idat` box. Items kept elsewhere stay without bytes.
    private mutating func readLocations(_ box: Range<Int>, storedBeside idat: Range<Int>?) throws(MediaError) {
        var reader = BoxReader(file, box)
        let version = try reader.versionAndFlags().version
        let sizes = try reader.number(2)
        let (offsetBytes, lengthBytes, baseBytes) = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15)
        let indexBytes = version == 0 ? 0 : sizes & 15
        guard [offsetBytes, lengthBytes, baseBytes, indexBytes].allSatisfy({ [0, 4, 8].contains($0) }) else {
            throw file.corrupt("iloc field sizes \(sizes)")
        }
        for _ in 0..<(try reader.count(version < 2 ? 2 : 4, "items")) {
            let item = try reader.number(version < 2 ? 2 : 4)
            let method = version == 0 ? 0 : try reader.number(2) & 15
            let isElsewhere = try reader.number(2) != 0
            let source = isElsewhere ? nil : method == 0 ? 0..<file.byteCount : method == 1 ? idat : nil
            let base = try reader.number(baseBytes)
            var ranges: [Range<Int>] = []
            for _ in 0..<(try reader.count(2, "extents")) {
                _ = try reader.number(indexBytes)
                let offset = base + (try reader.number(offsetBytes))
                let length = try reader.number(lengthBytes)
                guard let source else { continue }
                guard offset <= source.count, length <= source.count - offset else {
                    throw file.corrupt("truncated: item \(item) reaches beyond the file's \(file.byteCount) bytes")
                }
                let start = source.lowerBound + offset
                ranges.append(start..<(length == 0 ? source.upperBound : start + length))
            }
            extents[item] = ranges
        }
    }

    /// `iprp`: the properties and which items they belong to.
    private mutating func readProperties(_ box: Range<Int>) throws(MediaError) {
        let boxes = try Self.boxes(file, in: box)
        guard let container = boxes.first(where: { $0.type == "ipco" }) else { throw file.corrupt("no ipco box") }
        properties = try Self.boxes(file, in: container.content)
        for association in boxes where association.type == "ipma" {
            var reader = BoxReader(file, association.content)
            let (version, flags) = try reader.versionAndFlags()
            for _ in 0..<(try reader.count(4, "property owners")) {
                let item = try reader.number(version == 0 ? 2 : 4)
                for _ in 0..<(try reader.number(1)) {
                    let index = flags & 1 == 0 ? try reader.number(1) & 0x7f : try reader.number(2) & 0x7fff
                    guard index <= properties.count else { throw file.corrupt("item \(item) has no property \(index)") }
                    if index > 0 { ownedProperties[item, default: []].append(index - 1) }
                }
            }
        }
    }

    /// `iref`: which items speak of which.
    private mutating func readReferences(_ box: Range<Int>) throws(MediaError) {
        var reader = BoxReader(file, box)
        let idBytes = try reader.versionAndFlags().version == 0 ? 2 : 4
        for entry in try Self.boxes(file, in: reader.rest) {
            var reader = BoxReader(file, entry.content)
            let from = try reader.number(idBytes)
            var to: [Int] = []
            for _ in 0..<(try reader.count(2, "references")) { to.append(try reader.number(idBytes)) }
            references.append((entry.type, from, to))
        }
    }

    /// The boxes that fill `range`, one after the other.
    private static func boxes(
        _ file: EncodedPicture, in range: Range<Int>
    ) throws(MediaError) -> [(type: String, content: Range<Int>)] {
        var boxes: [(type: String, content: Range<Int>)] = []
        var reader = BoxReader(file, range)
        while !reader.rest.isEmpty {
            let start = reader.rest.lowerBound
            var length = try reader.number(4)
            let type = try reader.type()
            if length == 1 { length = try reader.number(8) }
            let end = length == 0 ? range.upperBound : start + length
            guard end >= reader.rest.lowerBound, end <= range.upperBound else {
                throw file.corrupt("truncated: its \(type) box of \(length) bytes does not fit (byte \(start))")
            }
            boxes.append((type, reader.rest.lowerBound..<end))
            guard boxes.count <= 1024 else { throw file.corrupt("more than 1024 boxes in a row") }
            reader = BoxReader(file, end..<range.upperBound)
        }
        return boxes
    }
}

/// Reads big-endian fields one after the other, never beyond its box.
private struct BoxReader {
    private let file: EncodedPicture
    /// What has not been read yet.
    private(set) var rest: Range<Int>

    init(_ file: EncodedPicture, _ box: Range<Int>) {
        self.file = file
        rest = box
    }

    private mutating func take(_ count: Int) throws(MediaError) -> Range<Int> {
        guard count <= rest.count else { throw file.corrupt("truncated: a box ends early (byte \(rest.upperBound))") }
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return taken
    }

    /// An unsigned number of up to 8 bytes; no number that matters here needs more than 40 bits.
    mutating func number(_ count: Int) throws(MediaError) -> Int {
        var value = 0
        for byte in file.bytes[try take(count)] {
            guard value < 1 << 40 else { throw file.corrupt("a number beyond any file") }
            value = value << 8 | Int(byte)
        }
        return value
    }

    /// A number of things that follow. A still has a handful of each; thousands are meant to cost time and memory.
    mutating func count(_ bytes: Int, _ things: String) throws(MediaError) -> Int {
        let count = try number(bytes)
        guard count <= 1024 else { throw file.corrupt("it says it has \(count) \(things)") }
        return count
    }

    mutating func type() throws(MediaError) -> String {
        try file.fourCharacters(at: try take(4).lowerBound, "boxes")
    }

    mutating func versionAndFlags() throws(MediaError) -> (version: Int, flags: Int) {
        let word = try number(4)
        return (word >> 24, word & 0xff_ffff)
    }
}
