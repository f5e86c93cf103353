"""What compressed-tensors makes of small weight matrices: `goldens.safetensors`, read by Int4ScalesTests.

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/python record.py            # a few seconds; the same bytes each time

For each case NAME there are

    NAME/weight     BF16 [row, column]      what is quantised
    NAME/packed     I32  [row, column / 8]  by the pack-quantized compressor, with the symmetric minmax observer's scales
    NAME/scale      BF16 [row, column / 32]
    NAME/shape      I32  [2]
    NAME/least      F32  [row, column / 32] the least squared error of a group over every bfloat16 scale near it

and for the case `float8` also `codes` (F8_E4M3) and `scale_inv` (F32, blocks of 128 x 128): what `weight` was made from.
"""

import pathlib

import torch
from compressed_tensors.compressors.pack_quantized.base import PackedQuantizationCompressor
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from compressed_tensors.quantization.utils.helpers import calculate_qparams
from safetensors.torch import save_file

GROUP = 32
ARGUMENTS = QuantizationArgs(num_bits=4, type="int", symmetric=True, strategy="group", group_size=GROUP)
SCHEME = QuantizationScheme(targets=["Linear"], weights=ARGUMENTS)


def compressed(weight: torch.Tensor) -> dict[str, torch.Tensor]:
    """The published form of `weight` bfloat16 [row, column]."""
    groups = weight.unflatten(-1, (-1, GROUP))
    scale, _ = calculate_qparams(groups.amin(-1), groups.amax(-1), ARGUMENTS)
    state = PackedQuantizationCompressor.compress({"weight": weight, "weight_scale": scale}, SCHEME)
    assert state["weight_scale"].dtype == torch.bfloat16
    return {
        "packed": state["weight_packed"],
        "scale": state["weight_scale"].contiguous(),
        "shape": state["weight_shape"].to(torch.int32),
    }


def least(weight: torch.Tensor) -> torch.Tensor:
    """The least squared error of each group over the bfloat16 scales from 2/3 to 3/2 of its greatest magnitude / 7.5."""
    groups = weight.unflatten(-1, (-1, GROUP)).float()
    start = (groups.abs().amax(-1) / 7.5).to(torch.bfloat16)
    best = torch.full(start.shape, torch.inf)
    for offset in range(-80, 81):
        bits = (start.view(torch.int16).int() + offset).clamp(1, 0x7F7F)
        scale = bits.to(torch.int16).view(torch.bfloat16).float()[..., None]
        stored = (groups / scale).clamp(-8, 7).round() * scale
        best = torch.minimum(best, ((groups - stored) ** 2).sum(-1))
    return best


def cases() -> dict[str, torch.Tensor]:
    """Weights as they occur, and where rounding is delicate."""
    generator = torch.Generator().manual_seed(11)
    normal = torch.randn(24, 96, generator=generator)
    heavy = normal * torch.randn(24, 96, generator=generator).abs().exp()
    halves = (torch.randint(-15, 16, (16, 64), generator=generator) / 2).float()
    halves[:, ::GROUP] = 7.5  # scale 1: every odd value is a tie
    corners = torch.zeros(8, 64)
    corners[1, 5] = 3e38  # scales near the ends of the range
    corners[2, 6] = -1e-38
    corners[3, 7] = 2.0**-133  # the least bfloat16: its scale rounds to zero
    corners[4] = -1.0
    corners[5] = 0.3
    corners[6, ::2] = -0.0
    corners[7] = torch.linspace(-1, 1, 64)
    return {
        "normal": (0.02 * normal).bfloat16(),
        "heavy": (0.01 * heavy).bfloat16(),
        "halves": halves.bfloat16(),
        "corners": corners.bfloat16(),
    }


def float8() -> dict[str, torch.Tensor]:
    """Codes in blocks that the matrix does not fill, and the bfloat16 weights they stand for."""
    generator = torch.Generator().manual_seed(12)
    codes = (60 * torch.randn(130, 160, generator=generator)).to(torch.float8_e4m3fn)
    scale = torch.rand(2, 2, generator=generator) * 1e-3 + 1e-4
    spread = scale.repeat_interleave(128, 0)[:130].repeat_interleave(128, 1)[:, :160]
    return {"codes": codes, "scale_inv": scale, "weight": (codes.float() * spread).bfloat16()}


def main() -> None:
    """Writes the goldens."""
    tensors = {}
    for name, parts in {**{name: {"weight": weight} for name, weight in cases().items()}, "float8": float8()}.items():
        parts |= compressed(parts["weight"]) | {"least": least(parts["weight"])}
        tensors |= {f"{name}/{part}": tensor.contiguous() for part, tensor in parts.items()}
    path = pathlib.Path(__file__).parent / "goldens.safetensors"
    save_file(tensors, path)
    path.chmod(0o644)


if __name__ == "__main__":
    main()
