"""Pages to pictures through Chromium, many pages in one document, with the place of every character.

Owns the browser process and the JSON channel to it. Each page becomes an element `the-page`
(an element selector like `body`, so the cascade is that of the finished page) in a grid; one
screenshot is cut into pictures. Characters of text are measured with DOM ranges, those of
placeholders with a canvas in the field's own font.

    python render.py OUTPUT KIND FIRST_SEED COUNT     # writes OUTPUT/KIND_FIRST_SEED.pickle
"""

import base64
import io
import json
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from pathlib import Path

import websocket
from PIL import Image

import dialect
import generator
import lines

BROWSERS = ("chromium-headless-shell", "chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --force-device-scale-factor=1 "
    "--font-render-hinting=none --disable-lcd-text --mute-audio --remote-debugging-port=0 "
    "--remote-allow-origins=*"
).split()
PIXELS_PER_SHOT = 7_000_000

MEASURE = """(() => {
  const range = document.createRange(), pen = document.createElement('canvas').getContext('2d');
  return JSON.stringify([...document.querySelectorAll('the-page')].map(page => {
    const box = page.getBoundingClientRect(), out = [];
    const overflows = page.scrollHeight > page.clientHeight + 1 || page.scrollWidth > page.clientWidth + 1;
    const add = (code, x, y) => {
      const inside = x > box.left && y > box.top && x < box.right && y < box.bottom;
      out.push(code, inside ? Math.round((x - box.left) * 10) : -1, inside ? Math.round((y - box.top) * 10) : -1);
    };
    const walker = document.createTreeWalker(page, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.nodeType === 3) {
        for (let i = 0; i < node.data.length; i++) {
          if (node.data[i].trim() === '') continue;
          range.setStart(node, i); range.setEnd(node, i + 1);
          const r = range.getBoundingClientRect();
          add(node.data.charCodeAt(i), (r.left + r.right) / 2, (r.top + r.bottom) / 2);
        }
      } else if (node.placeholder) {
        const style = getComputedStyle(node), r = node.getBoundingClientRect();
        pen.font = style.font;
        const left = r.left + parseFloat(style.borderLeftWidth) + parseFloat(style.paddingLeft);
        const right = r.right - parseFloat(style.borderRightWidth) - parseFloat(style.paddingRight);
        for (let i = 0, text = node.placeholder; i < text.length; i++) {
          if (text[i] === ' ') continue;
          const x = left + (pen.measureText(text.slice(0, i)).width + pen.measureText(text.slice(0, i + 1)).width) / 2;
          add(text.charCodeAt(i), x < right ? x : -1e6, (r.top + r.bottom) / 2);
        }
      }
    }
    return [overflows ? 1 : 0, ...out];
  }));
})()"""


class Browser:
    """A headless Chromium with one blank tab; close it with `close()`."""

    def __init__(self):
        program = next(path for path in map(shutil.which, BROWSERS) if path)
        self.profile = tempfile.mkdtemp(prefix="render-")
        command = [program, *FLAGS, f"--user-data-dir={self.profile}", "about:blank"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = self._port()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
            tab = next(entry for entry in json.load(answer) if entry["type"] == "page")
        self.channel = websocket.create_connection(tab["webSocketDebuggerUrl"])
        self.number = 0
        self.call("Page.enable")
        self.frame = self.call("Page.getFrameTree")["frameTree"]["frame"]["id"]

    def _port(self) -> int:
        file = Path(self.profile) / "DevToolsActivePort"
        for _ in range(400):
            if file.exists() and "\n" in file.read_text():
                return int(file.read_text().split("\n")[0])
            time.sleep(0.05)
        raise RuntimeError("the browser did not open its debugging port within 20 s")

    def call(self, method: str, **parameters) -> dict:
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        self.channel.send(json.dumps(message))
        while True:
            answer = json.loads(self.channel.recv())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def show(self, document: str, width: int, height: int) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Page.setDocumentContent", frameId=self.frame, html=document)

    def evaluate(self, script: str) -> str:
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"]["value"]

    def screenshot(self) -> Image.Image:
        shot = self.call("Page.captureScreenshot", format="png", optimizeForSpeed=True)
        return Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")

    def close(self) -> None:
        try:
            self.call("Browser.close")
        except Exception:
            self.process.terminate()
        self.process.wait(10)
        shutil.rmtree(self.profile, ignore_errors=True)


GRID_STYLESHEET = re.sub(r"(?m)^body ", "the-page ", dialect.STYLESHEET)


def grid_cell(page: str, x: int, y: int, width: int, height: int) -> str:
    """The page's body as one absolutely placed `the-page` element."""
    style = (f"position:absolute;contain:strict;overflow:hidden;min-height:0;"
             f"left:{x}px;top:{y}px;width:{width}px;height:{height}px")
    page = page.replace("<body", f'<the-page style="{style}"', 1)
    return page.replace("</body>", "</the-page>")


def render(browser: Browser, pages: list[str], width: int, height: int) -> list[tuple[Image.Image, list[int]]]:
    """Pictures of equally large pages, each with [overflows, code, 10x, 10y, code, 10x, 10y, ...]."""
    columns = max(1, min(len(pages), 3600 // width))
    rows = -(-len(pages) // columns)
    places = [(index % columns * width, index // columns * height) for index in range(len(pages))]
    cells = "".join(grid_cell(page, x, y, width, height) for page, (x, y) in zip(pages, places))
    browser.show(f"<!doctype html><style>{GRID_STYLESHEET}</style>{cells}", columns * width, rows * height)
    measured = json.loads(browser.evaluate(MEASURE))
    shot = browser.screenshot()
    if len(measured) != len(pages):
        raise RuntimeError("a page closed its cell of the grid")
    pictures = [shot.crop((x, y, x + width, y + height)) for x, y in places]
    return list(zip(pictures, measured))


def render_samples(browser: Browser, kind: str, seeds: range) -> list[dict]:
    """Samples of a seed range that fit their canvas; pages that overflow are left out."""
    by_size = defaultdict(list)
    for seed in seeds:
        by_size[generator.size_of(kind, seed)].append(seed)
    samples = []
    for (width, height), group in by_size.items():
        step = max(1, PIXELS_PER_SHOT // (width * height))
        for start in range(0, len(group), step):
            part = group[start:start + step]
            pages = [generator.make(kind, seed) for seed in part]
            for seed, page, (picture, measured) in zip(part, pages, render(browser, pages, width, height)):
                if measured[0]:
                    continue
                file = io.BytesIO()
                picture.save(file, "PNG", compress_level=1)
                samples.append({"kind": kind, "seed": seed, "page": page, "size": (width, height),
                                "png": file.getvalue(), "characters": measured[1:]})
    return samples


def main() -> None:
    output, kind, first, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    output.mkdir(parents=True, exist_ok=True)
    started, browser = time.time(), Browser()
    try:
        seeds = range(first, first + count)
        samples = lines.render_lines(browser, seeds) if kind == "line" else render_samples(browser, kind, seeds)
    finally:
        browser.close()
    target = output / f"{kind}_{first}.pickle"
    partial = target.with_suffix(".partial")
    partial.write_bytes(pickle.dumps(samples))
    partial.rename(target)
    rate = count / (time.time() - started)
    print(f"{target}: {len(samples)} of {count} seeds fit, {rate:.0f}/s, {target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
