"""Ten steps of every stage against those that were written down."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.golden.losses import STAGES, STEPS, compute

TOLERANCE = 1e-9
"""Relative, and absolute below 1. Kernels that add up in another order move a number by some
1e-16, which ten updates of both sides of the game make up to 1e-11, as AVX2 and AVX512 beside the
pinned kernels show. A change of a formula that is smaller than this would be hard to find."""


@pytest.fixture(scope="module")
def computed() -> dict[str, Any]:
    return compute()


@pytest.mark.parametrize("stage", STAGES)
def test_the_stage_gives_the_numbers_that_were_written_down(
    computed: dict[str, Any], stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    golden = json.loads(Path(__file__).with_name(f"{stage}.json").read_text("utf-8"))
    found, expected = computed["stages"][stage], golden["steps"]
    exactly = computed["capability"] == golden["capability"]
    with capsys.disabled():
        how = "exactly" if exactly else f"to {TOLERANCE:g}, being recorded elsewhere"
        print(f"\n{stage}: compared {how} on {' '.join(computed['capability'].values())}")

    assert len(found) == len(expected) == STEPS
    differing = [
        f"step {step}: {name} is {here.get(name)!r} instead of {there.get(name)!r}"
        for step, (here, there) in enumerate(zip(found, expected, strict=True), start=1)
        for name in sorted(here.keys() | there.keys())
        if not same(here.get(name), there.get(name), exactly=exactly)
    ]
    assert not differing, "if this is meant, run `python -m tests.golden`"


def test_the_numbers_are_worth_comparing() -> None:
    """Some rollouts are well-formed and some are not, and whatever learns gets a gradient."""
    steps = {
        stage: json.loads(Path(__file__).with_name(f"{stage}.json").read_text("utf-8"))["steps"]
        for stage in STAGES
    }
    for stage in ("warmup", "align", "rlvr"):
        assert 0.2 < sum(step["valid_share"] for step in steps[stage]) / STEPS < 0.95
    for stage in ("sft", "align", "rlvr"):
        assert min(step["gradient_norm"] for step in steps[stage]) > 0.01
    for stage in ("warmup", "align"):
        assert min(step["discriminator_gradient_norm"] for step in steps[stage]) > 0.01


def same(here: float | None, there: float | None, *, exactly: bool) -> bool:
    if exactly or here is None or there is None:
        return here == there
    return math.isclose(here, there, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
