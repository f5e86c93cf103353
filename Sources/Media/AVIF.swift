// AVIF: the box structure is in `AVIFContainer.swift`, the AV1 pictures are decoded by libav. Alpha is a second AV1
// picture of the same size, whose grey is the alpha. Turns and mirrorings the container asks for are applied in order.
// Pictures made of tiles, overlays and other derived items are refused.

import CMedia

extension EncodedPicture {
    /// Decodes an AVIF's primary picture, transparency laid on white.
    func decodeAVIF() throws(MediaError) -> Image {
        let container = try AVIFContainer(self)
        let picture = try container.picture(container.primary)
        try checkSize(picture.width, picture.height)
        let alpha = try container.alphaItem.map { item throws(MediaError) in try container.picture(item) }
        var rgba = try decodeAV1(picture)
        if let alpha {
            guard alpha.width == picture.width, alpha.height == picture.height else {
                throw corrupt("its alpha is \(alpha.width) × \(alpha.height) pixels")
            }
            let grey = try decodeAV1(alpha)
            for index in stride(from: 0, to: rgba.count, by: 4) { rgba[index + 3] = grey[index] }
        }
        let image = Image(
            width: picture.width, height: picture.height, onWhite: rgba,
            premultiplied: alpha != nil && container.alphaIsMultipliedIn)
        return picture.turns.reduce(image) { $0.turned($1) }
    }

    private func decodeAV1(_ picture: AVIFPicture) throws(MediaError) -> [UInt8] {
        let decoder = StillDecoder(
            codec: AV_CODEC_ID_AV1, width: picture.width, height: picture.height, color: picture.color)
        return try decode(decoder, picture.data)
    }
}
