"""What the fidelity numbers must be, from the programs that define them.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python record.py

Writes `goldens.json`:

- `structure`: pairs of generated pictures. Per scale `similarity` is what scikit-image's `structural_similarity` returns
  (its mean), and `contrast` the mean of its full map divided by the luminance term, which scipy's `gaussian_filter`
  gives with the very parameters scikit-image passes to it; both without the 5 outermost samples. `combined` is the
  product that Wang, Simoncelli and Bovik (2003) define over them. `edges` is F1 of Sobel edges, from scipy.ndimage.
- `colours`: CIELAB and CIEDE2000 of random sRGB colours, from scikit-image; `sharma`: the 34 pairs of Sharma, Wu and
  Dalal, "The CIEDE2000 color-difference formula: implementation notes, supplementary test data, and mathematical
  observations" (2005), table 1, checked here against scikit-image.
- `assignments`: sums of scipy's `linear_sum_assignment` for generated costs.
- `ratios`: Python's own `difflib.SequenceMatcher(None, a, b).ratio()`.
"""

import difflib
import json
import random
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from scipy.optimize import linear_sum_assignment
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity

HERE = Path(__file__).parent
WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]


class Numbers:
    """The numbers that `GeneratedNumbers` of the tests makes."""

    def __init__(self, seed):
        self.state = seed & 0xFFFFFFFF

    def next(self, below):
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return (self.state >> 8) % below


def page(width, height, seed, shift):
    """Cards and rules on a ground, some noise; `shift` moves every second card and changes its colour."""
    numbers = Numbers(seed)
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = [numbers.next(256) for _ in range(3)]
    for card in range(12):
        left, top = numbers.next(width), numbers.next(height)
        right, bottom = left + 1 + numbers.next(width // 2 + 1), top + 1 + numbers.next(height // 3 + 1)
        colour = [numbers.next(256) for _ in range(3)]
        if card % 2 == 1:
            left, right = left + shift, right + shift
            colour[0] = (colour[0] + 9 * shift) % 256
        picture[top:bottom, left:right] = colour
    for _ in range(width * height // 20):
        x, y, level = numbers.next(width), numbers.next(height), numbers.next(256)
        picture[y, x] = level if shift == 0 else 255 - level
    return picture


def luma(picture):
    return np.asarray(Image.fromarray(picture).convert("L")).astype(np.float64)


def one_scale(a, b):
    arguments = dict(data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    similarity, full = structural_similarity(a, b, full=True, **arguments)
    mu_a, mu_b = (ndimage.gaussian_filter(x, 1.5, truncate=3.5, mode="reflect") for x in (a, b))
    c1 = (0.01 * 255) ** 2
    luminance = (2 * mu_a * mu_b + c1) / (mu_a**2 + mu_b**2 + c1)
    return similarity, (full / luminance)[5:-5, 5:-5].mean()


def halved(a):
    height, width = a.shape[0] // 2, a.shape[1] // 2
    return a[: 2 * height, : 2 * width].reshape(height, 2, width, 2).mean((1, 3))


def structure(a, b):
    missing = [max(0, 11 - side) for side in a.shape]
    a, b = (np.pad(x, [(0, missing[0]), (0, missing[1])], mode="edge") for x in (a, b))
    scales = [one_scale(a, b)]
    while len(scales) < 5 and min(a.shape) // 2 >= 11:
        a, b = halved(a), halved(b)
        scales.append(one_scale(a, b))
    whole = sum(WEIGHTS[: len(scales)])
    factors = [contrast for _, contrast in scales[:-1]] + [scales[-1][0]]
    combined = np.prod([max(0, value) ** (weight / whole) for value, weight in zip(factors, WEIGHTS)])
    return [{"similarity": s, "contrast": c} for s, c in scales], float(combined)


def edge_map(a):
    a = a.astype(np.int64)
    across, down = (ndimage.sobel(a, axis=axis, mode="nearest") for axis in (1, 0))
    return across**2 + down**2 >= 40**2


def edges(a, b):
    a, b = edge_map(a), edge_map(b)
    if not a.any() and not b.any():
        return 1.0
    near = lambda x: ndimage.maximum_filter(x, size=3, mode="constant", cval=False)
    precision, recall = (a & near(b)).sum() / max(1, a.sum()), (b & near(a)).sum() / max(1, b.sum())
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def structures():
    sizes = [(11, 11), (7, 9), (5, 40), (11, 40), (23, 57), (22, 22), (43, 44), (64, 90), (97, 88), (131, 200),
             (176, 181), (200, 353), (448, 336)]
    for index, (width, height) in enumerate(sizes):
        for shift in (1, 3):
            seed = 100 + index
            a, b = luma(page(width, height, seed, 0)), luma(page(width, height, seed, shift))
            scales, combined = structure(a, b)
            yield {"width": width, "height": height, "seed": seed, "shift": shift, "lumaSum": int(a.sum() + 2 * b.sum()),
                   "scales": scales, "combined": combined, "edges": edges(a, b)}


SHARMA = """
50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""


def sharma():
    rows = [[float(value) for value in line.split()] for line in SHARMA.split("\n") if line]
    assert len(rows) == 34
    for row in rows:
        assert abs(deltaE_ciede2000(row[:3], row[3:6]) - row[6]) < 1e-4, row
    return rows


def colours():
    numbers = Numbers(7)
    pairs = [[[0, 0, 0], [255, 255, 255]], [[255, 255, 255], [254, 255, 255]], [[10, 11, 12], [11, 11, 11]],
             [[255, 0, 0], [0, 255, 255]], [[0, 0, 255], [255, 255, 0]], [[128, 128, 128], [129, 129, 129]]]
    while len(pairs) < 200:
        first = [numbers.next(256) for _ in range(3)]
        second = [numbers.next(256) if len(pairs) % 2 else min(255, value + numbers.next(9)) for value in first]
        pairs.append([first, second])
    for first, second in pairs:
        labs = rgb2lab(np.array([first, second]) / 255)
        yield {"first": first, "second": second, "lab": labs[0].tolist(), "difference": float(deltaE_ciede2000(*labs))}


def assignments():
    sizes = [(1, 1), (1, 5), (5, 1), (2, 2), (3, 7), (7, 3), (8, 8), (13, 13), (20, 31), (31, 20), (40, 40), (60, 25), (90, 90)]
    for index, (rows, columns) in enumerate(sizes):
        for kind, (below, offset) in enumerate([(1_000_000, 0), (3, 0), (11, -5), (2, -1), (1, 4)]):
            numbers = Numbers(1000 + 10 * index + kind)
            costs = np.array([[numbers.next(below) + offset for _ in range(columns)] for _ in range(rows)]) / 8
            least, most = (costs[linear_sum_assignment(costs, maximize=maximize)].sum() for maximize in (False, True))
            yield {"rows": rows, "columns": columns, "seed": 1000 + 10 * index + kind, "below": below, "offset": offset,
                   "least": float(least), "most": float(most)}


def texts():
    draw = random.Random(11)
    words = ("Sign in Forgot password? Create account Email address Remember me $12 per month Start free trial Überblick "
             "Straße naïve façade 登录 设置 用户名 Привет мир 🙂 👩‍👩‍👧 é e\u0301 — “quoted” · • 1,204 items").split(" ")
    sentence = lambda count: " ".join(draw.choice(words) for _ in range(count))
    fixed = [("", ""), ("", "a"), ("a", ""), ("abc", "abc"), ("abcd", "bcde"), ("aaaa", "aa"), ("ab" * 120, "ba" * 120),
             ("x" * 250, "x" * 250), ("x" * 199 + "y", "y" + "x" * 199), ("x" * 198 + "y", "y" + "x" * 198),
             ("private Thread currentThread;", "private volatile Thread currentThread;"), (" abcd", "abcd abcd"),
             ("qabxcd", "abycdf"), ("\u00e9", "e\u0301"), ("\u200dab", "ab")]
    yield from fixed
    for count in (1, 2, 3, 5, 8, 13):
        for _ in range(30):
            text = sentence(count)
            other = list(text)
            for _ in range(draw.randint(0, 4)):
                place = draw.randrange(len(other) + 1)
                other[place:place + draw.randint(0, 3)] = draw.choice(["", "x", " ", "ab", "é", "登"])
            yield text, "".join(other) if draw.random() < 0.7 else sentence(count)
    for count in (30, 45, 80):
        for _ in range(12):
            text, other = sentence(count), sentence(count)
            yield text, other
            cut = draw.randrange(len(text))
            yield text[cut:] + text[:cut], text
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    for length in (150, 199, 200, 201, 260, 400):
        for letters in (2, 6, 62):
            make = lambda: "".join(draw.choice(alphabet[:letters]) for _ in range(length))
            yield make(), make()


def main():
    groups = {
        "structure": list(structures()),
        "sharma": sharma(),
        "colours": list(colours()),
        "assignments": list(assignments()),
        "ratios": [[a, b, difflib.SequenceMatcher(None, a, b).ratio()] for a, b in texts()],
    }
    lines = [json.dumps(name) + ": [\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]"
             for name, rows in groups.items()]
    (HERE / "goldens.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print({name: len(rows) for name, rows in groups.items()})


main()
