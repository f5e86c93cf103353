// Names that drawings spell with capitals. A page's tree has all names in lower case, as HTML reads them; a browser's parser
// gives drawings their capitals back, a script that makes elements does not.

/// Names of SVG by their lower-case spelling, as HTML's parser adjusts them.
enum SVGNames {
    static let tags = byLowerCase([
        "clipPath", "feBlend", "feColorMatrix", "feComposite", "feDropShadow", "feFlood", "feGaussianBlur", "feImage",
        "feMerge", "feMergeNode", "feMorphology", "feOffset", "feTurbulence", "foreignObject", "linearGradient",
        "radialGradient", "textPath",
    ])

    static let attributes = byLowerCase([
        "attributeName", "baseFrequency", "clipPathUnits", "diffuseConstant", "edgeMode", "filterUnits",
        "gradientTransform", "gradientUnits", "keyPoints", "lengthAdjust", "markerHeight", "markerUnits",
        "markerWidth", "maskContentUnits", "maskUnits", "numOctaves", "pathLength", "patternContentUnits",
        "patternTransform", "patternUnits", "preserveAspectRatio", "primitiveUnits", "refX", "refY", "repeatCount",
        "repeatDur", "spreadMethod", "startOffset", "stdDeviation", "stitchTiles", "surfaceScale", "textLength",
        "viewBox", "xChannelSelector", "yChannelSelector",
    ])

    private static func byLowerCase(_ names: [String]) -> [String: String] {
        Dictionary(names.map { ($0.lowercased(), $0) }) { first, _ in first }
    }
}
