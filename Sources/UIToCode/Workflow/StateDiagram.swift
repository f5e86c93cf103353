// The screens and the ways between them, twice: as a Mermaid state diagram, and as a picture of its own. Ways between the
// same two screens are one arrow.

/// A diagram of screens.
struct StateDiagram {
    /// One arrow.
    struct Arrow: Equatable {
        /// Places in `names`.
        let from, to: Int
        /// Numbers of steps, from 1.
        var steps: [Int]
        /// The first step in words.
        let label: String
    }

    /// Of the screens, in order.
    let names: [String]
    /// In order of their first step.
    private(set) var arrows: [Arrow] = []

    private let ids: [String]

    /// Gathers screens and ways.
    init(_ report: WorkflowReport) {
        names = report.screens.map(\.name)
        ids = report.screens.map { $0.id.replacing("-", with: "") }
        let numbers = Dictionary(report.screens.enumerated().map { ($1.id, $0) }) { first, _ in first }
        let steps = Dictionary(report.steps.enumerated().map { ($1.id, $0 + 1) }) { first, _ in first }
        for transition in report.transitions {
            guard let from = numbers[transition.from], let to = numbers[transition.to],
                let step = steps[transition.step]
            else { continue }
            if let place = arrows.firstIndex(where: { $0.from == from && $0.to == to }) {
                arrows[place].steps.append(step)
            } else {
                let label = transition.label.hasSuffix(".") ? String(transition.label.dropLast()) : transition.label
                arrows.append(Arrow(from: from, to: to, steps: [step], label: label))
            }
        }
    }

    // MARK: Mermaid

    /// The diagram as Mermaid reads it.
    ///
    /// Source: https://mermaid.js.org/syntax/stateDiagram.html ; entity codes are `#`, a name or number, `;`.
    var mermaid: String {
        var lines = ["stateDiagram-v2", "    direction LR"]
        for (id, name) in zip(ids, names) { lines.append("    state \"\(Self.escaped(name))\" as \(id)") }
        if let first = ids.first { lines.append("    [*] --> \(first)") }
        for arrow in arrows {
            lines.append("    \(ids[arrow.from]) --> \(ids[arrow.to]) : \(Self.escaped(numbered(arrow)))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func numbered(_ arrow: Arrow) -> String {
        arrow.steps.map(String.init).joined(separator: ", ") + ". " + arrow.label
    }

    /// Everything that is a letter, a digit or harmless stays; all else becomes an entity code.
    static func escaped(_ words: String) -> String {
        var escaped = ""
        for scalar in words.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", " ", ".", ",", "-", "_", "/", "“", "”", "…", "•", "’":
                escaped.unicodeScalars.append(scalar)
            case "\n", "\r", "\t": escaped += " "
            case _ where scalar.properties.isAlphabetic: escaped.unicodeScalars.append(scalar)
            default: escaped += "#\(scalar.value);"
            }
        }
        return escaped
    }

    // MARK: Picture

    private struct Spot {
        var layer = 0
        var row = 0.0
    }

    private static let node = (width: 184.0, height: 44.0)
    private static let gap = (across: 96.0, down: 34.0)
    private static let margin = 26.0
    private static let longest = 24

    /// The diagram as a drawing: screens in layers from left to right, by how many steps they are away from the first.
    var svg: Markup {
        let spots = layout()
        let layers = (spots.map(\.layer).max() ?? 0) + 1
        let rows = (spots.map(\.row).max() ?? 0) + 1
        let backs = arrows.filter { spots[$0.from].layer >= spots[$0.to].layer && $0.from != $0.to }.count
        let width = Self.margin * 2 + Double(layers) * Self.node.width + Double(layers - 1) * Self.gap.across
        let floor = Self.margin + rows * Self.node.height + (rows - 1) * Self.gap.down
        let height = floor + Self.margin + Double(backs) * 14
        var lane = floor + 12
        let drawn = arrows.map { arrow -> Markup in
            let isBack = spots[arrow.from].layer >= spots[arrow.to].layer && arrow.from != arrow.to
            defer { if isBack { lane += 14 } }
            return self.arrow(arrow, spots, lane: isBack ? lane : nil)
        }
        return """
            <svg class="diagram" viewBox="0 0 \(width.coordinate) \(height.coordinate)" width="\(width.coordinate)" \
            height="\(height.coordinate)" role="img" aria-label="The screens and the ways between them">
            <defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" \
            orient="auto-start-reverse"><path class="head" d="M0 0 8 4 0 8Z"/></marker></defs>
            \(drawn)
            \(names.indices.map { node($0, spots[$0]) })
            </svg>
            """
    }

    // Layers by breadth, in order of the steps; within a layer by the mean row of what leads there.
    private func layout() -> [Spot] {
        var spots = names.map { _ in Spot() }
        var isPlaced = names.map { _ in false }
        var layer = names.isEmpty ? [] : [0]
        var number = 0
        while !layer.isEmpty {
            for screen in layer {
                spots[screen].layer = number
                isPlaced[screen] = true
            }
            var next: [Int] = []
            for screen in layer {
                for arrow in arrows where arrow.from == screen && !isPlaced[arrow.to] && !next.contains(arrow.to) {
                    next.append(arrow.to)
                }
            }
            // What nothing leads to begins anew, behind all else.
            if next.isEmpty, let lost = isPlaced.firstIndex(of: false) { next = [lost] }
            layer = next
            number += 1
        }
        for number in 0..<max(1, number) {
            let members = names.indices.filter { spots[$0].layer == number }
            let wishes = members.map { screen -> (Int, Double) in
                let rows = arrows.filter { $0.to == screen && spots[$0.from].layer < number }.map { spots[$0.from].row }
                return (screen, rows.isEmpty ? Double(screen) : rows.reduce(0, +) / Double(rows.count))
            }
            for (row, member) in wishes.sorted(by: { ($0.1, $0.0) < ($1.1, $1.0) }).enumerated() {
                spots[member.0].row = Double(row)
            }
        }
        return spots
    }

    private func corner(_ spot: Spot) -> (x: Double, y: Double) {
        (
            Self.margin + Double(spot.layer) * (Self.node.width + Self.gap.across),
            Self.margin + spot.row * (Self.node.height + Self.gap.down)
        )
    }

    private func node(_ screen: Int, _ spot: Spot) -> Markup {
        let (x, y) = corner(spot)
        let name = names[screen]
        let short = name.count <= Self.longest ? name : name.prefix(Self.longest - 1) + "…"
        return """
            <g class="node"><title>\(name)</title>\
            <rect x="\(x.coordinate)" y="\(y.coordinate)" width="\(Self.node.width.coordinate)" \
            height="\(Self.node.height.coordinate)" rx="8"/>\
            <text x="\((x + Self.node.width / 2).coordinate)" y="\((y + Self.node.height / 2 + 5).coordinate)">\
            \(short)</text></g>
            """
    }

    // Forward a curve from side to side, back below everything, to itself a loop above.
    private func arrow(_ arrow: Arrow, _ spots: [Spot], lane: Double?) -> Markup {
        let (from, to) = (corner(spots[arrow.from]), corner(spots[arrow.to]))
        let (width, height) = Self.node
        let path: String
        let place: (x: Double, y: Double)
        if arrow.from == arrow.to {
            let x = from.x + width / 2
            path = "M\((x - 14).coordinate) \(from.y.coordinate)c0 -20 28 -20 28 0"
            place = (x, from.y - 17)
        } else if let lane {
            let (start, end) = (from.x + width / 2 + 10, to.x + width / 2 - 10)
            path =
                "M\(start.coordinate) \((from.y + height).coordinate)V\(lane.coordinate)H\(end.coordinate)"
                + "V\((to.y + height).coordinate)"
            place = ((start + end) / 2, lane - 3)
        } else {
            let (start, end) = ((from.x + width, from.y + height / 2), (to.x, to.y + height / 2))
            let bend = (end.0 - start.0) / 2
            path =
                "M\(start.0.coordinate) \(start.1.coordinate)c\(bend.coordinate) 0 "
                + "\((end.0 - start.0 - bend).coordinate) \((end.1 - start.1).coordinate) "
                + "\((end.0 - start.0).coordinate) \((end.1 - start.1).coordinate)"
            place = ((start.0 + end.0) / 2, (start.1 + end.1) / 2 - 5)
        }
        let steps = arrow.steps.map(String.init)
        let numbers = steps.count <= 4 ? steps.joined(separator: ", ") : steps.prefix(3).joined(separator: ", ") + " …"
        return """
            <g class="way"><title>\(numbered(arrow))</title><path d="\(path)" marker-end="url(#head)"/>\
            <text x="\(place.x.coordinate)" y="\(place.y.coordinate)">\(numbers)</text></g>
            """
    }
}
