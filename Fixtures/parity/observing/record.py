"""What shifts and perceptual hashes must be, from the programs that define them.

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && .venv/bin/python record.py

Writes `goldens.json`:

- `shifts`: pairs of pictures that lie `true` samples apart along their second axis. `found` is what scikit-image's
  `phase_cross_correlation` says of them (to a hundredth of a sample), by which `after` lies behind `before`.
- `hashes`: pictures of 32 × 32 and the 64 bits of their pHash: of scipy's `dctn` (type II, as scipy leaves it unscaled)
  the 8 × 8 slowest waves, each above numpy's median of them or not; the first wave is the highest bit.

Pictures are not stored but generated from seeds, by the same few lines here and in `Tests/MediaTests`; `sum` proves
that both made the same.
"""

import json
from pathlib import Path

import numpy as np
from scipy.fft import dctn
from skimage.registration import phase_cross_correlation

HERE = Path(__file__).parent


class Numbers:
    """The numbers that the tests make."""

    def __init__(self, seed: int):
        self.state = seed & 0xFFFFFFFF

    def next(self, below: int) -> int:
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return self.state * below >> 32


def lines(strips: int, length: int, seed: int) -> np.ndarray:
    """A page seen in strips: a light ground with dark runs of many lengths, as lines of text and pictures leave."""
    numbers = Numbers(seed)
    page = np.full((strips, length), 240, np.int64)
    for _ in range(length // 4):
        strip, start, run, level = (numbers.next(each) for each in (strips, length, 14, 200))
        page[strip, start : start + 1 + run] = level
    return page


def shift(strips: int, length: int, seed: int, steps: int) -> dict:
    """A long page seen through a window at two places, `steps` quarters of a sample apart."""
    page = lines(strips, 4 * (length + 64), seed)

    def window(start: int) -> np.ndarray:
        return page[:, start : start + 4 * length].reshape(strips, length, 4).sum(axis=2)

    before, after = window(128 + steps), window(128)
    found, _, _ = phase_cross_correlation(after, before, upsample_factor=100, normalization="phase")
    return {
        "strips": strips, "length": length, "seed": seed, "steps": steps, "true": steps / 4,
        "sum": int(before.sum() + 2 * after.sum()), "found": float(found[1]), "across": float(found[0]),
    }


def picture(seed: int) -> np.ndarray:
    """Areas of one brightness on a ground, some of them over others."""
    numbers = Numbers(seed)
    plane = np.full((32, 32), numbers.next(256), np.int64)
    for _ in range(14):
        x, y, width, height, level = (numbers.next(each) for each in (32, 32, 20, 12, 256))
        plane[y : y + 1 + height, x : x + 1 + width] = level
    return plane


def phash(seed: int) -> dict:
    plane = picture(seed)
    waves = dctn(plane.astype(np.float64), type=2)[:8, :8].ravel()
    bits = 0
    for wave in waves > np.median(waves):
        bits = bits << 1 | int(wave)
    return {"seed": seed, "sum": int(plane.sum()), "bits": f"{bits:016x}"}


def main() -> None:
    shapes = [(24, 256), (40, 256), (7, 512), (16, 128), (30, 512)]
    shifts = [
        shift(strips, length, 31 * index + steps + 200, steps)
        for index, (strips, length) in enumerate(shapes)
        for steps in (-97, -40, -13, -4, 2, 5, 28, 63, 110)
    ]
    goldens = {"shifts": shifts, "hashes": [phash(seed) for seed in range(1, 41)]}
    text = json.dumps(goldens, indent=1)
    (HERE / "goldens.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
