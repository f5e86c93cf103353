"""Random pages of the dialect, from a seed: layouts, looks and texts. Renders nothing.

Owns what the training and test data look like. A sample is named by its kind and its seed; the
same name gives the same page for ever. Seeds from `TEST_SEEDS` are refused (ValueError) unless the
caller says that it evaluates, so that no test page can reach training.
Reads from the page's look through components and page layouts to `make`.
"""

import html
import random
from dataclasses import dataclass, field

from words import (any_word, brand, date, email, label, made_up_word, number, person, phrase, price,
                   random_case, reference)

TEST_SEEDS = range(9_000_000, 10_000_000)
ACCENTS = ("red", "orange", "amber", "green", "teal", "sky", "blue", "violet", "pink", "slate")
FONTS = (("", 30), ("grotesk", 22), ("neutral", 18), ("humanist", 16), ("wide", 8), ("friendly", 4),
         ("serif", 2))
TEXT_SIZES = (("", 44), ("size-13", 12), ("size-15", 24), ("size-16", 20))
PIXELS = {"": 14, "size-13": 13, "size-15": 15, "size-16": 16}
CROP_SIZE = (224, 112)
PANEL_SIZES = (((336, 224), 2), ((280, 224), 1), ((336, 280), 1))
PAGE_SIZES = (((448, 336), 34), ((448, 448), 28), ((336, 448), 14), ((400, 300), 10),
              ((480, 360), 5), ((360, 480), 5), ((560, 420), 4))
MOBILE_SIZES = (((224, 448), 5), ((280, 504), 3), ((252, 448), 2))


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


class PageMaker:
    """One page in the making: its random look, its components, its layouts."""

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

    # ---- pages

    def sign_in(self) -> str:
        rng = self.rng
        title = Node(rng.choice(("h1", "h2", "h2")), "" if rng.random() < 0.6 else "w-full center",
                     label(rng, 16))
        parts = [title]
        if rng.random() < 0.5:
            parts.append(Node("p", "small muted", phrase(rng, 2, 5)))
        parts += [self.labelled_field() for _ in range(self.rows(0.42, 56, 1, 3))]
        if rng.random() < 0.5:
            parts.append(self.checkbox_row())
        parts.append(self.button("s", extra="w-full"))
        if rng.random() < 0.5:
            parts.append(Node("a", f"small text-{self.accent}-600 center", label(rng, 20)))
        width = rng.choice(("w-narrow", "w-mid")) if self.width >= 360 else "w-narrow"
        shadow = "shadow" if rng.random() < 0.4 else ""
        return self.body("center", Node("form", joined(f"card col gap-{self.gap} {width}", shadow), *parts))

    def pricing(self) -> str:
        rng = self.rng
        count = rng.choice((2, 3, 3)) if self.width > 420 else 2
        favourite = rng.randrange(count)

        def plan(index: int) -> Node:
            hue = f"text-{self.accent}-600" if index == favourite else ""
            lines = [Node("li", "small", label(rng, 14)) for _ in range(self.rows(0.25, 26, 1, 3))]
            return Node("div", f"card col gap-{self.gap}", Node("h3", "", label(rng, 9)),
                        Node("p", joined("big", hue), f"${rng.randint(1, 199)}"),
                        Node("ul", "gap-1", *lines),
                        self.button("s" if index == favourite else "g", 9))

        title = Node("h1", "center", phrase(rng, 1, 2)) if rng.random() < 0.8 else None
        subtitle = Node("p", "muted center", phrase(rng, 2, 5)) if rng.random() < 0.5 else None
        plans = Node("div", f"grid-{count} gap-{self.gap}", *[plan(index) for index in range(count)])
        return self.body(f"p-{self.padding} gap-{self.gap}", title, subtitle, plans)

    def dashboard(self) -> str:
        rng = self.rng
        links = []
        for index in range(self.rows(0.6, 40, 3, 6)):
            current = index == 0 and rng.random() < 0.5
            links.append(Node("a", joined("small", f"text-{self.accent}-600 bold" if current else ""),
                              label(rng, 11)))
        look = "bg-white border" if self.wire else rng.choice((
            "bg-slate-900 text-white", "bg-white border", self.solid(), f"bg-{self.accent}-900 text-white"))
        side = Node("aside", f"side gap-{self.gap} p-3 {look}", Node("b", "", brand(rng)[:11]), *links)
        main = [Node("div", "row between", Node("h2", "", label(rng, 12)),
                     self.button("s", 9) if rng.random() < 0.6 else None)]
        if rng.random() < 0.7:
            count = rng.choice((2, 3)) if self.width > 430 else 2
            main.append(Node("div", f"grid-{count} gap-2", *[self.statistic() for _ in range(count)]))
        if rng.random() < 0.7:
            main.append(self.table(self.rows(0.35, 30, 2, 5), rng.choice((2, 3))))
        else:
            items = [self.list_item() for _ in range(self.rows(0.35, 50, 2, 3))]
            main.append(Node("ul", "card gap-3", *items))
        return self.body("", Node("div", "row stretch grow", side,
                                  Node("main", f"col grow gap-{self.gap} p-{self.padding}", *main)))

    def hero(self) -> str:
        rng = self.rng
        centred = "center" if rng.random() < 0.6 else ""
        buttons = Node("div", joined("row gap-2", centred), self.button("s", 12),
                       self.button("g", 10) if rng.random() < 0.5 else None)
        ground = self.solid() if rng.random() < 0.25 and not self.wire else ""
        section = Node("section", joined(f"col gap-{self.gap} p-6", centred, ground),
                       Node("h1", "", phrase(rng, 2, 4)),
                       Node("p", "muted" if rng.random() < 0.5 else "", phrase(rng, 3, 9)), buttons)
        below = None
        if rng.random() < 0.6:
            count = rng.choice((2, 3)) if self.width > 420 else 2
            cards = [Node("div", "card", Node("h3", "", label(rng, 10)),
                          Node("p", "small muted", phrase(rng, 2, 3))) for _ in range(count)]
            below = Node("div", f"grid-{count} gap-{self.gap} px-{self.padding}", *cards)
        elif rng.random() < 0.5:
            below = Node("div", f"px-{self.padding}", Node("div", "img"))
        return self.body("", self.navigation(), section, below)

    def settings(self) -> str:
        rng = self.rng
        rows = [rng.choice((self.toggle_row, self.toggle_row, self.labelled_field, self.checkbox_row))()
                for _ in range(self.rows(0.6, 50, 2, 5))]
        buttons = Node("div", joined("row gap-2", "end" if rng.random() < 0.5 else ""),
                       self.button("g", 10) if rng.random() < 0.5 else None, self.button("s", 12))
        subtitle = Node("p", "small muted", phrase(rng, 2, 5)) if rng.random() < 0.4 else None
        return self.body(f"p-{self.padding} gap-{self.gap}",
                         Node(rng.choice(("h1", "h2")), "", label(rng, 18)), subtitle,
                         Node("form", f"card col gap-{self.gap}", *rows), buttons)

    def list_page(self) -> str:
        rng = self.rng
        head = Node("div", "row between", Node("h2", "", label(rng, 14)),
                    self.button("s", 9) if rng.random() < 0.6 else None)
        items = [self.list_item() for _ in range(self.rows(0.6, 50, 2, 6))]
        return self.body("", self.navigation() if rng.random() < 0.6 else None,
                         Node("main", f"col gap-{self.gap} p-{self.padding}", head,
                              Node("ul", "card gap-3", *items)))

    def table_page(self) -> str:
        rng = self.rng
        right = self.button("s", 9) if rng.random() < 0.6 else \
            Node("div", "w-narrow", self.text_field(10)) if rng.random() < 0.4 and self.width > 420 else None
        columns = rng.choice((3, 3, 4)) if self.width > 420 else rng.choice((2, 3))
        table = self.table(self.rows(0.6, 32, 2, 7), columns)
        return self.body("", self.navigation() if rng.random() < 0.6 else None,
                         Node("main", f"col gap-{self.gap} p-{self.padding}",
                              Node("div", "row between", Node("h2", "", label(rng, 14)), right), table))

    def profile(self) -> str:
        rng = self.rng
        hue = f"bg-{self.accent}-500" if rng.random() < 0.6 and not self.wire else ""
        figures = [Node("div", "col center", Node("b", "", number(rng)), Node("span", "small muted", label(rng, 9)))
                   for _ in range(rng.choice((2, 3)))]
        parts = [Node("i", joined("avatar large", hue)), Node(rng.choice(("h2", "h3")), "", person(rng)),
                 Node("p", "muted", rng.choice((lambda: label(rng, 20), lambda: email(rng)))())]
        if rng.random() < 0.5:
            parts.append(Node("p", "small", phrase(rng, 4, 9)))
        if rng.random() < 0.6:
            parts.append(Node("div", "line"))
        parts.append(Node("div", "row gap-6", *figures))
        parts.append(Node("div", "row gap-2", self.button("s", 10),
                          self.button("g", 10) if rng.random() < 0.6 else None))
        shadow = "shadow" if rng.random() < 0.4 else ""
        width = rng.choice(("w-narrow", "w-mid")) if self.width >= 360 else "w-narrow"
        card = Node("div", joined(f"card col center gap-{self.gap} {width}", shadow), *parts)
        return self.body("center", card)

    def checkout(self) -> str:
        rng = self.rng
        fields = [self.labelled_field(14)]
        if rng.random() < 0.7:
            fields.append(Node("div", f"grid-2 gap-{self.gap}", self.labelled_field(9), self.labelled_field(9)))
        if rng.random() < 0.4:
            fields.append(self.checkbox_row())
        lines = [Node("div", "row between", Node("span", "muted", label(rng, 12)), Node("span", "", price(rng)))
                 for _ in range(self.rows(0.2, 30, 1, 3))]
        total = Node("div", "row between bold", Node("span", "", label(rng, 9)), Node("span", "", price(rng)))
        parts = [*fields, Node("div", "line"), *lines, total, self.button("s", 14, "w-full")]
        title = Node(rng.choice(("h1", "h2")), "", label(rng, 16))
        return self.body(f"p-{self.padding} gap-{self.gap}", title,
                         Node("form", f"card col gap-{self.gap}", *parts))

    def mobile(self) -> str:
        rng = self.rng
        parts = [Node("h2", "", label(rng, self.letters(self.width * 0.7, 14)))]
        for _ in range(self.rows(0.5, 70, 2, 4)):
            parts.append(rng.choice((
                self.statistic, self.labelled_field, self.toggle_row,
                lambda: Node("ul", "card gap-2", self.list_item(), self.list_item()),
                lambda: Node("div", "img"), lambda: Node("p", "muted", phrase(rng, 3, 7))))())
        parts.append(self.button("s", extra="w-full"))
        return self.body("", self.navigation(rng.choice((0, 0, 1))),
                         Node("main", f"col gap-{self.gap} p-{self.padding}", *parts))

    # ---- crops: small pictures that teach reading

    def component(self) -> Node:
        rng = self.rng
        return rng.choice((
            lambda: Node("h1", "", label(rng, 15)), lambda: Node("h2", "", label(rng, 20)),
            lambda: Node("p", "", phrase(rng, 2, 5)), lambda: Node("p", "small muted", phrase(rng, 2, 6)),
            lambda: Node("div", "row gap-2", self.button(longest=10),
                         self.button(longest=9) if rng.random() < 0.4 else None),
            self.labelled_field, self.checkbox_row, self.toggle_row,
            lambda: Node("div", "row gap-2", self.badge(), self.badge()), self.statistic,
            lambda: self.table(1, 2), self.list_item, lambda: Node("b", "", email(rng)),
            lambda: Node("div", "row gap-3", Node("b", "", price(rng)), Node("span", "", number(rng)),
                         Node("span", "muted", date(rng))),
            lambda: self.navigation(rng.choice((0, 1, 1)))))()

    def crop(self) -> str:
        rng = self.rng
        parts = [self.component() for _ in range(rng.choice((1, 1, 2, 2)))]
        centred = "center" if rng.random() < 0.12 else ""
        return self.body(joined(f"p-{rng.choice((2, 3, 4))} gap-{rng.choice((1, 2, 3))}", centred), *parts)

    def panel(self) -> str:
        rng = self.rng
        parts = [self.component() for _ in range(self.rows(0.8, 46, 2, 4))]
        if rng.random() < 0.5:
            shadow = "shadow" if rng.random() < 0.3 else ""
            parts = [Node(rng.choice(("div", "form")), joined(f"card col gap-{self.gap}", shadow), *parts)]
        return self.body(f"p-{rng.choice((2, 3, 4))} gap-{rng.choice((1, 2, 3))}", *parts)

    def wall(self) -> str:
        """Text from edge to edge: the densest lesson in reading."""
        rng = self.rng
        self.radius = self.density = ""
        padding, gap = rng.choice((1, 2, 3)), rng.choice((0, 0, 1))
        size = PIXELS[self.text_size]
        width, left = self.width - 8 * padding, self.height - 8 * padding
        lines = []
        while True:
            tag, classes, line_height, letter = rng.choice((
                ("h1", "", 2.13, 0.98), ("h2", "", 1.73, 0.76), ("h3", "", 1.43, 0.62),
                ("p", "", 1.43, 0.56), ("p", "", 1.43, 0.56), ("p", "small", 1.15, 0.48),
                ("p", "small", 1.15, 0.48), ("p", "bold", 1.43, 0.6), ("p", "solid", 1.43, 0.56)))
            left -= line_height * size + 4 * gap
            if left < 0:
                break
            text = self.line_of_text(int(width / (letter * size)))
            looks = [] if classes == "solid" else [classes]
            if classes == "solid":
                looks = ["bold" if self.wire else self.solid(rng.choice(ACCENTS))]
            elif rng.random() < 0.3:
                looks.append(rng.choice(("muted", f"text-{rng.choice(ACCENTS)}-{rng.choice((500, 600))}")))
            if rng.random() < 0.12:
                looks.append("center")
            lines.append(Node(tag, joined(*looks), text))
        return self.body(joined(f"p-{padding}", f"gap-{gap}" if gap else ""), *lines)

    def line_of_text(self, letters: int) -> str:
        rng = self.rng
        text = ""
        while True:
            piece = rng.choice((
                any_word, any_word, any_word, made_up_word, label, lambda r: any_word(r).capitalize(),
                price, number, date, lambda r: random_case(r, any_word(r)), email, person, reference))(rng)
            if len(text) + len(piece) + 1 > letters:
                return text or made_up_word(rng)[:letters]
            text = f"{text} {piece}".strip()


WIDE_LAYOUTS = ("sign_in", "sign_in", "pricing", "dashboard", "hero", "settings", "list_page",
                "table_page", "profile", "checkout")
NARROW_LAYOUTS = ("sign_in", "hero", "settings", "list_page", "table_page", "profile", "checkout", "mobile")
KINDS = ("wall", "crop", "panel", "page", "mobile")


def size_of(kind: str, seed: int) -> tuple[int, int]:
    """Width and height in pixels of a sample, without making it."""
    rng = random.Random(f"size {kind} {seed}")
    sizes = {"panel": PANEL_SIZES, "page": PAGE_SIZES, "mobile": MOBILE_SIZES}.get(kind)
    return weighted(rng, sizes) if sizes else CROP_SIZE


def make(kind: str, seed: int, evaluating: bool = False, size: tuple[int, int] | None = None) -> str:
    """The page of a kind and a seed, as dialect text. `size` replaces the seed's own size."""
    if seed in TEST_SEEDS and not evaluating:
        raise ValueError(f"seed {seed} is reserved for tests")
    width, height = size or size_of(kind, seed)
    maker = PageMaker(random.Random(f"{kind} {seed}"), width, height)
    if kind == "page":
        layouts = WIDE_LAYOUTS if width >= 400 else NARROW_LAYOUTS
        return getattr(maker, maker.rng.choice(layouts))()
    return getattr(maker, kind)()
