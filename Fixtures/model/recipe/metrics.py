"""How close a written page is to the true one.

Both pages are parsed into trees and compared as trees, so white space between elements, attribute
order and the page around `<body>` make no difference. Pictures are compared as pictures.
"""

import difflib
import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

import numpy as np
from PIL import Image

import dialect
import words

VOID = {"input", "img", "br", "hr", "meta", "link"}
UNSEEN = {"style", "script", "head", "title"}
COLOUR = re.compile(r"(bg|text)-([a-z]+-\d+|white)$")


@dataclass
class Page:
    """What the measures look at, in document order."""

    tags: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    balanced: bool = True
    body: str = ""               # the body again, in the dialect's spelling, for rendering

    @property
    def text(self) -> str:
        return " ".join(self.words)

    @property
    def colours(self) -> list[str]:
        return [name for name in self.classes if COLOUR.match(name)]


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.page, self.open, self.spelled = Page(), [], []

    @property
    def _inside_body(self) -> bool:
        return "body" in self.open and not UNSEEN & set(self.open)

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        if not self._inside_body:
            return
        values = dict(attributes)
        self.page.tags.append(tag + (":" + values["type"] if tag == "input" and values.get("type") else ""))
        self.page.classes += (values.get("class") or "").split()
        self.page.words += (values.get("placeholder") or "").split()
        kept = "".join(f' {name}="{_escape(value or "", True)}"' for name, value in attributes)
        self.spelled.append(f"<{tag}{kept}>")

    def handle_endtag(self, tag):
        inside = self._inside_body
        if not self.open or self.open[-1] != tag:
            self.page.balanced = False
            return
        self.open.pop()
        if inside:
            self.page.tags.append("/" + tag)
            self.spelled.append(f"</{tag}>")

    def handle_data(self, data):
        if self._inside_body:
            self.page.words += data.split()
            lone_space = "" if data.isspace() and "\n" in data else _escape(data.strip("\n"), False)
            self.spelled.append(lone_space)


def _escape(text: str, quote: bool) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;") if quote else text


def read_page(html: str) -> Page:
    """Parses a whole document or a bare `<body>…</body>`."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    page = reader.page
    page.balanced = page.balanced and not reader.open and page.tags[:1] == ["body"]
    page.body = "".join(reader.spelled)
    return page


def edit_distance(first: str, second: str) -> int:
    """Fewest insertions, deletions and replacements of characters."""
    row = np.arange(len(second) + 1)
    codes = np.array([ord(letter) for letter in second], int)
    ramp = np.arange(len(second) + 1)
    for index, letter in enumerate(first, 1):
        candidate = np.concatenate(([index], np.minimum(row[1:] + 1, row[:-1] + (codes != ord(letter)))))
        row = np.minimum.accumulate(candidate - ramp) + ramp
    return int(row[-1])


def overlap(first: list[str], second: list[str]) -> int:
    return sum((Counter(first) & Counter(second)).values())


def f1(first: list[str], second: list[str]) -> float:
    """F1 of two bags; two empty bags agree."""
    total = len(first) + len(second)
    return 2 * overlap(first, second) / total if total else 1.0


def pixel_similarity(first: Image.Image, second: Image.Image) -> float:
    """1 - mean absolute difference of the channels, 0...1."""
    a, b = (np.asarray(image, np.float32) / 255 for image in (first, second))
    return float(1 - np.abs(a - b).mean())


def is_blank(picture: Image.Image) -> bool:
    """True when every pixel has the same colour."""
    return all(low == high for low, high in picture.getextrema())


_LISTED = {word.lower() for word in words.WORDS + words.FIRST_NAMES + words.LAST_NAMES}
_LISTED |= {word.lower().strip(".,!?;:") for label in words.LABELS for word in label.split()}


def word_kind(word: str) -> str:
    """`digits`, `listed` (in the generator's lists) or `unlisted` (made up, or with an ending)."""
    if any(letter.isdigit() for letter in word):
        return "digits"
    return "listed" if word.lower().strip(".,!?;:") in _LISTED else "unlisted"


def words_by_kind(found: Page, true: Page) -> dict[str, tuple[int, int]]:
    """For each kind of the true words: how many were found exactly, and how many there are."""
    result = {}
    for kind in ("listed", "unlisted", "digits"):
        wanted = [word for word in true.words if word_kind(word) == kind]
        result[kind] = (overlap(wanted, found.words), len(wanted))
    return result


def compare(found: Page, true: Page) -> dict[str, float]:
    """The measures of one page that need no picture."""
    return {
        "parses": float(found.balanced),
        "character_errors": edit_distance(found.text, true.text),
        "characters": max(1, len(true.text)),
        "words_right": overlap(found.words, true.words),
        "words": max(1, len(true.words)),
        "colour_f1": f1(found.colours, true.colours),
        "class_f1": f1(found.classes, true.classes),
        "tag_similarity": difflib.SequenceMatcher(None, found.tags, true.tags, autojunk=False).ratio(),
        "tags_exact": float(found.tags == true.tags),
        "body_classes_exact": float(found.body.split(">")[0] == true.body.split(">")[0]),
    }


assert set(dialect.ELEMENTS).isdisjoint(VOID)
