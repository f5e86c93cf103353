"""Makes the small test vocabulary from `corpus.txt` and writes `vocabulary/`.

    python train_vocabulary.py

1,600 ranks: the single bytes; then, for every place where the texts of `record_tokenizer.py` are cut into pieces, the
two bytes around the cut, so that a piece that is cut elsewhere, or not at all, gives other ids; then byte-pair
training over the pieces of the corpus (the most frequent adjacent pair becomes the next rank, ties to the smaller
byte strings); last some pieces that merging alone would never reach, so that "a whole piece that is a token" and "the
lowest rank first" give different ids.
"""

import base64
import json
from collections import Counter

import regex

from families import tokenizer_config
from kimi import FOLDER, PATTERN, VOCABULARY
from record_tokenizer import HUGE, TEXTS

RANKS = 1_600

# Whole pieces whose inner pairs are no tokens, or whose merges would end elsewhere.
WHOLE_PIECES = (" zyzzyva", "qqqqq", "xyxyxy", " Qux", "中中中中", "\u00a0\u3000", "-----BEGIN", "zzzzzzzz", "xy")


def pairs_across_cuts(texts: list[str]) -> list[bytes]:
    """The last byte of a piece with the first byte of the next, for every two pieces that touch."""
    pairs = set()
    for text in texts:
        pieces = [piece.encode() for piece in regex.findall(PATTERN, text, flags=regex.V1)]
        pairs |= {left[-1:] + right[:1] for left, right in zip(pieces, pieces[1:])}
    return sorted(pairs)


def train(text: str, ranks: list[bytes], count: int) -> list[bytes]:
    """`ranks` and the merges of `text` that follow them, `count` in all."""
    ranks = list(ranks)
    counts = Counter(regex.findall(PATTERN, text, flags=regex.V1))
    pieces = [([bytes([byte]) for byte in piece.encode()], number) for piece, number in counts.items()]
    while len(ranks) < count:
        pairs: Counter = Counter()
        for parts, number in pieces:
            for pair in zip(parts, parts[1:]):
                pairs[pair] += number
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
    return ranks


def main() -> None:
    huge = ["".join(unit * 2 for unit, _ in parts) for parts in HUGE]
    cuts = pairs_across_cuts(TEXTS + huge)
    whole = [piece.encode() for piece in WHOLE_PIECES if len(piece.encode()) > 2 or piece.encode() not in cuts]
    ranks = [bytes([byte]) for byte in range(256)] + cuts
    ranks = train((FOLDER / "corpus.txt").read_text(), ranks, RANKS - len(whole)) + whole
    assert len(set(ranks)) == RANKS, "every rank has bytes of its own"
    VOCABULARY.mkdir(exist_ok=True)
    lines = [f"{base64.b64encode(token).decode()} {rank}\n" for rank, token in enumerate(ranks)]
    (VOCABULARY / "tiktoken.model").write_text("".join(lines))
    config = tokenizer_config(len(ranks), "kimi-k25")
    (VOCABULARY / "tokenizer_config.json").write_text(json.dumps(config, indent=1) + "\n")


if __name__ == "__main__":
    main()
