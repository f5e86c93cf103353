"""Writes a training checkpoint as a model directory in the layout Kimi K2.5 is published in.

Owns the mapping from the training model to the published files: sharded safetensors with index,
INT4 experts, configuration, tokenizer, preprocessor. Refuses nothing silently: after writing, the
files are read back, dequantised, and the logits of both models are compared.

    python export.py CHECKPOINT [--output ../] [--weights weights.safetensors]
"""

import argparse
import copy
import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

import dialect
import model as model_module
from model import EmbeddedModel, Shape
from quantisation import dequantise, pack, quantise, unpack

HERE = Path(__file__).resolve().parent
AUXILIARY = ("character_head.", "colour_head.")
CONTEXT_LENGTH = 4096


def published_tensors(model: EmbeddedModel) -> dict[str, Tensor]:
    """Every tensor of the published layout, by its published name."""
    inner = model.shape.expert_intermediate
    tensors = {}
    for name, value in model.state_dict().items():
        value = value.detach().float()
        if name.startswith(AUXILIARY):
            continue
        if name.endswith("experts.gate_up"):
            stem = name.removesuffix("gate_up")
            for expert, both in enumerate(value):
                tensors |= int4_tensors(f"{stem}{expert}.gate_proj", both[:inner])
                tensors |= int4_tensors(f"{stem}{expert}.up_proj", both[inner:])
        elif name.endswith("experts.down"):
            stem = name.removesuffix("down")
            for expert, matrix in enumerate(value):
                tensors |= int4_tensors(f"{stem}{expert}.down_proj", matrix)
        elif name.endswith("e_score_correction_bias"):
            tensors[name] = value.contiguous()
        else:
            tensors[name] = value.bfloat16().contiguous()
    return tensors


def int4_tensors(stem: str, matrix: Tensor) -> dict[str, Tensor]:
    integers, scale = quantise(matrix)
    return {
        f"{stem}.weight_packed": pack(integers).contiguous(),
        f"{stem}.weight_scale": scale.bfloat16().contiguous(),
        f"{stem}.weight_shape": torch.tensor(matrix.shape, dtype=torch.int32),
    }


def write_shards(tensors: dict[str, Tensor], directory: Path) -> None:
    """Two shards, decoder layers in the first, the rest in the second, and the index."""
    shards: list[dict[str, Tensor]] = [{}, {}]
    for name, value in tensors.items():
        shards[0 if name.startswith("language_model.model.layers.") else 1][name] = value
    weight_map, total = {}, 0
    for number, shard in enumerate(shards, 1):
        file_name = f"model-{number:05d}-of-{len(shards):06d}.safetensors"
        save_file(shard, directory / file_name, metadata={"format": "pt"})
        (directory / file_name).chmod(0o644)
        weight_map |= dict.fromkeys(shard, file_name)
        total += sum(value.nbytes for value in shard.values())
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    write_json(directory / "model.safetensors.index.json", index)


def write_json(path: Path, value: dict) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def quantisation_config() -> dict:
    weights = {
        "num_bits": 4, "type": "int", "symmetric": True, "strategy": "group", "group_size": 32,
        "observer": "minmax", "dynamic": False, "actorder": None, "block_structure": None,
    }
    return {
        "quant_method": "compressed-tensors", "format": "pack-quantized",
        "quantization_status": "compressed", "kv_cache_scheme": None,
        "ignore": [
            "lm_head", "re:.*self_attn.*", "re:.*shared_experts.*",
            r"re:.*mlp\.(gate|up|gate_up|down)_proj.*", "re:.*vision_tower.*", "re:.*mm_projector.*",
        ],
        "config_groups": {"group_0": {
            "targets": ["Linear"], "weights": weights,
            "input_activations": None, "output_activations": None,
        }},
    }


def text_config(shape: Shape) -> dict:
    return {
        "architectures": ["DeepseekV3ForCausalLM"], "model_type": "kimi_k2",
        "vocab_size": shape.vocabulary, "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers, "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.heads, "intermediate_size": shape.intermediate,
        "moe_intermediate_size": shape.expert_intermediate, "n_routed_experts": shape.experts,
        "num_experts_per_tok": shape.experts_per_token, "n_shared_experts": 1,
        "n_group": 1, "topk_group": 1, "first_k_dense_replace": shape.dense_layers,
        "moe_layer_freq": 1, "norm_topk_prob": True, "routed_scaling_factor": shape.routed_scale,
        "scoring_func": "sigmoid", "topk_method": "noaux_tc",
        "q_lora_rank": shape.query_rank, "kv_lora_rank": shape.key_value_rank,
        "qk_nope_head_dim": shape.nope, "qk_rope_head_dim": shape.rope, "v_head_dim": shape.value,
        "rms_norm_eps": shape.norm_epsilon, "rope_theta": shape.theta, "rope_scaling": None,
        "max_position_embeddings": CONTEXT_LENGTH, "num_nextn_predict_layers": 0,
        "hidden_act": "silu", "attention_bias": False, "attention_dropout": 0.0,
        "initializer_range": 0.02, "tie_word_embeddings": False, "use_cache": True,
        "bos_token_id": dialect.SPECIAL["[BOS]"], "eos_token_id": dialect.SPECIAL["[EOS]"],
        "pad_token_id": dialect.PADDING, "dtype": "bfloat16",
        "quantization_config": quantisation_config(),
    }


def vision_config(shape: Shape) -> dict:
    return {
        "patch_size": shape.patch, "init_pos_emb_height": shape.position_table,
        "init_pos_emb_width": shape.position_table, "init_pos_emb_time": 4,
        "pos_emb_type": "divided_fixed", "vt_hidden_size": shape.vision_hidden,
        "vt_num_hidden_layers": shape.vision_layers, "vt_num_attention_heads": shape.vision_heads,
        "vt_intermediate_size": shape.vision_intermediate, "merge_kernel_size": [2, 2],
        "merge_type": "sd2_tpool", "video_attn_type": "spatial_temporal",
        "mm_projector_type": "patchmerger", "mm_hidden_size": shape.vision_hidden,
        "projector_hidden_act": "gelu", "projector_ln_eps": 1e-5, "text_hidden_size": shape.hidden,
    }


def write_configuration(shape: Shape, directory: Path) -> None:
    special = dialect.SPECIAL
    write_json(directory / "config.json", {
        "architectures": ["KimiK25ForConditionalGeneration"], "model_type": "kimi_k25",
        "dtype": "bfloat16", "bos_token_id": special["[BOS]"], "eos_token_id": special["[EOS]"],
        "pad_token_id": dialect.PADDING, "media_placeholder_token_id": dialect.MEDIA_PAD,
        "use_unified_vision_chunk": True, "video_placeholder": "<|kimi_k25_video_placeholder|>",
        "ignore_index": -100, "tie_word_embeddings": False,
        "quantization_config": quantisation_config(),
        "text_config": text_config(shape), "vision_config": vision_config(shape),
    })
    write_json(directory / "generation_config.json", {
        "max_length": CONTEXT_LENGTH, "do_sample": False,
        "eos_token_id": [special["[EOS]"], special["<|im_end|>"]],
    })
    write_json(directory / "preprocessor_config.json", {"comfortable_size": [560, 448], "line_height": 28, "media_proc_cfg": {
        "in_patch_limit": 16384, "in_patch_limit_each_frame": 4096, "in_patch_limit_video": None,
        "patch_limit_on_one_side": 512, "patch_size": 14, "merge_kernel_size": 2,
        "fixed_output_tokens": None, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5],
        "sample_fps": 2.0, "max_num_frames_each_video": None, "temporal_merge_kernel_size": 4,
        "timestamp_mode": "hh:mm:ss.fff",
    }})


def write_tokenizer(directory: Path) -> None:
    (directory / "tiktoken.model").write_text(dialect.tiktoken_model())
    added = {
        str(token_id): {
            "content": dialect.special_token_name(token_id), "lstrip": False, "normalized": False,
            "rstrip": False, "single_word": False, "special": True,
        }
        for token_id in range(dialect.SPECIAL_BASE, dialect.VOCABULARY_SIZE)
    }
    write_json(directory / "tokenizer_config.json", {
        "tokenizer_class": "TikTokenTokenizer",
        "pre_tokenizer_pattern": dialect.PRE_TOKENIZER_PATTERN,
        "bos_token": "[BOS]", "eos_token": "[EOS]", "unk_token": "[UNK]", "pad_token": "[PAD]",
        "model_max_length": CONTEXT_LENGTH, "added_tokens_decoder": added,
    })


def read_back(directory: Path, shape: Shape) -> EmbeddedModel:
    """The model as the published files hold it; every file tensor is used exactly once."""
    tensors = {}
    index = json.loads((directory / "model.safetensors.index.json").read_text())
    for file_name in sorted(set(index["weight_map"].values())):
        with safe_open(directory / file_name, "pt") as shard:
            tensors |= {name: shard.get_tensor(name) for name in shard.keys()}
    assert set(tensors) == set(index["weight_map"]), "index and shards disagree"
    model = EmbeddedModel(shape)
    state = {}
    for name in model.state_dict():
        if name.startswith(AUXILIARY):
            state[name] = model.state_dict()[name]
        elif name.endswith("experts.gate_up"):
            stem = name.removesuffix("gate_up")
            state[name] = torch.stack([
                torch.cat([take_int4(tensors, f"{stem}{expert}.{part}") for part in ("gate_proj", "up_proj")])
                for expert in range(shape.experts)
            ])
        elif name.endswith("experts.down"):
            stem = name.removesuffix("down")
            state[name] = torch.stack(
                [take_int4(tensors, f"{stem}{expert}.down_proj") for expert in range(shape.experts)])
        else:
            state[name] = tensors.pop(name).float()
    assert not tensors, f"left over: {sorted(tensors)[:3]}"
    model.load_state_dict(state)
    return model.eval()


def take_int4(tensors: dict[str, Tensor], stem: str) -> Tensor:
    words, scale = tensors.pop(f"{stem}.weight_packed"), tensors.pop(f"{stem}.weight_scale")
    matrix = dequantise(unpack(words), scale.float())
    assert tuple(tensors.pop(f"{stem}.weight_shape").tolist()) == tuple(matrix.shape)
    return matrix


@torch.no_grad()
def logits(model: EmbeddedModel, experts_are_rounded: bool) -> Tensor:
    """Logits on a fixed random input. Rounding INT4 values to INT4 again would shift them, so
    experts read from the files pass unrounded."""
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (2, 112, 168, 3), dtype=torch.uint8, generator=generator)
    ids = torch.randint(33, dialect.SPECIAL_BASE, (2, 60), generator=generator)
    original = model_module.fake_quantise
    if experts_are_rounded:
        model_module.fake_quantise = lambda weight: weight
    try:
        return model.eval()(images, ids)[0]
    finally:
        model_module.fake_quantise = original


@torch.no_grad()
def rounded_to_bfloat16(model: EmbeddedModel) -> EmbeddedModel:
    """A copy whose parameters, the routed experts apart, hold bfloat16 values."""
    copied = copy.deepcopy(model)
    for name, parameter in copied.named_parameters():
        if ".experts." not in name:
            parameter.copy_(parameter.bfloat16().float())
    return copied


def compare(trained: EmbeddedModel, exported: EmbeddedModel) -> tuple[float, float]:
    """Largest logit difference to the trained model in bfloat16 (the export's own fault: 0 but for
    the order of sums), and the share of top choices that rounding to bfloat16 leaves as they are."""
    found = logits(exported, True)
    difference = (logits(rounded_to_bfloat16(trained), False) - found).abs().max().item()
    same = (logits(trained, False).argmax(-1) == found.argmax(-1)).float().mean().item()
    return difference, same


def write_training_weights(model: EmbeddedModel, path: Path) -> None:
    """What training can go on from: every weight in bfloat16, experts before INT4, auxiliary heads included."""
    save_file({name: value.detach().bfloat16().contiguous() for name, value in model.state_dict().items()}, path)
    path.chmod(0o644)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--output", type=Path, default=HERE.parent)
    parser.add_argument("--weights", type=Path, help="also write the weights that train.py --start begins from")
    options = parser.parse_args()
    model = EmbeddedModel()
    model.load_state_dict(torch.load(options.checkpoint, map_location="cpu")["model"])
    options.output.mkdir(parents=True, exist_ok=True)
    tensors = published_tensors(model)
    write_shards(tensors, options.output)
    write_configuration(model.shape, options.output)
    write_tokenizer(options.output)
    if options.weights:
        write_training_weights(model, options.weights)
    difference, same = compare(model, read_back(options.output, model.shape))
    size = sum(path.stat().st_size for path in options.output.glob("*.safetensors"))
    print(f"{len(tensors)} tensors, {size / 1e6:.1f} MB; logits differ by at most {difference:.1e} from the "
          f"trained model in bfloat16; rounding to bfloat16 keeps {same:.3f} of its top choices")
    assert difference < 1e-3, "the files do not hold the trained model"


if __name__ == "__main__":
    main()
