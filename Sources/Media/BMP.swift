// BMP: the two headers are read here, the pixels by libav. Windows headers from 1990 on and the OS/2 ones, 1 to 32
// bits a pixel, run-length codes, rows from either end. What libav would take on trust, that all pixel data is there,
// is checked first.

import CMedia

extension EncodedPicture {
    /// Decodes a whole BMP. Alpha counts only where the header gives it a mask.
    func decodeBMP() throws(MediaError) -> Image {
        let header = try BMPHeader(self)
        try checkSize(header.width, header.height)
        switch header.compression {
        case .none, .masks, .alphaMasks:
            let rowBytes = (header.width * header.bitsPerPixel + 31) / 32 * 4
            try require(header.dataOffset..<header.dataOffset + rowBytes * header.height, "pixel data")
        case .runs8: try checkRuns(header, literalsPerByte: 1)
        case .runs4: try checkRuns(header, literalsPerByte: 2)
        }
        // libav complains about the end mark of many valid run-length files, and the checks above are the stricter ones.
        let decoder = StillDecoder(
            codec: AV_CODEC_ID_BMP, width: header.width, height: header.height, complaintsCount: false,
            opaque: !header.hasAlpha)
        return Image(width: header.width, height: header.height, onWhite: try decode(decoder, bytes))
    }

    /// The size in the header; rows from the top have a negative height there.
    func bmpSize() throws(MediaError) -> PictureSize {
        let header = try BMPHeader(self)
        return (header.width, header.height)
    }

    /// Walks run-length codes to their end mark.
    private func checkRuns(_ header: BMPHeader, literalsPerByte: Int) throws(MediaError) {
        var position = header.dataOffset
        while true {
            let count = try littleEndian(at: position, bytes: 1, "pixel data")
            let value = try littleEndian(at: position + 1, bytes: 1, "pixel data")
            position += 2
            guard count == 0 else { continue }
            switch value {
            case 0: continue
            case 1: return
            case 2: position += 2
            default: position += ((value + literalsPerByte - 1) / literalsPerByte + 1) & ~1
            }
        }
    }
}

/// The fields of a bitmap's headers that decide how much there is to read.
private struct BMPHeader {
    /// How pixels are stored. Raw values are the file's.
    enum Compression: Int {
        case none = 0
        case runs8 = 1
        case runs4 = 2
        case masks = 3
        case alphaMasks = 6
    }

    let width: Int
    let height: Int
    let bitsPerPixel: Int
    let compression: Compression
    let dataOffset: Int
    let hasAlpha: Bool

    init(_ file: EncodedPicture) throws(MediaError) {
        func field(_ offset: Int, _ count: Int) throws(MediaError) -> Int {
            try file.littleEndian(at: offset, bytes: count, "header")
        }
        let size = try field(14, 4)
        let isCore = size == 12
        dataOffset = try field(10, 4)
        width = isCore ? try field(18, 2) : Int(Int32(truncatingIfNeeded: try field(18, 4)))
        height = isCore ? try field(20, 2) : abs(Int(Int32(truncatingIfNeeded: try field(22, 4))))
        bitsPerPixel = try field(isCore ? 24 : 28, 2)
        guard dataOffset >= 14 + size else { throw file.corrupt("its pixel data overlaps its header") }
        guard [1, 4, 8, 16, 24, 32].contains(bitsPerPixel) else {
            throw file.corrupt("\(bitsPerPixel) bits a pixel")
        }
        let code = isCore ? 0 : try field(30, 4)
        guard let compression = Compression(rawValue: code) else {
            throw code == 4 || code == 5
                ? file.unsupported("an embedded \(code == 4 ? "JPEG" : "PNG")")
                : file.corrupt("compression code \(code)")
        }
        self.compression = compression
        let masked = compression == .masks || compression == .alphaMasks
        hasAlpha = masked && (size >= 56 || compression == .alphaMasks) ? try field(66, 4) != 0 : false
    }
}
