"""Records the strips that training makes of lines of ink: `strips.json`, read by TextStripTests.

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/python record.py            # a second; the same bytes each time

Draws small lines of made-up letters in several colours, sizes and places, and writes for each case

    name       what is special about it
    picture    PNG in base64: the picture that holds the line
    ground     red, green, blue
    box        left, top, right, bottom of the ink, pixels of the picture
    strip      PNG in base64, grey: what `Fixtures/model/recipe/strip.py` makes of it
"""

import base64
import io
import json
import random
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).parents[2] / "model" / "recipe"))
import strip  # noqa: E402

FINER = 8   # letters are drawn so many times larger, which gives them soft edges

CASES = (  # name, width and height of the picture, left and top of the ink, its height, colour, ground, noise in levels
    ("dark on light", 150, 24, 6, 5, 13, (17, 24, 39), (255, 255, 255), 0),
    ("light on dark", 150, 24, 6, 5, 13, (226, 232, 240), (15, 23, 42), 0),
    ("coloured on coloured", 170, 30, 5, 6, 18, (255, 237, 213), (194, 65, 12), 0),
    ("faint", 120, 22, 4, 4, 14, (229, 231, 235), (243, 244, 246), 0),
    ("tall", 260, 72, 8, 6, 60, (37, 99, 235), (255, 255, 255), 0),
    ("taller than the least scale allows", 230, 178, 6, 8, 160, (17, 24, 39), (254, 252, 232), 0),
    ("tiny", 60, 14, 4, 4, 6, (75, 85, 99), (249, 250, 251), 0),
    ("as high as a strip's ink", 150, 28, 5, 4, 20, (21, 128, 61), (240, 253, 244), 0),
    ("at the top left corner", 90, 16, 0, 0, 12, (0, 0, 0), (255, 255, 255), 0),
    ("at the bottom right corner", 92, 16, None, 3, 13, (0, 0, 0), (255, 255, 255), 0),
    ("noisy", 140, 24, 6, 5, 14, (30, 41, 59), (241, 245, 249), 4),
)


def lettering(width: int, height: int, left: int | None, top: int, size: int) -> np.ndarray:
    """float64 [row, column], how much of a pixel is ink: stems, rings and diagonals, `size` high.

    They reach from `left`, or to the picture's right edge.
    """
    canvas = Image.new("L", (width * FINER, height * FINER))
    draw = ImageDraw.Draw(canvas)
    stroke, advance = max(1, round(size * FINER / 7)), size * 0.62
    count = int((width - 2 * (left or 0)) / advance)
    start = (width - count * advance + 0.12 * size if left is None else left) * FINER
    top, bottom = top * FINER, (top + size) * FINER - 1
    for index in range(count):
        x = start + index * advance * FINER
        right = x + size * 0.5 * FINER - 1
        match index % 4:
            case 0:
                draw.rectangle((x, top, x + stroke, bottom), fill=255)
                draw.rectangle((x, bottom - stroke, right, bottom), fill=255)
            case 1:
                draw.ellipse((x, top + size * FINER // 3, right, bottom), outline=255, width=stroke)
            case 2:
                draw.line((x, bottom, right, top), fill=255, width=stroke)
            case _:
                draw.rectangle((right - stroke, top, right, bottom), fill=255)
    return np.asarray(canvas.resize((width, height), Image.Resampling.BOX)) / 255


def png(pixels: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def main() -> None:
    rng = random.Random(11)
    recorded = []
    for name, width, height, left, top, size, colour, ground, noise in CASES:
        ink = lettering(width, height, left, top, size)
        rows, columns = np.flatnonzero((ink > 0.1).any(1)), np.flatnonzero((ink > 0.1).any(0))
        box = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
        pixels = np.array(ground) + ink[..., None] * (np.array(colour) - np.array(ground))
        for index in np.ndindex(pixels.shape):
            pixels[index] += rng.randint(-noise, noise)
        picture = np.rint(np.clip(pixels, 0, 255)).astype(np.uint8)
        canvas, _ = strip.strip(picture, np.array(ground, np.uint8), box)
        recorded.append({"name": name, "picture": png(picture), "ground": ground, "box": box, "strip": png(canvas)})
    text = "[\n" + ",\n".join(json.dumps(case) for case in recorded) + "\n]\n"
    (Path(__file__).parent / "strips.json").write_text(text)


if __name__ == "__main__":
    main()
