"""Which tokens of a rollout are told what of its rewards."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor

from prism_engine.algorithms.algorithm import Algorithm
from prism_engine.batch import Drawn
from prism_engine.data.response import Span
from prism_engine.discriminators.sections import EXPERTS
from prism_engine.errors import InvalidModel
from prism_engine.policy.processor import Processor
from prism_engine.stages.rollouts import spread

Decode = Callable[[Sequence[int]], str]


class Credit(Protocol):
    """From rewards to the advantages of tokens."""

    def advantages(
        self,
        algorithm: Algorithm,
        rewards: Mapping[str, Tensor],
        weights: Mapping[str, float],
        drawn: Drawn,
    ) -> Tensor:
        """(B, R) advantages of the tokens, 0 in the padding.

        Args:
            algorithm: turns rewards into advantages.
            rewards: by channel, (P, G).
            weights: of the channels.
            drawn: the B = P·G rollouts.
        """
        ...


class ResponseCredit:
    """Every token gets the advantage of the whole response, as in the paper (arXiv 2604.28123)."""

    def __init__(self, processor: Processor, channels: Iterable[str]) -> None:
        """No token is looked at by itself."""

    def advantages(
        self,
        algorithm: Algorithm,
        rewards: Mapping[str, Tensor],
        weights: Mapping[str, float],
        drawn: Drawn,
    ) -> Tensor:
        return spread(algorithm.advantages(rewards, weights), drawn.rollouts.mask)


class SectionCredit:
    """The caption's tokens get the perception advantage, all others the reasoning advantage.

    A_t = w_c / mean w · z_c with the channel c of the token's section: with equal weights that is
    its own expert's advantage. A malformed rollout has no sections, and its tokens get the mixture.

    Raises:
        InvalidModel: the discriminator has other experts than one for each of the two.
    """

    def __init__(self, processor: Processor, channels: Iterable[str]) -> None:
        if set(channels) != set(EXPERTS):
            raise InvalidModel(
                "credit: section needs a discriminator with a perception and a reasoning expert, "
                f"and this one scores {', '.join(sorted(channels))}; use credit: response"
            )
        self._decode = processor.decode

    def advantages(
        self,
        algorithm: Algorithm,
        rewards: Mapping[str, Tensor],
        weights: Mapping[str, float],
        drawn: Drawn,
    ) -> Tensor:
        mask, mean = drawn.rollouts.mask, sum(weights.values()) / len(weights)
        perception, reasoning = (
            weights[name] / mean * spread(algorithm.advantages(rewards, {name: 1.0}), mask)
            for name in EXPERTS
        )
        whole = spread(algorithm.advantages(rewards, weights), mask)
        by_section = torch.where(caption_mask(drawn, self._decode), perception, reasoning)
        return torch.where(drawn.valid[:, None], by_section, whole)


CREDITS: dict[str, Callable[[Processor, Iterable[str]], Credit]] = {
    "response": ResponseCredit,
    "section": SectionCredit,
}


def caption_mask(drawn: Drawn, decode: Decode) -> Tensor:
    """(B, R) bool: the tokens of the caption block, its tags included; none if it is malformed."""
    found = torch.zeros_like(drawn.rollouts.mask)
    for row, sections in enumerate(drawn.sections):
        if sections is not None:
            ids = drawn.rollouts.ids[row][drawn.rollouts.mask[row]].tolist()
            found[row, token_span(ids, sections.span("perception"), decode)] = True
    return found


def token_span(ids: Sequence[int], span: Span, decode: Decode) -> slice:
    """The tokens whose first character lies in the span.

    The text of the first k tokens grows with k, and so both ends are found by bisection: a
    response of L tokens is decoded about 2·log L times.
    """

    def characters(count: int) -> int:
        return len(decode(ids[:count]))

    counts = range(len(ids) + 1)
    start = bisect_left(counts, span.start, key=characters)
    return slice(start, bisect_left(counts, span.end, lo=start, key=characters))
