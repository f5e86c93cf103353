// A picture of a page → what can be seen on it without reading: boxes, rules, lines of ink, pictures. All of it is
// measured from the pixels: places to the pixel, colours to the level. What a line says is for a reader to tell.
//
//     RegionMap       flat and gently shaded regions: grounds; the rest is ink
//     badges          small filled shapes are grounds too, though dense text leaves little of them
//     grounds         rectangular ones are boxes, the others are parts of pictures
//     ink             shadows and frames → those of boxes; long thin runs → rules; the rest in pieces
//     pieces          strung together on one ground → lines; what is too large → pictures
import Media
import Render

/// What is seen on a picture of a page. Pixels of the picture.
struct ScreenScan {
    /// The whole picture first, then grounds from large to small, then frames around nothing of their own.
    var boxes: [ScreenBox] = []
    /// Straight lines, each with its colour.
    var rules: [(rect: PixelRect, colour: RGB)] = []
    /// Strings of ink, in no order.
    var lines: [InkLine] = []
    /// Parts that are neither text nor boxes.
    var pictures: [PixelRect] = []

    /// There is more on the picture than screens have, as on photographs; nothing was looked for any further.
    var isCrowded = false

    let image: Image
    let map: RegionMap
    // Whether the region with this number is ground: those of the map, and badges.
    var isGround: [Bool]
    // For every pixel the piece of ink that it belongs to; -1 for ground and for ink that is accounted for.
    var numbers: [Int32]
    var blobs: [InkBlob]
    // The box of a ground, by region number.
    var boxOfGround: [Int32: Int] = [:]

    /// Pieces of ink, grounds and parts that a screen has at most: ten times what a dense one of 1440×900 has.
    static let mostPieces = 40_000, mostGrounds = 4000, mostParts = 3000
    /// Boxes are at least as wide and high, in pixels.
    static let leastBox = 6
    /// Ink of text is no higher, in pixels.
    static let mostLineHeight = 90
    /// A run of ink is a rule from this length on, in pixels, when it is no thicker than `mostRule`.
    static let leastRule = 20, mostRule = 3
    /// Boxes that are narrower or lower than this have too few pixels in their corners to count them; those are compared
    /// with drawn ones instead.
    static let mostSmallSide = 24
    /// Pixels: the soft edge of a corner whose radius is not known is no larger.
    static let mostCorner = 8

    /// Looks at a picture.
    ///
    /// - Complexity: a few passes over the pixels, plus pieces of ink times boxes and their neighbours in the same columns.
    init(_ image: Image) {
        self.image = image
        let isNoisy = PictureScan(image).tolerance > 4
        map = RegionMap(image, scale: 1, smoothness: isNoisy ? 6 : 2)
        isGround = map.isGround
        (blobs, numbers) = map.numberedInkBlobs()
        isCrowded = blobs.count > Self.mostPieces
        guard !isCrowded else { return }
        findBadges()
        findBoxes()
        guard !isCrowded else { return }
        findShadows()
        findFrames()
        findRules()
        findShadows()  // of the boxes that the frames have made
        findLines()
        isCrowded = boxes.count + rules.count + lines.count + pictures.count > Self.mostParts
    }
}
