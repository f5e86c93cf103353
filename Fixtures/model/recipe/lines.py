"""Single lines of text, icons and shapes, as strips: the lesson in reading real screens.

Owns what is written on such lines, in which typefaces, sizes and colours, and how they are drawn: hundreds in one
document, one screenshot, each cut out by its own ink and made into a strip (`strip.py`). A line is answered by one
element in an otherwise empty page: `p` for text, `b` for bold text, an empty `i` for what is no text.
"""

import html
import io
import json
import os
import random
from pathlib import Path

import numpy as np
from PIL import Image

import strip
from generator import TEST_SEEDS
from words import (FIRST_NAMES, LABELS, LAST_NAMES, MONTHS, any_word, brand, date, email, label, made_up_word, number,
                   person, phrase, price, reference)

FAMILIES = (
    ("Inter", 12), ("Inter Display", 2), ("Roboto", 8), ("Open Sans", 8), ("Lato", 6), ("Liberation Sans", 8),
    ("DejaVu Sans", 4), ("Liberation Serif", 3), ("DejaVu Serif", 2), ("DejaVu Sans Mono", 3), ("Liberation Mono", 2),
    ("Cabin", 2), ("Cantarell", 3), ("Carlito", 2), ("Caladea", 1), ("EB Garamond", 1), ("Fira Code", 2), ("Hack", 2),
    ("JetBrains Mono", 3), ("Karla", 2), ("League Spartan", 1), ("Linux Libertine O", 1), ("Manrope", 3),
    ("Noto Sans", 4), ("Noto Serif", 2), ("Noto Sans Mono", 1), ("PT Sans", 3), ("PT Serif", 1), ("Quicksand", 2),
    ("Roboto Slab", 1), ("Nimbus Sans", 3), ("Nimbus Roman", 1), ("C059", 1), ("URW Gothic", 1), ("FreeSans", 2),
    ("B612", 1), ("Vollkorn", 1), ("Dosis", 1), ("Roboto Condensed", 1), ("Open Sans Condensed", 1),
)
SIZES = ((9, 1), (10, 3), (11, 7), (12, 14), (13, 17), (14, 18), (15, 9), (16, 10), (17, 2), (18, 4), (20, 4), (22, 2),
         (24, 3), (28, 2), (32, 2), (36, 1), (40, 1), (48, 1))
DICTIONARIES = Path(os.environ.get("DICTIONARIES", "/usr/share/dict"))
LANGUAGES = (("american-english", 70), ("ngerman", 8), ("french", 6), ("spanish", 5), ("italian", 4), ("portuguese", 4),
             ("dutch", 3))
MOST_LETTERS = 50
SHOT = 2400, 1800                # pixels of one screenshot
CELL = 600                       # pixels of the width of a line's cell

CODE = ("const let var import return from await async function if else for in of new class def self None True false "
        "null GET POST PUT DELETE 200 404 npm git run build curl -X -H -d main push docker export default type").split()
_words: dict[str, list[str]] = {}


def dictionary_word(rng: random.Random) -> str:
    """A word of a random language's word list, of at most 14 letters."""
    name = rng.choices([name for name, _ in LANGUAGES], [weight for _, weight in LANGUAGES])[0]
    if name not in _words:
        lines = (DICTIONARIES / name).read_text(errors="replace").splitlines()
        _words[name] = [word for word in lines if 2 <= len(word) <= 14 and "/" not in word]
    return rng.choice(_words[name])


def word(rng: random.Random) -> str:
    chance = rng.random()
    return any_word(rng) if chance < 0.42 else dictionary_word(rng) if chance < 0.9 else made_up_word(rng)


def sentence(rng: random.Random, least: int = 2, most: int = 9) -> str:
    words = [word(rng) for _ in range(rng.randint(least, most))]
    for index in range(len(words) - 1):
        chance = rng.random()
        if chance < 0.06:
            words[index] += ","
        elif chance < 0.075:
            words[index] += rng.choice((".", ":", ";", "!", "?", " –", " —", " ·", "…"))
        elif chance < 0.085:
            words[index] = rng.choice(('"{}"', "“{}”", "({})", "‘{}’", "’{}")).format(words[index])
        elif chance < 0.10:
            words[index] += rng.choice(("’s", "'s", "’t", "’re"))
    text = " ".join(words)
    if rng.random() < 0.65:
        text = text[0].upper() + text[1:]
    return text + rng.choice(("", "", "", ".", ".", ",", "…", "!", "?", ":"))


def caption(rng: random.Random) -> str:
    words = [word(rng) for _ in range(rng.choice((1, 1, 2, 2, 3, 4)))]
    style = rng.random()
    if style < 0.55:
        words[0] = words[0].capitalize()
    elif style < 0.75:
        words = [one.capitalize() for one in words]
    elif style < 0.88:
        words = [one.upper() for one in words]
    return " ".join(words)


def amount(rng: random.Random) -> str:
    value = rng.choice((
        lambda: f"{rng.randint(0, 999)}", lambda: f"{rng.randint(0, 999)}.{rng.randint(0, 99):02d}",
        lambda: f"{rng.randint(1, 999)},{rng.randint(0, 999):03d}", lambda: f"{rng.randint(1, 99)}.{rng.randint(0, 9)}",
        lambda: f"{rng.randint(1, 99)},{rng.randint(0, 999):03d}.{rng.randint(0, 99):02d}"))()
    sign = rng.choice(("", "", "", "+", "-", "−"))
    return rng.choice(("${}", "€{}", "£{}", "{} €", "{}%", "{} %", "{}", "{}", "{}k", "{}M", "{} GB", "{} kg", "{} km",
                       "{} min", "{}ms", "{} s", "{} °C", "× {}", "{}px", "#{}", "{}/mo")).format(sign + value)


def moment(rng: random.Random) -> str:
    day, year, month = rng.randint(1, 31), rng.randint(1990, 2031), rng.choice(MONTHS)
    clock = f"{rng.randint(0, 23)}:{rng.randint(0, 59):02d}"
    weekday = rng.choice("Mon Tue Wed Thu Fri Sat Sun Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
    full = rng.choice("January February March April May June July August September October November December".split())
    return rng.choice((
        f"{month} {day}", f"{day} {month}", f"{day} {full}", f"{day} {full} {year}", f"{full} {day}, {year}",
        f"{year}-{rng.randint(1, 12):02d}-{day:02d}", f"{day:02d}/{rng.randint(1, 12):02d}/{year}", clock, clock,
        f"{clock} {rng.choice(('AM', 'PM', 'am', 'pm'))}", f"{weekday} {clock}", f"{weekday}, {clock}",
        f"{weekday}, {day} {month}", f"{rng.randint(2, 59)} min ago", f"{rng.randint(2, 23)}h ago", f"{weekday}",
        f"{rng.randint(2, 11)} days ago", f"{clock} – {rng.randint(0, 23)}:{rng.randint(0, 59):02d}", f"{year}"))


def address(rng: random.Random) -> str:
    host = f"{made_up_word(rng)}.{rng.choice(('com', 'io', 'dev', 'org', 'net', 'app', 'example'))}"
    path = "/".join(word(rng).lower() for _ in range(rng.randint(0, 2)))
    return rng.choice((
        host, f"https://{host}/{path}", f"/{path}", f"{word(rng).lower()}.{rng.choice(('pdf', 'png', 'csv', 'zip', 'ts', 'py'))}",
        f"@{made_up_word(rng)}", f"#{word(rng).lower()}", email(rng), f"{word(rng).lower()}_{word(rng).lower()}",
        f"{word(rng).lower()}-{word(rng).lower()}-{rng.randint(1, 99)}", f"v{rng.randint(0, 9)}.{rng.randint(0, 20)}.{rng.randint(0, 9)}"))


def code(rng: random.Random) -> str:
    pieces = [rng.choice((
        lambda: rng.choice(CODE), lambda: word(rng).lower(), lambda: f'"{word(rng).lower()}"', lambda: str(rng.randint(0, 9999)),
        lambda: rng.choice(("{", "}", "(", ")", "[", "]", "=>", "=", "==", "!=", "&&", "||", "+", "//", "#", ":", ";", "<", ">", "|", "$", "*")),
        lambda: f'"{word(rng).lower()}": {rng.randint(0, 999)},', lambda: f"{word(rng).lower()}()",
        lambda: f"{word(rng).lower()}.{word(rng).lower()}", lambda: f"--{word(rng).lower()}"))()
        for _ in range(rng.randint(1, 6))]
    return " ".join(pieces)


def scramble(rng: random.Random) -> str:
    """Characters that nothing predicts."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    marks = letters + "0123456789!#$%&()*+,-./:;<=>?@[]_{}|~\"'"
    return " ".join("".join(rng.choice(marks if rng.random() < 0.3 else letters) for _ in range(rng.randint(1, 8)))
                    for _ in range(rng.randint(1, 4)))


def joined(rng: random.Random) -> str:
    parts = [rng.choice((caption, moment, amount, label, person))(rng) for _ in range(rng.randint(2, 3))]
    return rng.choice((" · ", " / ", " | ", " – ", ": ", " → ", " > ", ", ", " • ", " (") ).join(parts)


MAKERS = ((sentence, 26), (caption, 17), (label, 9), (amount, 11), (moment, 9), (person, 6), (address, 5), (code, 4),
          (scramble, 6), (joined, 6), (price, 1), (number, 1), (reference, 2), (brand, 1),
          (lambda rng: str(rng.randint(0, 99)), 2), (lambda rng: rng.choice(FIRST_NAMES)[0] + rng.choice(LAST_NAMES)[0], 1))


def icon(rng: random.Random, size: int) -> str:
    """An icon or a shape of about `size` pixels."""
    colour, x = "currentColor", lambda: rng.randint(2, 22)
    chance = rng.random()
    if chance < 0.25:
        shape = rng.choice(("border-radius:50%", "border-radius:4px", "border-radius:999px;width:2.4em", ""))
        fill = rng.choice(("background:currentColor", "border:2px solid currentColor"))
        return f'<i style="display:inline-block;width:{size}px;height:{size}px;{shape};{fill}"></i>'
    strokes = []
    for _ in range(rng.randint(1, 4)):
        strokes.append(rng.choice((
            lambda: f'<circle cx="{rng.choice((12, x()))}" cy="{rng.choice((12, x()))}" r="{rng.randint(2, 9)}"/>',
            lambda: f'<rect x="{rng.randint(2, 9)}" y="{rng.randint(2, 9)}" width="{rng.randint(4, 13)}" height="{rng.randint(4, 13)}" rx="{rng.randint(0, 3)}"/>',
            lambda: "<path d='M" + " L".join(f"{x()} {x()}" for _ in range(rng.randint(2, 5))) + rng.choice(("", "z")) + "'/>",
            lambda: f"<path d='M{x()} {x()} Q{x()} {x()} {x()} {x()}'/>",
            lambda: rng.choice(("<path d='M6 9l6 6 6-6'/>", "<path d='M9 6l6 6-6 6'/>", "<path d='M5 12l5 5 9-10'/>",
                                "<path d='M4 6h16M4 12h16M4 18h16'/>", "<path d='M12 4v16M4 12h16'/>", "<path d='M6 6l12 12M18 6L6 18'/>",
                                "<circle cx='11' cy='11' r='6'/><path d='M16 16l5 5'/>", "<path d='M3 11l9-8 9 8v10h-6v-6h-6v6H3z'/>",
                                "<circle cx='12' cy='8' r='4'/><path d='M4 21c0-8 16-8 16 0'/>",
                                "<path d='M12 3l3 6 6 1-4.500 4.500 1 6.500-5.500-3-5.500 3 1-6.500L3 10l6-1z'/>"))))())
    fill = rng.choice(("none", "none", colour))
    return (f'<svg width="{size}" height="{size}" viewBox="0 0 24 24" fill="{fill}" stroke="{colour}" '
            f'stroke-width="{rng.choice((1.5, 2, 2, 2.5))}" stroke-linecap="round">{"".join(strokes)}</svg>')


def colours(rng: random.Random) -> tuple[str, str]:
    """Ground and ink, apart enough to be read."""
    def light(colour):
        return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]

    while True:
        ground = rng.choice(((255, 255, 255), (255, 255, 255), tuple(rng.randint(225, 255) for _ in range(3)),
                             tuple(rng.randint(5, 60) for _ in range(3)), tuple(rng.randint(0, 255) for _ in range(3))))
        grey = rng.randint(0, 255)
        ink = rng.choice(((255, 255, 255), (15, 23, 42), (grey, grey, grey), tuple(rng.randint(0, 255) for _ in range(3))))
        if abs(light(ground) - light(ink)) > 60:
            return "#%02x%02x%02x" % ground, "#%02x%02x%02x" % ink


def make(seed: int, evaluating: bool = False) -> dict:
    """A line: its page, and how it is drawn (`html`, CSS of its cell, height of the cell in pixels)."""
    if seed in TEST_SEEDS and not evaluating:
        raise ValueError(f"seed {seed} is reserved for tests")
    rng = random.Random(f"line {seed}")
    ground, colour = colours(rng)
    size = rng.choices([size for size, _ in SIZES], [weight for _, weight in SIZES])[0]
    if rng.random() < 0.09:
        drawn = icon(rng, rng.choice((8, 10, 12, 14, 16, 16, 18, 20, 20, 24, 28, 32)))
        return {"page": "<body><i></i></body>", "html": f"<span>{drawn}</span>", "height": 44,
                "style": f"background:{ground};color:{colour};font-size:16px;line-height:0"}
    most = min(MOST_LETTERS, int((CELL - 20) / (0.58 * size)))
    while True:
        text = " ".join(rng.choices([maker for maker, _ in MAKERS], [weight for _, weight in MAKERS])[0](rng).split())
        if 0 < len(text) <= most or size > 24 and len(text) > most and (text := text[:most].strip()):
            break
    family = rng.choices([name for name, _ in FAMILIES], [weight for _, weight in FAMILIES])[0]
    weight = rng.choices((300, 400, 500, 600, 700, 800), (2, 50, 14, 14, 18, 2))[0]
    extra = "font-style:italic;" if rng.random() < 0.05 else ""
    extra += "text-decoration:underline;" if rng.random() < 0.03 else ""
    spacing = rng.choices((0, -0.02, -0.01, 0.02, 0.05, 0.1), (76, 5, 5, 5, 5, 4))[0]
    tag = "b" if weight >= 600 else "p"
    shift = rng.random(), rng.random()
    return {
        "page": f"<body><{tag}>{html.escape(text, quote=False)}</{tag}></body>",
        "html": f"<span>{html.escape(text)}</span>", "height": int(size * 1.7) + 8,
        "style": (f"background:{ground};color:{colour};font:{weight} {size}px/1.5 '{family}';{extra}"
                  f"letter-spacing:{spacing}em;padding:{4 + shift[1]:.2f}px 0 0 {8 + shift[0]:.2f}px"),
    }


MEASURE = """(() => {
  const range = document.createRange();
  return JSON.stringify([...document.querySelectorAll('div')].map(cell => {
    const out = [], box = cell.getBoundingClientRect();
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode())
      for (let i = 0; i < node.data.length; i++) {
        const code = node.data.charCodeAt(i);
        if (code < 33 || code > 126) continue;
        range.setStart(node, i); range.setEnd(node, i + 1);
        const r = range.getBoundingClientRect();
        out.push(code, (r.left + r.right) / 2 - box.left);
      }
    return out;
  }));
})()"""


def worn(rng: random.Random, cell: Image.Image) -> Image.Image:
    """The picture of a line as files and screens leave it: mostly untouched."""
    chance = rng.random()
    if chance < 0.08:
        file = io.BytesIO()
        cell.save(file, "JPEG", quality=rng.randint(55, 95))
        return Image.open(file).convert("RGB")
    if chance < 0.16:
        factor = rng.uniform(0.75, 1.6)
        size = max(8, round(cell.width * factor)), max(8, round(cell.height * factor))
        return cell.resize(size, rng.choice((Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)))
    return cell


def cut(cell: Image.Image, letters: list[float], page: str, rng: random.Random) -> dict | None:
    """The sample of one drawn line; None where hardly any ink is seen."""
    before = cell.width
    cell = worn(rng, cell)
    factor = cell.width / before
    pixels = np.asarray(cell)
    ground = pixels[1, 1]
    strength = np.abs(pixels.astype(int) - ground.astype(int)).max(-1)
    mask = strength > max(12, 0.22 * strength.max())
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if len(rows) < 3 or len(columns) < 1 or columns[-1] > cell.width - 3:
        return None
    jitter = [rng.choices((-1, 0, 1), (1, 8, 3))[0] for _ in range(4)]
    box = (int(columns[0]) - jitter[0], int(rows[0]) - jitter[1], int(columns[-1]) + 1 + jitter[2],
           int(rows[-1]) + 1 + jitter[3])
    if rng.random() >= 0.9:
        ground = np.clip(ground.astype(int) + rng.randint(-3, 3), 0, 255).astype(np.uint8)
    canvas, place = strip.strip(pixels, ground, box)
    if canvas.shape[1] > strip.WIDEST:
        return None
    bucket = -(-canvas.shape[1] // 56) * 56
    canvas = np.pad(canvas, ((0, 0), (0, bucket - canvas.shape[1])), constant_values=255)
    characters = []
    for code, x in zip(letters[::2], letters[1::2]):
        characters += [int(code), round(10 * ((x * factor - place.left) * place.scale + strip.LEFT)), 110]
    file = io.BytesIO()
    Image.fromarray(canvas).save(file, "PNG", compress_level=1)
    return {"kind": "line", "page": page, "size": (bucket, strip.HEIGHT), "png": file.getvalue(), "characters": characters}


def render_lines(browser, seeds: range, evaluating: bool = False) -> list[dict]:
    """Samples of a seed range, drawn many in one document."""
    samples, waiting = [], list(seeds)
    while waiting:
        cells, x, y = [], 0, 0
        while waiting and x + CELL <= SHOT[0]:
            line = make(waiting[0], evaluating)
            if y + line["height"] > SHOT[1]:
                x, y = x + CELL, 0
                continue
            cells.append((waiting.pop(0), line, x, y))
            y += line["height"]
        document = "".join(
            f'<div style="position:absolute;box-sizing:border-box;overflow:hidden;white-space:nowrap;left:{x}px;top:{y}px;width:{CELL}px;'
            f'height:{line["height"]}px;{line["style"]}">{line["html"]}</div>' for _, line, x, y in cells)
        browser.show(f"<!doctype html><style>*{{margin:0}}</style>{document}", *SHOT)
        measured = json.loads(browser.evaluate(MEASURE))
        shot = browser.screenshot()
        for (seed, line, x, y), letters in zip(cells, measured):
            picture = shot.crop((x, y, x + CELL, y + line["height"]))
            sample = cut(picture, letters, line["page"], random.Random(f"cut {seed}"))
            if sample:
                samples.append({**sample, "seed": seed})
    return samples
