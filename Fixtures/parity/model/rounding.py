"""The reference as a bfloat16 machine would run it: float32 sums over inputs rounded to bfloat16.

Its distance from the float32 reference is how far a correct fast path may stray. The tolerances of the fast path are
a multiple of that distance, and prompts are chosen so that it changes no routing and no greedy token.
"""

from contextlib import ExitStack
from unittest.mock import patch

import torch
import transformers.models.deepseek_v3.modeling_deepseek_v3 as deepseek
import transformers.models.kimi_k25.modeling_kimi_k25 as kimi

linear, convolution = torch.nn.functional.linear, torch.nn.functional.conv2d


def rounded(tensor):
    """`tensor` at bfloat16 precision, float32."""
    return tensor.to(torch.bfloat16).float()


def attention(module, query, key, value, attention_mask=None, scaling=1.0, **_):
    """transformers' eager attention on rounded queries, keys, values and probabilities."""
    scores = rounded(query) @ rounded(key).transpose(2, 3) * scaling
    if attention_mask is not None:
        scores = scores + attention_mask
    weights = rounded(scores.softmax(-1))
    return (weights @ rounded(value)).transpose(1, 2).contiguous(), weights


def bfloat16_products():
    """Within this context every matrix product of the reference rounds its inputs to bfloat16."""
    stack = ExitStack()
    functional = torch.nn.functional
    stack.enter_context(patch.object(functional, "linear", lambda x, w, b=None: linear(rounded(x), rounded(w), b)))
    stack.enter_context(
        patch.object(functional, "conv2d", lambda x, w, *more, **named: convolution(rounded(x), w, *more, **named))
    )
    for module in (deepseek, kimi):
        stack.enter_context(patch.object(module, "eager_attention_forward", attention))
    return stack
