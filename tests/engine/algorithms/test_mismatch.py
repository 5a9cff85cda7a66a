from __future__ import annotations

import math
from dataclasses import replace

import pytest

from prism_engine.algorithms.algorithm import Tokens
from prism_engine.algorithms.mismatch import sequence_mask, token_truncate, uncorrected
from tests.engine.algorithms.tokens import double, tokens_with_ratios


@pytest.fixture
def tokens() -> Tokens:
    """The learner's probability is 2 and 1/4, and 4 and 1, times the sampler's."""
    made = tokens_with_ratios([1.0] * 4, [1.0] * 4, row=[0, 0, 1, 1])
    gap = double([math.log(ratio) for ratio in (2.0, 0.25, 4.0, 1.0)])
    return replace(made, behaviour_logprobs=made.old_logprobs - gap)


def test_nothing_is_corrected_by_default(tokens: Tokens) -> None:
    assert uncorrected(tokens, 3.0).tolist() == [1, 1, 1, 1]


def test_tokens_are_weighted_up_to_the_cap(tokens: Tokens) -> None:
    assert token_truncate(tokens, 3.0).tolist() == pytest.approx([2.0, 0.25, 3.0, 1.0])


def test_a_response_above_the_cap_is_left_out_whole(tokens: Tokens) -> None:
    assert sequence_mask(tokens, 3.0).tolist() == pytest.approx([0.5, 0.5, 0.0, 0.0])
