"""Checkpoint directories: weights in two shards with an index, and the small files that are published beside them.

The two checks compare what was written with readers that are not ours: transformers' own loader and name mapping, and
compressed-tensors' unpacking.
"""

import base64
import pathlib
import shutil
import sys

import cpu_torchvision  # noqa: F401  must precede transformers, which compressed_tensors imports
import torch
from compressed_tensors.compressors.pack_quantized.helpers import unpack_from_int32

import formats
import layouts
from reference import Reference, configuration

sys.path.append(str(pathlib.Path(__file__).parent.parent / "chat"))
import families  # noqa: E402  what the tokenizers name, and the templates

CHECKPOINTS = pathlib.Path(__file__).parent.parent.parent / "checkpoints"
PATCH_LIMIT, FRAME_LIMIT = 96, 32


def write(checkpoint, shard_names):
    """Writes a checkpoint directory in two shards: routed experts of mixture layers last."""
    directory = CHECKPOINTS / checkpoint.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    formats.write_json(directory / "config.json", checkpoint.config)
    parts = [{}, {}]
    for name, tensor in checkpoint.stored.items():
        parts[".experts." in name][name] = tensor
    formats.write_shards(directory, dict(zip(shard_names, parts)))
    return directory


def write_ranks(directory):
    """tiktoken.model with the 256 single bytes."""
    lines = [f"{base64.b64encode(bytes([byte])).decode()} {byte}\n" for byte in range(layouts.BYTES)]
    (directory / "tiktoken.model").write_text("".join(lines))


def write_family(directory, family):
    """A family's tokenizer and its chat template, where that is published."""
    write_ranks(directory)
    config = families.tokenizer_config(layouts.BYTES, family, layouts.RESERVED)
    if family in families.OWN_FILE:
        (directory / "chat_template.jinja").write_text(families.template(family))
    else:
        config["chat_template"] = families.template(family)
    formats.write_json(directory / "tokenizer_config.json", config)


def write_tokenizer(directory):
    """K2.5's tokenizer with every reserved token named, as its file does it, and its chat template."""
    write_ranks(directory)
    (directory / "chat_template.jinja").write_text(families.template("kimi-k25"))
    named = {number: name for name, number in layouts.SPECIAL.items()}
    decoder = {}
    for number in range(layouts.BYTES, layouts.VOCABULARY):
        content = named.get(number, f"<|reserved_token_{number}|>")
        flags = dict(lstrip=False, normalized=False, rstrip=False, single_word=False, special=True)
        decoder[str(number)] = dict(content=content, **flags)
    formats.write_json(
        directory / "tokenizer_config.json",
        dict(
            added_tokens_decoder=decoder, additional_special_tokens=[], bos_token="[BOS]", eos_token="[EOS]",
            unk_token="[UNK]", pad_token="[PAD]", clean_up_tokenization_spaces=False, model_max_length=262144,
            tokenizer_class="TikTokenTokenizer",
        ),
    )  # fmt: skip


def write_k25_neighbours(directory):
    """The small files beside K2.5's weights, with patch limits small enough to matter for small pictures."""
    write_tokenizer(directory)
    formats.write_json(
        directory / "preprocessor_config.json",
        dict(
            image_processor_type="KimiK25VisionProcessor",
            media_proc_cfg=dict(
                in_patch_limit=PATCH_LIMIT, patch_size=14, image_mean=[0.5] * 3, image_std=[0.5] * 3,
                merge_kernel_size=2, fixed_output_tokens=None, patch_limit_on_one_side=512,
                in_patch_limit_each_frame=FRAME_LIMIT, in_patch_limit_video=None, sample_fps=2.0,
                max_num_frames_each_video=None, temporal_merge_kernel_size=4, timestamp_mode="hh:mm:ss.fff",
            ),
        ),
    )  # fmt: skip
    formats.write_json(
        directory / "generation_config.json",
        dict(max_length=262144, eos_token_id=layouts.SPECIAL["<|im_end|>"]),
    )


def check_names(directory, checkpoint):
    """Raises unless transformers, loading the directory by its own name mapping, ends up with the same weights."""
    reference = Reference(checkpoint)
    loaded, report = type(reference.model).from_pretrained(
        directory, config=configuration(checkpoint), dtype=torch.float32, output_loading_info=True
    )
    assert not any(report[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")), report
    theirs = loaded.state_dict()
    for name, tensor in reference.model.state_dict().items():
        assert torch.equal(tensor, theirs[name]), name


def check_int4(checkpoint):
    """Raises unless compressed-tensors unpacks the experts to the values the reference uses."""
    for name, scale in checkpoint.stored.items():
        if name.endswith(".weight_scale"):
            stem = name.removesuffix("_scale")
            packed, shape = (checkpoint.stored[stem + part] for part in ("_packed", "_shape"))
            codes = unpack_from_int32(packed, 4, torch.Size(shape.tolist())).float()
            groups = codes.reshape(*scale.shape, formats.INT4_GROUP) * scale.float()[..., None]
            assert torch.equal(groups.reshape(codes.shape), checkpoint.values[stem])
