"""What pages are made of: elements, a page's random look, and its components.

Owns the tree type and its spelling in the dialect, and every piece that several layouts share
(buttons, fields, tables, list items, navigation). The layouts themselves are in `generator.py`.
"""

import html
import random
from dataclasses import dataclass, field

from words import any_word, brand, date, email, label, number, person, phrase, price, reference

ACCENTS = ("red", "orange", "amber", "green", "teal", "sky", "blue", "violet", "pink", "slate")
FONTS = (("", 30), ("grotesk", 22), ("neutral", 18), ("humanist", 16), ("wide", 8), ("friendly", 4),
         ("serif", 2))
TEXT_SIZES = (("", 44), ("size-13", 12), ("size-15", 24), ("size-16", 20))
PIXELS = {"": 14, "size-13": 13, "size-15": 15, "size-16": 16}


@dataclass
class Node:
    """An element with its class list; children are elements and plain strings."""

    tag: str
    classes: str = ""
    children: list = field(default_factory=list)

    def __init__(self, tag: str, classes: str = "", *children):
        self.tag, self.classes = tag, classes
        self.children = [child for child in children if child is not None]


def serialise(node: "Node | str") -> str:
    """The dialect's spelling of a tree: no space between elements, `&`, `<`, `>` as entities."""
    if isinstance(node, str):
        return html.escape(node, quote=False)
    if node.tag == "field":
        text = html.escape(node.children[0], quote=False) if node.children else ""
        return f'<input placeholder="{text}" type="text">' if text else '<input type="text">'
    if node.tag in ("checked", "unchecked"):
        ending = '" checked>' if node.tag == "checked" else '">'
        return f'<input type="checkbox" class="{node.classes}{ending}'
    attribute = f' class="{node.classes}"' if node.classes else ""
    inside = "".join(serialise(child) for child in node.children)
    return f"<{node.tag}{attribute}>{inside}</{node.tag}>"


def weighted(rng: random.Random, choices):
    return rng.choices([value for value, _ in choices], [weight for _, weight in choices])[0]


def joined(*classes: str) -> str:
    return " ".join(name for name in classes if name)


class Components:
    """The random look of one page, and components in that look."""

    def __init__(self, rng: random.Random, width: int, height: int):
        self.rng, self.width, self.height = rng, width, height
        self.accent = rng.choice(ACCENTS)
        self.dark = rng.random() < 0.13
        self.wire = not self.dark and rng.random() < 0.07
        self.font = weighted(rng, FONTS)
        self.text_size = weighted(rng, TEXT_SIZES)
        if width < 400 or height < 320:
            self.text_size = weighted(rng, TEXT_SIZES[:3])
        self.radius = weighted(rng, (("", 70), ("sharp", 15), ("soft", 15)))
        self.density = weighted(rng, (("", 62), ("compact", 20), ("roomy", 18)))
        self.gap = rng.choice((2, 3, 3, 4))
        self.padding = rng.choice((3, 4, 4, 5))

    # ---- measures: how much text fits

    def rows(self, share: float, pixels: float, least: int, most: int) -> int:
        """A random count that about fills `share` of the height with rows of `pixels` at 14 px."""
        scale = PIXELS[self.text_size] / 14 * {"": 1, "compact": 0.9, "roomy": 1.12}[self.density]
        fitting = int(self.height * share / (pixels * scale))
        return self.rng.randint(least, max(least, min(most, fitting)))

    def letters(self, width: float, most: int) -> int:
        """How many letters fit on one line of `width` pixels, at most `most`."""
        return max(4, min(most, int(width / (PIXELS[self.text_size] * 0.6))))

    # ---- components

    def solid(self, hue: str | None = None) -> str:
        return f"bg-{hue or self.accent}-{self.rng.choice((500, 600, 600))} text-white"

    def button(self, kind: str | None = None, longest: int = 14, extra: str = "") -> Node:
        text = label(self.rng, longest)
        kind = kind or self.rng.choice("ssslgo")
        if self.wire:
            return Node("button", joined("btn", extra), text)
        looks = {
            "s": self.solid(), "l": f"bg-{self.accent}-100 text-{self.accent}-600", "g": "border",
            "o": "bg-white text-slate-900" if self.dark else "bg-slate-900 text-white",
        }
        pill = "pill" if self.rng.random() < 0.12 else ""
        return Node("button", joined("btn", looks[kind], pill, extra), text)

    def text_field(self, longest: int = 16) -> Node:
        rng = self.rng
        if rng.random() < 0.2:
            return Node("field")
        return Node("field", "", rng.choice((
            lambda: email(rng), lambda: label(rng, longest), lambda: "********", lambda: person(rng),
            lambda: "Enter " + any_word(rng), lambda: reference(rng)))())

    def labelled_field(self, longest: int = 16) -> Node:
        return Node("div", "col gap-1", Node("label", "", label(self.rng, longest)),
                    self.text_field(longest))

    def checkbox_row(self) -> Node:
        checked = self.rng.random() < 0.5
        box = Node("checked" if checked else "unchecked", f"check text-{self.accent}-600")
        small = "" if self.rng.random() < 0.5 else "small"
        return Node("div", "row gap-2", box, Node("span", small, label(self.rng, 18)))

    def toggle_row(self) -> Node:
        state = f"toggle on text-{self.accent}-600" if self.rng.random() < 0.5 else "toggle"
        return Node("div", "row between", Node("span", "", label(self.rng, 18)), Node("i", state))

    def badge(self) -> Node:
        hue = self.rng.choice(ACCENTS)
        look = f"bg-{hue}-100 text-{hue}-600" if self.rng.random() < 0.7 else f"bg-{hue}-500 text-white"
        return Node("span", f"badge {look}", label(self.rng, 9))

    def navigation(self, links: int | None = None) -> Node:
        rng = self.rng
        look = "bg-white border" if self.wire else "bg-slate-900 text-white border" if self.dark else \
            rng.choice((self.solid(), self.solid(), "bg-white border", "bg-slate-900 text-white",
                        f"bg-{self.accent}-100"))
        count = rng.randint(0, max(0, min(3, self.width // 130))) if links is None else links
        right = None
        if count:
            right = Node("div", "row gap-3", *[Node("a", "", label(rng, 9)) for _ in range(count)])
        elif rng.random() < 0.5:
            right = self.button("o", 9)
        return Node("nav", f"row between px-{self.padding} py-2 {look}",
                    Node("b", "", brand(rng)), right)

    def statistic(self) -> Node:
        rng = self.rng
        hue = f"text-{self.accent}-600" if rng.random() < 0.3 else ""
        change = None
        if rng.random() < 0.4:
            change = Node("p", "small text-" + rng.choice(("green-600", "red-600")),
                          f"{rng.choice('+-')}{rng.randint(1, 40)}%")
        return Node("div", "card", Node("p", "small muted", label(rng, 10)),
                    Node("p", joined("big", hue), rng.choice((number, price))(rng)), change)

    def table(self, rows: int, columns: int) -> Node:
        rng = self.rng
        kinds = [rng.choice((person, person, lambda r: label(r, 12), reference))]
        kinds += [rng.choice((price, date, number, lambda r: label(r, 8), None))
                  for _ in range(columns - 1)]
        head = Node("tr", "", *[Node("th", "", label(rng, 9)) for _ in kinds])
        body = [Node("tr", "", *[Node("td", "", kind(rng) if kind else self.badge()) for kind in kinds])
                for _ in range(rows)]
        return Node("table", "", head, *body)

    def list_item(self) -> Node:
        rng = self.rng
        avatar = None
        if rng.random() < 0.6:
            hue = f"bg-{self.accent}-500" if rng.random() < 0.3 else ""
            avatar = Node("i", joined("avatar", hue))
        title = rng.choice((person, lambda r: label(r, 16)))(rng)
        detail = rng.choice((email, lambda r: phrase(r, 2, 3), date, reference))(rng)
        end = rng.choice((
            self.badge, lambda: Node("span", "bold", price(rng)),
            lambda: Node("span", "small muted", date(rng)), lambda: None))()
        return Node("li", "row gap-3", avatar,
                    Node("div", "col grow", Node("b", "", title), Node("span", "small muted", detail)),
                    end)

    def body(self, classes: str, *children) -> str:
        ground = "" if self.wire else "dark" if self.dark else self.rng.choice((
            "bg-white", "bg-slate-50", "bg-slate-100", "bg-slate-100", f"bg-{self.accent}-50",
            f"bg-{self.accent}-100"))
        look = joined(ground, "wire" if self.wire else "", self.font, self.text_size, self.radius,
                      self.density, classes)
        return serialise(Node("body", look, *children))
