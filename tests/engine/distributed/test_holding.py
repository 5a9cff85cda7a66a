"""What is estimated of a model in shards, beside what two processes really hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from bench.distributed import STRATEGIES
from prism_engine.contract.config import Sft
from prism_engine.contract.sharding import sharding_of
from tests.engine.tiny import save_tiny_model
from tests.installation import free_port

BOUND = 0.08
"""Of what is measured. What is left is a handful of activations, and rows that fill up shards."""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    """By strategy. Matrices are so large that ZeRO 3 keeps none of them whole."""
    model = save_tiny_model(
        tmp_path_factory.mktemp("model"),
        text={"hidden_size": 384, "intermediate_size": 1024, "num_hidden_layers": 3},
        vision={"out_hidden_size": 384},
    )
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()), "WORLD_SIZE": "2"}
    ranks = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.engine.distributed.holding", str(model)],
            env={**os.environ, **meeting, "RANK": rank, "LOCAL_RANK": rank, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in "01"
    ]
    said = [rank.communicate(timeout=300)[0] for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0, 0]
    return json.loads(said[0].splitlines()[-1])


@pytest.mark.parametrize("name", STRATEGIES)
def test_processes_hold_what_is_estimated(name: str, measured: dict[str, dict[str, int]]) -> None:
    distribution = {**STRATEGIES[name], "processes": 2}
    sharding = sharding_of(Sft(policy={"model": "any"}, data="any", distribution=distribution))
    weights, found = measured[name]["weights"], measured[name]
    held = sharding.resting(weights) + sum(sharding.optimizer(weights).values())
    assert found["held"] == pytest.approx(4 * held, rel=BOUND)
    passing = sharding.gathered(weights) + weights
    beside = max(2 * sharding.gathered(weights), passing, sharding.reduction(weights))
    assert found["beside"] == pytest.approx(4 * beside, rel=BOUND)
