"""INT4 weights in groups of 32 columns: rounding for training, packing for the checkpoint.

Owns the one rule that both use, so that the shipped weights are exactly those the model was
trained with: scale = largest magnitude of the group / 7.5, rounded to bfloat16; integer =
round(weight / scale), clipped to -8...7. Refuses (AssertionError) columns not divisible by 32.
"""

import torch
from torch import Tensor

GROUP = 32


def quantise(weight: Tensor) -> tuple[Tensor, Tensor]:
    """[..., row, column] float32 -> integers of the same shape and scales [..., row, column / 32]."""
    assert weight.shape[-1] % GROUP == 0, f"{weight.shape[-1]} columns are no multiple of {GROUP}"
    groups = weight.unflatten(-1, (-1, GROUP))
    scale = groups.abs().amax(-1, keepdim=True).div(7.5).clamp(min=1e-8).bfloat16().float()
    integers = (groups / scale).round().clamp(-8, 7)
    return integers.flatten(-2), scale.squeeze(-1)


def dequantise(integers: Tensor, scale: Tensor) -> Tensor:
    return (integers.unflatten(-1, (-1, GROUP)) * scale.unsqueeze(-1)).flatten(-2)


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(context, weight):
        return dequantise(*quantise(weight))

    @staticmethod
    def backward(context, gradient):
        return gradient


def fake_quantise(weight: Tensor) -> Tensor:
    """The weight as INT4 would hold it; gradients pass unchanged."""
    return _StraightThrough.apply(weight)


def pack(integers: Tensor) -> Tensor:
    """[row, column] integers -8...7 -> int32 [row, column / 8], lowest nibble = lowest column."""
    nibbles = (integers.to(torch.int64) + 8).unflatten(-1, (-1, 8))
    words = (nibbles << torch.arange(0, 32, 4)).sum(-1)
    return torch.where(words >= 2**31, words - 2**32, words).to(torch.int32)


def unpack(words: Tensor) -> Tensor:
    """Inverse of `pack`, as float32."""
    unsigned = words.to(torch.int64) & 0xFFFFFFFF
    nibbles = (unsigned.unsqueeze(-1) >> torch.arange(0, 32, 4)) & 0xF
    return (nibbles - 8).flatten(-2).float()
