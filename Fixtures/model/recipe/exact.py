"""How many letters and colours of a page are exactly right: pages beside the HTML of their own designs.

Both pages are shown in Chromium. Every line of text of the design is compared with the characters that the other page shows in
its place (3 px around it); white space does not count, and what is shown where the design has no text counts as wrong. A colour
is that of a line's ink, and that of most pixels of each box with a background; it is right within ΔE00 3. Owns the measure;
showing pages is `render.Browser`'s.

    bottega eval --fresh 200 --output FOLDER
    python exact.py FOLDER                              # FOLDER/fresh-SEED/, beside the pages of those seeds
    python exact.py FOLDER --sources ../../designs/screens/sources     # FOLDER/NAME/, beside NAME.html
    (needs scikit-image besides requirements.txt)
"""

import argparse
import base64
import json
import re
import statistics
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.color import deltaE_ciede2000, rgb2lab

import fresh
import generator
import metrics
import render

CLOSE = 3.0          # ΔE00
AROUND = 3           # pixels around a line

READ = """(() => {
  const range = document.createRange(), pen = document.createElement('canvas').getContext('2d');
  const letters = [], boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  const look = node => getComputedStyle(node.nodeType === 3 ? node.parentElement : node);
  for (let node = document.body, run = 0; node; node = walker.nextNode(), run++) {
    if (node.nodeType === 3) {
      const { color, visibility } = look(node);
      if (visibility !== 'visible') continue;
      for (let i = 0; i < node.data.length; i++) {
        if (node.data[i].trim() === '') continue;
        range.setStart(node, i); range.setEnd(node, i + 1);
        const r = range.getBoundingClientRect();
        if (r.width > 0) letters.push([run, node.data[i], r.left, r.top, r.right, r.bottom, color]);
      }
      continue;
    }
    const style = look(node), r = node.getBoundingClientRect();
    if (node.placeholder && !node.value) {
      pen.font = style.font;
      const left = r.left + parseFloat(style.borderLeftWidth) + parseFloat(style.paddingLeft);
      const half = parseFloat(style.fontSize) / 2, middle = (r.top + r.bottom) / 2;
      const colour = getComputedStyle(node, '::placeholder').color;
      for (let i = 0, text = node.placeholder; i < text.length; i++) {
        if (text[i] === ' ') continue;
        const [from, to] = [i, i + 1].map(end => left + pen.measureText(text.slice(0, end)).width);
        letters.push([run, text[i], from, middle - half, to, middle + half, colour]);
      }
    }
    if (style.backgroundColor !== 'rgba(0, 0, 0, 0)' || node === document.body) {
      boxes.push([r.left, r.top, r.right, r.bottom]);
    }
  }
  return JSON.stringify({ letters, boxes });
})()"""


class Shown:
    """A page as it is shown: its letters (run, letter, left, top, right, bottom, colour), its boxes, its picture."""

    def __init__(self, browser: render.Browser, page: str, size: tuple[int, int]):
        browser.show(page, *size)
        found = json.loads(browser.evaluate(READ))
        self.letters, self.boxes = found["letters"], found["boxes"]
        self.picture = np.asarray(browser.screenshot())

    def lines(self) -> list[list]:
        """Letters of one element that stand beside each other."""
        lines, before = [], None
        for letter in self.letters:
            same = before and letter[0] == before[0] and abs(letter[3] - before[3]) < 2 and letter[2] >= before[2]
            lines[-1].append(letter) if same else lines.append([letter])
            before = letter
        return lines


def rgb(colour: str) -> tuple[int, ...]:
    """Of a computed colour."""
    return tuple(int(float(number)) for number in re.findall(r"[\d.]+", colour)[:3])


def distance(first: tuple, second: tuple) -> float:
    """ΔE00 between two colours."""
    labs = [rgb2lab(np.array([[colour]], float) / 255) for colour in (first, second)]
    return float(deltaE_ciede2000(*labs)[0, 0])


def most_frequent(picture: np.ndarray, box: list[float]) -> tuple | None:
    """The colour of most pixels in a box; None where it lies outside the picture."""
    left, top, right, bottom = (round(value) for value in box)
    part = picture[max(0, top):max(0, bottom), max(0, left):max(0, right)].reshape(-1, 3)
    if not len(part):
        return None
    codes, counts = np.unique(part.astype(int) @ (65536, 256, 1), return_counts=True)
    code = int(codes[counts.argmax()])
    return code >> 16, code >> 8 & 255, code & 255


def compare(found: Shown, design: Shown) -> dict:
    """Characters, colours of lines and colours of boxes: how many there are, how many are wrong."""
    taken = set()
    result = Counter()
    misread = []
    for line in design.lines():
        left, right = min(letter[2] for letter in line), max(letter[4] for letter in line)
        top, bottom = line[0][3], line[0][5]
        inside = []
        for index, (_, _, x0, y0, x1, y1, _) in enumerate(found.letters):
            x, y = (x0 + x1) / 2, (y0 + y1) / 2
            if index not in taken and left - AROUND < x < right + AROUND and top - AROUND < y < bottom + AROUND:
                inside.append(index)
        taken.update(inside)
        inside.sort(key=lambda index: found.letters[index][2])
        wanted, written = ("".join(letters) for letters in (
            [letter[1] for letter in line], [found.letters[index][1] for index in inside]))
        wrong = metrics.edit_distance(written, wanted)
        result["characters"] += len(wanted)
        result["wrong characters"] += min(wrong, len(wanted))
        if wrong:
            misread.append((wanted, written))
        result["colours"] += 1
        inks = Counter(found.letters[index][6] for index in inside)
        ink = rgb(inks.most_common(1)[0][0]) if inks else None
        result["wrong colours"] += ink is None or distance(ink, rgb(line[0][6])) > CLOSE
    result["wrong characters"] += len(found.letters) - len(taken)
    for box in design.boxes:
        wanted = most_frequent(design.picture, box)
        if wanted is None:
            continue
        result["colours"] += 1
        result["wrong colours"] += distance(most_frequent(found.picture, box) or (-1,) * 3, wanted) > CLOSE
    return {**result, "misread": misread}


def inlined(page: Path) -> str:
    """A page whose pictures are part of it."""
    def data(match: re.Match) -> str:
        file = page.parent / match.group(1)
        return f'src="data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}"'

    return re.sub(r'src="(assets/[^"]+)"', data, page.read_text(encoding="utf-8"))


def source_of(name: str, sources: Path | None) -> str:
    """The HTML of a design."""
    if sources:
        return (sources / f"{name}.html").read_text(encoding="utf-8")
    return fresh.document(int(name.removeprefix("fresh-")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sources", type=Path)
    parser.add_argument("--misread", action="store_true", help="print the lines that are not right to the letter")
    options = parser.parse_args()
    browser = render.Browser()
    pages = []
    for page in sorted(options.folder.glob("*/index.html")):
        name = page.parent.name
        picture = page.parent / "design.png"
        size = Image.open(picture).size
        found = Shown(browser, inlined(page), size)
        pages.append(compare(found, Shown(browser, source_of(name, options.sources), size)))
        if options.misread:
            for wanted, written in pages[-1]["misread"]:
                print(f"{name}: {wanted!r} → {written!r}")
    browser.close()
    keys = ("characters", "wrong characters", "colours", "wrong colours")
    total = {key: sum(page[key] for page in pages) for key in keys}
    worst = sorted(1 - page["wrong characters"] / max(1, page["characters"]) for page in pages)
    print(f"{len(pages)} pages")
    print(f"characters right: {1 - total['wrong characters'] / total['characters']:.4f} of {total['characters']}"
          f" (a page: median {statistics.median(worst):.3f}, worst {worst[0]:.3f})")
    print(f"colours within ΔE00 {CLOSE:g}: {1 - total['wrong colours'] / total['colours']:.4f} of {total['colours']}")


if __name__ == "__main__":
    main()
