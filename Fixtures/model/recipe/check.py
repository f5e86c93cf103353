"""Checks of the recipe itself: tokenizer against tiktoken, INT4 packing, measures, reserved seeds.

    python check.py        # raises on the first claim that does not hold
"""

import tiktoken
import torch

import dialect
import generator
import metrics
from quantisation import dequantise, pack, quantise, unpack


def tokenizer_agrees_with_tiktoken() -> None:
    encoding = tiktoken.Encoding(
        "dialect", pat_str=dialect.PRE_TOKENIZER_PATTERN, mergeable_ranks=dialect.RANK_OF,
        special_tokens=dialect.SPECIAL)
    for kind in generator.KINDS:
        for seed in range(100):
            page = generator.make(kind, seed)
            ids = dialect.encode(page)
            assert encoding.encode(page, allowed_special=set()) == ids, page
            assert dialect.decode(ids) == page
    prompt = "".join(dialect.special_token_name(i) if i >= dialect.SPECIAL_BASE else dialect.decode([i])
                     for i in dialect.PROMPT_BEFORE_IMAGE)
    assert prompt == "<|im_user|>user<|im_middle|><|media_begin|>image<|media_content|>"
    assert encoding.encode("user") == [dialect.RANK_OF[b"user"]]


def packing_matches_the_published_order() -> None:
    # Words of compressed-tensors for these eight integers.
    integers = torch.tensor([[-8, -7, -1, 0, 1, 2, 6, 7], [3, -3, 5, -5, 4, -4, 0, 7]])
    words = pack(integers).to(torch.int64) & 0xFFFFFFFF
    assert words.flatten().tolist() == [0xFEA98710, 0xF84C3D5B]
    assert torch.equal(unpack(pack(integers)), integers.float())
    weight = torch.randn(64, 96)
    rounded = dequantise(*quantise(weight))
    largest = weight.unflatten(-1, (-1, 32)).abs().amax(-1).repeat_interleave(32, -1)
    half_step, scale_rounding = 1 / 15, 1 / 256
    assert ((rounded - weight).abs() <= largest * (half_step + 2 * scale_rounding)).all()


def measures_see_trees_not_spelling() -> None:
    for seed in range(100):
        page = generator.make("page", seed)
        true = metrics.read_page(page)
        document = "<!doctype html><html><head><style>b{}</style></head>" + page.replace("><", ">\n  <")
        found = metrics.read_page(document + "</html>")
        assert true.balanced and found.balanced
        assert (found.tags, found.classes, found.words) == (true.tags, true.classes, true.words)
        assert true.body.replace(' checked=""', " checked") == page
    assert metrics.edit_distance("kitten", "sitting") == 3
    assert metrics.edit_distance("", "abc") == metrics.edit_distance("abc", "") == 3
    assert not metrics.read_page("<body><div></body>").balanced


def test_seeds_are_refused() -> None:
    try:
        generator.make("page", generator.TEST_SEEDS.start)
    except ValueError:
        return
    raise AssertionError("a test seed went into training")


if __name__ == "__main__":
    tokenizer_agrees_with_tiktoken()
    packing_matches_the_published_order()
    measures_see_trees_not_spelling()
    test_seeds_are_refused()
    print("all claims hold")
