"""Every term of the model, each with a way to leave it out or get it wrong in transformers.

`record.py` runs the reference once per term and stores what a model lacking that term would answer. The tests then
show that our answer lies with the true one and far from each of these. A term is (observation, name, change): the
observation is the smallest output in which the term shows, `change` a context manager on a `Reference`.
"""

import re
from contextlib import contextmanager

import torch
import transformers.models.deepseek_v3.modeling_deepseek_v3 as deepseek
import transformers.models.kimi_k25.modeling_kimi_k25 as kimi
import transformers.vision_utils as vision_utils
from torch import nn

import formats
from changes import at, attribute, filled, function, of, values


# Vision


def taps(a=-0.75, mode="bicubic", align_corners=False):
    """transformers' axis weights with another kernel constant, kernel, or alignment."""
    original = vision_utils._interpolation_axis_taps_weights

    def replacement(index, size, side, _mode, _align, padding="border"):
        places, weights = original(index, size, side, mode, align_corners, padding)
        if a != -0.75:
            source = (index.float() + 0.5) * side / size - 0.5
            distance = (source[:, None] - source.floor()[:, None] - torch.arange(-1, 3)).abs()
            near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
            far = ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
            weights = torch.where(distance <= 1, near, far)
        return places, weights

    return function(vision_utils, "_interpolation_axis_taps_weights", replacement)


def merge_index(order, frames=slice(None)):
    """transformers' merge index with the axes (t, row, row in cell, column, column in cell) permuted by `order`."""

    def replacement(grid, height, width, kwargs=None):
        ((t, h, w),) = grid.tolist()
        base = torch.arange(t * h * w).view(t, h // height, height, w // width, width)
        return base.permute(order).reshape(h * w // height // width, t, height * width)[:, frames]

    return function(kimi, "get_vision_temporal_merge_index", replacement)


@contextmanager
def mean_before_final_norm(reference):
    tower, projector = reference.model.model.vision_tower, reference.model.model.mm_projector
    final, first = tower.final_layernorm, projector.pre_norm
    tower.final_layernorm, projector.pre_norm = nn.Identity(), nn.Sequential(final, first)
    yield
    tower.final_layernorm, projector.pre_norm = final, first


def concatenated_pre_norm(projector, hidden):
    """The projector with its norm taken over the four patches of a cell at once."""
    cells = hidden.reshape(hidden.shape[0], 1, -1)
    norm = projector.pre_norm
    cells = nn.functional.layer_norm(cells, cells.shape[-1:], norm.weight.repeat(4), norm.bias.repeat(4), norm.eps)
    return projector.out_proj(projector.act(projector.in_proj(cells)))


def thirds(part):
    """Rows of part 0, 1 or 2 of a fused query-key-value tensor."""
    return lambda count: slice(count // 3 * part, count // 3 * (part + 1))


TOWER, PROJECTOR = "vision_tower.encoder.blocks", r"(mm_projector\.proj\.|multi_modal_projector\.linear_)"
ROTARY = at("model.vision_tower.rotary_emb")


def tower_norms(reference):
    """The tower's layer norms, without the projector's."""
    return [module for module in reference.model.model.vision_tower.modules() if isinstance(module, nn.LayerNorm)]


def vision_terms():
    """Terms that show in the projected features of one image."""
    yield "patch bias", filled(r"patch_embed\.proj\.bias", 0)
    yield "position table", filled("pos_emb", 0)
    yield "bicubic constant -0.75", taps(a=-0.5)
    yield "bicubic, not bilinear", taps(mode="bilinear")
    yield "half-pixel centres", taps(align_corners=True)
    yield (
        "no temporal term for one frame",
        function(
            kimi, "get_vision_frame_index", lambda grid, kwargs=None: torch.ones(int(grid.prod()), dtype=torch.long)
        ),
    )
    for part, name in enumerate(("query", "key", "value")):
        yield f"{name} bias", filled(TOWER + r".*wqkv\.bias", 0, thirds(part))
    yield "attention output bias", filled(TOWER + r".*wo\.bias", 0)
    yield "first MLP bias", filled(TOWER + r".*fc0\.bias", 0)
    yield "second MLP bias", filled(TOWER + r".*fc1\.bias", 0)
    for norm in ("norm0", "norm1"):
        yield f"{norm} weight", filled(TOWER + rf".*{norm}\.weight", 1)
        yield f"{norm} bias", filled(TOWER + rf".*{norm}\.bias", 0)
    yield "final norm weight", filled(r"final_layernorm\.weight", 0.02)
    yield "final norm bias", filled(r"final_layernorm\.bias", 0)
    yield "tower norm epsilon 1e-5", attribute(tower_norms, "eps", lambda old, _: 1e-6)
    yield "attention scale", attribute(of(kimi.Kimi_K25VisionAttention), "scaling", lambda old, m: m.dim**-0.5)
    yield "2-D rope", function(kimi, "apply_rotary_pos_emb_vision", lambda q, k, cos, sin: (q, k))
    yield "2-D rope: adjacent pairs", values(lambda tensors: None, regroup=False)
    yield (
        "2-D rope: column first",
        function(
            kimi.Kimi_K25VisionRotaryEmbedding,
            "recomposition_frequencies",
            lambda self, freq: torch.cat([freq.transpose(1, 2).flatten(1)] * 2, -1),
        ),
    )
    yield (
        "2-D rope: base 10000",
        attribute(
            ROTARY,
            "inv_freq",
            lambda old, _: (old.double() ** (torch.log(torch.tensor(50000.0)) / 9.2103403719)).float(),
        ),
    )
    yield "2-D rope: frequency step", attribute(ROTARY, "inv_freq", lambda old, _: old**0.5)
    yield "tower GELU is tanh", attribute(of(kimi.Kimi_K25VisionMLP), "act", lambda old, _: nn.GELU())
    yield "projector norm weight", filled(r"pre_norm\.weight", 1)
    yield "projector norm bias", filled(r"pre_norm\.bias", 0)
    yield "projector norm", attribute(at("model.mm_projector"), "pre_norm", lambda old, _: nn.Identity())
    yield "projector norm is per patch", function(kimi.Kimi_K25MultimodalProjection, "forward", concatenated_pre_norm)
    yield "projector norm epsilon", attribute(at("model.mm_projector.pre_norm"), "eps", lambda old, _: 1e-6)
    yield "projector first bias", filled(PROJECTOR + r"[01]\.bias", 0)
    yield "projector second bias", filled(PROJECTOR + r"2\.bias", 0)
    yield (
        "projector GELU is exact",
        attribute(at("model.mm_projector"), "act", lambda old, _: nn.GELU(approximate="tanh")),
    )
    yield "merge order within a cell", merge_index((1, 3, 0, 4, 2))
    yield "merge order of cells", merge_index((3, 1, 0, 2, 4))


def clip_terms():
    """Terms that show only in the features of a clip of several frames."""
    original = kimi.get_vision_attention_seqlens

    def interleaved(old, _):
        half = old.shape[1] // 2
        return torch.stack([old[:, :half], old[:, half:]], -1).flatten(1)

    yield (
        "temporal term",
        function(
            kimi, "get_vision_frame_index", lambda grid, kwargs=None: torch.zeros(int(grid.prod()), dtype=torch.long)
        ),
    )
    yield (
        "temporal term: sines, then cosines",
        attribute(at("model.vision_tower.patch_embed.pos_emb"), "time_position_embeddings", interleaved),
    )
    yield (
        "temporal term: frames count from 0",
        attribute(
            at("model.vision_tower.patch_embed.pos_emb"), "time_position_embeddings", lambda old, _: old.roll(-1, 0)
        ),
    )
    yield (
        "frames attend to each other",
        function(
            kimi,
            "get_vision_attention_seqlens",
            lambda grid, config, merge_temporal, kwargs: original(grid, config, merge_temporal=False, kwargs=kwargs),
        ),
    )
    yield "temporal mean", merge_index((1, 3, 0, 2, 4), slice(0, 1))
    yield "temporal mean after the final norm", mean_before_final_norm


# Language


def router(bias_in_weights=False, score=torch.sigmoid, best=2):
    """transformers' router with one decision changed."""

    def forward(self, hidden):
        logits = nn.functional.linear(hidden.view(-1, self.hidden_dim).float(), self.weight.float())
        scores = score(logits)
        choice = scores + self.e_score_correction_bias
        groups = choice.view(-1, self.num_group, self.num_experts // self.num_group)
        kept = groups.topk(best, -1)[0].sum(-1).topk(self.topk_group, -1)[1]
        mask = torch.zeros(groups.shape[:2]).scatter(1, kept, 1)[..., None].expand_as(groups).reshape_as(choice)
        experts = choice.masked_fill(mask == 0, -torch.inf).topk(self.top_k, -1)[1]
        weights = (choice if bias_in_weights else scores).gather(1, experts)
        if self.norm_topk_prob:
            weights = weights / (weights.sum(-1, keepdim=True) + 1e-20)
        return logits, weights * self.routed_scaling_factor, experts

    return function(deepseek.DeepseekV3TopkRouter, "forward", forward)


def key_rope_only(q, k, cos, sin, **_):
    """Leaves queries unrotated."""
    return torch.cat([q[..., ::2], q[..., 1::2]], -1), interleave(q, k, cos, sin)[1]


interleave = deepseek.apply_rotary_pos_emb_interleave
ATTENTION, ROUTER = of(deepseek.DeepseekV3Attention), of(deepseek.DeepseekV3TopkRouter)
LANGUAGE_ROTARY = of(deepseek.DeepseekV3RotaryEmbedding)


def norms_named(*names):
    """Selects RMS norms by the last part of their path."""
    return lambda r: [m for n, m in r.model.named_modules() if n.rsplit(".", 1)[-1] in names]


def language_terms(checkpoint):
    """Terms that show in the logits of a short text."""
    text = checkpoint.text
    nope, rope, value = text["qk_nope_head_dim"], text["qk_rope_head_dim"], text["v_head_dim"]
    heads, rank = text["num_attention_heads"], text["kv_lora_rank"]

    def by_part(*sizes):
        """Reads rows as all of part one, then all of part two, where they alternate head by head."""

        def edit(pattern):
            def apply(tensors):
                for name in [name for name in tensors if re.search(pattern, name)]:
                    parts = tensors[name].split([size * heads for size in sizes])
                    tensors[name] = torch.cat(
                        [part.reshape(heads, size, -1) for part, size in zip(parts, sizes)], 1
                    ).flatten(0, 1)

            return values(apply)

        return edit

    for norm in ("input_layernorm", "post_attention_layernorm", r"model\.norm", "kv_a_layernorm"):
        yield norm.replace("\\", "") + " weight", filled(rf"{norm}\.weight", 1)
    if text["q_lora_rank"]:
        yield "q_a_layernorm weight", filled(r"q_a_layernorm\.weight", 1)
        yield (
            "q_a_layernorm",
            function(deepseek.DeepseekV3RMSNorm, "forward", without_norm_of_size(text["q_lora_rank"])),
        )
    yield "kv_a_layernorm", function(deepseek.DeepseekV3RMSNorm, "forward", without_norm_of_size(rank))
    if text["rms_norm_eps"] != 1e-6:
        layer_norms = norms_named("input_layernorm", "post_attention_layernorm", "norm")
        yield "rms_norm_eps", attribute(layer_norms, "variance_epsilon", lambda old, _: 1e-6)
        latent = norms_named("q_a_layernorm", "kv_a_layernorm")
        yield "query and key-value norm epsilon 1e-6", attribute(latent, "variance_epsilon", lambda old, _: 1e-5)
    yield "rope", function(deepseek, "apply_rotary_pos_emb_interleave", lambda q, k, cos, sin, **_: (q, k))
    yield "rope on queries", function(deepseek, "apply_rotary_pos_emb_interleave", key_rope_only)
    yield "rope: adjacent pairs", attribute(lambda r: [r.language.config], "rope_interleave", lambda old, _: False)
    yield "rope theta", attribute(LANGUAGE_ROTARY, "inv_freq", lambda old, _: old**1.2)
    yield (
        "attention scale covers rope",
        attribute(ATTENTION, "scaling", lambda old, m: old * (m.qk_head_dim / m.qk_nope_head_dim) ** 0.5),
    )
    yield "causal mask", function(deepseek, "create_causal_mask", lambda **_: None)
    yield "queries: head by head", by_part(nope, rope)(r"(q_b_proj|q_proj)\.weight")
    yield "keys and values: head by head", by_part(nope, value)(r"kv_b_proj\.weight")
    yield "correction bias", filled("e_score_correction_bias", 0)
    yield "correction bias only selects", router(bias_in_weights=True)
    yield "sigmoid scores", router(score=lambda logits: logits.softmax(-1))
    yield "norm_topk_prob", attribute(ROUTER, "norm_topk_prob", lambda old, _: False)
    yield "routed_scaling_factor", attribute(ROUTER, "routed_scaling_factor", lambda old, _: 1.0)
    yield "experts per token", attribute(ROUTER, "top_k", lambda old, _: old - 1)
    yield "shared experts", filled(r"shared_experts\.down_proj", 0)
    if text["n_shared_experts"] > 1:
        yield "second shared expert", filled(r"shared_experts\.(gate|up)_proj", 0, lambda rows: slice(rows // 2, None))
    yield "dense first layer", filled(r"layers\.0\.mlp\.down_proj", 0)
    yield (
        "SiLU",
        attribute(of((deepseek.DeepseekV3MLP, deepseek.DeepseekV3Experts)), "act_fn", lambda old, _: nn.GELU()),
    )


def without_norm_of_size(size):
    """RMSNorm's forward that passes vectors of `size` through, weighted but not normalised."""
    original = deepseek.DeepseekV3RMSNorm.forward

    def forward(self, hidden):
        return self.weight * hidden if hidden.shape[-1] == size else original(self, hidden)

    return forward


def yarn_terms(checkpoint):
    """Terms that show in a text longer than the original context."""
    text = checkpoint.text
    scaling, rope = text["rope_scaling"], text["qk_rope_head_dim"]
    plain = text["rope_theta"] ** -(torch.arange(0, rope, 2).double() / rope)
    yield "YaRN", attribute(LANGUAGE_ROTARY, "inv_freq", lambda old, _: plain.float())
    yield "YaRN ramp", attribute(LANGUAGE_ROTARY, "inv_freq", lambda old, _: (plain / scaling["factor"]).float())
    yield "YaRN softmax scale", attribute(ATTENTION, "scaling", lambda old, m: m.qk_head_dim**-0.5)
    yield (
        "YaRN softmax scale is squared",
        attribute(ATTENTION, "scaling", lambda old, m: (old * m.qk_head_dim**-0.5) ** 0.5),
    )
    if scaling["mscale"] != scaling["mscale_all_dim"]:
        yield "YaRN cosine and sine multiplier", attribute(LANGUAGE_ROTARY, "attention_scaling", lambda old, _: 1.0)
        yield "beta_fast", attribute(LANGUAGE_ROTARY, "inv_freq", lambda old, _: other_ramp(old, plain, scaling, 0, 3))
        yield "beta_slow", attribute(LANGUAGE_ROTARY, "inv_freq", lambda old, _: other_ramp(old, plain, scaling, 1, 2))


def other_ramp(old, plain, scaling, low, high):
    """YaRN's frequencies with the ramp between other pairs than the betas say."""
    ramp = ((torch.arange(len(plain)) - low) / (high - low)).clamp(0, 1).double()
    result = (ramp * plain / scaling["factor"] + (1 - ramp) * plain).float()
    assert not torch.equal(result, old)
    return result


def angle_terms():
    """Terms that show only far from position 0."""

    def forward(self, hidden, positions):
        angles = positions[..., None].double() * self.inv_freq.double()
        angles = torch.cat([angles, angles], -1)
        return (angles.cos() * self.attention_scaling).float(), (angles.sin() * self.attention_scaling).float()

    yield "angles are float32 products", function(deepseek.DeepseekV3RotaryEmbedding, "forward", forward)


def splice_terms(features):
    """Terms of how `features`, a list that the observation reads, take the places of the media pads."""

    def replaced(edit):
        @contextmanager
        def change(reference):
            before = list(features)
            features[:] = [edit(tensor) for tensor in before]
            yield
            features[:] = before

        return change

    yield "vision tokens replace the pads", replaced(torch.zeros_like)
    yield "order of vision tokens", replaced(lambda tensor: tensor.roll(1, 0))


# Formats


def int4_terms(checkpoint):
    """Wrong readings of the INT4 experts."""

    def reread(**wrong):
        def edit(tensors):
            for name in [name for name in tensors if ".experts." in name]:
                stem = name.removesuffix("weight")
                packed, scale = (checkpoint.stored[stem + part] for part in ("weight_packed", "weight_scale"))
                tensors[name] = formats.dequantise_int4(packed, scale, **wrong)

        return values(edit)

    yield "INT4 nibble order", reread(nibble_shifts=range(28, -4, -4))
    yield "INT4 nibbles of a byte", reread(nibble_shifts=[4, 0, 12, 8, 20, 16, 28, 24])
    yield "INT4 zero point", reread(zero_point=7)
    yield "INT4 scale of its group", reread(scale_shift=1)


def fp8_terms(checkpoint):
    """Wrong readings of the FP8 blocks."""

    def reread(wrong):
        def edit(tensors):
            for name in [name for name in checkpoint.stored if name.endswith("_scale_inv")]:
                weight = name.removesuffix("_scale_inv")
                tensors[weight] = wrong(checkpoint.stored[weight], checkpoint.stored[name])

        return values(edit)

    yield (
        "FP8 block scales",
        reread(lambda codes, scale: formats.dequantise_fp8(codes, scale[:1, :1].expand_as(scale))),
    )
    yield "FP8 rows of blocks", reread(lambda codes, scale: formats.dequantise_fp8(codes, scale.flip(0)))
    yield "FP8 columns of blocks", reread(lambda codes, scale: formats.dequantise_fp8(codes, scale.flip(1)))
    yield "FP8 exponent bias", reread(lambda codes, scale: formats.dequantise_fp8(codes, scale) / 2)
    yield "FP8 mantissa", reread(lambda codes, scale: formats.dequantise_fp8(without_lowest_bit(codes), scale))


def without_lowest_bit(codes):
    """FP8 codes with their lowest mantissa bit cleared."""
    return (codes.view(torch.uint8) & 0xFE).view(torch.float8_e4m3fn)


def group_terms():
    """Wrong readings of group-limited routing."""
    yield "groups limit the choice", attribute(ROUTER, "num_group", lambda old, _: 1)
    yield "a group counts by its best two", router(best=1)
