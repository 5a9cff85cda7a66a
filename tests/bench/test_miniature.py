from __future__ import annotations

import pytest

from bench.miniature import scaled
from prism_engine.contract.config import read_pipeline


@pytest.mark.parametrize("name", ["miniature-tables", "miniature-stabilisers"])
def test_a_scaled_recipe_keeps_every_run_and_shortens_it(name):
    full, short = (read_pipeline(scaled(name, factor)) for factor in (1, 0.02))
    assert full.runs.keys() == short.runs.keys()
    for run in short.runs.values():
        if run.kind == "evaluate":
            assert run.items == 16
        else:
            assert 2 <= run.steps <= 10
            assert run.optimizer.warmup_steps < run.steps
