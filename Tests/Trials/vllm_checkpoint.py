# The embedded model in a shape that vLLM serves on a CPU: part of vllm.py and failover.py.
#
#     python3 Tests/Trials/vllm_checkpoint.py CHECKPOINT        # 26 MB; needs the packages of vllm-requirements.txt
#
# vLLM's attention kernels know one shape of latent attention, Kimi K2.5's own: rank 512, keys of 128 + 64, values of
# 128. Its experts on a CPU are bfloat16. The embedded model is smaller, and is widened here without being changed:
# what is added is zero, and what a zero would change is taken back.
#
#   rank          zero rows behind the latent; its norm divides by the root of a mean over more of them, so the norm's
#                 weight is multiplied by √(old rank / new rank)
#   rotary part   pair i of the old table turns as fast as pair 4i of the new one, and moves there
#   scale         softmax divides by the root of the key's size, so queries are multiplied by the root of the ratio
#   experts       INT4 becomes the bfloat16 that it stands for, rounded once
#
# Beside the published files stand those that vLLM wants: `tokenizer.json` with the same ids, `chat_template.jinja`.

import argparse
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import safe_open
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor

EMBEDDED = Path(__file__).resolve().parents[2] / "Fixtures/model"
sys.path.insert(0, str(EMBEDDED / "recipe"))

import dialect  # noqa: E402
import export  # noqa: E402
import generator  # noqa: E402
from quantisation import dequantise, unpack  # noqa: E402
from vision import Shape  # noqa: E402

NARROW = Shape()
WIDE = replace(NARROW, key_value_rank=512, nope=128, rope=64, value=128)
# transformers, which reads the configuration for vLLM, overlooks the published names and takes its own defaults.
ALIASES = {
    "vt": ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"),
    "init": ("pos_emb_height", "pos_emb_width", "pos_emb_time"),
}
# YaRN that stretches by 1 turns every pair as plain rotation does. vLLM's plain rotation on a CPU (0.32.0) turns the
# keys of latent attention wrongly, and its YaRN does not; K2.5 itself has YaRN.
STRETCH_BY_ONE = {
    "type": "yarn", "factor": 1.0, "original_max_position_embeddings": export.CONTEXT_LENGTH,
    "beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0,
}
VIDEO_PLACEHOLDER = "<|kimi_k25_video_placeholder|>"

# K2.5's layout with a picture's line behind it; tools as JSON, the form that K2.5 falls back to.
CHAT_TEMPLATE = """\
{%- macro spell(content) -%}
{%- if content is string -%}{{ content }}{%- elif content -%}{%- for part in content -%}
{%- if part.type == 'text' -%}{{ part.text }}
{%- elif part.type in ('image', 'image_url') -%}
{{ '<|media_begin|>image<|media_content|><|media_pad|><|media_end|>\\n' }}
{%- endif -%}{%- endfor -%}{%- endif -%}
{%- endmacro -%}
{%- if tools -%}<|im_system|>tool_declare<|im_middle|>{{ tools | tojson(separators=(',', ':')) }}<|im_end|>{%- endif -%}
{%- for message in messages -%}
{%- if message.role == 'user' -%}<|im_user|>{%- elif message.role == 'assistant' -%}<|im_assistant|>
{%- else -%}<|im_system|>{%- endif -%}
{{ message.name or message.role }}<|im_middle|>
{%- if message.role == 'assistant' -%}<think></think>{%- endif -%}
{{ spell(message.content) }}<|im_end|>
{%- endfor -%}
{%- if add_generation_prompt -%}
<|im_assistant|>assistant<|im_middle|><think>{%- if thinking is defined and not thinking -%}</think>{%- endif -%}
{%- endif -%}
"""


# Weights


def read_embedded() -> dict[str, Tensor]:
    """Every tensor of the embedded model; experts as the bfloat16 that their INT4 stands for."""
    index = json.loads((EMBEDDED / "model.safetensors.index.json").read_text())
    tensors = {}
    for name in sorted(set(index["weight_map"].values())):
        with safe_open(EMBEDDED / name, "pt") as shard:
            tensors |= {key: shard.get_tensor(key) for key in shard.keys()}
    for stem in [name.removesuffix("_packed") for name in tensors if name.endswith("weight_packed")]:
        words, scale = tensors.pop(f"{stem}_packed"), tensors.pop(f"{stem}_scale")
        del tensors[f"{stem}_shape"]
        tensors[stem] = dequantise(unpack(words), scale.float()).bfloat16()
    return tensors


def wider(matrix: Tensor, rows: int, columns: int) -> Tensor:
    """The matrix in the upper left corner of zeros."""
    out = matrix.new_zeros(rows, columns)
    out[: matrix.shape[0], : matrix.shape[1]] = matrix
    return out


def moved_pairs(rows: Tensor) -> Tensor:
    """[old rotary size, column] -> [new, column]: each pair where the new table turns it as fast as before."""
    stride = WIDE.rope // NARROW.rope
    out = rows.new_zeros(WIDE.rope, rows.shape[1])
    for pair in range(NARROW.rope // 2):
        out[2 * stride * pair : 2 * stride * pair + 2] = rows[2 * pair : 2 * pair + 2]
    return out


def widened_queries(matrix: Tensor) -> Tensor:
    scale = ((WIDE.nope + WIDE.rope) / (NARROW.nope + NARROW.rope)) ** 0.5
    heads = []
    for head in matrix.split(NARROW.nope + NARROW.rope):
        plain, rotary = head.split((NARROW.nope, NARROW.rope))
        heads += [wider(plain, WIDE.nope, matrix.shape[1]), moved_pairs(rotary)]
    return (torch.cat(heads).float() * scale).bfloat16()


def widened_keys_and_values(matrix: Tensor) -> Tensor:
    heads = []
    for head in matrix.split(NARROW.nope + NARROW.value):
        key, value = head.split((NARROW.nope, NARROW.value))
        heads += [wider(key, WIDE.nope, WIDE.key_value_rank), wider(value, WIDE.value, WIDE.key_value_rank)]
    return torch.cat(heads)


def widened(name: str, tensor: Tensor) -> Tensor:
    """One tensor of the embedded model in the wide shape; all but those of attention stay as they are."""
    rank, hidden = WIDE.key_value_rank, NARROW.hidden
    match name.rpartition("self_attn.")[2]:
        case "q_b_proj.weight":
            return widened_queries(tensor)
        case "kv_a_proj_with_mqa.weight":
            latent, rotary = tensor.split((NARROW.key_value_rank, NARROW.rope))
            return torch.cat((wider(latent, rank, hidden), moved_pairs(rotary)))
        case "kv_a_layernorm.weight":
            scale = (NARROW.key_value_rank / rank) ** 0.5
            return wider((tensor.float() * scale).bfloat16()[None], 1, rank)[0]
        case "kv_b_proj.weight":
            return widened_keys_and_values(tensor)
        case "o_proj.weight":
            return torch.cat([wider(head, hidden, WIDE.value) for head in tensor.split(NARROW.value, 1)], 1)
    return tensor


# Files


def write_configuration(directory: Path) -> None:
    """The recipe's own files, for weights that are bfloat16 throughout."""
    export.write_configuration(WIDE, directory)
    path = directory / "config.json"
    config = json.loads(path.read_text())
    for part in (config, config["text_config"]):
        del part["quantization_config"]
    config["text_config"]["rope_scaling"] = STRETCH_BY_ONE
    vision = config["vision_config"]
    vision |= {name: vision[f"{prefix}_{name}"] for prefix, names in ALIASES.items() for name in names}
    config |= {
        "projection_hidden_size": NARROW.vision_hidden, "image_token_id": dialect.MEDIA_PAD,
        "video_token_id": dialect.VOCABULARY_SIZE, "vision_start_token_id": dialect.SPECIAL["<|media_begin|>"],
        "vision_end_token_id": dialect.SPECIAL["<|media_end|>"],
    }
    export.write_json(path, config)


def write_tokenizer(directory: Path) -> None:
    export.write_tokenizer(directory)
    path = directory / "tokenizer_config.json"
    config = json.loads(path.read_text()) | {
        "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>"}
    export.write_json(path, config)
    (directory / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    tokenizer = fast_tokenizer()
    for kind in generator.KINDS:
        for seed in range(20):
            page = generator.make(kind, seed)
            assert tokenizer.encode(page).ids == dialect.encode(page), f"tokenizer.json has other ids for {page}"
    tokenizer.save(str(directory / "tokenizer.json"))


def fast_tokenizer() -> Tokenizer:
    """The dialect's tokenizer in the form of the `tokenizers` package: a piece is one token, or its bytes."""
    letters = byte_letters()
    vocabulary = {"".join(letters[byte] for byte in token): rank for rank, token in enumerate(dialect.RANKED)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(dialect.PRE_TOKENIZER_PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    names = [dialect.special_token_name(i) for i in range(dialect.SPECIAL_BASE, dialect.VOCABULARY_SIZE)]
    tokenizer.add_special_tokens(
        [AddedToken(name, special=True, normalized=False) for name in [*names, VIDEO_PLACEHOLDER]])
    return tokenizer


def byte_letters() -> list[str]:
    """The letter that byte-level tokenizers write for each byte: itself where it is printable, else the next one free
    from U+0100 on."""
    shown = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in shown else next(others)) for byte in range(256)]


def write(directory: Path) -> None:
    """Writes the whole checkpoint."""
    directory.mkdir(parents=True, exist_ok=True)
    tensors = {name: widened(name, tensor).contiguous() for name, tensor in read_embedded().items()}
    export.write_shards(tensors, directory)
    write_configuration(directory)
    write_tokenizer(directory)
    shutil.copy(EMBEDDED / "stylesheet.css", directory)


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the embedded model in a shape that vLLM serves on a CPU.")
    parser.add_argument("checkpoint", type=Path, help="the folder to write")
    options = parser.parse_args()
    write(options.checkpoint)
    size = sum(path.stat().st_size for path in options.checkpoint.iterdir())
    print(f"{options.checkpoint}: {size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
