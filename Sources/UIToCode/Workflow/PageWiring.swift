// What leads away from one page of a prototype, and the markup that makes it so: attributes on the elements that are there,
// unseen spots where none is, and one short script. Links with one goal work without it.
import Render

/// The ways out of a page.
struct PageWiring {
    /// A goal that is the page itself.
    static let stay = "#"
    /// Before a goal that is reached a while after the act.
    static let later = "~"

    // One element, or one place, with its goals in the order of the recording.
    private struct Way {
        let selector: String?
        let box: Box
        let label: String?
        let isField: Bool
        var goals: [String]
    }

    private var ways: [Way] = []
    private var keyGoals: [String] = []
    private var waits: [(seconds: Double, goal: String)] = []

    /// A click leads to `goal`.
    mutating func click(_ selector: String?, _ box: Box, _ label: String?, to goal: String) {
        add(Way(selector: selector, box: box, label: label, isField: false, goals: [goal]))
    }

    /// What is typed into a field leads to `goal`.
    mutating func type(_ selector: String?, _ box: Box, _ label: String?, to goal: String) {
        add(Way(selector: selector, box: box, label: label, isField: true, goals: [goal]))
    }

    /// Enter leads to `goal`.
    mutating func press(to goal: String) { keyGoals.append(goal) }

    /// The page goes on to `goal` by itself.
    mutating func wait(_ seconds: Double, to goal: String) { waits.append((seconds, goal)) }

    private mutating func add(_ way: Way) {
        let place = ways.firstIndex { known in
            known.isField == way.isField
                && (known.selector != nil
                    ? known.selector == way.selector : way.selector == nil && known.box == way.box)
        }
        if let place { ways[place].goals += way.goals } else { ways.append(way) }
    }

    // MARK: Markup

    /// A page with its ways out.
    func applied(to html: String) -> String {
        var (html, spots) = (html, "")
        for (number, way) in ways.enumerated() {
            let leads = way.goals.contains { $0 != Self.stay }
            let attributes = leads ? attributes(of: way, number) : []
            if let selector = way.selector {
                guard leads else { continue }
                if let wired = Self.wired(html, selector, attributes) {
                    html = wired
                    continue
                }
            }
            if leads || way.isField { spots += spot(way, attributes) }
        }
        let body = bodyAttributes
        if !body.isEmpty { html = Self.wired(html, "body", body) ?? html }
        return Self.ended(html, with: spots + "<script>\n\(Self.script)\n</script>\n")
    }

    private func attributes(of way: Way, _ number: Int) -> [(String, String)] {
        let goals = way.goals.joined(separator: " ")
        guard !way.isField else { return [("data-goto-typed", goals), ("data-goto-number", "\(number)")] }
        return [("data-goto", goals), ("data-goto-number", "\(number)")]
    }

    private var bodyAttributes: [(String, String)] {
        var attributes: [(String, String)] = []
        if keyGoals.contains(where: { $0 != Self.stay }) {
            attributes.append(("data-goto-enter", keyGoals.joined(separator: " ")))
        }
        // A page that is also left by hand waits for the hand.
        let isLeft = (ways.flatMap(\.goals) + keyGoals).contains { $0 != Self.stay }
        let leaving = waits.filter { $0.goal != Self.stay }
        if let first = leaving.first, !isLeft {
            attributes.append(("data-goto-later", leaving.map(\.goal).joined(separator: " ")))
            attributes.append(("data-goto-milliseconds", "\(Int(min(3, max(0.3, first.seconds)) * 1000))"))
        }
        return attributes
    }

    private static func wired(_ html: String, _ selector: String, _ attributes: [(String, String)]) -> String? {
        guard var editor = try? DocumentEditor(html) else { return nil }
        do {
            for (name, value) in attributes {
                try editor.apply(EditOperation(selector, .setAttribute(name: name, value: value)))
            }
            let goals = attributes.first { $0.0 == "data-goto" }?.1.split(separator: " ") ?? []
            let isLink = try editor.outerHTML(of: selector).lowercased().hasPrefix("<a")
            if isLink, let goal = goals.first(where: { $0 != stay && !$0.hasPrefix(later) }) {
                try editor.apply(EditOperation(selector, .setAttribute(name: "href", value: String(goal))))
            }
        } catch {
            return nil
        }
        return editor.text
    }

    private func spot(_ way: Way, _ attributes: [(String, String)]) -> String {
        let style =
            "position: absolute; left: \(way.box.x.coordinate)px; top: \(way.box.y.coordinate)px; "
            + "width: \(way.box.width.coordinate)px; height: \(way.box.height.coordinate)px; margin: 0; padding: 0 4px; "
            + "box-sizing: border-box; border: 0; background: none; font: inherit; color: inherit; z-index: 2147483000"
        let written = attributes.map { " \($0.0)=\"\(HTMLText.escaped($0.1))\"" }.joined()
        let label = HTMLText.escaped(way.label ?? (way.isField ? "Field" : "Spot"))
        if way.isField { return "<input\(written) aria-label=\"\(label)\" style=\"\(style)\">\n" }
        let goal = way.goals.first { $0 != Self.stay && !$0.hasPrefix(Self.later) } ?? Self.stay
        return "<a href=\"\(HTMLText.escaped(goal))\"\(written) aria-label=\"\(label)\" style=\"\(style)\"></a>\n"
    }

    // The document with markup at the end of its body.
    private static func ended(_ html: String, with markup: String) -> String {
        let source = HTMLSource(html)
        guard let body = source.elements.first(where: { $0.name == "body" }) else { return html + markup }
        let end = body.tags.inner.upperBound
        return source.replacing([(end..<end, markup)])
    }

    /// The nth act leads to the nth goal, and round again.
    private static let script = """
        "use strict";
        (() => {
          const lead = (element, goals) => {
            const key = "prototype " + location.pathname + " " + (element.dataset.gotoNumber ?? "page");
            let count = 0;
            try {
              count = Number(sessionStorage.getItem(key)) || 0;
              sessionStorage.setItem(key, String(count + 1));
            } catch { /* the first goal then */ }
            const all = goals.split(" "), goal = all[count % all.length];
            if (goal.startsWith("~")) setTimeout(() => { location.href = goal.slice(1); }, 1500);
            else if (goal !== "#") location.href = goal;
          };
          addEventListener("click", (event) => {
            const element = event.target.closest?.("[data-goto]");
            if (!element) return;
            event.preventDefault();
            lead(element, element.dataset.goto);
          });
          addEventListener("input", (event) => {
            const field = event.target.closest?.("[data-goto-typed]");
            if (field) lead(field, field.dataset.gotoTyped);
          });
          addEventListener("keydown", (event) => {
            const body = document.body;
            if (event.key === "Enter" && body.dataset.gotoEnter) lead(body, body.dataset.gotoEnter);
          });
          addEventListener("submit", (event) => event.preventDefault());
          const { gotoLater, gotoMilliseconds } = document.body.dataset;
          if (gotoLater) setTimeout(() => lead(document.body, gotoLater), Number(gotoMilliseconds));
        })();
        """
}
