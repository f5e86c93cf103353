// A checkpoint's account for people, one fact a line.
import Foundation
import Model

struct InspectionText {
    /// Names listed of missing and left-over tensors before the rest is only counted.
    static let listedNames = 10

    let lines: [String]

    init(_ inspection: CheckpointInspection) {
        let language = inspection.config.language
        var lines = [
            Self.line("model", inspection.config.modelType),
            Self.line("language", Self.core(language)),
            Self.line("experts", Self.experts(language)),
            Self.line("attention", Self.attention(language)),
            Self.line("vision", inspection.config.vision.map(Self.vision) ?? "none"),
            Self.line(
                "parameters",
                "\(Self.short(inspection.totalParameters)), of which a token visits "
                    + "\(Self.short(inspection.activeParameters)); vision \(Self.short(inspection.visionParameters))"),
        ]
        for (index, storage) in inspection.storage.enumerated() {
            lines.append(
                Self.line(
                    index == 0 ? "weights" : "",
                    "\(storage.elementType): \(Self.bytes(storage.byteCount)) in \(storage.tensorCount) tensors"))
        }
        lines.append(Self.line("memory", Self.memory(inspection)))
        lines += Self.listed("missing", inspection.missing)
        lines += Self.listed("left over", inspection.leftover)
        self.lines = lines
    }

    static func line(_ label: String, _ text: String) -> String {
        label.padding(toLength: 12, withPad: " ", startingAt: 0) + text
    }

    private static func core(_ language: LanguageConfig) -> String {
        "\(language.layers) layers of width \(language.hidden), \(language.heads) heads, "
            + "vocabulary \(language.vocabularySize), context \(language.contextTokens) tokens"
    }

    private static func experts(_ language: LanguageConfig) -> String {
        let storage =
            switch language.quantization {
            case .none: "stored as they are"
            case .int4Group32: "INT4 in groups of 32"
            case .float8Block128: "FP8 in blocks of 128 × 128"
            }
        return "\(language.chosenExperts) of \(language.experts) a token and \(language.sharedExperts) shared, "
            + "width \(language.expertInner), \(storage); \(language.denseLayers) of the layers dense"
    }

    private static func attention(_ language: LanguageConfig) -> String {
        "latent \(language.latentRank) and rotary \(language.ropeDim), "
            + (language.queryRank.map { "queries through \($0)" } ?? "queries direct")
    }

    private static func vision(_ vision: VisionConfig) -> String {
        let frames = vision.maxFrames > 1 ? "pictures, and video in chunks of \(vision.maxFrames)" : "pictures"
        return "\(vision.layers) layers of width \(vision.hidden), \(vision.heads) heads, "
            + "patches of \(vision.patchSize) pixels, \(frames)"
    }

    private static func memory(_ inspection: CheckpointInspection) -> String {
        let context = inspection.config.language.contextTokens
        return "\(bytes(inspection.weightBytes)) of weights, mapped, and "
            + "\(bytes(inspection.cacheBytesPerToken)) a token; "
            + "\(bytes(inspection.memoryBytes(contextTokens: context))) at \(context) tokens"
    }

    private static func listed(_ label: String, _ names: [String]) -> [String] {
        guard !names.isEmpty else { return [line(label, "none")] }
        let rest = names.count - listedNames
        return [line(label, names.count == 1 ? "1 tensor" : "\(names.count) tensors")]
            + names.prefix(listedNames).map { line("", $0) } + (rest > 0 ? [line("", "and \(rest) more")] : [])
    }

    /// `6.8 M`, `1.04 T`: three significant digits.
    static func short(_ count: Int) -> String {
        scaled(Double(count), step: 1000, units: ["", " K", " M", " B", " T"])
    }

    /// `9.45 MiB`: three significant digits.
    static func bytes(_ count: Int) -> String {
        scaled(Double(count), step: 1024, units: [" bytes", " KiB", " MiB", " GiB", " TiB"])
    }

    private static func scaled(_ value: Double, step: Double, units: [String]) -> String {
        var value = value
        var unit = 0
        while value >= step, unit < units.count - 1 { (value, unit) = (value / step, unit + 1) }
        let decimals = unit == 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2
        return String(format: "%.\(decimals)f", value) + units[unit]
    }
}
