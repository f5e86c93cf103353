"""Prompts on which correct implementations cannot part: every routing decision and every greedy token has a margin.

A router near a tie, or two nearly equal logits, would let rounding decide; float32 and bfloat16 paths could then
disagree without either being wrong. Tokens are drawn at random, one by one, and kept when their margins suffice.
"""

import torch

ROUTING_MARGIN = 0.015  # in score, beside a drift of at most 0.007 in a bfloat16 path
GREEDY_MARGIN = 0.3  # in logits, beside a drift of about 0.03 (root mean square)


def gaps(reference, ids, features=()):
    """[position]: the smallest routing margin over all layers."""
    return torch.stack([gap for *_, gap in reference.routing(ids, features)]).amin(0)


class Writer:
    """Draws prompts for one reference model, always the same ones."""

    def __init__(self, reference):
        self.reference = reference
        self.random = torch.Generator().manual_seed(20)
        self.tokens = min(256, reference.checkpoint.text["vocab_size"] - 10)

    def grow(self, ids, count, features=()):
        """`ids` and `count` more tokens, each with its routing margin."""
        ids = list(ids)
        for _ in range(count):
            while True:
                token = int(torch.randint(self.tokens, (1,), generator=self.random))
                if gaps(self.reference, ids + [token], features)[-1] >= ROUTING_MARGIN:
                    break
            ids.append(token)
        return ids

    def greedy(self, ids, count, features=()):
        """(`count` greedy tokens, their margins), or None when a margin is too small or tokens repeat too much."""
        pad = self.reference.checkpoint.config.get("media_placeholder_token_id")
        answer, margins = [], []
        while len(answer) < count:
            best = self.reference.logits(ids + answer, features)[-1].topk(2)
            margins.append(float(best.values[0] - best.values[1]))
            answer.append(int(best.indices[0]))
            if answer[-1] == pad or margins[-1] < GREEDY_MARGIN:
                return None
            if gaps(self.reference, ids + answer, features)[-1] < ROUTING_MARGIN:
                return None
        return (answer, margins) if len(set(answer)) >= count - 2 else None

    def answered(self, ids, suffix, count, features=(), attempts=60):
        """`ids` with `suffix` more tokens to which the model has a greedy answer of `count` tokens with margins.

        Returns (ids, answer, margins), or None after `attempts`.
        """
        for _ in range(attempts):
            grown = self.grow(ids, suffix, features)
            if found := self.greedy(grown, count, features):
                return grown, *found
        return None
