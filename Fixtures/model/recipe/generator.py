"""Random pages of the dialect, from a seed: layouts, crops, seeds. Renders nothing.

Owns what the training and test data look like. A sample is named by its kind and its seed; the
same name gives the same page for ever. Seeds from `TEST_SEEDS` are refused (ValueError) unless the
caller says that it evaluates, so that no test page can reach training.
Reads from page layouts through crops to `make`.
"""

import random

from components import ACCENTS, PIXELS, Components, Node, joined, weighted
from words import (any_word, brand, date, email, label, made_up_word, number, person, phrase, price,
                   random_case, reference)

TEST_SEEDS = range(9_000_000, 10_000_000)
CROP_SIZE = (224, 112)
PANEL_SIZES = (((336, 224), 2), ((280, 224), 1), ((336, 280), 1))
PAGE_SIZES = (((448, 336), 34), ((448, 448), 28), ((336, 448), 14), ((400, 300), 10),
              ((480, 360), 5), ((360, 480), 5), ((560, 420), 4))
MOBILE_SIZES = (((224, 448), 5), ((280, 504), 3), ((252, 448), 2))


class PageMaker(Components):
    """Components put together: whole pages, and small pictures that teach reading."""

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
