"""The page dialect: its elements, its classes, its vocabulary, and text <-> token ids.

Owns the list of tokens. A page is written with atomic tokens for tags and classes and one token
per byte for text. Classes and the colour palette are read from `../stylesheet.css`, so that the
stylesheet stays the only place that says which classes exist. Refuses (ValueError) a page that
uses a tag or a class outside the dialect: the model could never write it.
"""

import base64
import re
from pathlib import Path

STYLESHEET_PATH = Path(__file__).resolve().parent.parent / "stylesheet.css"

ELEMENTS = (
    "body nav main aside section form div h1 h2 h3 p span b i a button label ul li table tr th td"
).split()

CHECKBOX_OPEN = '<input type="checkbox" class="'
CHECKBOX_CLOSE = '" checked>'
FIELD_OPEN = '<input placeholder="'
FIELD_CLOSE = '" type="text">'
FIELD_EMPTY = '<input type="text">'
TAG_CLOSE = '">'
ENTITIES = ("&amp;", "&lt;", "&gt;")
PROMPT_WORDS = ("user", "assistant", "image")

# Offsets of the named special tokens after the last rank: the order of Kimi K2.
SPECIAL_OFFSETS = {
    "[BOS]": 0, "[EOS]": 1, "<|im_end|>": 2, "<|im_user|>": 3, "<|im_assistant|>": 4,
    "<|start_header_id|>": 6, "<|end_header_id|>": 7, "[EOT]": 9, "<|im_system|>": 10,
    "<|tool_calls_section_begin|>": 11, "<|tool_calls_section_end|>": 12,
    "<|tool_call_begin|>": 13, "<|tool_call_argument_begin|>": 14, "<|tool_call_end|>": 15,
    "<|im_middle|>": 17, "<|media_begin|>": 18, "<|media_content|>": 19, "<|media_end|>": 20,
    "<|media_pad|>": 21, "<think>": 22, "</think>": 23, "[UNK]": 254, "[PAD]": 255,
}
SPECIAL_COUNT = 256

# Splits text into pieces, each of which is one token (several bytes for text beyond ASCII).
# A class name is told from a word of the text by what follows it: only attribute text reaches
# `">` without meeting a quote or a bracket first, because the text itself writes `>` as `&gt;`.
PRE_TOKENIZER_PATTERN = "|".join((
    r'<input type="checkbox" class="',
    r'<input placeholder="',
    r'<input type="text">',
    r'<[a-z][a-z0-9]* class="',
    r"</?[a-z][a-z0-9]*>",
    r'" type="text">',
    r'" checked>',
    r'">',
    r"&amp;",
    r"&lt;",
    r"&gt;",
    r' ?[a-z][a-z0-9-]*(?=[^"<>]*"(?: checked)?>)',
    r"(?:user|assistant|image)\z",
    r"[\s\S]",
))


def stylesheet_classes(css: str) -> list[str]:
    """Class names of a stylesheet in order of first appearance."""
    selectors = "\n".join(line.split("{")[0] for line in css.splitlines())
    return list(dict.fromkeys(re.findall(r"\.([a-z][a-z0-9-]*)", selectors)))


def stylesheet_colours(css: str) -> list[str]:
    """Every colour `#rrggbb` that the stylesheet can paint, sorted."""
    return sorted(set(re.findall(r"#[0-9a-f]{6}", css)))


STYLESHEET = STYLESHEET_PATH.read_text()
CLASSES = stylesheet_classes(STYLESHEET)
COLOURS = stylesheet_colours(STYLESHEET)


def _ranked_tokens() -> list[bytes]:
    """Byte strings by rank: the 256 bytes, then the atoms of the dialect."""
    atoms = list(PROMPT_WORDS)
    atoms += [f"<{name}>" for name in ELEMENTS]
    atoms += [f'<{name} class="' for name in ELEMENTS]
    atoms += [f"</{name}>" for name in ELEMENTS]
    atoms += [CHECKBOX_OPEN, CHECKBOX_CLOSE, FIELD_OPEN, FIELD_CLOSE, FIELD_EMPTY, TAG_CLOSE]
    atoms += ENTITIES
    atoms += [" " + name for name in CLASSES]
    atoms += CLASSES
    return [bytes([value]) for value in range(256)] + [atom.encode() for atom in atoms]


RANKED = _ranked_tokens()
RANK_OF = {token: rank for rank, token in enumerate(RANKED)}
SPECIAL_BASE = len(RANKED)
VOCABULARY_SIZE = SPECIAL_BASE + SPECIAL_COUNT
SPECIAL = {name: SPECIAL_BASE + offset for name, offset in SPECIAL_OFFSETS.items()}
END_OF_PAGE = SPECIAL["<|im_end|>"]
PADDING = SPECIAL["[PAD]"]
MEDIA_PAD = SPECIAL["<|media_pad|>"]

# What the chat layout puts before and after the image tokens (instant mode, one image, no text).
PROMPT_BEFORE_IMAGE = [
    SPECIAL["<|im_user|>"], RANK_OF[b"user"], SPECIAL["<|im_middle|>"],
    SPECIAL["<|media_begin|>"], RANK_OF[b"image"], SPECIAL["<|media_content|>"],
]
PROMPT_AFTER_IMAGE = [
    SPECIAL["<|media_end|>"], RANK_OF[b"\n"], SPECIAL["<|im_end|>"],
    SPECIAL["<|im_assistant|>"], RANK_OF[b"assistant"], SPECIAL["<|im_middle|>"],
    SPECIAL["<think>"], SPECIAL["</think>"],
]

# Token ids that stand for one visible character of the page, and those that name a colour.
CHARACTER_IDS = frozenset(range(33, 127)) | {RANK_OF[e.encode()] for e in ENTITIES}
COLOUR_IDS = frozenset(
    rank for rank, token in enumerate(RANKED)
    if re.fullmatch(rb" ?(bg|text)-([a-z]+-\d+|white)", token)
)

_PIECES = re.compile(PRE_TOKENIZER_PATTERN.replace(r"\z", r"\Z"))


def encode(page: str) -> list[int]:
    """Token ids of a page of the dialect; the same ids as tiktoken gives with our pattern."""
    ids = []
    for piece in _PIECES.findall(page):
        token = piece.encode()
        if token in RANK_OF:
            ids.append(RANK_OF[token])
        elif len(piece) == 1:
            ids.extend(token)
        else:
            raise ValueError(f"{piece!r} is not part of the dialect")
    return ids


def decode(ids: list[int]) -> str:
    """Text of token ids; special tokens are left out, broken UTF-8 becomes U+FFFD."""
    return b"".join(RANKED[i] for i in ids if i < SPECIAL_BASE).decode(errors="replace")


def special_token_name(token_id: int) -> str:
    """Name of a special id; ids without a meaning are called `<|reserved_token_ID|>`."""
    names = {value: name for name, value in SPECIAL.items()}
    return names.get(token_id, f"<|reserved_token_{token_id}|>")


def tiktoken_model() -> str:
    """Contents of `tiktoken.model`: one `base64 rank` line for every ranked token."""
    lines = (f"{base64.b64encode(token).decode()} {rank}" for rank, token in enumerate(RANKED))
    return "\n".join(lines) + "\n"
