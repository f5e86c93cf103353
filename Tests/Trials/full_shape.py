"""The full shape of Kimi-VL-A3B, end to end, with random weights: what it takes to open, quantise and run it.

    python3 -m venv .venv && .venv/bin/pip install numpy
    .venv/bin/python Tests/Trials/full_shape.py /scratch/full --binary .build/release/bottega
    .venv/bin/python Tests/Trials/full_shape.py /scratch/full --scales minmax --run-plain

Writes a checkpoint in exactly the layout of `bottega inspect --plan kimi-vl-a3b-instruct` (bfloat16, 27 layers, 33 GB),
quantises it with `bottega quantize`, removes it unless --run-plain, and lets it write 64 tokens about a picture in INT4.
Needs 42 GB of disk in the folder, which must be absent or empty, and removes it all in the end unless --keep.

Prints one JSON object a stage: seconds, the greatest resident memory of the process, and how busy the machine was (the
load average before and after). Ends with 1 when a stage fails or takes more memory than --memory GiB.

The weights say nothing, but they behave: every matrix has the standard deviation of its fan-in, norms are 1, so that
nothing overflows in 27 layers. The rows of the output head are small, and those of the 256 special ids are zero: every
special token has the logit 0, and of 163,584 random logits some are greater, so that no answer ends early.
"""

import argparse
import base64
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import numpy as np

PLAN = "kimi-vl-a3b-instruct"
REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
WORDS, SPECIAL = 163_584, 256
NAMED = {
    0: "[BOS]", 1: "[EOS]", 2: "<|im_end|>", 3: "<|im_user|>", 4: "<|im_assistant|>", 6: "<|start_header_id|>",
    7: "<|end_header_id|>", 9: "[EOT]", 10: "<|im_system|>", 17: "<|im_middle|>", 18: "<|media_begin|>",
    19: "<|media_content|>", 20: "<|media_end|>", 21: "<|media_pad|>", 254: "[UNK]", 255: "[PAD]",
}  # fmt: skip
SHARD_BYTES = 5_000_000_000
BLOCK = 1 << 24


class Noise:
    """Endless normal numbers as bfloat16: one random block, read from another place each time."""

    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)
        self.block = self.random.standard_normal(BLOCK, dtype=np.float32)
        self.scaled: dict[float, np.ndarray] = {}

    def bfloat16(self, count: int, deviation: float):
        """Yields `count` values in pieces of at most a block. A model has a dozen different deviations."""
        if deviation not in self.scaled:
            self.scaled[deviation] = bfloat16(self.block * np.float32(deviation))
        while count > 0:
            start = int(self.random.integers(0, BLOCK // 2))
            size = min(count, BLOCK - start)
            yield self.scaled[deviation][start : start + size]
            count -= size


def bfloat16(values: np.ndarray) -> np.ndarray:
    """The upper halves of float32 values, rounded to the nearest."""
    return ((values.view(np.uint32) + np.uint32(0x8000)) >> np.uint32(16)).astype(np.uint16)


def content(tensor: dict, noise: Noise):
    """Yields a tensor's bytes, piece by piece."""
    shape, name = tensor["shape"], tensor["name"]
    count = math.prod(shape)
    if tensor["dtype"] == "F32":  # the router's correction
        yield (noise.block[:count] * np.float32(0.01)).astype(np.float32)
    elif "norm" in name and name.endswith(".weight"):
        yield from pieces(np.uint16(0x3F80), count)
    elif name.endswith(".bias"):
        yield from pieces(np.uint16(0), count)
    elif name.endswith("lm_head.weight"):
        special = SPECIAL * shape[1]
        yield from noise.bfloat16(count - special, 0.1 / math.sqrt(shape[1]))
        yield from pieces(np.uint16(0), special)
    elif "embed_tokens" in name or "pos_emb" in name:
        yield from noise.bfloat16(count, 0.02)
    else:
        yield from noise.bfloat16(count, 1 / math.sqrt(math.prod(shape[1:])))


def pieces(value: np.uint16, count: int):
    """Yields `count` times the same value."""
    while count > 0:
        size = min(count, BLOCK)
        yield np.full(size, value, dtype=np.uint16)
        count -= size


def write_checkpoint(folder: pathlib.Path, plan: dict, seed: int) -> None:
    """Writes the shards, the index, and the small files."""
    folder.mkdir(parents=True)
    shards, filled = [[]], 0
    for tensor in plan["tensors"]:
        if filled and filled + tensor["bytes"] > SHARD_BYTES:
            shards.append([])
            filled = 0
        shards[-1].append(tensor)
        filled += tensor["bytes"]
    noise, weight_map = Noise(seed), {}
    for number, tensors in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        header, place = {"__metadata__": {"format": "pt"}}, 0
        for tensor in sorted(tensors, key=lambda tensor: tensor["dtype"] != "F32"):
            end = place + tensor["bytes"]
            header[tensor["name"]] = {
                "dtype": tensor["dtype"], "shape": tensor["shape"], "data_offsets": [place, end],
            }  # fmt: skip
            weight_map[tensor["name"]] = name
            place = end
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        with open(folder / name, "wb", buffering=0) as file:
            file.write(len(text).to_bytes(8, "little") + text)
            for tensor in sorted(tensors, key=lambda tensor: tensor["dtype"] != "F32"):
                for piece in content(tensor, noise):
                    file.write(piece.data)
    index = {"metadata": {"total_size": plan["total"]["bytes"]}, "weight_map": weight_map}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "config.json").write_text(json.dumps(plan["config"], indent=2))
    preprocessor = {"patch_size": 14, "in_token_limit": 4096, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    write_tokenizer(folder)


def write_tokenizer(folder: pathlib.Path) -> None:
    """As many tokens as the published vocabulary has: the single bytes, then every pair and some triples of letters."""
    words = [bytes([byte]) for byte in range(256)] + [bytes([one, two]) for one in range(256) for two in range(256)]
    letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    triples = (bytes([one, two, three]) for one in letters for two in letters for three in letters)
    words += [triple for triple, _ in zip(triples, range(WORDS - len(words)))]
    assert len(words) == WORDS == len(set(words))
    lines = [base64.b64encode(word) + b" %d\n" % rank for rank, word in enumerate(words)]
    (folder / "tiktoken.model").write_bytes(b"".join(lines))
    flags = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
    added = {
        str(WORDS + number): {"content": NAMED.get(number, f"<|reserved_token_{WORDS + number}|>"), **flags}
        for number in range(SPECIAL)
    }
    (folder / "tokenizer_config.json").write_text(json.dumps({"added_tokens_decoder": added}))


def load() -> float:
    """How many processes want a processor, over the last minute."""
    return float(pathlib.Path("/proc/loadavg").read_text().split()[0])


def stage(name: str, command: list[str], memory: float) -> tuple[bool, list[str]]:
    """Runs a command, prints what it took, and gives its output lines."""
    before, start = load(), time.monotonic()
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = usage.ru_maxrss / 2**20
        report = {
            "stage": name, "seconds": round(time.monotonic() - start, 1), "peakGiB": round(peak, 2),
            "processorSeconds": round(usage.ru_utime + usage.ru_stime, 1), "load": [before, load()],
            "code": process.returncode,
        }  # fmt: skip
        output.seek(0)
        errors.seek(0)
        if complaints := errors.read().strip():
            report["errors"] = complaints.splitlines()[-1]
        print(json.dumps(report), flush=True)
        return process.returncode == 0 and peak <= memory, output.read().splitlines()


def answered(binary: str, model: pathlib.Path, picture: str, name: str, memory: float) -> bool:
    """Lets the model write 64 tokens about the picture and prints what each stage of it took."""
    command = [binary, "chat", "--model", str(model), "--image", picture, "--max-tokens", "64", "--json", "What is it?"]
    good, lines = stage(name, command, memory)
    events = [json.loads(line) for line in lines]
    for event in events:
        if event["event"] not in ("text", "reasoning"):
            print(json.dumps({"stage": name, **event}), flush=True)
    return good and any(event["event"] == "finished" for event in events)


def main() -> int:
    """Runs the trial."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--binary", default=str(REPOSITORY / ".build/release/bottega"))
    parser.add_argument("--picture", default=str(REPOSITORY / "Fixtures/designs/sign-in.png"))
    parser.add_argument("--scales", default="least-squares")
    parser.add_argument("--threads", default=str(os.cpu_count()))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory", type=float, default=24, help="GiB that no stage may exceed")
    parser.add_argument("--run-plain", action="store_true", help="run the bfloat16 checkpoint too")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    if options.folder.exists() and any(options.folder.iterdir()):
        print(f"{options.folder} is not empty", file=sys.stderr)
        return 77
    plain, packed = options.folder / "bf16", options.folder / "int4"
    try:
        planned = subprocess.run([options.binary, "inspect", "--plan", PLAN, "--json"], capture_output=True, check=True)
        before, start = load(), time.monotonic()
        plan = json.loads(planned.stdout)
        write_checkpoint(plain, plan, options.seed)
        seconds = round(time.monotonic() - start, 1)
        total = plan["total"]["bytes"]
        print(json.dumps({"stage": "write", "seconds": seconds, "bytes": total, "load": [before, load()]}), flush=True)
        held = [stage("inspect", [options.binary, "inspect", str(plain)], options.memory)[0]]
        quantize = [options.binary, "quantize", str(plain), "-o", str(packed), "--scales", options.scales, "--json"]
        isGood, lines = stage("quantize", quantize + ["--threads", options.threads], options.memory)
        held.append(isGood)
        if lines:
            print(lines[-1], flush=True)
        if not options.run_plain:
            shutil.rmtree(plain)
        held.append(answered(options.binary, packed, options.picture, "int4", options.memory))
        if options.run_plain:
            held.append(answered(options.binary, plain, options.picture, "bf16", math.inf))
        return 0 if all(held) else 1
    finally:
        if not options.keep:
            shutil.rmtree(options.folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
