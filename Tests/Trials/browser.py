# The web page in a real browser, against a service that runs already: a picture is dropped, seen being written and
# repaired, compared by slider with mouse and keys and by its receipt, changed by clicking an element, undone, downloaded as
# a zip that is opened and checked, found again in the history after a reload, and deleted. A folder with a broken picture
# becomes one project, seen design by design; a recording, where there is one in Fixtures/videos, becomes a report. Where
# the service has no browser of its own, the page says so instead of showing a receipt. Screenshots of each step go to a folder. Any step
# that does not happen, any error on the browser's console and any request that leaves the service's origin ends it with
# exit status 1.
#
#     pip install playwright
#     python3 Tests/Trials/browser.py --url http://127.0.0.1:8080 --output shots --chromium /usr/bin/chromium
#
# With BOTTEGA_KEY in the environment the key is typed into the page when it asks. Read `flow` first.

import argparse
import base64
import io
import os
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page, expect, sync_playwright

FIXTURES = Path(__file__).resolve().parents[2] / "Fixtures"
DESIGNS = FIXTURES / "designs"
RECORDINGS = sorted(p for p in (FIXTURES / "videos").glob("*") if p.suffix in (".mp4", ".webm", ".mkv"))
WORDS = "Changed in the browser"


class Watch:
    """What must not happen while the page is used: console errors, failed scripts, requests to anybody else."""

    def __init__(self, page: Page, origin: str):
        self.faults: list[str] = []
        page.on("console", lambda message: self.say(message.type, message.text))
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("request", lambda request: self.leaves(request.url, origin))

    def say(self, kind: str, text: str):
        # A missing key is answered with 401, which the browser reports by itself.
        if kind == "error" and not (os.environ.get("BOTTEGA_KEY") and "status of 401" in text):
            self.faults.append(f"console: {text}")

    def leaves(self, url: str, origin: str):
        parts = urlsplit(url)
        if parts.scheme in ("data", "blob", "about"):
            return
        if f"{parts.scheme}://{parts.netloc}" != origin:
            self.faults.append(f"request to {url}")


def drop(page: Page, pictures: list[Path]):
    """Drops files on the page as a file manager does."""
    files = [{"name": p.name, "data": base64.b64encode(p.read_bytes()).decode()} for p in pictures]
    transfer = page.evaluate_handle(
        """(files) => {
            const transfer = new DataTransfer();
            for (const { name, data } of files) {
                const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
                const type = { png: "image/png", jpg: "image/jpeg", webp: "image/webp" }[name.split(".").pop()];
                transfer.items.add(new File([bytes], name, { type }));
            }
            return transfer;
        }""",
        files,
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("#main", event, {"dataTransfer": transfer})


def click_inside(page: Page, selector: str):
    """Clicks an element of the preview, whose frame is scaled: the place is worked out from the frame's own size."""
    page.wait_for_selector(".bench iframe[src$='select=1']")
    frame = page.query_selector(".bench iframe").content_frame()
    frame.wait_for_load_state()
    x, y, width = frame.locator(selector).first.evaluate(
        "e => { e.scrollIntoView({ block: 'nearest' }); const b = e.getBoundingClientRect();"
        " return [b.x + b.width / 2, b.y + b.height / 2, innerWidth]; }"
    )
    page.locator(".bench iframe").scroll_into_view_if_needed()
    box = page.locator(".bench iframe").bounding_box()
    scale = box["width"] / width
    page.mouse.move(box["x"] + x * scale - 2, box["y"] + y * scale)
    page.mouse.click(box["x"] + x * scale, box["y"] + y * scale)


def press(page: Page, name: str):
    """Presses a button of the page by key: right after scrolling, Chromium may still give a click to the frame that was
    under the pointer before."""
    page.get_by_role("button", name=name, exact=True).press("Enter")


def check(holds: bool, claim: str):
    if not holds:
        raise AssertionError(claim)


def enter_key(page: Page):
    """Types the key if the page asks for one."""
    page.wait_for_selector(".history, dialog[open]")
    if page.locator("dialog[open]").count():
        check("BOTTEGA_KEY" in os.environ, "the service asks for a key, and BOTTEGA_KEY has none")
        page.fill("dialog input[name=key]", os.environ["BOTTEGA_KEY"])
        page.check("dialog input[name=remember]")
        page.click("dialog button.main")
    page.wait_for_selector(".history")


def finish(page: Page):
    """Waits until there is a page, or a reason why there is none."""
    page.wait_for_selector(".revisions, .bench .lone", timeout=120_000)
    check(page.locator(".bench .lone").count() == 0, f"it failed: {page.locator('.bench').inner_text()}")


def measures(page: Page, url: str) -> bool:
    """Whether the service scores pages; the options say the same."""
    key = os.environ.get("BOTTEGA_KEY")
    answer = page.request.get(f"{url.rstrip('/')}/v1/engine", headers={"Authorization": f"Bearer {key}"} if key else {})
    is_measured = answer.json()["measures"]
    expect(page.locator("input[name=attempts]")).to_have_count(1 if is_measured else 0)
    expect(page.get_by_text("No browser is installed on the server")).to_have_count(0 if is_measured else 1)
    return is_measured


def convert(page: Page, picture: Path, is_measured: bool):
    """Drops a picture and sees it being written and scored: the stages, the code, the page so far, the total."""
    drop(page, [picture])
    if is_measured:
        page.click("text=Options")
        page.fill("input[name=attempts]", "2")
        page.fill("input[name=budget_seconds]", "20")
    expect(page.locator(".pictures li")).to_have_count(1)
    # A small picture is done in a fraction of a second; what was to be seen meanwhile is noted here.
    page.evaluate(
        """() => {
            window.seen = { stages: 0, code: 0, draft: 0, scores: 0, changes: 0 };
            const look = () => {
                const count = (selector, of) => [...document.querySelectorAll(selector)].map(of)[0] ?? 0;
                seen.stages = Math.max(seen.stages, document.querySelectorAll(".stages .done").length);
                seen.code = Math.max(seen.code, count(".live .code", (code) => code.textContent.length));
                const drawn = (frame) => frame.contentDocument?.body?.innerHTML.length ?? 0;
                seen.draft = Math.max(seen.draft, count(".live iframe", drawn));
                seen.scores = Math.max(seen.scores, document.querySelectorAll(".live-score .drafts li").length);
                seen.changes = Math.max(seen.changes, document.querySelectorAll(".live-score .latest").length);
            };
            new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
        }"""
    )
    page.click("button[type=submit]")
    finish(page)
    expect(page.locator(".bench iframe")).to_have_count(1)
    seen = page.evaluate("seen")
    print(f"seen while it was written: {seen}")
    check(seen["stages"] >= 3 and seen["code"] > 20, f"it was not seen being written: {seen}")
    check(not is_measured or seen["scores"] > 0 and seen["changes"] > 0, f"it was not seen being scored: {seen}")


def compare(page: Page):
    """Moves the slider with the mouse, then with keys."""
    page.click("text=Overlay")
    line = page.locator("[role=slider]")
    box = page.locator(".overlay").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 60, steps=4)
    page.mouse.up()
    now = int(line.get_attribute("aria-valuenow"))
    check(24 <= now <= 26, f"after dragging to a quarter the slider stands at {now}")
    for key, expected in (("ArrowRight", now + 1), ("PageUp", now + 11), ("Home", 0), ("End", 100), ("PageDown", 90)):
        line.press(key)
        check(line.get_attribute("aria-valuenow") == str(expected), f"{key} does not bring the slider to {expected}")


def receipt(page: Page, shot):
    """The receipt: the score, the heat map, the places of a difference in both pictures, the repairs one by one."""
    page.click("text=Side by side")
    expect(page.locator(".receipt .total")).to_contain_text(re.compile(r"[01]\.\d{3}"))
    check(page.locator(".receipt .parts tbody tr").count() == 9, "the score does not show its nine parts")
    differences(page, shot)
    page.click("text=Overlay")
    page.click("text=Heat map")
    expect(page.locator(".overlay .heat")).not_to_have_js_property("naturalWidth", 0)
    expect(page.locator(".overlay .heat")).to_be_visible()
    shot("heat-map")
    page.click("text=Slide")
    page.locator(".repairs summary").first.click()
    expect(page.locator(".steps li:visible").first).to_contain_text("→")
    kept = page.locator(".repairs > summary").inner_text()
    if not kept.split()[1].startswith("0"):
        check(page.locator(".steps .kept:visible").count() > 0, "the repairs that were kept are not shown first")
        press(page, "Before and after")
        expect(page.locator(".paper img")).to_have_count(2)
        shot("before-and-after")
        press(page, "Design and page")
    if "BOTTEGA_KEY" not in os.environ:
        with page.expect_popup() as opened:
            page.click("text=Full report")
        expect(opened.value).to_have_title(re.compile("Bottega"))
        opened.value.close()


def differences(page: Page, shot):
    """Points at a difference by mouse and by key, and at all of them."""
    more = page.locator(".card > button", has_text="Show all")
    if more.count():
        check(page.locator(".differences li:visible").count() == 20, "not twenty differences are shown first")
        more.click()
    moved = page.locator("button.difference", has_text="Moved").or_(page.locator("button.difference", has_text="Area"))
    if moved.count() == 0:
        return print("no difference has a place in both pictures")
    number = moved.first.get_attribute("data-number")
    marks = page.locator(f".mark[data-number='{number}'].on:visible")
    moved.first.hover()
    expect(marks).to_have_count(2)
    moved.first.press("Enter")
    page.mouse.move(1, 1)
    expect(marks).to_have_count(2)
    check(moved.first.get_attribute("aria-pressed") == "true", "a difference that is held is not pressed")
    inside = "e => { const a = e.getBoundingClientRect(), b = e.closest('.paper').getBoundingClientRect();"
    inside += " if (e.closest('.paper').scrollTop) return false;"
    inside += " return a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top; }"
    check(all(mark.evaluate(inside) for mark in marks.all()), "a box lies outside its picture")
    shot("difference")
    moved.first.press("Escape")
    expect(marks).to_have_count(0)
    press(page, "Show boxes")
    check(page.locator(".mark:visible").count() >= 2, "not all boxes are shown")
    shot("boxes")
    press(page, "Show boxes")


def edit(page: Page, is_measured: bool):
    """Chooses the heading in the preview, changes its words, undoes and redoes."""
    page.click(".views >> text=Page")
    press(page, "Edit")
    click_inside(page, "h1, h2, h3, p, button")
    expect(page.locator(".where code")).to_have_text(re.compile("<(h[123]|p|button)>"))
    page.fill("textarea[name=text]", WORDS)
    press(page, "Apply")
    expect(page.locator(".revisions li")).to_have_count(2)
    check("revision=2" in page.url, f"the address does not name the revision: {page.url}")
    if is_measured:
        expect(page.locator(".receipt .way")).to_contain_text("evision 1")
    shown = page.frame_locator(".bench iframe").get_by_text(WORDS)
    expect(shown).to_have_count(1)
    press(page, "Undo")
    expect(shown).to_have_count(0)
    page.go_back()
    expect(shown).to_have_count(1)
    press(page, "Stop editing")


def download(page: Page):
    """Takes the zip and opens it."""
    with page.expect_download() as started:
        press(page, "Download as zip")
    archive = zipfile.ZipFile(io.BytesIO(Path(started.value.path()).read_bytes()))
    check(archive.testzip() is None, "the archive is damaged")
    names = [name for name in archive.namelist() if name.endswith("index.html")]
    check(bool(names), f"the archive has no index.html: {archive.namelist()}")
    check(WORDS in archive.read(names[0]).decode(), "the archive does not hold the revision that is shown")


def code(page: Page):
    """The code view shows the words of the file."""
    page.click(".views >> text=Code")
    expect(page.locator("pre.code")).to_contain_text(WORDS)


def flow(page: Page, url: str, shot, picture: Path):
    page.goto(url)
    enter_key(page)
    is_measured = measures(page, url)
    shot("start")
    convert(page, picture, is_measured)
    shot("side-by-side")
    compare(page)
    shot("overlay")
    if is_measured:
        receipt(page, shot)
    else:
        expect(page.locator(".receipt")).to_contain_text("no browser is installed")
    edit(page, is_measured)
    shot("edited")
    download(page)
    code(page)
    shot("code")
    address = page.url
    page.goto(url)
    page.reload()
    enter_key(page)
    card = page.locator(".cards li").first
    expect(card).to_contain_text(picture.stem)
    expect(card).to_contain_text("2 revisions")
    expect(card.locator(".fidelity")).to_have_count(1 if is_measured else 0)
    shot("history")
    card.locator("a").click()
    page.wait_for_selector(".revisions")
    check(page.url.split("?")[0] == address.split("?")[0], "the first of the history is another conversion")
    press(page, "Delete")
    page.click("dialog button.danger")
    page.wait_for_selector(".history")
    place = "#" + urlsplit(address).fragment.split("?")[0]
    expect(page.locator(f".cards a[href='{place}']")).to_have_count(0)


def several(page: Page, url: str, shot):
    """Two pictures at once become two pages, of which each can be looked at."""
    page.goto(url)
    enter_key(page)
    drop(page, [DESIGNS / "sign-in.png", DESIGNS / "contact.png"])
    expect(page.locator(".pictures li")).to_have_count(2)
    page.click("button[type=submit]")
    finish(page)
    page.get_by_role("combobox", name="Picture").select_option("1")
    expect(page.locator(".bench iframe")).to_have_attribute("title", "The page for contact")
    shot("several")


def draft_only(page: Page):
    """Asks for drafts, where the service measures: these take a twentieth of the time."""
    page.click("text=Options")
    if page.locator("select[name=finish]").count():
        page.select_option("select[name=finish]", "draft")


def folder(page: Page, url: str, shot):
    """A folder becomes one project; what is broken in it is told of and can be tried again; the project is shown."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "shots"
        (root / "app").mkdir(parents=True)
        for name in ("sign-in.png", "contact.png"):
            shutil.copy(DESIGNS / name, root / "app" / name)
        (root / "broken.png").write_bytes((DESIGNS / "sign-in.png").read_bytes()[:300])
        (root / "notes.txt").write_text("no picture")
        page.goto(url)
        enter_key(page)
        page.set_input_files("#choose-folder", root)
        expect(page.locator(".pictures li")).to_have_count(3)
        expect(page.locator("button[type=submit]")).to_have_text("Write one project")
        draft_only(page)
        shot("folder-chosen")
        page.click("button[type=submit]")
    expect(page.locator(".items li")).to_have_count(3)
    shot("folder-at-work")
    page.wait_for_selector(".bench iframe.whole", timeout=120_000)
    expect(page.locator(".items .done")).to_have_count(2)
    expect(page.locator(".items .failed .name")).to_have_text("broken.png")
    check(page.locator(".items .failed small").inner_text() != "", "it is not said why a design failed")
    expect(page.frame_locator(".bench iframe").locator("body")).to_contain_text("shots")
    shot("folder")
    page.locator(".items .done button").first.click()
    expect(page.locator(".bench iframe")).to_have_attribute("title", "A page of the project")
    press(page, "Whole project")
    with page.expect_download() as started:
        press(page, "Download as zip")
    archive = zipfile.ZipFile(io.BytesIO(Path(started.value.path()).read_bytes()))
    check(archive.testzip() is None and "index.html" in archive.namelist(), "the archive holds no project")
    press(page, "Retry failed")
    expect(page.get_by_role("button", name="Retry failed", exact=True)).to_have_count(1)
    page.wait_for_selector(".bench iframe.whole", timeout=120_000)
    page.reload()
    expect(page.locator(".items li")).to_have_count(3)
    narrow = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    check(narrow, "the page of a batch is wider than the window")
    press(page, "Delete")
    page.click("dialog button.danger")
    page.wait_for_selector(".history")


def cancelled(page: Page, url: str, shot):
    """A batch that is cancelled says so, and can go on."""
    page.goto(url)
    enter_key(page)
    drop(page, [DESIGNS / "sign-in.png", DESIGNS / "pricing.png"])
    press(page, "One project")
    page.click("button[type=submit]")
    page.wait_for_selector(".items li")
    stop = page.get_by_role("button", name="Cancel", exact=True)
    if stop.count():
        stop.press("Enter")
        page.wait_for_selector("text=/Cancelled|How it was made/", timeout=60_000)
        shot("cancelled")


def recording(page: Page, url: str, shot):
    """A recording becomes a report, which is shown, and texts to be taken home."""
    page.goto(url)
    enter_key(page)
    page.set_input_files("#choose", RECORDINGS[0])
    expect(page.locator("button[type=submit]")).to_have_text("Analyse the recording")
    draft_only(page)
    page.check("input[name=redact]")
    page.click("button[type=submit]")
    page.wait_for_selector(".stages .now, .bench iframe.whole")
    shot("recording-at-work")
    page.wait_for_selector(".bench iframe.whole", timeout=300_000)
    expect(page.frame_locator(".bench iframe").locator("body")).not_to_be_empty()
    shot("recording")
    with page.expect_download() as started:
        press(page, "Procedure")
    check(len(Path(started.value.path()).read_text()) > 20, "the procedure is empty")
    check(page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page is wider than the window")


def refused(page: Page, url: str, shot):
    """What is no picture is refused in words, before anything is sent."""
    page.goto(url)
    enter_key(page)
    page.set_input_files("#choose", {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    expect(page.locator(".dropzone .error")).to_contain_text("notes.txt")
    expect(page.locator("button[type=submit]")).to_be_disabled()
    shot("refused")


def main() -> int:
    parser = argparse.ArgumentParser(description="Uses the web page of a running service as a person does.")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where the service runs")
    parser.add_argument("--output", type=Path, default=Path("shots"), help="folder for the screenshots")
    parser.add_argument("--chromium", default=None, help="browser to use instead of Playwright's own")
    parser.add_argument("--picture", type=Path, default=DESIGNS / "pricing.png", help="design to convert")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    parts = urlsplit(options.url)
    failed = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=options.chromium, args=["--no-sandbox"])
        for name, size, scheme in (("wide", (1280, 900), "light"), ("phone", (390, 844), "dark")):
            context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
            page = context.new_page()
            watch = Watch(page, f"{parts.scheme}://{parts.netloc}")
            page.set_default_timeout(20_000)

            def shot(step: str):
                page.wait_for_timeout(250)  # frames are painted after they are loaded; only pictures for people
                page.screenshot(path=options.output / f"{name}-{step}.png")
                print(f"{name}: {step}")

            try:
                flow(page, options.url, shot, options.picture)
                several(page, options.url, shot)
                folder(page, options.url, shot)
                cancelled(page, options.url, shot)
                if RECORDINGS:
                    recording(page, options.url, shot)
                refused(page, options.url, shot)
            except (AssertionError, Error) as error:
                shot("failed")
                watch.faults.append(str(error).split("\n")[0])
            for fault in watch.faults:
                print(f"{name}: {fault}", file=sys.stderr)
            failed += len(watch.faults)
            context.close()
        browser.close()
    print("everything held" if not failed else f"{failed} faults")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
