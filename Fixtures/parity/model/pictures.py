"""Pictures made by a formula, and their way to patches: PIL's bicubic resize, black padding, raster patches.

transformers resizes with torchvision instead; `patches` checks itself against transformers' own processor.
"""

import cpu_torchvision  # noqa: F401  must precede transformers
import numpy as np
import torch
from PIL import Image
from transformers import Kimi_K25ImageProcessor
from transformers.models.kimi_k25.image_processing_kimi_k25 import navit_resize

PATCH, CELL, SIDE_LIMIT = 14, 2, 512


def picture(width, height, seed):
    """Noise that any language can make again: uint8 [height, width, 3] from integer arithmetic modulo 2^32."""
    y, x, channel = np.meshgrid(*(np.arange(n, dtype=np.uint64) for n in (height, width, 3)), indexing="ij")
    mixed = x * x * 3 + y * y * 5 + x * y * 7 + channel * 89 + seed * (x * 11 + y * 13 + channel * 17 + 29)
    return ((mixed * 2654435761 % 2**32) >> 24).astype(np.uint8)


def sizes(width, height, limit):
    """((resized width, height), (rows, columns) of patches) by transformers' own rule."""
    (h, w), (padded_h, padded_w) = navit_resize(height, width, PATCH, CELL, limit, SIDE_LIMIT)
    return (w, h), (padded_h // PATCH, padded_w // PATCH)


def patches(frames, limit):
    """uint8 `frames` of one size → (levels uint8 [patch, 3, 14, 14], grid (frames, rows, columns))."""
    (width, height), (rows, columns) = sizes(frames[0].shape[1], frames[0].shape[0], limit)
    all_levels = []
    for frame in frames:
        canvas = np.zeros((rows * PATCH, columns * PATCH, 3), np.uint8)
        resized = Image.fromarray(frame).resize((width, height), Image.Resampling.BICUBIC)
        canvas[:height, :width] = np.asarray(resized)
        cut = canvas.reshape(rows, PATCH, columns, PATCH, 3).transpose(0, 2, 4, 1, 3)
        all_levels.append(torch.from_numpy(cut.reshape(-1, 3, PATCH, PATCH).copy()))
        check(frame, limit, all_levels[-1], (rows, columns))
    return torch.cat(all_levels), (len(frames), rows, columns)


def check(frame, limit, levels, grid):
    """Raises unless transformers' processor agrees: the same grid, pixels within what torchvision's resize differs."""
    theirs = Kimi_K25ImageProcessor(max_patches=limit)(images=[Image.fromarray(frame)], return_tensors="pt")
    assert theirs["image_grid_thw"].tolist() == [[1, *grid]]
    distance = (theirs["pixel_values"] - normalised(levels)).abs().max() * 127.5
    exact = sizes(frame.shape[1], frame.shape[0], limit)[0] == frame.shape[1::-1]
    assert distance < (0.01 if exact else 2.01), distance


def normalised(levels):
    """uint8 levels → the float32 pixel values that transformers feeds the tower."""
    return (levels.float() / 255 - 0.5) / 0.5
