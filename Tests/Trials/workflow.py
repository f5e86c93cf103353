"""What `bottega workflow` wrote, held against what it promises.

`workflow.json` is valid by the schema that lies beside it. The report is opened from disk, light and dark, on a desktop
and on a phone: the timeline is scrubbed by mouse, keys and buttons, and shows the frames of the steps. The prototype
opens from disk and `walkthrough.py` walks through it. Anything on the console, any request that leaves the folder and any
step that does not happen ends it with exit status 1.

    bottega workflow Fixtures/videos/shop.mp4 --output out
    python3 Tests/Trials/workflow.py out --output shots
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from jsonschema import Draft202012Validator
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from report import SIZES, Visit, contrast, sound


def validate(folder: Path) -> dict:
    """The analysis, valid by its schema, with every path that it names in place."""
    schema = json.loads((folder / "workflow.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    analysis = json.loads((folder / "workflow.json").read_text())
    faults = [f"{fault.json_path}: {fault.message}" for fault in Draft202012Validator(schema).iter_errors(analysis)]
    assert not faults, faults
    missing = [path for path in analysis["files"] if not (folder / path).is_file()]
    assert not missing, f"not there: {missing}"
    return analysis


def scrub(page: Page, analysis: dict):
    """The timeline by mouse, by keys, by its buttons and by the list of steps."""
    frame, clock, time = page.locator("#frame"), page.locator("#clock"), page.locator("#time")
    steps = analysis["steps"]
    for number, step in enumerate(steps):
        page.locator(f"button.difference[data-step='{number}']").click()
        expect(clock).to_have_text(re.compile(r"^\d+\.\d s$"))
        shown = float(clock.inner_text().removesuffix(" s"))
        assert abs(shown - step["start"]) < 0.051, f"step {number + 1} begins at {step['start']}, the clock says {shown}"
        expect(page.locator("#where")).to_have_text(f"Step {number + 1} of {len(steps)}")
        assert frame.get_attribute("href") in (step["evidence"]["before"], steps[number - 1]["evidence"]["after"])
    page.locator("#next").click()
    time.focus()
    page.keyboard.press("Home")
    expect(clock).to_have_text("0.0 s")
    page.keyboard.press("End")
    expect(clock).not_to_have_text("0.0 s")
    if steps:
        expect(frame).to_have_attribute("href", max(steps, key=lambda step: step["end"])["evidence"]["after"])
    box = page.locator("#lanes").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    middle = float(time.get_attribute("max")) / 2
    assert abs(float(time.input_value()) - middle) < 0.1, "the middle of the lanes is the middle of the recording"
    page.locator("#play").click()
    page.wait_for_timeout(400)
    page.locator("#play").click()
    assert float(time.input_value()) > middle + 0.1, "playing moves on"
    natural = page.evaluate(
        "() => Promise.all([...document.querySelectorAll('.gallery-grid img')].map((image) =>"
        " (image.loading = 'eager', image.decode().then(() => image.naturalWidth))))"
    )
    assert all(natural), "every picture is there"


def look(browser: Browser, folder: Path, analysis: dict, shots: Path):
    """The report in every size and light."""
    for size in SIZES:
        for scheme in ("light", "dark"):
            with Visit(browser, folder / "report.html", size, color_scheme=scheme) as page:
                sound(page)
                contrast(page)
                scrub(page, analysis)
                page.evaluate("scrollTo(0, 0)")
                page.screenshot(path=shots / f"workflow-{size}-{scheme}.png", full_page=True)
    with Visit(browser, folder / "report.html", java_script_enabled=False) as page:
        expect(page.locator("#steps li")).to_have_count(len(analysis["steps"]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="what `bottega workflow` wrote")
    parser.add_argument("--output", type=Path, default=Path("shots"), help="where pictures of the report go")
    parser.add_argument("--chromium", help="the browser, if not Playwright's own")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    analysis = validate(options.folder)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=options.chromium)
            look(browser, options.folder, analysis, options.output)
            browser.close()
    except (AssertionError, Error) as fault:
        print(f"FAILED: {fault}", file=sys.stderr)
        return 1
    print(f"{len(analysis['steps'])} steps, {len(analysis['screens'])} screens: valid, scrubbed")
    if (options.folder / "walkthrough.py").exists():
        command = [sys.executable, str(options.folder / "walkthrough.py")]
        command += ["--chromium", options.chromium] if options.chromium else []
        return subprocess.run(command, check=False, timeout=300).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
