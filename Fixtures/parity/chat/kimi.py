"""The Kimi family's tokenizers around the `tiktoken` package: pattern, special tokens, cutting of huge texts.

What the recorders in this folder share. The pattern and the cutting rule are facts of the published tokenizer, the
special tokens stand in `families.py`; `tiktoken` does the encoding.
"""

import base64
import json

import tiktoken

from families import FAMILIES, FOLDER, SPECIAL_COUNT

VOCABULARY = FOLDER / "vocabulary"

_LETTERS = r"\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]"
_UPPER = rf"[\p{{Lu}}\p{{Lt}}{_LETTERS}]"
_LOWER = rf"[\p{{Ll}}{_LETTERS}]"
_BEFORE = r"[^\r\n\p{L}\p{N}]?"
_AFTER = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
PATTERN = "|".join((
    r"[\p{Han}]+",
    _BEFORE + _UPPER + "*" + _LOWER + "+" + _AFTER,
    _BEFORE + _UPPER + "+" + _LOWER + "*" + _AFTER,
    r"\p{N}{1,3}",
    r" ?[^\s\p{L}\p{N}]+[\r\n]*",
    r"\s*[\r\n]+",
    r"\s+(?!\S)",
    r"\s+",
))

SLICE_CHARACTERS = 400_000
RUN_CHARACTERS = 25_000


def read_ranks() -> dict[bytes, int]:
    """The vocabulary of this folder: byte strings and their ranks."""
    lines = (VOCABULARY / "tiktoken.model").read_text().splitlines()
    return {base64.b64decode(token): int(rank) for token, rank in (line.split(" ") for line in lines)}


def special_ids(base: int, family: str = "kimi-k25") -> dict[str, int]:
    """The 256 special tokens behind `base` ranks."""
    named = {offset: name for name, offset in FAMILIES[family].items()}
    return {named.get(k, f"<|reserved_token_{base + k}|>"): base + k for k in range(SPECIAL_COUNT)}


def encoding(family: str = "kimi-k25") -> tiktoken.Encoding:
    """`tiktoken` with this folder's vocabulary and a family's special tokens."""
    ranks = read_ranks()
    return tiktoken.Encoding(
        family, pat_str=PATTERN, mergeable_ranks=ranks, special_tokens=special_ids(len(ranks), family))


def cut(text: str) -> list[str]:
    """Slices of 400,000 characters, cut again where a run of (non-)space grows beyond 25,000."""
    parts = []
    for start in range(0, len(text), SLICE_CHARACTERS):
        block = text[start:start + SLICE_CHARACTERS]
        begin = run = 0
        for at, character in enumerate(block):
            same = at > 0 and character.isspace() == block[at - 1].isspace()
            run = run + 1 if same else 1
            if run > RUN_CHARACTERS:
                parts.append(block[begin:at])
                begin, run = at, 1
        parts.append(block[begin:])
    return parts


def encode_text(tokens: tiktoken.Encoding, text: str) -> list[int]:
    """Ids of user text: no special token is ever produced."""
    return [token for part in cut(text) for token in tokens.encode_ordinary(part)]


def encode_prompt(tokens: tiktoken.Encoding, prompt: str) -> list[int]:
    """Ids of a rendered prompt: special tokens where they are spelled."""
    return tokens.encode(prompt, allowed_special="all")


def write_json(name: str, value: object) -> None:
    """Writes a golden file beside the recorder: one case a line, so that changes read well."""
    lines = [json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in value]
    (FOLDER / name).write_text("[\n" + ",\n".join(lines) + "\n]\n")
