// `walkthrough.py`: the recording as a script that does it again, in the prototype unless told otherwise. Elements are found
// by role and name where these are known and meant by one element only, else by where they were clicked.
import Render

/// An analysis as a script.
enum PlaywrightScript {
    /// The script, in Python.
    static func text(of report: WorkflowReport) -> String {
        let acts = report.steps.enumerated().map { act($1, number: $0 + 1, report) }.joined()
        return """
            \"\"\"Does again what a recording shows, step by step.

            Needs `pip install playwright` and `playwright install chromium`. Without --base-url it runs in the prototype that
            lies beside it; with it, at that address.
            \"\"\"

            import argparse
            from pathlib import Path

            from playwright.sync_api import Page, sync_playwright

            PROTOTYPE = Path(__file__).resolve().parent / "prototype" / "index.html"
            WINDOW = {"width": \(report.video.width), "height": \(report.video.height)}


            def find(page: Page, role: str | None, name: str | None):
                \"\"\"The one element of this role and name that can be seen; None where there is none, or several.\"\"\"
                if not role or not name:
                    return None
                found = page.get_by_role(role, name=name, exact=True)
                return found if found.count() == 1 and found.is_visible() else None


            def click(page: Page, x: float, y: float, role: str | None = None, name: str | None = None) -> None:
                \"\"\"Clicks an element, or the place where it was.\"\"\"
                target = find(page, role, name)
                if target:
                    target.click()
                else:
                    page.mouse.click(x, y)
                page.wait_for_load_state()


            def write(page: Page, text: str, x: float, y: float, role: str | None = None, name: str | None = None) -> None:
                \"\"\"Clicks a field and types.\"\"\"
                click(page, x, y, role, name)
                page.keyboard.insert_text(text)
                page.wait_for_load_state()


            def scroll(page: Page, x: float, y: float) -> None:
                \"\"\"Turns the wheel in the middle of the window.\"\"\"
                page.mouse.move(WINDOW["width"] / 2, WINDOW["height"] / 2)
                page.mouse.wheel(x, y)
                page.wait_for_timeout(300)


            def walk(page: Page) -> None:
                \"\"\"The steps of \(pythonWords(report.name)).\"\"\"
            \(acts.isEmpty ? "    page.wait_for_load_state()\n" : acts)

            def main() -> None:
                parser = argparse.ArgumentParser(description=__doc__)
                parser.add_argument("--base-url", default=PROTOTYPE.as_uri(), help="where to begin")
                parser.add_argument("--headed", action="store_true", help="show the browser")
                parser.add_argument("--chromium", help="the browser, if not Playwright's own")
                options = parser.parse_args()
                with sync_playwright() as playwright:
                    browser = playwright.chromium.launch(headless=not options.headed, executable_path=options.chromium)
                    page = browser.new_page(viewport=WINDOW)
                    page.goto(options.base_url)
                    walk(page)
                    print(page.url)
                    browser.close()


            if __name__ == "__main__":
                main()

            """
    }

    private static func act(_ step: WorkflowReport.Step, number: Int, _ report: WorkflowReport) -> String {
        let comment = "    # \(number). \(pythonWords(step.instruction + " " + step.effect))\n"
        let act: String
        switch step.action {
        case .click:
            guard let target = step.target else { return comment + "    page.keyboard.press(\"Enter\")\n" }
            act = "click(page, \(place(of: target))\(locator(target)))"
        case .type:
            let text = literal(step.text ?? Redaction.mark)
            if let target = step.target {
                act = "write(page, \(text), \(place(of: target))\(locator(target)))"
            } else {
                act = "page.keyboard.insert_text(\(text))"
            }
        case .scroll:
            act = "scroll(page, \((step.distance?.x ?? 0).coordinate), \((step.distance?.y ?? 0).coordinate))"
        case .wait:
            act = "page.wait_for_timeout(\(Int((min(10, max(0, step.end - step.start)) * 1000).rounded())))"
        }
        return comment + "    " + act + "\n"
    }

    private static func place(of target: WorkflowReport.Target) -> String {
        let point = target.point.flatMap { target.box.contains($0) ? $0 : nil }
        return "\((point?.x ?? target.box.center.x).coordinate), \((point?.y ?? target.box.center.y).coordinate)"
    }

    private static func locator(_ target: WorkflowReport.Target) -> String {
        guard let role = target.role, let label = target.label, !label.hasSuffix("…") else { return "" }
        return ", \(literal(role)), \(literal(label))"
    }

    /// A string as Python writes it.
    static func literal(_ words: String) -> String {
        var literal = "\""
        for scalar in words.unicodeScalars {
            switch scalar {
            case "\"": literal += "\\\""
            case "\\": literal += "\\\\"
            case "\n": literal += "\\n"
            case "\r": literal += "\\r"
            case "\t": literal += "\\t"
            case _ where scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format:
                let digits = String(scalar.value, radix: 16)
                literal += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }

    // Words inside a comment or a docstring: one line, and nothing that ends it.
    private static func pythonWords(_ words: String) -> String {
        let visible = HTMLText.collapsed(words).unicodeScalars.filter {
            let category = $0.properties.generalCategory
            return category != .control && category != .format && category != .lineSeparator
                && category != .paragraphSeparator
        }
        return String(String.UnicodeScalarView(visible)).replacing("\\", with: "/").replacing("\"\"\"", with: "”")
            .replacing("\"", with: "”")
    }
}
