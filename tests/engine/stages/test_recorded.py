"""Rollouts that the rows of a data set hold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image

from prism_engine.contract.config import Warmup
from prism_engine.data.records import DataSet, read_data
from prism_engine.errors import InvalidData
from prism_engine.policy.policy import Policy
from prism_engine.randomness import Randomness
from prism_engine.stages.recorded import RecordedCollector
from tests.engine.discriminators.game import response

SAID = [
    [response("- a"), "no form", response("- é 漢")],
    [response("- b" * 20), response("- b"), response("- c")],
]


@pytest.fixture
def data(tmp_path: Path) -> DataSet:
    Image.new("RGB", (16, 16), "red").save(tmp_path / "red.png")
    rows = [
        {"id": f"r{n}", "images": ["red.png"], "question": "q" * (1 + n), "rollouts": said}
        for n, said in enumerate(SAID)
    ]
    (tmp_path / "data.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return read_data(tmp_path)


def collector(data: DataSet, policy: Policy, group: int, longest: int = 300) -> RecordedCollector:
    warmup = Warmup(
        policy={"model": "unused"}, data="unused", prompts_per_step=2, rollouts_per_prompt=group,
        sampling={"max_new_tokens": longest}, rollouts="recorded",
    )  # fmt: skip
    return RecordedCollector(warmup, data, policy.processor, Randomness(0))


def test_the_first_responses_of_a_row_are_its_group(data: DataSet, tiny_policy: Policy):
    drawn = collector(data, tiny_policy, 2).respond(data.records, torch.Generator())
    assert drawn.texts == tuple(text for said in SAID for text in said[:2])
    assert drawn.valid.tolist() == [True, False, True, True]
    assert [drawn.record_of(row).id for row in range(4)] == ["r0", "r0", "r1", "r1"]
    assert drawn.sections[0].caption == "- a"


def test_one_recorded_rollout_a_row_is_enough(data: DataSet, tiny_policy: Policy):
    drawn = collector(data, tiny_policy, 1).draw(1)
    order = Randomness(0).items(1, 2, 2)
    assert [record.id for record in drawn.records] == [f"r{item}" for item in order]
    assert drawn.texts == tuple(SAID[item][0] for item in order)


def test_a_recorded_response_over_the_longest_length_counts_as_cut(
    data: DataSet, tiny_policy: Policy
):
    exact = len(tiny_policy.processor.encode_response(SAID[1][1]))
    for longest, valid in ((exact, [True, False, False, True]), (exact - 1, [False] * 4)):
        drawn = collector(data, tiny_policy, 2, longest).respond(data.records, torch.Generator())
        assert drawn.valid.tolist() == valid
        assert drawn.rollouts.ids.shape[1] == longest


def test_rows_that_hold_too_few_are_named(data: DataSet, tiny_policy: Policy):
    with pytest.raises(InvalidData) as refused:
        collector(data, tiny_policy, 4)
    assert [p.field for p in refused.value.problems] == ["r0.rollouts", "r1.rollouts"]
    assert "holds 3 recorded rollouts and a group has 4" in refused.value.problems[0].message
