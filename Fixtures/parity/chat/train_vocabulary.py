"""Trains the small test vocabulary from `corpus.txt` and writes `vocabulary/`.

    python train_vocabulary.py

Byte-pair training over the pieces of Kimi K2's pattern: the most frequent adjacent pair becomes the next rank, ties
to the smaller byte strings, until 1,600 ranks stand. A few ranks are added by hand that merging alone would never
reach, so that "a whole piece that is a token" and "the lowest rank first" give different ids.
"""

import base64
import json
from collections import Counter

import regex

from kimi import FOLDER, PATTERN, SPECIAL_OFFSETS, VOCABULARY

RANKS = 1_600

# Whole pieces whose inner pairs are no tokens, or whose merges would end elsewhere.
WHOLE_PIECES = (" zyzzyva", "qqqqq", "xyxyxy", " Qux", "中中中中", "\u00a0\u3000", "-----BEGIN", "zzzzzzzz")


def train(text: str) -> list[bytes]:
    """Byte strings by rank."""
    counts = Counter(regex.findall(PATTERN, text, flags=regex.V1))
    pieces = [([bytes([byte]) for byte in piece.encode()], count) for piece, count in counts.items()]
    ranks = [bytes([byte]) for byte in range(256)]
    while len(ranks) < RANKS - len(WHOLE_PIECES):
        pairs: Counter = Counter()
        for parts, count in pieces:
            for pair in zip(parts, parts[1:]):
                pairs[pair] += count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        joined = best[0] + best[1]
        for parts, _ in pieces:
            at = 0
            while at + 1 < len(parts):
                if (parts[at], parts[at + 1]) == best:
                    parts[at:at + 2] = [joined]
                at += 1
        if joined not in ranks:
            ranks.append(joined)
    return ranks + [piece.encode() for piece in WHOLE_PIECES]


def main() -> None:
    ranks = train((FOLDER / "corpus.txt").read_text())
    VOCABULARY.mkdir(exist_ok=True)
    lines = [f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(ranks)]
    (VOCABULARY / "tiktoken.model").write_text("".join(lines))
    added = {
        str(len(ranks) + offset): {"content": name, "special": name not in ("<think>", "</think>")}
        for name, offset in SPECIAL_OFFSETS.items()
    }
    config = {"added_tokens_decoder": added, "model_max_length": 262_144}
    (VOCABULARY / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")


if __name__ == "__main__":
    main()
