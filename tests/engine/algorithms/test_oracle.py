"""Every algorithm's loss, gradient and advantages, and whole optimizer steps, against TRL 1.16."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.algorithms.oracle import Case, cases, compare
from tests.engine.algorithms.trl_training import GRADIENT_NORM, train_both


@pytest.mark.parametrize("case", list(cases(seeds=2)), ids=lambda case: case.name)
def test_gradients_are_those_of_trl(case: Case) -> None:
    found = compare(case)

    # First that the case could have told a difference.
    assert found.least_clipped >= 0.1
    assert found.gradient_norm >= 1e-3
    assert found.advantage_difference <= 1e-12
    assert found.loss_difference <= 1e-12
    assert found.gradient_difference <= 1e-12
    if not case.by_response and case.settings.kind != "cispo":
        assert found.ours.clipped_low == pytest.approx(found.theirs.clipped_low, abs=1e-6)
        assert found.ours.clipped_high == pytest.approx(found.theirs.clipped_high, abs=1e-6)


def test_there_are_a_hundred_cases_in_all() -> None:
    assert len(list(cases(seeds=2))) >= 100


@pytest.mark.parametrize("iterations", [1, 3])
def test_three_optimizer_steps_end_with_the_weights_of_trl(
    tiny_folder: Path, tmp_path: Path, iterations: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    found = train_both(tiny_folder, tmp_path, iterations=iterations)

    assert found.moved >= 1e-3
    assert found.difference <= 1e-9
    assert min(found.gradient_norms) > GRADIENT_NORM, "every gradient is scaled down"
    if iterations > 1:
        assert found.ratio_clipped >= 0.1
