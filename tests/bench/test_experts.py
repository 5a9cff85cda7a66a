"""How `make experts` plants its errors and ranks by length."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
import torch

from bench.experts import figures, plant, rank_by_length, ranked_by
from prism_engine.data.miniature.model import write_model
from prism_engine.data.miniature.write import distinct_problems, graded_row, write_data
from prism_engine.data.response import parse_response


@pytest.fixture
def world(tmp_path: Path) -> Path:
    problems = list(islice(distinct_problems(["counting"], seed=0), 24))
    write_data(tmp_path / "validation", problems, graded_row("curated"), seed=0)
    write_model(tmp_path / "base-model", 0)
    return tmp_path


def test_every_row_gets_an_error_in_each_section_and_nowhere_else(world: Path):
    for row in plant(world / "validation").records:
        true, misperceived, misreasoned = map(parse_response, [row.response, *row.rollouts])
        assert misperceived.caption != true.caption
        assert misperceived.reasoning == true.reasoning
        assert misreasoned.think != true.think
        assert (misreasoned.caption, misreasoned.answer) == (true.caption, true.answer)


def test_length_alone_ranks_what_it_can(world: Path):
    by_section = {each.section: each for each in rank_by_length(plant(world / "validation"), world)}
    # A false caption lacks an object wherever there are two; it is never the longer one.
    assert by_section["perception"].within > 0.9
    assert 0.5 < by_section["perception"].auc < 0.9
    assert 0.3 < by_section["reasoning"].auc < 0.9


def test_ranking_across_prompts_asks_more_than_within_each():
    true, false = torch.tensor([1.0, 3.0]), torch.tensor([0.0, 2.0])
    found = ranked_by("moe", 0, "perception", true, false)
    assert (found.within, found.auc) == (1.0, 0.75)
    shown = figures([found, ranked_by("moe", 1, "perception", false, true),
                     ranked_by("moe", 0, "reasoning", true, true)], 2)  # fmt: skip
    assert shown["auc"]["moe"]["perception"] == {
        "mean": 0.5, "seeds": [0.75, 0.25], "within": [1.0, 0.0],
    }  # fmt: skip
    assert shown["auc"]["moe"]["reasoning"]["seeds"] == [0.5]
