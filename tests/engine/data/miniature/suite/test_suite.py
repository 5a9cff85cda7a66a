import hashlib
from collections import Counter, defaultdict
from itertools import chain

import numpy as np
import pytest

from prism_engine.data.miniature.glyphs import GLYPHS, ink
from prism_engine.data.miniature.picture import NOISE, PALETTE, render
from prism_engine.data.miniature.scene import Scene, Thing
from prism_engine.data.miniature.suite import SUITE
from prism_engine.data.miniature.suite.exercise import key_of
from prism_engine.data.response import parse_response
from prism_engine.rewards.answer import verdict
from tests.engine.data.miniature.suite.solver import solve_again

FAMILIES = {name: family for families in SUITE.values() for name, family in families.items()}
SEEDS = range(120)
GOLDEN = {
    "chart": "6960e4ea71dc8d1e699705717aa424765175989f61b664258b198d80d4ca25c9",
    "counting": "9d4130cfd359eb426ac3c2224e20bca845a30c1573664662c2931ca3b19de93f",
    "geometry": "e48f43b024d2c3902acd23a8264224eb4a2120e3a184584ac5588a98b28026b7",
    "puzzle": "d0a7584b47a3e453fb8fea18a82357caebe54ff90f3ffb0c44062b4e85e0e3f6",
    "composed": "d2a53077cded3badf018b0ae87f15f3a7b250007a3221bff68adf8139cd91b92",
    "disciplines": "717930862ccaa9c9c923799a50d812663c0fb214a63b2632fb169d44d4c48526",
    "ten-options": "8043b2ec591a3294af0b9b543eb208a8df1a2278af99c6ff20aa5f0364761dad",
    "pairs": "f06b632e2fbae8bc382408e3e7b862739be4751dc0e5be2e16ee4e16bf6cec00",
}


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture(scope="module")
def groups(family):
    return [FAMILIES[family].group(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def exercises(groups):
    return list(chain.from_iterable(groups))


def test_there_are_eight_families_for_seven_benchmarks():
    assert (len(FAMILIES), len(SUITE)) == (8, 7)


def test_gold_is_what_an_independent_solver_finds(family, exercises):
    for exercise in exercises:
        right = solve_again(family, exercise)
        accepted = {exercise.spoken, *getattr(exercise.answer, "aliases", [])}
        assert right == accepted, (exercise.question, exercise.caption)
        assert verdict(exercise.answer, exercise.spoken) == "right"


def test_a_caption_states_every_object_and_nothing_else(exercises):
    for exercise in exercises:
        seen = [
            (str(number), thing.cell, thing.colour, *thing.shape.split())
            for number, scene in enumerate(exercise.scenes, start=1)
            for thing in scene.things
        ]
        several = len(exercise.scenes) > 1
        said = [
            ("1", *item.split()) if not several else tuple(item.split())
            for item in exercise.caption
        ]
        assert sorted(said) == sorted(seen or [("1", "none")])
        for scene in exercise.scenes:
            assert len(scene.things) == len({thing.cell for thing in scene.things})


def test_every_step_with_numbers_is_true(exercises):
    operations = {
        "plus": lambda a, b: a + b, "minus": lambda a, b: a - b, "times": lambda a, b: a * b,
        "over": lambda a, b: round(a / b, 1),
    }  # fmt: skip
    for line in "\n".join(chain.from_iterable(e.steps for e in exercises)).split("\n"):
        words = line.split()
        if len(words) == 5 and words[1] in operations:
            assert operations[words[1]](int(words[0]), int(words[2])) == float(words[4])


def test_demonstrations_have_the_form_and_hasty_ones_only_leave_out(exercises):
    for exercise in exercises:
        assert parse_response(exercise.demonstration.text) is not None
        hasty = exercise.hasty
        assert parse_response(hasty.text) is not None
        assert set(hasty.caption) <= set(exercise.caption)
        assert (hasty.steps, hasty.answer) == (exercise.steps, exercise.spoken)


def test_the_same_seed_gives_the_same_group_and_no_state_comes_twice(family, groups):
    assert [FAMILIES[family].group(seed) for seed in (3, 4)] == groups[3:5]
    keys = [key_of(group) for group in groups]
    assert len(set(keys)) == len(keys)


LEVELS_OF_CHANCE = {
    "chart": 0.3, "counting": 0.35, "geometry": 0.25, "puzzle": 0.22, "composed": 0.32,
    "disciplines": 0.25, "ten-options": 0.16, "pairs": 0.56,
}  # fmt: skip


def test_answers_are_balanced(family, exercises, capsys):
    counts = Counter(exercise.spoken for exercise in exercises)
    chance = counts.most_common(1)[0][1] / len(exercises)
    with capsys.disabled():
        print(f"\n{family}: the most common answer is right in {100 * chance:.1f}%")
    assert chance < LEVELS_OF_CHANCE[family]


def test_letters_are_balanced_where_there_are_options(exercises):
    by_number = defaultdict(Counter)
    for exercise in exercises:
        if exercise.answer.type == "choice":
            by_number[len(exercise.answer.choices)][exercise.spoken] += 1
    for options, counts in by_number.items():
        total = counts.total()
        if total >= 100:
            assert len(counts) == options
            assert max(counts.values()) / total < 1 / options + 4 * (0.25 / total) ** 0.5


def test_pixels_never_change(family, groups):
    scenes = [scene for exercise in groups[0] for scene in exercise.scenes]
    pixels = b"".join(render(scene).tobytes() for scene in scenes)
    assert hashlib.sha256(pixels).hexdigest() == GOLDEN[family]


@pytest.mark.parametrize("sign", [*GLYPHS, "A 7"])
def test_a_sign_is_drawn_inside_its_cell(sign):
    for right, down in ((-9, -9), (9, 9)):
        thing = Thing("d4", "blue", sign, 66, right, down, shade=0)
        pixels = np.asarray(render(Scene((thing,), noise=1, side=4)), dtype=int)
        covered = np.abs(pixels - PALETTE["blue"]).max(axis=2) <= NOISE
        assert covered.sum() == ink(sign).sum()
        assert covered[48:, 48:].sum() == ink(sign).sum()


def test_no_two_signs_look_alike():
    drawn = {name: ink(name).tobytes() for name in GLYPHS}
    assert len(set(drawn.values())) == len(drawn)
