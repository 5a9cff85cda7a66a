from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from prism_engine.distributed.gradients import _buckets, add_up
from prism_engine.distributed.group import Group
from prism_engine.distributed.ranks import Ranks


class Two(Ranks):
    """One of two ranks; the other one's numbers are given."""

    def __init__(self, *others: list[float]) -> None:
        self._others = [torch.tensor(numbers) for numbers in others]

    def total(self, tensor: Tensor) -> Tensor:
        return tensor + self._others.pop(0).to(tensor)


@pytest.mark.parametrize(
    ("count", "size", "shares"),
    [
        (2, 4, [[0, 1], [2, 3]]),
        (2, 5, [[0, 1], [2, 3, 4]]),
        (3, 2, [[0], [1], []]),
        (1, 2, [[0, 1]]),
    ],
)
def test_shares_are_neighbours_and_go_as_far_as_they_can(
    count: int, size: int, shares: list[list[int]]
) -> None:
    things = range(size)
    assert [list(Group(rank, count).share(things)) for rank in range(count)] == shares


def test_a_weight_that_only_another_rank_reached_has_a_gradient_of_zero_here() -> None:
    here, there, nowhere = (nn.Parameter(torch.zeros(2)) for _ in range(3))
    here.grad = torch.tensor([1.0, 2.0])
    add_up([here, there, nowhere], Two([0, 1, 0], [10.0, 20.0, 30.0, 40.0]))
    assert here.grad.tolist() == [11, 22]
    assert there.grad.tolist() == [30, 40]
    assert nowhere.grad is None


def test_a_bucket_holds_one_format() -> None:
    tensors = [torch.zeros(1), torch.zeros(2), torch.zeros(3, dtype=torch.float64)]
    assert [[t.numel() for t in bucket] for bucket in _buckets(tensors)] == [[1, 2], [3]]
    assert list(_buckets([])) == []
