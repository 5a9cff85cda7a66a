from __future__ import annotations

import pytest
import torch

from prism_engine.algorithms.averages import over_longest, over_responses, over_tokens

LENGTHS = torch.tensor([2, 0, 6])


@pytest.mark.parametrize(
    ("average", "expected"),
    [
        (over_tokens, [1 / 8, 1 / 8, 1 / 8]),
        (over_responses, [1 / 4, 1 / 2, 1 / 12]),
        (over_longest(10), [1 / 20, 1 / 20, 1 / 20]),
    ],
)
def test_a_response_of_which_nothing_is_learned_does_not_count(average, expected) -> None:
    assert average(LENGTHS).tolist() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("average", "total"), [(over_tokens, 1.0), (over_responses, 1.0), (over_longest(10), 0.4)]
)
def test_all_tokens_together_weigh(average, total) -> None:
    assert float((average(LENGTHS) * LENGTHS).sum()) == pytest.approx(total)
