"""What the published tokenizers of the Kimi family name among their 256 special ids, and their configuration files.

All have the same number of ranks and the same pattern; what differs is which of the ids behind the ranks have a name,
and the chat template. Sources: README.md.
"""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent

SPECIAL_COUNT = 256
SPECIAL_OFFSETS = {
    "[BOS]": 0, "[EOS]": 1, "<|im_end|>": 2, "<|im_user|>": 3, "<|im_assistant|>": 4, "<|start_header_id|>": 6,
    "<|end_header_id|>": 7, "[EOT]": 9, "<|im_system|>": 10, "<|tool_calls_section_begin|>": 11,
    "<|tool_calls_section_end|>": 12, "<|tool_call_begin|>": 13, "<|tool_call_argument_begin|>": 14,
    "<|tool_call_end|>": 15, "<|im_middle|>": 17, "<|media_begin|>": 18, "<|media_content|>": 19,
    "<|media_end|>": 20, "<|media_pad|>": 21, "<think>": 22, "</think>": 23, "[UNK]": 254, "[PAD]": 255,
}


def _named(*leaving_out: str) -> dict[str, int]:
    """K2.5's special tokens without those whose names hold one of `leaving_out`."""
    return {name: offset for name, offset in SPECIAL_OFFSETS.items() if not any(part in name for part in leaving_out)}


# What each published tokenizer names of its 256 special ids; the rest are `<|reserved_token_ID|>`. Sources: README.md.
FAMILIES = {
    "kimi-k25": SPECIAL_OFFSETS,
    "kimi-k2-thinking": _named("media"),
    "kimi-k2": _named("media", "think>"),
    "moonlight": {**_named("media", "think>", "tool_call", "header_id", "[EOT]"), "[PAD]": 254, "[UNK]": 255},
    "kimi-vl": {
        **_named("media_begin", "think>", "tool_call", "header_id", "[EOT]"),
        "<|media_start|>": 18, "[PAD]": 254, "[UNK]": 255,
    },
}

# Where the template is published: in a file of its own, or inside the tokenizer's configuration.
OWN_FILE = ("kimi-k25", "kimi-k2-thinking", "kimi-k2")


def tokenizer_config(base: int, family: str, count: int = SPECIAL_COUNT) -> dict:
    """`tokenizer_config.json` of a family with `base` ranks and `count` special ids; the last two stay the last."""
    added = {
        str(base + (offset if offset < SPECIAL_COUNT - 2 else offset - SPECIAL_COUNT + count)): {
            "content": name, "special": name not in ("<think>", "</think>")}
        for name, offset in sorted(FAMILIES[family].items(), key=lambda entry: entry[1])
    }
    return {"added_tokens_decoder": added, "model_max_length": 262_144}


def template(family: str) -> str:
    """This folder's own template of a family."""
    return (FOLDER / "layouts" / f"{family}.jinja").read_text()
