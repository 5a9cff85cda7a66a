"""Offloading changes where numbers lie, and not one of them."""

from pathlib import Path

import pytest
import torch

from prism_engine.contract.settings import Optimizer
from prism_engine.policy import offloaded
from prism_engine.policy.host import HostMemory
from prism_engine.policy.offloaded import OffloadedAdamW
from prism_engine.policy.optimization import ScheduledAdamW
from prism_engine.policy.policy import Policy

SETTINGS = Optimizer(learning_rate=0.01, warmup_steps=2)
STEPS = 4


def teach(policy: Policy, optimizer: ScheduledAdamW) -> list[float]:
    """Losses and norms of a few steps on the same text."""
    ids = torch.arange(24).view(2, 12)
    measured = []
    for step in range(1, STEPS + 1):
        with policy.precision():
            states = policy.model.model.language_model(input_ids=ids).last_hidden_state
            loss = policy.model.lm_head(states).float().logsumexp(-1).mean()
            loss.backward()
        measured += [loss.item(), optimizer.step(step)]
    return measured


def resting(optimizer: ScheduledAdamW) -> set[str]:
    """Which kinds of an optimizer's tensors have no bytes on the device."""
    tensors = optimizer.state().items()
    return {name.split(".")[1] for name, t in tensors if t.untyped_storage().nbytes() == 0}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_policy_learns_the_same_to_the_last_bit(
    dtype: torch.dtype, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offloaded, "OFFLOADED_PART", 2000)
    plain, sparing = (Policy.load(tiny_folder, dtype, torch.device("cpu")) for _ in "ab")
    memory = HostMemory()
    sparing.rest_in(memory)
    usual = ScheduledAdamW(plain.model.parameters(), SETTINGS, STEPS)
    optimizer = OffloadedAdamW(sparing.model.parameters(), SETTINGS, STEPS, memory)

    assert teach(sparing, optimizer) == teach(plain, usual)
    assert resting(optimizer) == {"exp_avg", "exp_avg_sq"}
    # In float32 the model computes with its weights themselves.
    narrow = dtype is torch.bfloat16
    for weight, same in zip(sparing.model.parameters(), plain.model.parameters(), strict=True):
        assert (weight.untyped_storage().nbytes() == 0) is narrow
        assert torch.equal(memory.content(weight), same)
    theirs, ours = usual.state(), optimizer.state()
    assert all(torch.equal(memory.content(ours[name]), theirs[name]) for name in theirs)


def test_parts_hold_all_weights_once_and_are_no_larger_than_they_may_be(
    tiny_policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offloaded, "OFFLOADED_PART", 2000)
    weights = list(tiny_policy.model.parameters())
    groups = [{"params": weights[::2], "lr": 1}, {"params": weights[1::2], "lr": 2}]
    parts = list(offloaded._parts(groups))

    for rate, expected in ((1, weights[::2]), (2, weights[1::2])):
        found = [w for part in parts if part["lr"] == rate for w in part["params"]]
        assert [id(weight) for weight in found] == [id(weight) for weight in expected]
    sizes = [[weight.numel() for weight in part["params"]] for part in parts]
    assert all(sum(part) <= 2000 or len(part) == 1 for part in sizes)
    assert len(sizes) > 10
