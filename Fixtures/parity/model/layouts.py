"""The tiny checkpoints: their config.json as published, their tensors by published name, and how each is stored.

Random weights, scaled by fan-in so that greedy outputs vary. Nothing is neutral: norm weights differ from 1, biases
and correction biases from 0, sides and sizes are rarely multiples of 8 or 16. Some tensors are small on purpose
(`GAINS`): only where activations are small does an epsilon show in the outputs.
"""

import re
import zlib
from dataclasses import dataclass, field

import torch

import formats

BYTES = 256
RESERVED = 40
NAMED = {
    "[BOS]": 0, "[EOS]": 1, "<|im_end|>": 2, "<|im_user|>": 3, "<|im_assistant|>": 4, "<|start_header_id|>": 6,
    "<|end_header_id|>": 7, "[EOT]": 9, "<|im_system|>": 10, "<|tool_calls_section_begin|>": 11,
    "<|tool_calls_section_end|>": 12, "<|tool_call_begin|>": 13, "<|tool_call_argument_begin|>": 14,
    "<|tool_call_end|>": 15, "<|im_middle|>": 17, "<|media_begin|>": 18, "<|media_content|>": 19,
    "<|media_end|>": 20, "<|media_pad|>": 21, "<think>": 22, "</think>": 23,
    "[UNK]": RESERVED - 2, "[PAD]": RESERVED - 1,
}  # fmt: skip
SPECIAL = {name: BYTES + offset for name, offset in NAMED.items()}
VOCABULARY = BYTES + RESERVED

# Standard deviation of a tensor's values: a pattern on its name, and the factor on 1/sqrt(fan-in), or on 1 for norms,
# biases and tables. The first match counts.
GAINS = [
    (r"embed_tokens", 0.02),  # rms_norm_eps shows in layer 0
    (r"patch_embed\.proj\.weight", 0.06),  # with the two below: the tower's LayerNorm epsilon shows in block 0
    (r"patch_embed\.proj\.bias", 0.02),
    (r"patch_embed\.pos_emb", 0.05),
    (r"final_layernorm", 0.02),  # the projector's epsilon shows
    (r"q_a_proj", 0.01),  # the query and key-value norms' own epsilon, 1e-6, shows
    (r"q_b_proj|q_proj|kv_b_proj", 1.0),
    (r"vision_tower.*mlp\.fc", 2.5),  # tanh and exact GELU differ by 5e-4 at most
    (r"(proj\.0|linear_1)\.weight", 2.0),
    (r"lm_head", 2.5),
    (r"mlp\.gate\.weight", 2.0),
    (r"e_score_correction_bias", 0.15),
    (r"bias", 0.2),
    (r".", 1.4),
]


@dataclass
class Checkpoint:
    """One published layout in small: what lies on disk and the float32 values that it stands for."""

    name: str
    config: dict
    stored: dict = field(default_factory=dict)  # published tensor name → tensor as stored
    values: dict = field(default_factory=dict)  # `….weight` / `….bias` → float32, quantised weights dequantised

    @property
    def text(self):
        """The language model's part of the configuration."""
        return self.config.get("text_config", self.config)

    @property
    def prefix(self):
        """What stands before `model.` and `lm_head.` in tensor names."""
        return "language_model." if "text_config" in self.config else ""


def draw(checkpoint, seed, name, shape):
    """Random float32 values for the tensor `name`, the same whatever was drawn before."""
    generator = torch.Generator().manual_seed(zlib.crc32(f"{checkpoint.name} {seed} {name}".encode()))
    gain = next(gain for pattern, gain in GAINS if re.search(pattern, name))
    normal = torch.randn(shape, generator=generator)
    if "norm" in name and name.endswith("weight"):
        scale = gain if gain < 1 else 1
        return scale * (1 + 0.2 * normal)
    if name.endswith("bias"):
        return (gain if gain < 0.1 or "correction" in name else 0.2) * normal
    if "embed_tokens" in name or "pos_emb" in name:
        return gain * normal
    fan_in = normal[0].numel()
    return gain / fan_in**0.5 * normal


def text_shapes(text, prefix):
    """Name → shape of every language tensor, experts included, before any quantisation."""
    hidden, heads = text["hidden_size"], text["num_attention_heads"]
    nope, rope, value = text["qk_nope_head_dim"], text["qk_rope_head_dim"], text["v_head_dim"]
    rank, query_rank = text["kv_lora_rank"], text["q_lora_rank"]
    shapes = {f"{prefix}model.embed_tokens.weight": (text["vocab_size"], hidden)}
    for layer in range(text["num_hidden_layers"]):
        at = f"{prefix}model.layers.{layer}."
        attention = at + "self_attn."
        shapes[at + "input_layernorm.weight"] = (hidden,)
        shapes[at + "post_attention_layernorm.weight"] = (hidden,)
        if query_rank:
            shapes[attention + "q_a_proj.weight"] = (query_rank, hidden)
            shapes[attention + "q_a_layernorm.weight"] = (query_rank,)
            shapes[attention + "q_b_proj.weight"] = (heads * (nope + rope), query_rank)
        else:
            shapes[attention + "q_proj.weight"] = (heads * (nope + rope), hidden)
        shapes[attention + "kv_a_proj_with_mqa.weight"] = (rank + rope, hidden)
        shapes[attention + "kv_a_layernorm.weight"] = (rank,)
        shapes[attention + "kv_b_proj.weight"] = (heads * (nope + value), rank)
        shapes[attention + "o_proj.weight"] = (hidden, heads * value)

        def mlp(name, inner):
            shapes[at + name + "gate_proj.weight"] = (inner, hidden)
            shapes[at + name + "up_proj.weight"] = (inner, hidden)
            shapes[at + name + "down_proj.weight"] = (hidden, inner)

        if layer < text["first_k_dense_replace"]:
            mlp("mlp.", text["intermediate_size"])
            continue
        shapes[at + "mlp.gate.weight"] = (text["n_routed_experts"], hidden)
        shapes[at + "mlp.gate.e_score_correction_bias"] = (text["n_routed_experts"],)
        mlp("mlp.shared_experts.", text["moe_intermediate_size"] * text["n_shared_experts"])
        for expert in range(text["n_routed_experts"]):
            mlp(f"mlp.experts.{expert}.", text["moe_intermediate_size"])
    shapes[f"{prefix}model.norm.weight"] = (hidden,)
    if not text["tie_word_embeddings"]:
        shapes[f"{prefix}lm_head.weight"] = (text["vocab_size"], hidden)
    return shapes


def vision_shapes(vision, projector, text_hidden):
    """Name → shape of the vision tower's and the projector's tensors. `projector`: the three names of its parts."""
    hidden = vision.get("vt_hidden_size") or vision["hidden_size"]
    inner = vision.get("vt_intermediate_size") or vision["intermediate_size"]
    blocks = vision.get("vt_num_hidden_layers") or vision["num_hidden_layers"]
    table = (vision["init_pos_emb_height"], vision["init_pos_emb_width"], hidden)
    shapes = {"vision_tower.patch_embed.pos_emb.weight": table}

    def affine(name, *shape):
        shapes[name + ".weight"] = shape
        shapes[name + ".bias"] = shape[:1]

    affine("vision_tower.patch_embed.proj", hidden, 3, 14, 14)
    for index in range(blocks):
        at = f"vision_tower.encoder.blocks.{index}."
        affine(at + "norm0", hidden)
        affine(at + "norm1", hidden)
        affine(at + "wqkv", 3 * hidden, hidden)
        affine(at + "wo", hidden, hidden)
        affine(at + "mlp.fc0", inner, hidden)
        affine(at + "mlp.fc1", hidden, inner)
    affine("vision_tower.encoder.final_layernorm", hidden)
    norm, first, second = projector
    affine(norm, hidden)
    affine(first, 4 * hidden, 4 * hidden)
    affine(second, text_hidden, 4 * hidden)
    return shapes


def fill(checkpoint, seed, shapes, keep=lambda name: "bf16"):
    """Draws every tensor of `shapes` and stores it as `keep` says: bf16, f32, int4 or fp8."""
    for name, shape in shapes.items():
        values = draw(checkpoint, seed, name, shape)
        adjust(checkpoint.text, name, values)
        stem = name.removesuffix(".weight")
        match "f32" if name.endswith("correction_bias") else keep(name):
            case "f32":
                checkpoint.stored[name] = values
            case "bf16":
                checkpoint.stored[name] = values.to(torch.bfloat16)
                values = checkpoint.stored[name].float()
            case "int4":
                packed, scale = formats.quantise_int4(values)
                checkpoint.stored[stem + ".weight_packed"] = packed
                checkpoint.stored[stem + ".weight_scale"] = scale
                checkpoint.stored[stem + ".weight_shape"] = torch.tensor(shape, dtype=torch.int32)
                values = formats.dequantise_int4(packed, scale)
            case "fp8":
                checkpoint.stored[name], checkpoint.stored[stem + ".weight_scale_inv"] = formats.quantise_fp8(values)
                values = formats.dequantise_fp8(checkpoint.stored[name], checkpoint.stored[stem + ".weight_scale_inv"])
        checkpoint.values[name] = values
    return checkpoint


def adjust(text, name, values):
    """Gives three tensors the structure that makes a term of the model show; see the comments."""
    if "kv_a_proj_with_mqa" in name:
        values[: text["kv_lora_rank"]] *= 0.01  # the compressed part is small, so the norm's epsilon shows
    if name.endswith("layers.1.mlp.gate.weight"):
        values[3] = values[1]  # experts 1 and 3 always score alike: only the correction bias chooses between them
    if "quantization_config" in text and text["quantization_config"]["quant_method"] == "fp8" and values.dim() == 2:
        for row in range(0, values.shape[0], formats.FP8_BLOCK):  # blocks of unlike size, so that a wrong scale shows
            for column in range(0, values.shape[1], formats.FP8_BLOCK):
                factor = 1 + 0.5 * (row > 0) - 0.4 * (column > 0)
                values[row : row + formats.FP8_BLOCK, column : column + formats.FP8_BLOCK] *= factor


def text_config(**changes):
    """The fields every published language configuration of this family has."""
    config = dict(
        attention_bias=False, attention_dropout=0.0, aux_loss_alpha=0.001, ep_size=1, first_k_dense_replace=1,
        hidden_act="silu", initializer_range=0.02, max_position_embeddings=262144, moe_layer_freq=1, n_group=1,
        topk_group=1, norm_topk_prob=True, num_nextn_predict_layers=0, pretraining_tp=1, rope_scaling=None,
        scoring_func="sigmoid", seq_aux=True, tie_word_embeddings=False, topk_method="noaux_tc", use_cache=True,
        vocab_size=VOCABULARY, bos_token_id=SPECIAL["[BOS]"], eos_token_id=SPECIAL["[EOS]"],
        pad_token_id=SPECIAL["[PAD]"],
    )  # fmt: skip
    config.update(changes)
    config.setdefault("num_key_value_heads", config["num_attention_heads"])
    return config


INT4 = dict(
    config_groups=dict(
        group_0=dict(
            input_activations=None, output_activations=None, targets=["Linear"],
            weights=dict(
                actorder=None, block_structure=None, dynamic=False, group_size=formats.INT4_GROUP, num_bits=4,
                observer="minmax", observer_kwargs={}, strategy="group", symmetric=True, type="int",
            ),
        )
    ),
    format="pack-quantized",
    ignore=["lm_head", "re:.*self_attn.*", "re:.*shared_experts.*", "re:.*mlp\\.(gate|up|gate_up|down)_proj.*"],
    kv_cache_scheme=None, quant_method="compressed-tensors", quantization_status="compressed",
)  # fmt: skip


def k25(seed, quantised=True):
    """Kimi-K2.5: MoonViT-3D, low-rank queries, YaRN, INT4 experts. Not quantised: the same values in float32."""
    text = text_config(
        architectures=["DeepseekV3ForCausalLM"], model_type="kimi_k2", hidden_size=96, intermediate_size=60,
        moe_intermediate_size=32, num_hidden_layers=3, num_attention_heads=3, n_routed_experts=8,
        num_experts_per_tok=2, n_shared_experts=1, routed_scaling_factor=2.827, q_lora_rank=36, kv_lora_rank=20,
        qk_nope_head_dim=12, qk_rope_head_dim=16, v_head_dim=10, rms_norm_eps=1e-5, rope_theta=1000.0,
        rope_scaling=dict(
            beta_fast=4.0, beta_slow=1.0, factor=4.0, mscale=1.0, mscale_all_dim=0.6,
            original_max_position_embeddings=64, type="yarn",
        ),
    )  # fmt: skip
    if quantised:
        text["quantization_config"] = INT4
    vision = dict(
        model_type="kimi_k25_vision", patch_size=14, init_pos_emb_height=8, init_pos_emb_width=8, init_pos_emb_time=4,
        pos_emb_type="divided_fixed", vt_hidden_size=36, vt_num_hidden_layers=2, vt_num_attention_heads=3,
        vt_intermediate_size=52, merge_kernel_size=[2, 2], merge_type="sd2_tpool",
        video_attn_type="spatial_temporal", mm_projector_type="patchmerger", mm_hidden_size=36,
        projector_hidden_act="gelu", projector_ln_eps=1e-5, text_hidden_size=96,
    )  # fmt: skip
    config = dict(
        architectures=["KimiK25ForConditionalGeneration"], model_type="kimi_k25", dtype="bfloat16",
        bos_token_id=SPECIAL["[BOS]"], eos_token_id=SPECIAL["[EOS]"], pad_token_id=SPECIAL["[PAD]"],
        ignore_index=-100, media_placeholder_token_id=SPECIAL["<|media_pad|>"], tie_word_embeddings=False,
        use_unified_vision_chunk=True, video_placeholder="<|kimi_k25_video_placeholder|>", text_config=text,
        vision_config=vision,
    )  # fmt: skip
    checkpoint = Checkpoint("k25", config)
    shapes = text_shapes(text, checkpoint.prefix)
    shapes |= vision_shapes(vision, ("mm_projector.pre_norm", "mm_projector.proj.0", "mm_projector.proj.2"), 96)
    return fill(checkpoint, seed, shapes, lambda name: "int4" if ".experts." in name else "bf16")


def k2_thinking(seed):
    """Kimi-K2-Thinking: K2.5's language core with YaRN of one beta, text only, no prefix, INT4 named at the top level."""
    config = text_config(
        architectures=["DeepseekV3ForCausalLM"], model_type="kimi_k2", dtype="bfloat16", hidden_size=64,
        intermediate_size=52, moe_intermediate_size=32, num_hidden_layers=3, num_attention_heads=2, n_routed_experts=6,
        num_experts_per_tok=2, n_shared_experts=1, routed_scaling_factor=2.827, q_lora_rank=28, kv_lora_rank=20,
        qk_nope_head_dim=12, qk_rope_head_dim=16, v_head_dim=14, rms_norm_eps=1e-5, rope_theta=50000.0,
        rope_scaling=dict(
            beta_fast=1.0, beta_slow=1.0, factor=64.0, mscale=1.0, mscale_all_dim=1.0,
            original_max_position_embeddings=64, type="yarn",
        ),
        eos_token_id=SPECIAL["<|im_end|>"], quantization_config=INT4,
    )  # fmt: skip
    checkpoint = Checkpoint("k2-thinking", config)
    return fill(
        checkpoint, seed, text_shapes(config, ""), lambda name: "int4" if ".mlp.experts." in name else "bf16"
    )


def dequantised(checkpoint, name):
    """The same checkpoint with its INT4 experts as float32 matrices, under `name`."""
    twin = Checkpoint(name, {**checkpoint.config, "text_config": dict(checkpoint.text)}, {}, checkpoint.values)
    del twin.config["text_config"]["quantization_config"]
    for tensor, values in checkpoint.values.items():
        twin.stored[tensor] = checkpoint.stored.get(tensor, values)
    return twin


def moonlight(seed, tied=False):
    """Moonlight, the DeepSeek-V3 layout without low-rank queries or YaRN: text only, bfloat16."""
    config = text_config(
        architectures=["DeepseekV3ForCausalLM"], model_type="deepseek_v3", torch_dtype="bfloat16", hidden_size=72,
        intermediate_size=92, moe_intermediate_size=28, num_hidden_layers=2, num_attention_heads=3,
        n_routed_experts=8, num_experts_per_tok=3, n_shared_experts=2, routed_scaling_factor=2.446, q_lora_rank=None,
        kv_lora_rank=20, qk_nope_head_dim=12, qk_rope_head_dim=8, v_head_dim=14, rms_norm_eps=1e-5,
        rope_theta=50000.0, max_position_embeddings=8192, tie_word_embeddings=tied,
        eos_token_id=SPECIAL["<|im_end|>"],
    )  # fmt: skip
    checkpoint = Checkpoint("moonlight-tied" if tied else "moonlight", config)
    fill(checkpoint, seed, text_shapes(config, ""))
    if tied:  # an embedding that is also the head is larger, or all logits would be near 0
        name = "model.embed_tokens.weight"
        checkpoint.stored[name] = (checkpoint.values[name] * 16).to(torch.bfloat16)
        checkpoint.values[name] = checkpoint.stored[name].float()
    return checkpoint


def kimi_vl(seed):
    """Kimi-VL: MoonViT for images, `multi_modal_projector`, Moonlight's language core, bfloat16."""
    text = text_config(
        model_type="deepseek_v3", hidden_size=80, intermediate_size=84, moe_intermediate_size=24,
        num_hidden_layers=2, num_attention_heads=2, n_routed_experts=6, num_experts_per_tok=2, n_shared_experts=2,
        routed_scaling_factor=2.446, q_lora_rank=None, kv_lora_rank=24, qk_nope_head_dim=16, qk_rope_head_dim=8,
        v_head_dim=12, rms_norm_eps=1e-5, rope_theta=800000.0, max_position_embeddings=131072,
        torch_dtype="bfloat16",
    )  # fmt: skip
    vision = dict(
        model_type="moonvit", patch_size=14, init_pos_emb_height=6, init_pos_emb_width=6, hidden_size=40,
        num_hidden_layers=2, num_attention_heads=2, intermediate_size=44, merge_kernel_size=[2, 2],
        torch_dtype="bfloat16",
    )  # fmt: skip
    config = dict(
        architectures=["KimiVLForConditionalGeneration"], model_type="kimi_vl", torch_dtype="bfloat16",
        ignore_index=-100, media_placeholder_token_id=SPECIAL["<|media_pad|>"], pad_token_id=0,
        tie_word_embeddings=False, text_config=text, vision_config=vision,
    )  # fmt: skip
    checkpoint = Checkpoint("kimi-vl", config)
    names = tuple("multi_modal_projector." + part for part in ("pre_norm", "linear_1", "linear_2"))
    shapes = text_shapes(text, checkpoint.prefix) | vision_shapes(vision, names, 80)
    return fill(checkpoint, seed, shapes)


def k2_fp8(seed):
    """Kimi-K2-Instruct: FP8 weights in 128 x 128 blocks that the sizes do not fill, YaRN with one beta, text only."""
    config = text_config(
        architectures=["DeepseekV3ForCausalLM"], model_type="kimi_k2", torch_dtype="bfloat16", hidden_size=136,
        intermediate_size=140, moe_intermediate_size=130, num_hidden_layers=2, num_attention_heads=2,
        n_routed_experts=4, num_experts_per_tok=2, n_shared_experts=1, routed_scaling_factor=2.827, q_lora_rank=40,
        kv_lora_rank=24, qk_nope_head_dim=20, qk_rope_head_dim=16, v_head_dim=20, rms_norm_eps=1e-6,
        rope_theta=50000.0, max_position_embeddings=131072,
        rope_scaling=dict(
            beta_fast=1.0, beta_slow=1.0, factor=32.0, mscale=1.0, mscale_all_dim=1.0,
            original_max_position_embeddings=64, type="yarn",
        ),
        quantization_config=dict(
            activation_scheme="dynamic", fmt="e4m3", quant_method="fp8",
            weight_block_size=[formats.FP8_BLOCK, formats.FP8_BLOCK],
        ),
    )  # fmt: skip
    checkpoint = Checkpoint("k2-fp8", config)

    def keep(name):
        linear = name.endswith("_proj.weight") or name.endswith("_with_mqa.weight")
        return "fp8" if linear else "bf16"

    fill(checkpoint, seed, text_shapes(config, ""), keep)
    for layer in range(config["num_hidden_layers"]):  # published files carry these; a reader ignores them
        checkpoint.stored[f"model.layers.{layer}.self_attn.rotary_emb.inv_freq"] = torch.full((8,), 0.125)
    return checkpoint
