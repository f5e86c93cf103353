"""Bottega beside llama.cpp and PyTorch: the same work on the same machine, in turn, medians and ratios.

    python Tests/Trials/peers.py --bottega .build/release/bottega --threads 2 \\
        --llama-bench llama.cpp/build/bin/llama-bench --gguf moonlight-q4_0-q8_0.gguf \\
        --torch venv-with-torch/bin/python

The language core is Kimi-VL-A3B's (27 layers, 16 billion parameters, INT4 experts, eight bits for the rest on both sides):
`bottega bench` writes random weights of it (12.5 GB), llama.cpp takes any GGUF of Moonlight-16B-A3B with Q4_0 experts and
Q8_0 for the rest. PyTorch runs the vision tower and projector of that model (see peers_torch.py). Parts whose program is not
given are left out. Prints a line a figure, then a table in Markdown. Other work on the machine ruins it.
"""

import argparse
import csv
import io
import json
import pathlib
import statistics
import subprocess

Figures = dict[tuple[str, str], list[float]]


def warm(folder: str) -> None:
    """Reads weights once: the other side's may have driven them out of memory."""
    for file in pathlib.Path(folder).glob("kimi-vl-a3b/*.safetensors"):
        with file.open("rb", buffering=0) as shard:
            while shard.read(1 << 24):
                pass


def bottega(arguments: argparse.Namespace, part: str, *options: str) -> list[dict[str, str]]:
    command = [arguments.bottega, "bench", "--shape", "kimi-vl-a3b", "--only", part, "--csv", *options]
    command += ["--threads", str(arguments.threads), "--tries", "3" if part == "vision" else "1"]
    command += ["--weights", arguments.weights]
    warm(arguments.weights)
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [row for row in csv.DictReader(io.StringIO(output)) if row["work"] == part]


def llama(arguments: argparse.Namespace, prompt: int, tokens: int) -> float:
    command = [arguments.llama_bench, "-m", arguments.gguf, "-t", str(arguments.threads), "-r", "1", "-o", "json"]
    command += ["-p", str(prompt), "-n", str(tokens), "--no-warmup"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output)[0]["avg_ts"]


def torch(arguments: argparse.Namespace, size: str) -> float:
    script = pathlib.Path(__file__).parent / "peers_torch.py"
    command = [arguments.torch, str(script), size, str(arguments.threads)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def note(figures: Figures, work: str, who: str, value: float) -> None:
    figures.setdefault((work, who), []).append(value)
    print(f"{work:24} {who:10} {value:8.2f}", flush=True)


def measure(arguments: argparse.Namespace) -> Figures:
    figures: Figures = {}
    for _ in range(arguments.rounds):
        if arguments.llama_bench:
            rows = bottega(arguments, "decode", "--dense-weights", "int8", "--tokens", "48")
            note(figures, "decode, tokens/s", "bottega", float(rows[0]["value"]))
            note(figures, "decode, tokens/s", "llama.cpp", llama(arguments, 0, 48))
            for prompt in arguments.prompts.split(","):
                rows = bottega(arguments, "prefill", "--prompts", prompt)
                note(figures, f"prefill {prompt}, tokens/s", "bottega", float(rows[0]["value"]))
                note(figures, f"prefill {prompt}, tokens/s", "llama.cpp", llama(arguments, int(prompt), 0))
        if arguments.torch:
            for size in arguments.images.split(","):
                rows = bottega(arguments, "vision", "--images", size)
                note(figures, f"picture {size}, s", "bottega", float(rows[0]["seconds"]))
                note(figures, f"picture {size}, s", "PyTorch", torch(arguments, size))
    return figures


def table(figures: Figures) -> list[str]:
    lines = ["| work | bottega | beside | ratio |", "|---|---|---|---|"]
    for (work, who), values in figures.items():
        if who == "bottega":
            continue
        ours, theirs = statistics.median(figures[work, "bottega"]), statistics.median(values)
        ratio = theirs / ours if work.endswith(", s") else ours / theirs
        lines.append(f"| {work} | {ours:.2f} | {who} {theirs:.2f} | {ratio:.2f} × |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bottega", required=True)
    parser.add_argument("--threads", type=int, default=2)
    default = str(pathlib.Path.home() / ".cache" / "bottega-bench")
    parser.add_argument("--weights", default=default, help="where random weights lie, or are written")
    parser.add_argument("--llama-bench")
    parser.add_argument("--gguf")
    parser.add_argument("--torch", help="a Python with torch and transformers")
    parser.add_argument("--prompts", default="512")
    parser.add_argument("--images", default="448x448")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if bool(arguments.llama_bench) != bool(arguments.gguf):
        parser.error("--llama-bench and --gguf go together")
    print("\n".join(table(measure(arguments))))


main()
