# Pictures for a model to read: part of vllm.py and failover.py.

import json
import subprocess
import sys
from pathlib import Path

from service import REPOSITORY, browser_program

FRESH = REPOSITORY / "Fixtures/model/recipe/fresh.py"
FIRST_SEED = 9_500_000


def draw_pictures(folder: Path, count: int, seed: int) -> list[Path]:
    """Mockups from the seeds that are reserved for tests, as PNG."""
    command = [sys.executable, FRESH, "--first", str(FIRST_SEED + 1000 * seed), "--count", str(count)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    browser, pictures = browser_program(), []
    for page in map(json.loads, lines):
        source, picture = folder / f"{page['name']}.html", folder / f"{page['name']}.png"
        source.write_text(page["html"])
        flags = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-lcd-text",
                 "--font-render-hinting=none", f"--window-size={page['width']},{page['height']}"]
        subprocess.run([browser, "--headless", *flags, f"--screenshot={picture}", source.as_uri()],
                       check=True, capture_output=True, timeout=60)
        pictures.append(picture)
    return pictures
