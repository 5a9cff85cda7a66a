"""A small version of what `make leak` measures."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
import torch

from bench.equal_texts import (
    LIMIT,
    Judge,
    compare_equal_texts,
    of_length,
    varied_texts,
    write_texts,
)
from bench.leak import GAMES, pooled
from prism_engine.data.miniature.scene import seeded
from prism_engine.data.miniature.write import distinct_problems
from prism_engine.data.response import parse_response
from prism_engine.discriminators.sections import EXPERTS
from prism_engine.policy.policy import Policy
from tests.engine.tiny import save_tiny_model


@pytest.fixture
def tiny_policy(tmp_path: Path) -> Policy:
    folder = save_tiny_model(tmp_path / "model")
    return Policy.load(folder, torch.float32, torch.device("cpu"))


def test_equal_texts_give_equal_tensors_and_scores(tmp_path: Path):
    found = compare_equal_texts(tmp_path, 32)
    assert found["cases"] == 32
    assert found["tensor_mismatches"] == 0
    assert found["max_score_difference"]["float32"] <= 1e-5
    assert found["max_score_difference"]["float64"] <= 1e-12


def test_texts_that_differ_are_told_apart_by_the_same_comparison(
    tiny_policy: Policy, tmp_path: Path
):
    data = write_texts(tmp_path / "data", list(islice(varied_texts(), 9)))
    spoiled = [
        record.model_copy(update={"rollouts": [*record.rollouts[:3], record.rollouts[1]]})
        for record in data.records
    ]
    data.records[:] = spoiled
    judge = Judge(data, tiny_policy)
    assert judge.tensor_mismatches() >= 9
    assert judge.max_score_difference() > 1e-3


def test_the_texts_are_distinct_well_formed_and_reach_one_over_the_limit(tiny_policy: Policy):
    texts = list(islice(varied_texts(), 240))
    assert len(set(texts)) == 240
    assert all(parse_response(text) for text in texts)
    for length in (LIMIT - 1, LIMIT):
        assert of_length(length) in texts
        sections = parse_response(of_length(length))
        read = [tiny_policy.processor.encode_text(of(sections)) for of in EXPERTS.values()]
        assert [len(ids) for ids in read] == [length, length]


def test_both_sides_of_the_blind_game_come_from_one_distribution():
    problem = next(distinct_problems(["counting"], seed=0))
    demonstrated, said = GAMES["blind"]
    random = seeded("blind")
    drawn = {grade(problem, random).text for grade in (demonstrated, said) for _ in range(50)}
    assert demonstrated is said
    assert len(drawn) > 10


def test_a_planted_error_is_in_the_caption_and_as_long():
    random = seeded("planted")
    for problem in islice(distinct_problems(["counting"], seed=0), 20):
        truth, false = (grade(problem, random) for grade in GAMES["planted"])
        assert len(set(truth.caption) - set(false.caption)) == 1
        assert len(set(false.caption) - set(truth.caption)) == 1
        assert len(truth.text.split()) == len(false.text.split())
        assert (false.steps, false.answer) == (truth.steps, truth.answer)


def test_where_length_is_all_that_differs_it_does_so_in_both_sections():
    problem, random = next(distinct_problems(["counting"], seed=0)), seeded("length")
    demonstrated, said = GAMES["length"]
    truth, drawn = demonstrated(problem, random), [said(problem, random) for _ in range(40)]
    longer = [each for each in drawn if each != truth]
    assert 30 <= len(longer) < 40
    for each in longer:
        assert (each.caption[:-1], each.steps[:-1]) == (truth.caption, truth.steps)


def test_seeds_and_experts_are_pooled_by_their_pairs():
    def expert(right: int, n: int) -> dict[str, object]:
        accuracy = {"value": right / n, "low": 0, "high": 1, "n": n}
        return {"accuracy": accuracy, "gap": 0, "saturation_gap": 1, "score_spread": 1, "ties": 0}

    tied = {**expert(1, 1), "accuracy": None}
    audits = [
        {"perception": expert(3, 10), "reasoning": expert(9, 10)},
        {"perception": expert(30, 30), "reasoning": tied},
    ]
    assert (pooled(audits, ["perception"]).value, pooled(audits, ["perception"]).n) == (33 / 40, 40)
    assert pooled(audits, ["perception", "reasoning"]).value == 42 / 50
    assert pooled(audits, ["reasoning"]).n == 10
