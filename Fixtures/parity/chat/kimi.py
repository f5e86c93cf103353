"""Kimi K2's tokenizer around the `tiktoken` package: pattern, special tokens, cutting of huge texts.

What the recorders in this folder share. The pattern, the names and offsets of the special tokens and the cutting
rule are facts of the published tokenizer; `tiktoken` does the encoding.
"""

import base64
import json
from pathlib import Path

import tiktoken

FOLDER = Path(__file__).resolve().parent
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

SPECIAL_COUNT = 256
SPECIAL_OFFSETS = {
    "[BOS]": 0, "[EOS]": 1, "<|im_end|>": 2, "<|im_user|>": 3, "<|im_assistant|>": 4, "<|start_header_id|>": 6,
    "<|end_header_id|>": 7, "[EOT]": 9, "<|im_system|>": 10, "<|tool_calls_section_begin|>": 11,
    "<|tool_calls_section_end|>": 12, "<|tool_call_begin|>": 13, "<|tool_call_argument_begin|>": 14,
    "<|tool_call_end|>": 15, "<|im_middle|>": 17, "<|media_begin|>": 18, "<|media_content|>": 19,
    "<|media_end|>": 20, "<|media_pad|>": 21, "<think>": 22, "</think>": 23, "[UNK]": 254, "[PAD]": 255,
}

SLICE_CHARACTERS = 400_000
RUN_CHARACTERS = 25_000


def read_ranks() -> dict[bytes, int]:
    """The vocabulary of this folder: byte strings and their ranks."""
    lines = (VOCABULARY / "tiktoken.model").read_text().splitlines()
    return {base64.b64decode(token): int(rank) for token, rank in (line.split(" ") for line in lines)}


def special_ids(base: int) -> dict[str, int]:
    """The 256 special tokens behind `base` ranks."""
    named = {offset: name for name, offset in SPECIAL_OFFSETS.items()}
    return {named.get(k, f"<|reserved_token_{base + k}|>"): base + k for k in range(SPECIAL_COUNT)}


def encoding() -> tiktoken.Encoding:
    """`tiktoken` with this folder's vocabulary."""
    ranks = read_ranks()
    return tiktoken.Encoding(
        "kimi-test", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens=special_ids(len(ranks)))


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
