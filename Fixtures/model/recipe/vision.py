"""The eyes of the network: sizes, vision tower and projector.

Owns `Shape` and the parts that the vision tower shares with the decoder (layer norm, rotation of
pairs, attention). Module names are the tensor names of the published checkpoint layout.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import dialect


@dataclass(frozen=True)
class Shape:
    """Sizes of the model; the defaults are the embedded model's."""

    vocabulary: int = dialect.VOCABULARY_SIZE
    patch: int = 14
    position_table: int = 32
    vision_hidden: int = 160
    vision_layers: int = 4
    vision_heads: int = 4
    vision_intermediate: int = 480
    vision_theta: float = 10000.0
    hidden: int = 224
    layers: int = 5
    dense_layers: int = 1
    heads: int = 6
    nope: int = 32
    rope: int = 16
    value: int = 48
    query_rank: int = 96
    key_value_rank: int = 80
    intermediate: int = 576
    expert_intermediate: int = 160
    experts: int = 8
    experts_per_token: int = 2
    routed_scale: float = 1.0
    theta: float = 10000.0
    norm_epsilon: float = 1e-6


class LayerNorm(nn.LayerNorm):
    """LayerNorm that stays in the dtype of its input under autocast."""

    def forward(self, x: Tensor) -> Tensor:
        weight, bias = self.weight.to(x.dtype), self.bias.to(x.dtype)
        return F.layer_norm(x, self.normalized_shape, weight, bias, self.eps)


def rotate_pairs(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotates adjacent pairs (2i, 2i+1) and returns them regrouped as [evens, odds].

    The regrouping is the same for queries and keys, so scores are those of the paired order.
    """
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.cat((even * cos - odd * sin, odd * cos + even * sin), -1)


def attention(query: Tensor, key: Tensor, value: Tensor, causal: bool = False) -> Tensor:
    """softmax(query keyᵀ / √size) value over [batch, head, token, size].

    Written out on purpose: its backward pass on a CPU takes half the time of torch's fused one.
    """
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-1, -2)
    if causal:
        length = scores.shape[-1]
        scores = scores + torch.full((length, length), -1e4, dtype=scores.dtype).triu(1)
    return scores.softmax(-1) @ value


class VisionMLP(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.fc0 = nn.Linear(shape.vision_hidden, shape.vision_intermediate)
        self.fc1 = nn.Linear(shape.vision_intermediate, shape.vision_hidden)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc1(F.gelu(self.fc0(x), approximate="tanh"))


class VisionBlock(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        size = shape.vision_hidden
        self.heads = shape.vision_heads
        self.norm0 = LayerNorm(size)
        self.wqkv = nn.Linear(size, 3 * size)
        self.wo = nn.Linear(size, size)
        self.norm1 = LayerNorm(size)
        self.mlp = VisionMLP(shape)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        batch, patches, size = x.shape
        qkv = self.wqkv(self.norm0(x)).view(batch, patches, 3, self.heads, size // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        query, key = rotate_pairs(query, cos, sin), rotate_pairs(key, cos, sin)
        mixed = attention(query, key, value)
        x = x + self.wo(mixed.transpose(1, 2).reshape(batch, patches, size))
        return x + self.mlp(self.norm1(x))


class PositionTable(nn.Module):
    """Learned table, resized bicubically to the patch grid; starts as a sine/cosine pattern."""

    def __init__(self, shape: Shape):
        super().__init__()
        side, size = shape.position_table, shape.vision_hidden
        frequency = 1 / (100 ** (torch.arange(size // 4) / (size // 4)))
        angle = torch.arange(side)[:, None] * frequency[None] * (32 / side)
        wave = torch.cat((angle.sin(), angle.cos()), 1)
        rows = wave[:, None].expand(side, side, -1)
        columns = wave[None].expand(side, side, -1)
        self.weight = nn.Parameter(0.1 * torch.cat((rows, columns), -1).contiguous())

    def forward(self, rows: int, columns: int) -> Tensor:
        table = self.weight.permute(2, 0, 1)[None].float()
        table = F.interpolate(table, size=(rows, columns), mode="bicubic")
        return table[0].permute(1, 2, 0).flatten(0, 1)


class PatchEmbedding(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.proj = nn.Conv2d(3, shape.vision_hidden, shape.patch, shape.patch)
        self.pos_emb = PositionTable(shape)


class VisionEncoder(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.blocks = nn.ModuleList(VisionBlock(shape) for _ in range(shape.vision_layers))
        self.final_layernorm = LayerNorm(shape.vision_hidden)


class VisionTower(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.patch_embed = PatchEmbedding(shape)
        self.encoder = VisionEncoder(shape)
        self.angles: dict[tuple, tuple[Tensor, Tensor]] = {}

    def rotation(self, rows: int, columns: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """cos and sin [patch, head_dim / 2]: even pairs turn by the column, odd ones by the row."""
        key = (rows, columns, dtype)
        if key not in self.angles:
            head = self.shape.vision_hidden // self.shape.vision_heads
            exponent = torch.arange(0, head // 2, 2).float() / (head // 2)
            frequency = 1 / (self.shape.vision_theta ** exponent)
            y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
            place = torch.stack((x.flatten(), y.flatten()), -1).float()
            angle = (frequency[:, None] * place[:, None, :]).flatten(1)
            self.angles[key] = (angle.cos().to(dtype), angle.sin().to(dtype))
        return self.angles[key]

    def forward(self, images: Tensor, dtype: torch.dtype) -> tuple[Tensor, int, int]:
        """`images` uint8 [batch, height, width, 3], sides multiples of 28 -> [batch, patch, size]."""
        batch, height, width, _ = images.shape
        patch = self.shape.patch
        rows, columns = height // patch, width // patch
        x = images.view(batch, rows, patch, columns, patch, 3).permute(0, 1, 3, 5, 2, 4)
        x = x.reshape(batch, rows * columns, -1).to(dtype).mul_(1 / 127.5).sub_(1)
        x = F.linear(x, self.patch_embed.proj.weight.flatten(1), self.patch_embed.proj.bias)
        x = x + self.patch_embed.pos_emb(rows, columns).to(x.dtype)
        cos, sin = self.rotation(rows, columns, x.dtype)
        for block in self.encoder.blocks:
            x = block(x, cos, sin)
        return self.encoder.final_layernorm(x), rows, columns


class Projector(nn.Module):
    """Joins 2 x 2 patches into one token of the decoder."""

    def __init__(self, shape: Shape):
        super().__init__()
        size = 4 * shape.vision_hidden
        self.pre_norm = LayerNorm(shape.vision_hidden)
        self.proj = nn.Sequential(nn.Linear(size, size), nn.GELU(), nn.Linear(size, shape.hidden))

    def forward(self, x: Tensor, rows: int, columns: int) -> Tensor:
        batch, patches, size = x.shape
        x = self.pre_norm(x).view(batch, rows // 2, 2, columns // 2, 2, size)
        return self.proj(x.transpose(2, 3).reshape(batch, patches // 4, 4 * size))
