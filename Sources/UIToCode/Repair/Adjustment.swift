// A length that the elements of one kind should have instead of theirs.
import Render

/// A change of one length of one kind of element.
struct Adjustment: Sendable {
    var kind: [ElementBox]
    /// The properties that get the length.
    var properties: [String]
    /// CSS pixels.
    var now, delta: Double

    /// The change, made in full or in part.
    ///
    /// - Parameter fraction: 1 gives whole pixels, less gives half ones. Lengths end at 0, except for margins.
    func change(fraction: Double = 1) -> Change? {
        let isMargin = properties.allSatisfy { $0.hasPrefix("margin") }
        let wanted = now + delta * fraction
        let rounded = fraction == 1 ? wanted.rounded() : (wanted * 2).rounded() / 2
        let value = isMargin ? rounded : max(0, rounded)
        guard abs(value - now) >= 0.5, let first = kind.first else { return nil }
        let names = properties.joined(separator: ", ")
        return Change(
            words: "\(names) of \(first.name): \(now.px) → \(value.px)",
            styles: [
                StyleChange(
                    selectors: kind.map(\.selector),
                    declarations: Dictionary(uniqueKeysWithValues: properties.map { ($0, value.px) }))
            ])
    }
}
