"""What a verifiable reward is: a pure function of a record and a response."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from prism_engine.batch import Drawn
from prism_engine.data.records import Record
from prism_engine.data.response import Sections

Reward = Callable[[Record, Sections | None], float]
"""A number between 0 and 1. The sections are None where the response is malformed."""

Judge = Callable[[Drawn], Tensor]
"""From B rollouts to their rewards (B,); NaN where the reward does not apply."""


def judge_each(reward: Reward) -> Judge:
    """Reward every rollout by itself."""

    def judge(drawn: Drawn) -> Tensor:
        return torch.tensor([reward(*said) for said in drawn.said], dtype=torch.float32)

    return judge
