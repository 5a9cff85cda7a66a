from collections import Counter

import pytest

from prism_engine.data.miniature.families import FAMILIES
from prism_engine.data.miniature.families.family import answer_from_caption, read_fact
from prism_engine.data.miniature.scene import CELLS, Fact
from prism_engine.rewards.answer import verdict
from tests.engine.data.miniature.solver import solve_again

SEEDS = range(200)


@pytest.mark.parametrize("difficulty", [1, 2, 3])
@pytest.mark.parametrize("family", FAMILIES)
def test_gold_is_what_an_independent_solver_finds(family, difficulty):
    for seed in SEEDS:
        problem = FAMILIES[family].problem(seed, difficulty)
        solution = FAMILIES[family].solve(problem.question, problem.scene.facts)
        assert solution.answer.value == solve_again(problem)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_gives_the_same_problem(family):
    first, again, other = (FAMILIES[family].problem(seed, 2) for seed in (7, 7, 8))
    assert first == again
    assert first.key == again.key != other.key


@pytest.mark.parametrize("family", FAMILIES)
def test_a_caption_states_every_object_and_nothing_else(family):
    for seed in SEEDS:
        scene = FAMILIES[family].problem(seed, 2).scene
        stated = {(fact.cell, fact.colour, fact.shape) for fact in scene.facts}
        assert stated == {(thing.cell, thing.colour, thing.shape) for thing in scene.things}
        assert len(scene.facts) == len({thing.cell for thing in scene.things})


@pytest.mark.parametrize("family", FAMILIES)
def test_every_line_of_reasoning_is_evaluated_and_true(family):
    for seed in SEEDS:
        problem = FAMILIES[family].problem(seed, 2)
        solution = FAMILIES[family].solve(problem.question, problem.scene.facts)
        for line in "\n".join(map(str, solution.steps)).split("\n"):
            assert _is_true(line, problem.scene.things), line


def _is_true(line, things):
    """Read a line as text: a count so far, a count, a difference, or what something is."""
    words = line.split()
    if "minus" in words:
        return int(words[0]) - int(words[2]) == int(words[4])
    if words[0] == "tallest":
        return words[1] == Counter(thing.colour for thing in things).most_common(1)[0][0]
    if words[0] in CELLS:
        held = next(thing for thing in things if thing.cell == words[0])
        return words[1] in (held.colour, held.shape)
    cells = [thing.cell for thing in things if words[0] in (thing.colour, thing.shape)]
    if words[1] == "=":
        return int(words[2]) == len(cells)
    return cells[int(words[2]) - 1] == words[1]


def test_an_answer_follows_from_a_caption_even_where_it_is_false():
    caption = ["a1 red circle", "b1 red square", "no fact at all"]
    answer = answer_from_caption(FAMILIES["counting"], "Count red, circle, blue", caption)
    assert answer.value == ["2", "1", "0"]
    assert verdict(answer, "2, 1, 0") == "right"


def test_nothing_follows_where_a_caption_leaves_the_question_open():
    assert (
        answer_from_caption(FAMILIES["composed"], "Count colour of b2", ["a1 red circle"]) is None
    )
    tie = ["a3 red bar", "b3 blue bar"]
    assert answer_from_caption(FAMILIES["chart"], "Tallest bar", tie) is None


@pytest.mark.parametrize(
    "item", ["", "a1 red", "d4 red circle", "a1 pink circle", "a1 red circle x"]
)
def test_an_item_that_states_no_fact_is_none(item):
    assert read_fact(item) is None


def test_a_fact_is_read_as_it_is_written():
    assert read_fact(str(Fact("b2", "green", "triangle"))) == Fact("b2", "green", "triangle")


def test_counts_can_hardly_be_guessed():
    counting = FAMILIES["counting"]
    problems = [counting.problem(seed, 2) for seed in range(1000)]
    golds = Counter(tuple(counting.solve(p.question, p.scene.facts).answer.value) for p in problems)
    assert golds.most_common(1)[0][1] / len(problems) < 0.08


def test_bars_stand_on_the_lowest_row_without_gaps():
    for seed in SEEDS:
        cells = {thing.cell for thing in FAMILIES["chart"].problem(seed, 2).scene.things}
        for column in "abc":
            rows = sorted(int(cell[1]) for cell in cells if cell[0] == column)
            assert rows == list(range(4 - len(rows), 4))
