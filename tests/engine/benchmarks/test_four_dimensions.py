import random

import pytest

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.four_dimensions import Group, complete_groups, four_dimensions
from prism_engine.data.records import Record

R, W = True, False


def values(*groups):
    return {name: found.value for name, found in four_dimensions(groups).items()}


def test_each_kind_of_group_by_hand():
    # (steps, composed): IK, IG, CM strict and loose, RM strict and loose.
    kinds = {
        Group((R, R), R): (0, 0, 1, 1, 0, 0),
        Group((R, W), R): (0, 0, 0, 1, 1, 0),
        Group((W, W), R): (0, 0, 0, 0, 1, 1),
        Group((R, R), W): (0, 1, 0, 0, 0, 0),
        Group((R, W), W): (1, 0, 0, 0, 0, 0),
        Group((W, W), W): (1, 0, 0, 0, 0, 0),
        Group((R, W, R), R): (0, 0, 0, 1, 1, 0),
    }
    for group, kind in kinds.items():
        assert kind == (
            group.insufficient_knowledge,
            group.inadequate_generalisation,
            group.mastery_strict,
            group.mastery_loose,
            group.memorisation_strict,
            group.memorisation_loose,
        )


def test_four_groups_by_hand():
    found = values(Group((R, R), R), Group((R, W), R), Group((R, R), W), Group((W, W), W))

    assert found == {
        "wemath_score_strict": 0.375,  # (4 - 0.5 - 1 - 1) / 4
        "wemath_score_loose": 0.625,  # (4 - 0.5 - 0 - 1) / 4
        "wemath_insufficient_knowledge": 0.25,
        "wemath_inadequate_generalisation": 0.25,
        "wemath_complete_mastery_strict": 0.25,
        "wemath_complete_mastery_loose": 0.5,
        "wemath_rote_memorisation_strict": 0.5,
        "wemath_rote_memorisation_loose": 0.0,
    }


@pytest.mark.parametrize("seed", range(20))
def test_the_score_is_mastery_and_half_of_inadequate_generalisation(seed):
    generator = random.Random(seed)
    chance = generator.random()
    groups = [
        Group(
            tuple(generator.random() < chance for _ in range(generator.choice((2, 3)))),
            generator.random() < chance,
        )
        for _ in range(525)
    ]
    found = values(*groups)

    for kind in ("strict", "loose"):
        mastery = found[f"wemath_complete_mastery_{kind}"]
        half = 0.5 * found["wemath_inadequate_generalisation"]
        assert found[f"wemath_score_{kind}"] == pytest.approx(mastery + half)


def test_without_a_right_composed_problem_nothing_is_known_of_memorisation():
    found = four_dimensions([Group((R, R), W), Group((W, R), W)])

    assert "wemath_rote_memorisation_strict" not in found
    assert (found["wemath_score_loose"].value, found["wemath_score_loose"].n) == (0.25, 2)
    assert four_dimensions([]) == {}


def test_groups_are_complete_or_left_out():
    def outcome(group, key, right):
        record = Record(id=f"{group}-{key}", question="q", metadata={"group": group, "key": key})
        return Outcome(record, right)

    outcomes = [
        outcome("2steps_1", "2steps_multi", R),
        outcome("2steps_1", "2steps_2", W),
        outcome("2steps_1", "2steps_1", R),
        outcome("3steps_7", "3steps_1", R),
        outcome("3steps_7", "3steps_2", R),
        outcome("3steps_7", "3steps_multi", R),
        outcome("2steps_9", "2steps_1", R),
    ]

    assert complete_groups(outcomes) == [Group((R, W), R)]
