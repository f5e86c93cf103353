"""Tensors as checkpoints store them: INT4 in groups of 32, FP8 in blocks of 128, and safetensors shards with an index.

Every function that rounds also gives back the exact float32 values that the stored bytes stand for, so that a
reference computed from those values and a reader of the bytes start from the same numbers.
"""

import json
import math
import os

import torch
from safetensors.torch import save_file

INT4_GROUP = 32
FP8_BLOCK = 128


def quantise_int4(weight):
    """`weight` float32 [row, column], column a multiple of 32.

    Returns (packed int32 [row, column/8], scale bfloat16 [row, column/32]). Symmetric, offset binary, lowest nibble =
    lowest column.
    """
    rows, columns = weight.shape
    groups = weight.reshape(rows, columns // INT4_GROUP, INT4_GROUP)
    scale = (groups.abs().amax(-1, keepdim=True) / 7.5).clamp_min(1e-8).to(torch.bfloat16)
    nibbles = (groups / scale.float()).round().clamp(-8, 7).to(torch.int64).reshape(rows, columns // 8, 8) + 8
    words = (nibbles << torch.arange(0, 32, 4)).sum(-1)
    packed = torch.where(words >= 2**31, words - 2**32, words).to(torch.int32)
    return packed, scale.squeeze(-1)


def dequantise_int4(packed, scale, *, nibble_shifts=range(0, 32, 4), zero_point=8, scale_shift=0):
    """The float32 [row, column] that `packed` and `scale` stand for.

    The keyword arguments exist to read the bytes wrongly on purpose: another nibble order, another zero point, or
    every group scaled by a neighbour's scale.
    """
    rows, words = packed.shape
    nibbles = (packed.to(torch.int64)[..., None] >> torch.tensor(list(nibble_shifts))) & 15
    values = (nibbles - zero_point).reshape(rows, words * 8 // INT4_GROUP, INT4_GROUP).float()
    return (values * torch.roll(scale.float(), scale_shift, -1)[..., None]).reshape(rows, words * 8)


def quantise_fp8(weight):
    """`weight` float32 [row, column].

    Returns (codes float8_e4m3fn [row, column], scale float32 [ceil(row/128), ceil(column/128)]).
    """
    rows, columns = weight.shape
    shape = (math.ceil(rows / FP8_BLOCK), math.ceil(columns / FP8_BLOCK))
    scale = torch.empty(shape, dtype=torch.float32)
    for row in range(shape[0]):
        for column in range(shape[1]):
            scale[row, column] = block(weight, row, column).abs().max() / 448
    return (weight / spread(scale, rows, columns)).to(torch.float8_e4m3fn), scale


def block(weight, row, column):
    """The 128 x 128 block of `weight` at block coordinates (`row`, `column`), cut short at the edges."""
    return weight[row * FP8_BLOCK : (row + 1) * FP8_BLOCK, column * FP8_BLOCK : (column + 1) * FP8_BLOCK]


def spread(scale, rows, columns):
    """Block scales repeated to [rows, columns]."""
    return scale.repeat_interleave(FP8_BLOCK, 0)[:rows].repeat_interleave(FP8_BLOCK, 1)[:, :columns]


def dequantise_fp8(codes, scale):
    """The float32 [row, column] that FP8 `codes` and their block scales stand for."""
    return codes.float() * spread(scale, *codes.shape)


def write_shards(directory, shards):
    """Writes `shards`, {file name: {tensor name: tensor}}, and `model.safetensors.index.json` into `directory`."""
    weight_map, total = {}, 0
    for file, tensors in shards.items():
        write_tensors(os.path.join(directory, file), tensors)
        weight_map |= {name: file for name in tensors}
        total += sum(t.numel() * t.element_size() for t in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    write_json(os.path.join(directory, "model.safetensors.index.json"), index)


def write_tensors(path, tensors):
    """Writes one safetensors file that everybody may read."""
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, {"format": "pt"})
    os.chmod(path, 0o644)


def write_json(path, value):
    """Writes `value` as indented JSON with a final newline."""
    with open(path, "w") as file:
        json.dump(value, file, indent=1)
        file.write("\n")
