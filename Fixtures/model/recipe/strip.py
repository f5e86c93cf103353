"""A line of ink as the model reads it: dark on white, 28 pixels high, whatever its colours and its size.

Owns the geometry that training and the product share (`Sources/UIToCode/Screen/TextStrip.swift` does the same):
ink is the greatest difference of a channel from the ground, as a share of the strongest in the line; the line is
scaled so that its ink is 20 pixels high, within limits, and lies in the middle of the strip.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

HEIGHT = 28                      # pixels: one row of image tokens
INK_HEIGHT = 20                  # pixels that the ink of a line is scaled to
LEAST_SCALE, MOST_SCALE = 0.2, 2.0
LEFT = 4                         # white pixels before the line; at least as many follow it
WIDEST = 560                     # pixels; longer lines are read in pieces


@dataclass
class Place:
    """Where the pixels of the picture lie in the strip: x of the strip = (x - left) · scale + LEFT."""

    left: float
    scale: float
    width: int                   # pixels of the strip that the line covers


def ink(pixels: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """float32 [row, column] of uint8 [row, column, 3]: 0 for the ground, 1 for the strongest ink."""
    distance = np.abs(pixels.astype(np.int32) - ground.astype(np.int32)).max(-1).astype(np.float32)
    return distance / max(1.0, float(distance.max()))


def strip(pixels: np.ndarray, ground: np.ndarray, box: tuple[int, int, int, int]) -> tuple[np.ndarray, Place]:
    """The strip, uint8 [28, width], of the ink in `box` (left, top, right, bottom) of a picture.

    One pixel of the surroundings is kept on every side.
    """
    left, top = max(0, box[0] - 1), max(0, box[1] - 1)
    right, bottom = min(pixels.shape[1], box[2] + 1), min(pixels.shape[0], box[3] + 1)
    strength = ink(pixels[top:bottom, left:right], ground)
    scale = min(MOST_SCALE, max(LEAST_SCALE, INK_HEIGHT / max(1, box[3] - box[1])))
    width, height = max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale))
    grey = Image.fromarray(np.rint((1 - strength) * 255).astype(np.uint8))
    grey = np.asarray(grey.resize((width, min(HEIGHT, height)), Image.Resampling.BICUBIC))
    canvas = np.full((HEIGHT, width + 2 * LEFT), 255, np.uint8)
    above = (HEIGHT - grey.shape[0]) // 2
    canvas[above:above + grey.shape[0], LEFT:LEFT + width] = grey
    return canvas, Place(left, scale, width)
