"""Records the videos of this folder, and beside each one what truly happens in it.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python record.py [NAME…]

Four small apps of our own (`sources/`) are used by a script (`scenes.py`) in headless Chromium, with a pointer that
moves as a hand does (`stage.py`). Writes NAME.mp4, .webm, .mkv or .mov and NAME.truth.json; `--output` names another
folder. The length, the size and the number of frames in the truth are what ffmpeg reads from the finished file.
"""

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from film import Film, probe
from scenes import SCENES, Scene
from stage import Stage

HERE = Path(__file__).parent
BROWSERS = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]


def record(browser: Browser, name: str, scene: Scene, output: Path) -> None:
    """Plays one scene and writes its two files."""
    width, height = scene.size
    context = browser.new_context(
        viewport={"width": width, "height": height}, has_touch=scene.touches, is_mobile=scene.touches, offline=True
    )
    page = context.new_page()
    page.add_init_script(path=HERE / "stage.js")
    page.goto((HERE / "sources" / scene.page).as_uri())
    page.evaluate("document.fonts.ready")
    path = output / scene.file
    film = Film(path, scene.form, scene.size, scene.rate)
    stage = Stage(page, film, scene.rate, scene.size, scene.touches, scene.seed)
    scene.play(stage)
    film.close()
    context.close()
    facts = probe(path)
    size = facts.pop("bytes")
    rate = None if scene.form.skips_equal else scene.rate
    (output / f"{name}.truth.json").write_text(stage.truth.document(scene.file, {**facts, "frames_per_second": rate}))
    count = sum(step.optional is None for step in stage.truth.steps)
    print(f"{scene.file}: {facts['seconds']} s, {facts['frames']} frames, {count} steps, {size / 1000:.0f} kB")


def main() -> int:
    parser = argparse.ArgumentParser(description="Records the videos and their truth.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SCENES)}; all of them without")
    parser.add_argument("--output", type=Path, default=HERE, help="the folder to write to")
    options = parser.parse_args()
    if unknown := set(options.names) - set(SCENES):
        parser.error(f"no recording is called {', '.join(sorted(unknown))}")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not program:
        print(f"record.py: none of {', '.join(BROWSERS)} is installed", file=sys.stderr)
        return 1
    arguments = ["--no-sandbox", "--font-render-hinting=none", "--disable-lcd-text", "--force-color-profile=srgb"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        for name in options.names or SCENES:
            record(browser, name, SCENES[name], options.output)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
