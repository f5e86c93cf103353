"""Rendered samples as training batches.

Owns the labels that the page gives for free: the token ids, for every token the image token that
holds the next character, for every patch its characters and its main colour. Batches hold samples
of one size; sides are padded with black to multiples of 28 on the right and at the bottom, as the
preprocessor of the family does.
"""

import io
import pickle
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

import dialect
from model import CHARACTER_SLOTS

PATCH, CELL = 14, 28
NO_LABEL = -100
PIXELS_PER_BATCH = 1_250_000
MOST_SAMPLES_PER_BATCH = 32
MOST_LINES_PER_BATCH = 96
_CHARACTER = np.zeros(dialect.VOCABULARY_SIZE, bool)
_CHARACTER[list(dialect.CHARACTER_IDS)] = True
_PALETTE = np.array([int(colour[1:], 16) for colour in dialect.COLOURS])


@dataclass
class Sample:
    size: tuple[int, int]        # width, height in pixels, unpadded
    png: bytes
    ids: np.ndarray              # int64 [token], ends with the end-of-page token
    cells: np.ndarray            # int64 [token]: image token of the next character, or NO_LABEL
    patch_labels: np.ndarray     # int64 [label, 3]: patch, slot, character class


@dataclass
class Batch:
    images: Tensor               # uint8 [batch, height, width, 3]
    ids: Tensor                  # int64 [batch, token], padded with PADDING
    cells: Tensor                # int64 [batch, token]
    characters: Tensor           # int64 [batch, patch, slot], 0 = none
    colours: Tensor              # int64 [batch, patch], NO_LABEL where no palette colour leads


def padded(pixels: int) -> int:
    return -(-pixels // CELL) * CELL


def prepare(record: dict) -> Sample:
    """Labels of one rendered record."""
    width, height = record["size"]
    ids = np.array(dialect.encode(record["page"]) + [dialect.END_OF_PAGE])
    places = np.array(record["characters"], np.int64).reshape(-1, 3)
    cells = np.full(len(ids), NO_LABEL)
    positions = np.flatnonzero(_CHARACTER[ids])
    if len(positions) == len(places):
        columns = padded(width) // CELL
        seen = (places[:, 1] >= 0) & (places[:, 1] < 10 * padded(width))
        place_cell = np.where(seen, places[:, 2] // 280 * columns + places[:, 1] // 280, NO_LABEL)
        following = np.searchsorted(positions, np.arange(len(ids)))
        known = following < len(positions)
        cells[known] = place_cell[following[known]]
    return Sample((width, height), record["png"], ids, cells, _patch_labels(places, padded(width)))


def _patch_labels(places: np.ndarray, width: int) -> np.ndarray:
    by_patch = defaultdict(list)
    for code, x, y in places.tolist():
        if 0 <= x < 10 * width:
            by_patch[y // 140 * (width // PATCH) + x // 140].append((x, code - 31 if 32 < code < 127 else 0))
    rows = [(patch, slot, label) for patch, found in by_patch.items()
            for slot, (_, label) in enumerate(sorted(found)[:CHARACTER_SLOTS])]
    return np.array(rows, np.int64).reshape(-1, 3)


def picture(png: bytes) -> np.ndarray:
    """uint8 [height, width, 3], padded to multiples of 28 with black."""
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    below, right = (-pixels.shape[0]) % CELL, (-pixels.shape[1]) % CELL
    return np.pad(pixels, ((0, below), (0, right), (0, 0))) if below or right else pixels


def main_colours(images: np.ndarray) -> np.ndarray:
    """Palette index of each patch's most frequent colour among 16 sampled pixels."""
    batch, height, width, _ = images.shape
    points = images.reshape(batch, height // PATCH, PATCH, width // PATCH, PATCH, 3)
    points = points[:, :, 1::4][:, :, :, :, 1::4].transpose(0, 1, 3, 2, 4, 5)
    points = points.reshape(batch, -1, 16, 3).astype(np.int32)
    packed = (points[..., 0] << 16) | (points[..., 1] << 8) | points[..., 2]
    votes = (packed[..., :, None] == packed[..., None, :]).sum(-1)
    leader = np.take_along_axis(packed, votes.argmax(-1)[..., None], -1)[..., 0]
    index = np.clip(np.searchsorted(_PALETTE, leader), 0, len(_PALETTE) - 1)
    return np.where(_PALETTE[index] == leader, index, NO_LABEL)


def collate(samples: list[Sample]) -> Batch:
    images = np.stack([picture(sample.png) for sample in samples])
    length = max(len(sample.ids) for sample in samples)
    ids = np.full((len(samples), length), dialect.PADDING)
    cells = np.full((len(samples), length), NO_LABEL)
    patches = images.shape[1] // PATCH * (images.shape[2] // PATCH)
    characters = np.zeros((len(samples), patches, CHARACTER_SLOTS), np.int64)
    for row, sample in enumerate(samples):
        ids[row, :len(sample.ids)] = sample.ids
        cells[row, :len(sample.cells)] = sample.cells
        patch, slot, label = sample.patch_labels.T
        characters[row, patch, slot] = label
    colours = main_colours(images)
    return Batch(*map(torch.from_numpy, (images, ids, cells, characters, colours)))


def batch_size(size: tuple[int, int]) -> int:
    fitting = PIXELS_PER_BATCH // (padded(size[0]) * padded(size[1]))
    most = MOST_LINES_PER_BATCH if size[1] == CELL else MOST_SAMPLES_PER_BATCH
    return max(2, min(most, fitting))


class Pool:
    """All samples of a directory by kind and size; picks up files that appear while it is used."""

    def __init__(self, directory: Path):
        self.directory, self.files = directory, set()
        self.samples: dict[str, dict[tuple, list[Sample]]] = defaultdict(lambda: defaultdict(list))
        self.waiting: dict[tuple, list[list[Sample]]] = defaultdict(list)
        self.refresh()

    def refresh(self) -> None:
        for path in sorted(self.directory.glob("*.pickle")):
            if path in self.files:
                continue
            self.files.add(path)
            for record in pickle.loads(path.read_bytes()):
                self.samples[record["kind"]][record["size"]].append(prepare(record))

    def counts(self) -> dict[str, int]:
        return {kind: sum(map(len, sizes.values())) for kind, sizes in self.samples.items()}

    def draw(self, kind: str) -> Batch:
        """A batch of one kind and size, of similar lengths."""
        sizes = self.samples[kind]
        size = random.choices(list(sizes), [len(group) for group in sizes.values()])[0]
        waiting = self.waiting[kind, size]
        if not waiting:
            count = batch_size(size)
            drawn = random.sample(sizes[size], min(len(sizes[size]), count * 12))
            drawn.sort(key=lambda sample: len(sample.ids))
            waiting += [drawn[start:start + count] for start in range(0, len(drawn), count)]
            random.shuffle(waiting)
        return collate(waiting.pop())
