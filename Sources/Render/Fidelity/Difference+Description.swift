// Differences in plain words, for command lines, logs and models.

extension Difference: CustomStringConvertible {
    /// What differs, on one line, without its place.
    public var description: String {
        switch kind {
        case .missingText(let text?): "the text \"\(text)\" is missing"
        case .missingText(nil): "a line of text is missing"
        case .extraText(let text?): "the text \"\(text)\" is not in the design"
        case .extraText(nil): "a line of text is not in the design"
        case .wrongText(let expected, let found): "the text is \"\(found)\" instead of \"\(expected)\""
        case .moved(let dx, let dy): "moved by \(dx.pixels), \(dy.pixels) px"
        case .wrongSize(let expected, let found):
            "the text is \(found.pixels) px large instead of \(expected.pixels) px"
        case .wrongColour(let expected, let found): "the text is \(found) instead of \(expected)"
        case .wrongArea(let expected, let found): "an area is \(found) instead of \(expected)"
        case .overflow(let pixels): "the page is \(pixels.pixels) px wider than its window"
        case .blank: "the page is blank"
        case .placeholder(let text): "\"\(text)\" stands for something still to be written"
        }
    }
}

extension Double {
    /// Tenths where they are not whole.
    fileprivate var pixels: String {
        let tenths = (self * 10).rounded() / 10
        return tenths == tenths.rounded() ? String(Int(tenths)) : String(tenths)
    }
}
