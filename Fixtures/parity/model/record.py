"""Writes the tiny checkpoints and everything that transformers says about them.

    python record.py                     all checkpoints and goldens
    python record.py k25 k2-fp8          only these

Checkpoints go to Fixtures/checkpoints, goldens to goldens/ beside this file. The same files come out every time.
"""

import argparse
import dataclasses
import json
import math
import os
import pathlib

import cpu_torchvision  # noqa: F401  must precede transformers
import torch
import transformers

import formats
import layouts
import pictures
import terms
from prompts import ROUTING_MARGIN, Writer, gaps
from publish import FRAME_LIMIT, PATCH_LIMIT, check_int4, check_names, write, write_family, write_k25_neighbours
from reference import Reference, configuration
from rounding import bfloat16_products

GOLDENS = pathlib.Path(__file__).parent / "goldens"

SAMPLES = 256
ANSWER = 12
LONG = 112
LONG_ROWS = [0, 31, 62, 63, 64, 65, 79, 95, *range(104, LONG)]
FAR = 20000
LOGITS_APART, FEATURES_APART = 2e-3, 5e-5  # ten tolerances of the tests; features relative to their scale
SEEDS = {"k25": 1, "moonlight": 1, "kimi-vl": 1, "k2-fp8": 3, "k2-thinking": 1}


class Golden:
    """One file of goldens about one checkpoint."""

    def __init__(self, checkpoint):
        self.reference = Reference(checkpoint)
        self.checkpoint = checkpoint
        self.writer = Writer(self.reference)
        self.tensors = {}
        self.put("parameters", self.parameters())

    def parameters(self):
        """Weights of the model, those that one token visits, and those of the vision tower and projector."""
        text, sizes = self.checkpoint.text, {name: values.numel() for name, values in self.checkpoint.values.items()}
        routed = sum(size for name, size in sizes.items() if ".experts." in name)
        visited = routed * text["num_experts_per_tok"] // text["n_routed_experts"]
        vision = sum(size for name, size in sizes.items() if "vision_tower" in name or "projector" in name)
        return [sum(sizes.values()), sum(sizes.values()) - routed + visited, vision]

    def put(self, name, value):
        """Records a tensor; integers as int32, everything else as float32 unless it is already uint8."""
        tensor = torch.as_tensor(value)
        if tensor.dtype != torch.uint8:
            tensor = tensor.float() if tensor.is_floating_point() else tensor.int()
        self.tensors[name] = tensor.contiguous()

    def observe(self, name, output, changes):
        """Records `output` sampled, and sampled again under each change."""
        true = output()
        for term, change in changes:
            with change(self.reference):
                wrong = output()
            assert torch.equal(output(), true), f"{term} was not undone"
            distance = (sampled(wrong) - sampled(true)).abs().max() / (
                true.abs().max() if self.is_features(name) else 1
            )
            assert distance > (FEATURES_APART if self.is_features(name) else LOGITS_APART), (name, term, distance)
            self.put(f"ablated/{name}/{term}", sampled(wrong))
        self.put(f"sampled/{name}", sampled(true))

    def is_features(self, observation):
        """Whether an observation is of features, whose tolerance is relative, and not of logits."""
        return observation in ("image", "clip")

    def strayed(self, name, output):
        """Records how far bfloat16 products move an output: the root mean square over its elements."""
        true = output()
        with bfloat16_products():
            self.put(f"drift/{name}", (output() - true).square().mean().sqrt())

    def text(self):
        """A short text: everything the language core does, layer by layer."""
        ids = self.writer.grow([], 13)
        self.ids = ids
        self.put("text/ids", ids)
        self.put("text/hidden", self.reference.hidden_states(ids))
        self.put("text/logits", self.reference.logits(ids))
        for mixture in range(self.checkpoint.text["num_hidden_layers"] - self.checkpoint.text["first_k_dense_replace"]):
            self.routed(f"router/{mixture}", ids, mixture)
        self.observe("text", lambda: self.reference.logits(ids), terms.language_terms(self.checkpoint))
        self.strayed("text/logits", lambda: self.reference.logits(ids))

    def routed(self, name, ids, mixture):
        """What one mixture layer's router sees and says."""
        states, experts, weights, _ = self.reference.routing(ids)[mixture]
        self.put(f"{name}/input", states)
        self.put(f"{name}/experts", experts)
        self.put(f"{name}/weights", weights)

    def stretched(self):
        """A text longer than the original context, and the short text far beyond it."""
        ids = self.writer.grow([], LONG)
        self.put("long/ids", ids)
        self.put("long/rows", LONG_ROWS)
        self.put("long/logits", self.reference.logits(ids)[LONG_ROWS])
        self.strayed("long/logits", lambda: self.reference.logits(ids)[LONG_ROWS])
        self.observe("long", lambda: self.reference.logits(ids)[LONG_ROWS], terms.yarn_terms(self.checkpoint))
        self.put("far/position", [FAR])
        self.put("far/logits", self.reference.logits(self.ids, (), FAR))
        self.observe("far", lambda: self.reference.logits(self.ids, (), FAR), terms.angle_terms())

    def media(self, name, frames, limit, keep_levels=True):
        """A picture or clip: its patches, tower states and features. `frames`: (width, height, seed) each."""
        levels, grid = pictures.patches([pictures.picture(*frame) for frame in frames], limit)
        self.put(f"{name}/frames", frames)
        self.put(f"{name}/grid", grid)
        if keep_levels:
            self.put(f"{name}/levels", levels)
        pixels = pictures.normalised(levels)
        tower, features = self.reference.encode(pixels, grid)
        self.put(f"{name}/tower", tower)
        self.put(f"{name}/features", features)
        for part, index in (("tower", 0), ("features", 1)):
            self.strayed(f"{name}/{part}", lambda: self.reference.encode(pixels, grid)[index])
        return pixels, grid, features

    def processed(self, name, frames, limit, step):
        """A picture that is shrunk on its way: every `step`-th patch."""
        levels, grid = pictures.patches([pictures.picture(*frame) for frame in frames], limit)
        self.put(f"{name}/frames", frames)
        self.put(f"{name}/grid", grid)
        self.put(f"{name}/step", [step])
        self.put(f"{name}/levels", levels[::step])

    def prompted(self):
        """A prompt with a picture, and the greedy answer to it. The picture's seed is the first that has margins."""
        prefix = self.writer.grow([], 3)
        pad = self.checkpoint.config["media_placeholder_token_id"]
        for seed in range(1, 2000):
            frames = [(100, 70, seed)]
            levels, grid = pictures.patches([pictures.picture(*frames[0])], PATCH_LIMIT)
            features = [self.reference.encode(pictures.normalised(levels), grid)[1]]
            ids = prefix + [pad] * len(features[0])
            if gaps(self.reference, ids, features).min() < ROUTING_MARGIN:
                continue
            if found := self.writer.answered(ids, 5, ANSWER, features):
                break
        ids, answer, margins = found
        self.answer(ids, answer, margins, features)
        return frames

    def answer(self, ids, answer, margins, features=()):
        """Records a prompt, its logits, and the greedy answer, which transformers' own `generate` must give too."""
        self.put("prompt/ids", ids)
        self.put("prompt/logits", self.reference.logits(ids, features))
        self.put("greedy/ids", answer)
        self.put("greedy/margins", margins)
        self.strayed("prompt/logits", lambda: self.reference.logits(ids + answer, features))
        with bfloat16_products():
            rounded = self.reference.logits(ids + answer, features)[len(ids) - 1 : -1].argmax(-1)
        assert rounded.tolist() == answer, "bfloat16 products change the greedy answer"
        more = {}
        if features:
            features = list(features)
            self.observe("prompt", lambda: self.reference.logits(ids, features), terms.splice_terms(features))
            more = {"mm_encoder_outputs": {"image": terms.kimi.BaseModelOutputWithPooling(pooler_output=features)}}
        model = self.reference.model
        model.generation_config.eos_token_id = None
        generated = model.generate(
            torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
            max_new_tokens=len(answer), pad_token_id=0, **more,
        )  # fmt: skip
        assert generated[0, len(ids) :].tolist() == answer, (generated, answer)

    def tables(self, sizes):
        """The learned position table stretched to some grids, which torch's own interpolation must confirm."""
        embed = self.reference.model.model.vision_tower.patch_embed.pos_emb
        table = embed.position_embeddings.detach()
        for rows, columns in sizes:
            stretched = embed(torch.zeros(rows * columns, table.shape[2]), torch.tensor([[1, rows, columns]])).detach()
            ours = torch.nn.functional.interpolate(
                table.permute(2, 0, 1)[None], (rows, columns), mode="bicubic", align_corners=False
            )
            assert (ours[0].flatten(1).T - stretched).abs().max() < 1e-6
            self.put(f"table/{rows}x{columns}", stretched)

    def save(self):
        """Writes the file."""
        formats.write_tensors(GOLDENS / f"{self.checkpoint.name}.safetensors", dict(sorted(self.tensors.items())))
        print(
            self.checkpoint.name, sum(t.numel() * t.element_size() for t in self.tensors.values()), "bytes of goldens"
        )


def sampled(output):
    """At most `SAMPLES` elements of an output, evenly spread."""
    flat = output.flatten()
    return flat[:: math.ceil(len(flat) / SAMPLES)]


# One function per checkpoint


def k25():
    checkpoint = layouts.k25(SEEDS["k25"])
    check_int4(checkpoint)
    shards = [f"model-{number:05}-of-000002.safetensors" for number in (1, 2)]
    write_k25_neighbours(write(checkpoint, shards))
    twin = layouts.dequantised(checkpoint, "k25-dequantized")
    directory = write(twin, shards)
    write_k25_neighbours(directory)
    check_names(directory, twin)

    golden = Golden(checkpoint)
    reference = golden.reference
    golden.text()
    golden.stretched()
    golden.observe("int4", lambda: reference.logits(golden.ids), terms.int4_terms(checkpoint))
    pixels, grid, _ = golden.media("wide", golden.prompted(), PATCH_LIMIT)
    golden.observe("image", lambda: reference.encode(pixels, grid)[1], terms.vision_terms())
    golden.put("wide/pixels", pixels[-2:])
    _, _, tall = golden.media("tall", [(30, 100, 7)], PATCH_LIMIT)
    golden.media("strip", [(168, 28, 8)], PATCH_LIMIT)
    clip_pixels, clip_grid, clip = golden.media("clip", [(80, 50, seed) for seed in (11, 12, 13)], FRAME_LIMIT)
    golden.observe("clip", lambda: reference.encode(clip_pixels, clip_grid)[1], terms.clip_terms())
    golden.media("frame", [(80, 50, 14)], FRAME_LIMIT, keep_levels=False)
    golden.processed("shrunk", [(201, 150, 21)], PATCH_LIMIT, 7)
    golden.processed("shrunk-clip", [(120, 90, seed) for seed in range(22, 26)], FRAME_LIMIT, 13)
    golden.tables([(8, 8), (4, 6), (10, 6), (2, 12)])
    pad = checkpoint.config["media_placeholder_token_id"]
    ids = [5, 200, *[pad] * len(tall), 17, 264, *[pad] * len(clip), 99, 3]
    assert gaps(reference, ids, [tall, clip]).min() > 1e-4
    golden.put("mixed/ids", ids)
    golden.put("mixed/logits", reference.logits(ids, [tall, clip])[-1])
    golden.save()


def moonlight(tied=False):
    checkpoint = layouts.moonlight(SEEDS["moonlight"], tied)
    directory = write(checkpoint, [f"model-{number}-of-2.safetensors" for number in (1, 2)])
    check_names(directory, checkpoint)
    if not tied:
        write_family(directory, "moonlight")
    golden = Golden(checkpoint)
    if tied:
        ids = golden.writer.grow([], 13)
        golden.put("text/ids", ids)
        golden.put("text/logits", golden.reference.logits(ids))
        golden.save()
        return
    golden.text()
    golden.answer(*golden.writer.answered([], 6, ANSWER, attempts=2000))

    grouped = dataclasses.replace(checkpoint, config={**checkpoint.config, "n_group": 2, "topk_group": 1})
    golden.reference = golden.writer.reference = Reference(grouped)
    changes = list(terms.group_terms())

    def differs(ids):
        """Whether `ids` visit other experts when a group counts by its best one alone."""
        chosen = golden.reference.routing(ids)[0][1]
        with changes[1][1](golden.reference):
            return not torch.equal(chosen, golden.reference.routing(ids)[0][1])

    ids = next(ids for ids in iter(lambda: golden.writer.grow([], 13), None) if differs(ids))
    golden.put("grouped/ids", ids)
    golden.put("grouped/logits", golden.reference.logits(ids))
    golden.routed("router/grouped", ids, 0)
    golden.observe("grouped", lambda: golden.reference.logits(ids), changes)
    golden.save()


def kimi_vl():
    checkpoint = layouts.kimi_vl(SEEDS["kimi-vl"])
    directory = write(checkpoint, [f"model-{number:05}-of-00002.safetensors" for number in (1, 2)])
    formats.write_json(
        directory / "preprocessor_config.json",
        dict(
            image_processor_type="KimiVLImageProcessor", image_mean=[0.5] * 3, image_std=[0.5] * 3,
            in_token_limit=PATCH_LIMIT, merge_kernel_size=[2, 2], num_pooled_tokens=1024, pad_input=True,
            patch_size=14,
        ),
    )  # fmt: skip
    write_family(directory, "kimi-vl")
    golden = Golden(checkpoint)
    golden.text()
    pixels, grid, _ = golden.media("wide", golden.prompted(), PATCH_LIMIT)
    golden.observe("image", lambda: golden.reference.encode(pixels, grid)[1], terms.vision_terms())
    golden.media("tall", [(30, 100, 7)], PATCH_LIMIT)
    golden.save()


def k2_fp8():
    checkpoint = layouts.k2_fp8(SEEDS["k2-fp8"])
    directory = write(checkpoint, [f"model-{number}-of-2.safetensors" for number in (1, 2)])
    write_family(directory, "kimi-k2")
    golden = Golden(checkpoint)
    golden.text()
    golden.stretched()
    golden.observe("fp8", lambda: golden.reference.logits(golden.ids), terms.fp8_terms(checkpoint))
    golden.answer(*golden.writer.answered([], 6, ANSWER, attempts=2000))
    golden.save()


def k2_thinking():
    checkpoint = layouts.k2_thinking(SEEDS["k2-thinking"])
    check_int4(checkpoint)
    directory = write(checkpoint, [f"model-{number:05}-of-000002.safetensors" for number in (1, 2)])
    write_family(directory, "kimi-k2-thinking")
    formats.write_json(
        directory / "generation_config.json", dict(max_length=262144, eos_token_id=layouts.SPECIAL["<|im_end|>"])
    )
    golden = Golden(checkpoint)
    golden.text()
    golden.stretched()
    golden.observe("int4", lambda: golden.reference.logits(golden.ids), terms.int4_terms(checkpoint))
    golden.answer(*golden.writer.answered([], 6, ANSWER, attempts=2000))
    golden.save()


# Goldens about no checkpoint


def rotary():
    """Inverse frequencies and factors of the published configurations, as transformers computes them."""
    yarn = dict(type="yarn", factor=64.0, original_max_position_embeddings=4096, beta_fast=32.0, beta_slow=1.0)
    same = dict(mscale=1.0, mscale_all_dim=1.0)
    cases = {
        "Kimi-K2.5": (50000.0, {**yarn, **same}),
        "Kimi-K2-Thinking": (50000.0, {**yarn, **same, "beta_fast": 1.0}),
        "Kimi-K2-Instruct": (50000.0, {**yarn, **same, "beta_fast": 1.0, "factor": 32.0}),
        "Moonlight": (50000.0, None),
        "Kimi-VL": (800000.0, None),
        "unequal mscale": (10000.0, {**yarn, "factor": 40.0, "mscale": 0.707, "mscale_all_dim": 0.5}),
        "short original context": (50000.0, {**yarn, **same, "original_max_position_embeddings": 32}),
    }
    result = {}
    for name, (theta, scaling) in cases.items():
        checkpoint = layouts.moonlight(1)
        checkpoint.config |= dict(
            rope_theta=theta, rope_scaling=scaling, qk_rope_head_dim=64, qk_nope_head_dim=128, num_hidden_layers=1
        )
        model = transformers.DeepseekV3ForCausalLM(configuration(checkpoint)).model
        result[name] = dict(
            config=dict(rope_theta=theta, rope_scaling=scaling),
            dimensions=64,
            inverse_frequencies=model.rotary_emb.inv_freq.tolist(),
            magnitude=model.rotary_emb.attention_scaling,
            score_scale=model.layers[0].self_attn.scaling,
        )
    (GOLDENS / "rotary.json").write_text(json.dumps(result, indent=1) + "\n")


def grids():
    """Resized size and patch grid of many picture sizes under both patch limits, by transformers' own rule."""
    sides = [
        (1, 1), (13, 500), (27, 29), (100, 50), (224, 224), (640, 480), (896, 896), (1280, 720), (1920, 1080),
        (2800, 2800), (3840, 2160), (8000, 100), (100, 8000), (16384, 16384), (7168, 7168), (1793, 1791),
    ]  # fmt: skip
    rows = []
    for width, height in sides:
        for limit in (16384, 4096):
            (w, h), (down, across) = pictures.sizes(width, height, limit)
            rows.append(dict(width=width, height=height, limit=limit, resized=[w, h], rows=down, columns=across))
    (GOLDENS / "grids.json").write_text("[\n " + ",\n ".join(map(json.dumps, rows)) + "\n]\n")


RECORDS = {
    "k25": k25, "moonlight": moonlight, "moonlight-tied": lambda: moonlight(tied=True), "kimi-vl": kimi_vl,
    "k2-fp8": k2_fp8, "k2-thinking": k2_thinking, "rotary": rotary, "grids": grids,
}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help=f"what to record, of {', '.join(RECORDS)}; all when omitted")
    names = parser.parse_args().names or list(RECORDS)
    if unknown := set(names) - set(RECORDS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    os.makedirs(GOLDENS, exist_ok=True)
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    for name in names:
        RECORDS[name]()


if __name__ == "__main__":
    main()
