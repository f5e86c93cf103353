"""Draws a small recording: a name is typed, a button is clicked, and another screen comes.

    python3 -m venv .venv && .venv/bin/pip install -r ../requirements.txt && .venv/bin/python record.py

Writes `sign-in.mp4`: 320×240, ten frames a second, four seconds. Words are strokes; the pointer is a black box.
"""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

WIDTH, HEIGHT, RATE = 320, 240, 10
FIELD = (40, 80, 200, 24)
BUTTON = (40, 130, 90, 28)


def fill(picture: np.ndarray, box: tuple[int, int, int, int], colour: tuple[int, int, int]) -> None:
    """Fills left, top, width, height."""
    left, top, width, height = box
    picture[top : top + height, left : left + width] = colour


def words(picture: np.ndarray, left: int, top: int, letters: int, seed: int, colour: tuple[int, int, int]) -> None:
    """Strokes as letters leave them; other seeds, other words."""
    for letter, kind in enumerate(np.random.default_rng(seed).integers(0, 8, letters)):
        x = left + 7 * letter
        fill(picture, (x, top, 2, 10), colour)
        if kind & 1:
            fill(picture, (x + 3, top + 3, 2, 7), colour)
        if kind & 2:
            fill(picture, (x, top + int(kind), 5, 2), colour)


def sign_in(letters: int) -> np.ndarray:
    """A form whose field holds so many letters."""
    picture = np.full((HEIGHT, WIDTH, 3), 246, np.uint8)
    words(picture, 40, 30, 12, 1, (20, 20, 60))
    fill(picture, FIELD, (120, 130, 150))
    fill(picture, (FIELD[0] + 1, FIELD[1] + 1, FIELD[2] - 2, FIELD[3] - 2), (255, 255, 255))
    words(picture, FIELD[0] + 8, FIELD[1] + 7, letters, 2, (10, 10, 10))
    fill(picture, BUTTON, (20, 90, 200))
    words(picture, BUTTON[0] + 14, BUTTON[1] + 9, 8, 3, (255, 255, 255))
    return picture


def orders() -> np.ndarray:
    """A dark bar above rows."""
    picture = np.full((HEIGHT, WIDTH, 3), 220, np.uint8)
    fill(picture, (0, 0, WIDTH, 36), (20, 25, 40))
    words(picture, 16, 13, 9, 4, (250, 250, 250))
    for row in range(5):
        fill(picture, (16, 50 + 36 * row, 288, 28), (250, 250, 255))
        words(picture, 28, 59 + 36 * row, 20, 5 + row, (60, 60, 60))
    return picture


def frames() -> list[np.ndarray]:
    """Every frame, the pointer on top."""
    shown: list[tuple[np.ndarray, tuple[int, int]]] = []
    shown += [(sign_in(0), (280, 200))] * 5
    shown += [(sign_in(letters), (280, 200)) for letters in range(1, 9)]
    shown += [(sign_in(8), (280, 200))] * 5
    shown += [(sign_in(8), (280 - 40 * step, 200 - 11 * step)) for step in range(1, 6)]
    shown += [(sign_in(8), (80, 145))] * 4
    shown += [(orders(), (80, 145))] * 13
    pictures = []
    for screen, (x, y) in shown:
        picture = screen.copy()
        fill(picture, (x, y, 8, 12), (0, 0, 0))
        pictures.append(picture)
    return pictures


def main() -> None:
    """Encodes them."""
    path = Path(__file__).parent / "sign-in.mp4"
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as output:
        stream = output.add_stream("libx264", rate=RATE, options={"threads": "1", "crf": "12"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        for index, picture in enumerate(frames()):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


if __name__ == "__main__":
    main()
