"""A small world of `make curation`: killed twice, it comes to the same corpus and pays once."""

from __future__ import annotations

from pathlib import Path

from bench.curation import curate, kills
from tests.engine.curation.world import CAP_PER_ITEM, build_world

ITEMS = 30
FAULTY = 0.12
"""Half of what `make curation` does, so that less time is spent on waiting."""


def test_a_curation_that_was_killed_twice_is_the_undisturbed_one(tmp_path: Path) -> None:
    world = build_world(tmp_path / "world", ITEMS)
    whole = curate(world, tmp_path / "whole", ITEMS, faulty=FAULTY)
    moments = kills(whole.billed, seed=0)
    killed = curate(world, tmp_path / "killed", ITEMS, moments, faulty=FAULTY)
    assert killed.corpus == whole.corpus
    assert {"sft/data.jsonl", "alignment/data.jsonl", "rlvr/data.jsonl"} <= whole.corpus.keys()
    assert (whole.paid_twice, killed.paid_twice) == (0, 0)
    assert killed.billed == whole.billed
    assert killed.spending.interrupted > 0
    assert killed.spent <= killed.spending.spent <= CAP_PER_ITEM * ITEMS
    reasons = {reason for gate in whole.funnel for reason in gate.reasons}
    assert {"solved by the panel", "solved without the image"} <= reasons
    assert [gate.given for gate in whole.funnel[1:]] == [gate.kept for gate in whole.funnel[:-1]]
