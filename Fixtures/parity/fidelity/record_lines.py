"""Where the lines of text of the sample designs truly are, as Chromium lays them out.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python record_lines.py

Opens every page of `designs/sources/` at the size of its picture, with the network off, and writes `lines.json`: per
design its picture and its lines, each [x, y, width, height, font size, colour, words]. A line is what stands in one row
of one block: the boxes of its pieces of text, joined. Values and placeholders of fields are lines too. Needs Chromium
and the fonts that `designs/render.sh` names.
"""

import json
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
DESIGNS = HERE.parent.parent / "designs"
BROWSERS = ("chromium-headless-shell", "chromium")

SCRIPT = """
() => {
  const canvas = document.createElement('canvas').getContext('2d'), pieces = [];
  const block = element => {
    while (element.parentElement && getComputedStyle(element).display.startsWith('inline')
           && getComputedStyle(element).display === 'inline') element = element.parentElement;
    return element;
  };
  const blocks = new Map();
  const number = element => { if (!blocks.has(element)) blocks.set(element, blocks.size); return blocks.get(element); };
  const isShown = element => {
    for (let up = element; up; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (style.display === 'none' || style.visibility === 'hidden' || style.opacity === '0') return false;
    }
    return true;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || ['SCRIPT', 'STYLE', 'OPTION', 'TEXTAREA'].includes(parent.tagName) || !isShown(parent)) continue;
    const style = getComputedStyle(parent), range = document.createRange();
    let line = null;
    for (let at = 0; at < node.data.length; at++) {
      range.setStart(node, at); range.setEnd(node, at + 1);
      const box = range.getClientRects()[0];
      if (!box || !box.width) continue;
      if (!line || Math.abs(box.top - line.top) > 2) {
        line = { block: number(block(parent)), left: box.left, top: box.top, right: box.right, bottom: box.bottom,
                 size: parseFloat(style.fontSize), colour: style.webkitTextFillColor, words: '' };
        pieces.push(line);
      }
      line.right = Math.max(line.right, box.right); line.left = Math.min(line.left, box.left);
      line.words += node.data[at];
    }
  }
  for (const field of document.querySelectorAll('input, textarea, select')) {
    const words = field.tagName === 'SELECT' ? field.selectedOptions[0]?.text : field.type === 'password' && field.value ? '•'.repeat(field.value.length) : field.value || field.placeholder;
    const style = getComputedStyle(field), box = field.getBoundingClientRect(), size = parseFloat(style.fontSize);
    if (!words || ['checkbox', 'radio', 'range', 'hidden'].includes(field.type) || !box.width) continue;
    canvas.font = style.font;
    const left = box.left + parseFloat(style.paddingLeft) + parseFloat(style.borderLeftWidth);
    const middle = field.tagName === 'TEXTAREA'
      ? box.top + parseFloat(style.paddingTop) + parseFloat(style.borderTopWidth) + size * 0.6 : (box.top + box.bottom) / 2;
    pieces.push({ block: number(field), left, top: middle - size * 0.6, right: left + canvas.measureText(words).width,
                  bottom: middle + size * 0.6, size, colour: style.color, words });
  }
  return pieces;
}
"""


def joined(pieces):
    """Pieces of one block that stand in one row with no more than half a font size between them."""
    lines = []
    for piece in pieces:
        last = lines[-1] if lines else None
        if (last and last["block"] == piece["block"]
                and min(last["bottom"], piece["bottom"]) - max(last["top"], piece["top"]) > 0.5 * piece["size"]
                and -1 <= piece["left"] - last["right"] <= 0.5 * piece["size"]):
            last.update(left=min(last["left"], piece["left"]), right=max(last["right"], piece["right"]),
                        top=min(last["top"], piece["top"]), bottom=max(last["bottom"], piece["bottom"]),
                        words=last["words"] + piece["words"])
        else:
            lines.append(dict(piece))
    return lines


def hexadecimal(colour):
    return "#" + "".join(f"{int(float(part)):02x}" for part in colour[colour.index("(") + 1:-1].split(",")[:3])


def main():
    browser_path = next(path for path in map(shutil.which, BROWSERS) if path)
    designs = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=[
            "--force-device-scale-factor=1", "--font-render-hinting=none", "--host-resolver-rules=MAP * ~NOTFOUND"])
        for source in sorted((DESIGNS / "sources").glob("*.html")):
            picture = next(path for path in DESIGNS.glob(source.stem + ".*") if path.suffix in (".png", ".jpg", ".webp"))
            width, height = Image.open(picture).size
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(source.as_uri())
            lines = []
            for line in joined(page.evaluate(SCRIPT)):
                words = " ".join(line["words"].split())
                if not words or line["right"] <= 0 or line["left"] >= width or line["bottom"] <= 0 or line["top"] >= height:
                    continue
                lines.append([round(line["left"], 2), round(line["top"], 2), round(line["right"] - line["left"], 2),
                              round(line["bottom"] - line["top"], 2), line["size"], hexadecimal(line["colour"]), words])
            designs.append({"picture": picture.name, "lines": lines})
            page.close()
        browser.close()
    text = ",\n".join(
        '{"picture": %s, "lines": [\n%s]}' % (
            json.dumps(design["picture"]),
            ",\n".join(json.dumps(line, ensure_ascii=False) for line in design["lines"]))
        for design in designs)
    (HERE / "lines.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")


main()
