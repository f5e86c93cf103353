# Does this project's engine compute what vLLM computes? Both answer the same pictures from one checkpoint, greedily:
#
#     .venv-vllm/bin/python Tests/Trials/vllm.py
#
# The checkpoint is the embedded model in the shape that vLLM serves on a CPU (vllm_checkpoint.py), the pictures are
# mockups that no training has seen, drawn by Chromium. Prompts must have the same ids and answers the same tokens; both
# compute in bfloat16, in different orders, so an answer may part where its two likeliest tokens are nearly equal.
# Then vLLM serves the product: `bottega convert --engine` must write the page that `--model` writes here.

import base64
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from service import REPOSITORY, Checks, TrialError, arguments, run, table
from vllm_pictures import draw_pictures
from vllm_server import MODEL, VLLM, engine_file

NEARLY_EQUAL = 0.3  # bfloat16 noise moves a log-probability by 0.002 on average and by up to 0.28, in 3,000 tokens


@dataclass
class Answer:
    """What one engine wrote: token ids with their log-probabilities, and those of the likeliest first tokens."""

    prompt: list[int]
    ids: list[int]
    logprobs: list[float]
    first: dict[int, float]
    margins: list[float]
    seconds: float = 0


# Answers


def our_answers(checkpoint: Path, pictures: list[Path], precision: str) -> list[Answer]:
    """By `GreedySampleTests`, which writes what the engine chooses, token by token."""
    environment = os.environ | {
        "BOTTEGA_GREEDY_MODEL": str(checkpoint), "BOTTEGA_GREEDY": str(pictures[0].parent),
        "BOTTEGA_GREEDY_PRECISION": precision}
    command = ["swift", "test", "--skip-build", "--filter", "GreedySampleTests"]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=1800)
    files = [picture.with_suffix(".greedy.json") for picture in pictures]
    if done.returncode != 0 or not all(map(Path.exists, files)):
        raise TrialError(f"`swift build --build-tests` first; `{' '.join(command)}` says:\n{done.stdout[-1500:]}")
    answers = []
    for file in files:
        found = json.loads(file.read_text())
        tokens = found["tokens"]
        answers.append(Answer(
            found["prompt"], [t["id"] for t in tokens], [t["logprob"] for t in tokens],
            dict(enumerate(found["firstLogprobs"])), [t["margin"] for t in tokens]))
    return answers


def their_answer(server: VLLM, picture: Path) -> Answer:
    """By `/v1/chat/completions`, the picture as a data URL."""
    url = "data:image/png;base64," + base64.b64encode(picture.read_bytes()).decode()
    began = time.monotonic()
    status, body = server.request("POST", "/v1/chat/completions", {
        "model": MODEL, "temperature": 0, "max_tokens": 3000, "chat_template_kwargs": {"thinking": False},
        "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}],
        "logprobs": True, "top_logprobs": 20, "return_token_ids": True, "return_tokens_as_token_ids": True,
    })
    if status != 200:
        raise TrialError(f"vLLM answers {status}: {body[:500]!r}")
    found = json.loads(body)
    tokens = found["choices"][0]["logprobs"]["content"]
    likeliest = [{number(t["token"]): t["logprob"] for t in token["top_logprobs"]} for token in tokens]
    ordered = [sorted(values.values(), reverse=True) for values in likeliest]
    return Answer(
        found["prompt_token_ids"], [number(t["token"]) for t in tokens], [t["logprob"] for t in tokens], likeliest[0],
        [values[0] - values[1] for values in ordered], time.monotonic() - began)


def number(token: str) -> int:
    return int(token.removeprefix("token_id:"))


def parting(ours: Answer, theirs: Answer) -> int | None:
    """Where the answers part; None when they are the same tokens."""
    if ours.ids == theirs.ids:
        return None
    pairs = enumerate(zip(ours.ids, theirs.ids))
    return next((i for i, (a, b) in pairs if a != b), min(len(ours.ids), len(theirs.ids)))


# Claims


def compare(checks: Checks, names: list[str], ours: list[Answer], theirs: list[Answer]) -> None:
    rows, drifts, firsts, partings = [], [], [], []
    for name, mine, other in zip(names, ours, theirs):
        place = parting(mine, other)
        shared = len(mine.ids) if place is None else place
        drift = [abs(a - b) for a, b in zip(mine.logprobs[:shared], other.logprobs[:shared])]
        first = max(abs(mine.first[i] - value) for i, value in other.first.items() if value > -8)
        margin = None if place is None or place >= len(mine.ids) else mine.margins[place]
        drifts += drift
        firsts.append(first)
        if place is not None:
            partings.append((name, place, margin))
        rows.append([name, len(mine.ids), "same" if place is None else f"part at {place}",
                     "" if margin is None else f"{margin:.3f}", f"{max(drift, default=0):.3f}", f"{first:.4f}",
                     f"{min(mine.margins[:shared], default=0):.3f}", f"{other.seconds:.1f}"])
    heads = ["picture", "tokens", "answers", "margin there", "largest drift", "first token", "least margin", "vLLM s"]
    print(table(heads, rows))
    same = len(names) - len(partings)
    checks.none("prompts have the same ids, vision tokens included",
                [n for n, a, b in zip(names, ours, theirs) if a.prompt != b.prompt])
    checks.none(f"answers are the same, or part where two tokens are within {NEARLY_EQUAL} of each other",
                [f"{name} at {place}, margin {margin}" for name, place, margin in partings
                 if margin is None or margin > NEARLY_EQUAL])
    # The model guesses the text size of a page, often between two that it holds for equally likely.
    checks.claim("two answers of three are the same to the end", same >= 2 / 3 * len(names), f"{same} of {len(names)}")
    checks.claim("log-probabilities of shared tokens", statistics.mean(drifts) < 0.01,
                 f"{len(drifts)} tokens, mean difference {statistics.mean(drifts):.4f}, largest {max(drifts):.3f}")
    checks.claim("log-probabilities of the likeliest first tokens", max(firsts) < NEARLY_EQUAL,
                 f"largest difference {max(firsts):.4f}")


def convert(checks: Checks, binary: Path, server: VLLM, checkpoint: Path, picture: Path, folder: Path) -> None:
    """One page by the product through vLLM, and by the product's own engine from the same checkpoint."""
    engine = engine_file(folder, checkpoint, [server])
    pages = {}
    for name, options in (("here", ["--model", checkpoint]), ("by vLLM", ["--engine", engine])):
        output = folder / f"page {name}"
        command = [binary, "convert", picture, "--output", output, "--draft", "--json", *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            checks.claim(f"a page {name}", False, done.stderr.strip())
            return
        written = json.loads(done.stdout.splitlines()[-1])
        pages[name] = (output / "index.html").read_text()
        print(f"page {name}: {written['prompt_tokens']} + {written['tokens']} tokens, {written['finish_reason']}, "
              f"{written['seconds']['total']:.1f} s")
    body = re.search(r"<body.*</body>", pages["here"], re.DOTALL)
    checks.claim("`convert --engine` writes the page that `convert --model` writes",
                 body is not None and pages["here"] == pages["by vLLM"], f"{len(pages['here'])} characters")


def main() -> int:
    parser = arguments("This project's engine and its remote client beside a running vLLM.")
    parser.add_argument("--pictures", type=int, default=24, help="how many")
    parser.add_argument("--checkpoint", type=Path, help="one that vllm_checkpoint.py wrote; made when not named")
    parser.add_argument("--vllm", type=Path, help="the program; the one beside this Python when not named")
    parser.add_argument("--precision", choices=("fast", "exact"), default="fast", help="of this project's engine")
    options = parser.parse_args()
    checks = Checks()
    folder = Path(tempfile.mkdtemp(prefix="bottega-trial-"))
    try:
        checkpoint = options.checkpoint or folder / "checkpoint"
        if options.checkpoint is None:
            import vllm_checkpoint  # needs the packages of vLLM

            vllm_checkpoint.write(checkpoint)
        (folder / "pictures").mkdir()
        pictures = draw_pictures(folder / "pictures", options.pictures, options.seed)
        with VLLM(checkpoint, folder, options.vllm) as server:
            server.start()
            ours = our_answers(checkpoint.resolve(), pictures, options.precision)
            print(f"vLLM answered after {server.wait_ready():.0f} s more")
            theirs = [their_answer(server, picture) for picture in pictures]
            compare(checks, [picture.stem for picture in pictures], ours, theirs)
            convert(checks, options.binary, server, checkpoint.resolve(), pictures[0], folder)
    finally:
        if options.keep:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return checks.finish()


if __name__ == "__main__":
    run(main)
