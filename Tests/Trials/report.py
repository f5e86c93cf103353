# The reports in a real browser, opened from disk: the receipt's pictures are slid, faded, covered with the heat map;
# differences point into both pictures by mouse and by keys; lists narrow, the evaluation's table sorts; words that try
# to be markup stay words. Every page is looked at light and dark, on a desktop and on a phone, without scripts, and on
# paper. Anything on the console, any request that leaves the folder and any step that does not happen ends it with exit
# status 1.
#
#     BOTTEGA_SAMPLES=samples swift test --filter ReportSampleTests
#     python3 Tests/Trials/report.py --samples samples --output shots
#
# With --report PATH a report that `bottega convert` wrote is looked at instead. Read `main` first.

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

SIZES = {"desktop": (1280, 800), "phone": (390, 844)}


class Visit:
    """A page opened from disk, with what must not happen while it is used."""

    def __init__(self, browser: Browser, path: Path, size: str = "desktop", **options):
        width, height = SIZES[size]
        self.context = browser.new_context(viewport={"width": width, "height": height}, **options)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.folder = path.resolve().parent.as_uri()
        self.page.on("console", lambda message: self.faults.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("request", lambda request: self.leaves(request.url))
        self.page.goto(path.resolve().as_uri())

    def leaves(self, url: str):
        if not url.startswith(("data:", self.folder)):
            self.faults.append(f"request to {url}")

    def __enter__(self) -> Page:
        return self.page

    def __exit__(self, kind, *rest):
        self.context.close()
        if kind is None and self.faults:
            raise AssertionError("; ".join(self.faults))


def sound(page: Page):
    """What every report promises: nothing wider than the window, names for everything, headings in order."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than the window"
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, a, [role=img], [role=slider], img")]
            .filter((each) => !(each.ariaLabel || each.alt || each.textContent.trim() || each.closest("label") ||
                each.querySelector("img[alt]") ||
                // A picture beside the words of its control says nothing more.
                each.matches('img[alt=""]') && each.parentElement.closest("button, a")?.textContent.trim()))
            .map((each) => each.outerHTML.slice(0, 80))"""
    )
    assert not nameless, f"without a name: {nameless}"
    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((each) => Number(each.tagName[1]))")
    assert levels[0] == 1 and levels.count(1) == 1, f"headings: {levels}"
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:])), f"headings: {levels}"


def contrast(page: Page):
    """Words stand out from the plain colour behind them: 4.5 to 1, 3 to 1 for large ones."""
    faint = page.evaluate(
        """() => {
            const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
            const rgb = (colour) => {
              canvas.clearRect(0, 0, 1, 1);
              canvas.fillStyle = colour;
              canvas.fillRect(0, 0, 1, 1);
              return [...canvas.getImageData(0, 0, 1, 1).data];
            };
            const light = ([r, g, b]) => [r, g, b].map((each) => each / 255)
              .map((each) => each <= .04045 ? each / 12.92 : ((each + .055) / 1.055) ** 2.4)
              .reduce((sum, each, index) => sum + each * [.2126, .7152, .0722][index], 0);
            const behind = (element) => {
              for (let each = element; each; each = each.parentElement) {
                const colour = rgb(getComputedStyle(each).backgroundColor);
                if (colour[3] === 255) return colour;
              }
              return [255, 255, 255];
            };
            const faint = [];
            for (const element of document.querySelectorAll("main *:not(svg *), header *:not(svg *)")) {
              const isText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
              if (!isText || !element.checkVisibility() || element.closest(".unseen")) continue;
              const style = getComputedStyle(element), size = parseFloat(style.fontSize);
              const [one, other] = [light(rgb(style.color)), light(behind(element))].sort((a, b) => b - a);
              const ratio = (one + .05) / (other + .05);
              if (ratio < (size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5))
                faint.push(`${element.textContent.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
            }
            return faint;
        }"""
    )
    assert not faint, f"hard to read: {faint[:5]}"


def looks(browser: Browser, path: Path, shots: Path | None):
    """Light and dark, desktop and phone, without scripts, on paper."""
    for size in SIZES:
        for scheme in ("light", "dark"):
            with Visit(browser, path, size, color_scheme=scheme) as page:
                sound(page)
                contrast(page)
                if shots:
                    page.screenshot(path=shots / f"{path.stem}-{size}-{scheme}.png", full_page=True)
    with Visit(browser, path, java_script_enabled=False) as page:
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator(".controls, .filter").first).to_be_hidden()
    with Visit(browser, path, color_scheme="dark") as page:
        pdf = page.pdf(format="A4", print_background=True)
        assert pdf.startswith(b"%PDF") and len(pdf) > 5000
        if shots:
            (shots / f"{path.stem}.pdf").write_bytes(pdf)


def pictures(browser: Browser, path: Path, shots: Path | None):
    """Side by side and overlaid, slid by mouse and keys, the heat map, the draft."""

    def shot(name: str):
        if shots:
            page.screenshot(path=shots / f"{path.stem}-{name}.png")

    with Visit(browser, path) as page:
        stage, line = page.locator(".stage"), page.get_by_role("slider", name="How much of the design is shown")
        design, result = page.locator(".design .canvas"), page.locator(".result .canvas")
        one, other = design.bounding_box(), result.bounding_box()
        assert one["y"] == other["y"] and one["width"] == other["width"] and one["x"] < other["x"]

        page.get_by_role("button", name="Overlay").click()
        stage.scroll_into_view_if_needed()
        one, other = design.bounding_box(), result.bounding_box()
        assert one == other, f"the pictures do not lie on each other: {one}, {other}"
        expect(line).to_have_attribute("aria-valuenow", "50")
        page.mouse.move(other["x"] + other["width"] / 2, other["y"] + 50)
        page.mouse.down()
        page.mouse.move(other["x"] + other["width"] / 4, other["y"] + 60)
        page.mouse.up()
        expect(line).to_have_attribute("aria-valuenow", "25")
        expect(line).to_be_focused()
        for key, value in [("ArrowRight", 26), ("Shift+ArrowLeft", 16), ("End", 100), ("Home", 0), ("PageUp", 10)]:
            page.keyboard.press(key)
            expect(line).to_have_attribute("aria-valuenow", str(value))
        assert result.evaluate("(each) => getComputedStyle(each).clipPath") == "inset(0px 0px 0px 10%)"
        shot("overlay")
        page.get_by_role("button", name="Fade").click()
        assert abs(float(result.evaluate("(each) => getComputedStyle(each).opacity")) - 0.9) < 1e-6
        page.get_by_role("button", name="Difference", exact=True).click()
        assert result.evaluate("(each) => getComputedStyle(each).mixBlendMode") == "difference"
        expect(line).to_be_hidden()
        shot("difference")

        page.get_by_role("button", name="Side by side").click()
        page.get_by_label("Heat map", exact=True).check()
        expect(page.locator(".heat")).to_be_visible()
        strength = page.get_by_label("Strength of the heat map")
        strength.focus()
        page.keyboard.press("Home")
        assert page.locator(".heat").evaluate("(each) => getComputedStyle(each).opacity") == "0.1"
        page.keyboard.press("End")
        shot("heat")
        page.get_by_label("Heat map", exact=True).uncheck()
        expect(strength).to_be_hidden()
        if page.locator(".of-draft").count():
            page.get_by_role("button", name="Draft").click()
            expect(page.locator(".of-draft")).to_be_visible()
            expect(page.locator(".of-result")).to_be_hidden()

        page.get_by_role("button", name="Dark theme").click()
        assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


def differences(browser: Browser, path: Path, shots: Path | None):
    """Each difference points at its places in both pictures, where they are in the pictures' own pixels."""
    with Visit(browser, path) as page:
        items = page.locator("button.difference")
        if not items.count():
            return
        lit = page.locator(".mark.on")
        first = items.first
        number = first.get_attribute("data-number")
        own = page.locator(f".mark[data-number='{number}']")
        first.scroll_into_view_if_needed()
        first.hover()
        expect(lit).to_have_count(own.count())
        page.mouse.move(0, 0)
        expect(lit).to_have_count(0)
        first.click()
        expect(first).to_have_attribute("aria-pressed", "true")
        page.mouse.move(0, 0)
        expect(lit).to_have_count(own.count())
        page.keyboard.press("Escape")
        expect(lit).to_have_count(0)

        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")
        expect(first).to_be_focused()
        if items.count() > 1:
            page.keyboard.press("ArrowDown")
            second = items.nth(1).get_attribute("data-number")
            expect(lit.first).to_have_attribute("data-number", second)
        page.keyboard.press("Enter")
        if shots:
            page.screenshot(path=shots / f"{path.stem}-pointing.png")
        page.keyboard.press("Escape")

        for mark in own.all():
            box, canvas = mark.bounding_box(), mark.locator("xpath=ancestor::*[name()='svg']")
            frame, width = canvas.bounding_box(), canvas.evaluate("(each) => each.viewBox.baseVal.width")
            place = frame["x"] + float(mark.get_attribute("x")) * frame["width"] / width
            assert abs(box["x"] - place) <= 2, f"the mark lies at {box['x']}, not {place}"

        mark = page.locator(".result .mark").last
        mark.scroll_into_view_if_needed()
        mark.click()
        pressed = page.locator("button.difference[aria-pressed=true]")
        expect(pressed).to_have_attribute("data-number", mark.get_attribute("data-number"))

        kinds = page.locator("[data-filter=differences] button")
        if kinds.count():
            kinds.nth(1).click()
            kind = kinds.nth(1).get_attribute("data-value")
            shown = [item for item in page.locator("#differences > li").all() if item.is_visible()]
            assert shown and all(item.get_attribute("data-kind") == kind for item in shown)
            assert str(len(shown)) == kinds.nth(1).locator("b").inner_text()
        page.get_by_label("Marks").uncheck()
        expect(page.locator(".mark:visible:not(.on)")).to_have_count(0)


def repairs(browser: Browser, path: Path):
    """The trace narrows to what was kept."""
    with Visit(browser, path) as page:
        kept = page.locator("[data-filter=steps] button", has_text="Kept")
        if not kept.count():
            return
        kept.click()
        rows = [row for row in page.locator("#steps > tr").all() if row.is_visible()]
        assert rows and all("Kept" in row.inner_text() for row in rows)


def hostile(browser: Browser, path: Path):
    """Words that would be markup, scripts or styles are shown; what is put in later neither runs nor is loaded."""
    with Visit(browser, path) as page:
        assert "taken" not in page.title().split(" · ")[0]
        assert page.locator("h1").count() == 1 and page.locator("img, script:not([nonce])").count() == 0
        expect(page.locator("h1")).to_contain_text("<script>document.title = 'taken'</script>")
        page.locator("button.difference").first.click()
    visit = Visit(browser, path)
    page = visit.page
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.taken = true";
            document.body.append(script);
            const markup = "<img src=x onerror='window.taken = true'><style>body { display: none }</style>";
            document.body.insertAdjacentHTML("beforeend", markup);
        }"""
    )
    assert page.evaluate("fetch('report.json').then(() => 'read', () => 'refused')") == "refused"
    assert page.evaluate("window.taken") is None
    expect(page.locator("h1")).to_be_visible()
    assert any("Content Security Policy" in fault for fault in visit.faults), "the policy refused nothing"
    visit.context.close()


def evaluation(browser: Browser, path: Path):
    """Thumbnails load from beside the page when they come into sight, the table sorts, reports open."""
    with Visit(browser, path) as page:
        rows, head = page.locator("#designs > tr"), page.locator(".gallery thead th")
        images = page.locator("#designs img")
        for image in images.all():
            image.scroll_into_view_if_needed()
            image.evaluate("(each) => each.decode()")
        column = head.filter(has_text="Draft")
        for way in ("descending", "ascending"):
            column.get_by_role("button").click()
            expect(column).to_have_attribute("aria-sort", way)
            numbers = [row.locator("td[data-label=Draft]").inner_text() for row in rows.all()]
            told = [float(number) for number in numbers if number != "–"]
            assert told == sorted(told, reverse=way == "descending"), f"{way}: {told}"
            assert "–" not in numbers[: len(told)], "what failed does not stand at the end"
        head.filter(has_text="Name").get_by_role("button").click()
        names = [name.split("\n")[0].lower() for name in rows.locator("th").all_inner_texts()]
        assert names == sorted(names), f"names: {names}"
        assert (path.parent / page.get_by_role("link", name="evaluation.csv").get_attribute("href")).is_file()
        rows.locator("th a").first.click()
        expect(page.locator(".score")).to_be_visible()


def main() -> int:
    parser = argparse.ArgumentParser(description="Tries the reports in a browser.")
    parser.add_argument("--samples", type=Path, help="the folder that ReportSampleTests wrote")
    parser.add_argument("--report", type=Path, help="a report.html of a conversion")
    parser.add_argument("--output", type=Path, help="a folder for screenshots")
    parser.add_argument("--chromium", default="/usr/bin/chromium", help="the browser")
    options = parser.parse_args()
    if not (options.samples or options.report):
        parser.error("--samples or --report is needed")
    if not Path(options.chromium).exists():
        print(f"no browser at {options.chromium}")
        return 77
    if options.output:
        options.output.mkdir(parents=True, exist_ok=True)
    reports = [options.report] if options.report else [options.samples / "report.html"]
    trials = []
    for path in reports:
        trials += [
            ("looks", looks, (path, options.output)), ("pictures", pictures, (path, options.output)),
            ("differences", differences, (path, options.output)), ("repairs", repairs, (path,)),
        ]
    if options.samples:
        table = options.samples / "evaluation/index.html"
        trials += [
            ("looks, equal", looks, (options.samples / "equal.html", options.output)),
            ("looks, hostile", looks, (options.samples / "hostile.html", options.output)),
            ("hostile words", hostile, (options.samples / "hostile.html",)),
            ("looks, evaluation", looks, (table, options.output)), ("evaluation", evaluation, (table,)),
        ]
    failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        for name, trial, arguments in trials:
            try:
                trial(browser, *arguments)
                print(f"{name:20} held")
            except (AssertionError, Error) as error:
                failed += 1
                print(f"{name:20} FAILED: {str(error).strip().splitlines()[0]}")
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
