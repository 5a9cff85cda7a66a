"""Two real processes beside one: the same losses, whatever is spread over them and how."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bench.distributed import World, compare, survive
from prism_engine.policy.policy import Policy

STEPS = 8


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("distributed")


@pytest.fixture(scope="module")
def world(root: Path) -> World:
    return World.write(root)


@pytest.fixture(scope="module")
def differences(world: World, root: Path) -> dict[str, dict[str, float]]:
    return compare(world, root, STEPS, ["ddp", "zero3", "fsdp2"], ["sft", "align"])


@pytest.mark.parametrize("strategy", ["ddp", "zero3", "fsdp2"])
def test_the_losses_are_those_of_one_process(
    differences: dict[str, dict[str, float]], strategy: str
) -> None:
    """Rows without an image are among the batches, and passes and ranks without one."""
    assert differences[strategy].keys() == {"sft", "align"}
    assert max(differences[strategy].values()) < 1e-5


@pytest.mark.parametrize("strategy", ["ddp", "zero3", "fsdp2"])
def test_what_is_exported_is_the_whole_policy(
    differences: dict[str, dict[str, float]], root: Path, strategy: str
) -> None:
    alone = _weights(root / "alone" / "align")
    together = _weights(root / "together" / f"align-{strategy}")
    assert together.keys() == alone.keys()
    for name, weight in alone.items():
        torch.testing.assert_close(together[name], weight, rtol=0, atol=1e-4)


def test_a_run_that_lost_a_rank_names_it_and_is_resumed_by_another_number(
    differences: dict[str, dict[str, float]], world: World, root: Path
) -> None:
    survived = survive(world, root, "zero3", ranks=3, steps=STEPS)
    assert survived["said"] == "rank 1: killed by SIGKILL"
    assert survived["exit_code"] == 7
    assert survived["seconds"] < 60
    assert survived["resumed_at"] < STEPS
    assert survived["difference"] < 1e-5


def _weights(run: Path) -> dict[str, torch.Tensor]:
    policy = Policy.load(run / "export" / "policy", torch.float32, torch.device("cpu"))
    return dict(policy.model.named_parameters())
