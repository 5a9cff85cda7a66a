import pytest

from prism_engine.data.miniature.demonstration import (
    GRADES,
    curated,
    misperceived,
    misreasoned,
    public,
)
from prism_engine.data.miniature.families import FAMILIES
from prism_engine.data.miniature.families.family import answer_from_caption
from prism_engine.data.miniature.scene import seeded
from prism_engine.data.response import parse_response
from prism_engine.rewards.answer import verdict

PROBLEMS = [FAMILIES[name].problem(seed, 2) for name in FAMILIES for seed in range(150)]


@pytest.mark.parametrize("grade", GRADES)
def test_every_grade_has_the_form(grade):
    for problem in PROBLEMS:
        text = GRADES[grade](problem, seeded(problem.key)).text
        assert parse_response(text) is not None, text


def test_a_curated_answer_follows_from_its_caption():
    for problem in PROBLEMS:
        written = curated(problem, seeded(problem.key))
        family = FAMILIES[problem.family]
        implied = answer_from_caption(family, problem.question, written.caption)
        assert verdict(implied, written.answer) == "right"
        assert set(written.caption) == set(map(str, problem.scene.facts))


def test_public_captions_overlook_small_objects_above_all():
    stated = {True: [], False: []}
    for seed in range(1000):
        problem = FAMILIES["counting"].problem(seed, 2)
        cells = {item.split()[0] for item in public(problem, seeded(seed)).caption}
        for thing in problem.scene.things:
            stated[thing.small].append(thing.cell in cells)
    small, large = (sum(stated[kind]) / len(stated[kind]) for kind in (True, False))
    assert small == pytest.approx(1 - 0.75 * 0.9, abs=0.04)
    assert large == pytest.approx(1 - 0.75 * 0.1, abs=0.04)


def test_public_reasoning_skips_steps_and_its_answers_are_often_pasted():
    skipped = unfaithful = 0
    for seed in range(500):
        problem = FAMILIES["counting"].problem(seed, 2)
        written = public(problem, seeded(seed))
        implied = answer_from_caption(FAMILIES["counting"], problem.question, written.caption)
        unfaithful += verdict(implied, written.answer) == "wrong"
        skipped += "\n".join(written.steps).count("=") < 3
    assert 0.2 < skipped / 500 < 0.8
    assert 0.1 < unfaithful / 500 < 0.4


def test_false_perception_leaves_the_reasoning_alone():
    for problem in PROBLEMS:
        faithful = curated(problem, seeded(problem.key))
        corrupted = misperceived(problem, seeded(problem.key))
        assert corrupted.steps == faithful.steps
        assert corrupted.answer == faithful.answer
        assert set(corrupted.caption) - set(faithful.caption)


def test_false_reasoning_leaves_the_caption_and_the_answer_alone():
    for problem in PROBLEMS:
        faithful = curated(problem, seeded(problem.key))
        corrupted = misreasoned(problem, seeded(problem.key))
        assert corrupted.caption == faithful.caption
        assert corrupted.answer == faithful.answer
        assert corrupted.steps != faithful.steps
