"""Grades of supervision: the same problem, written up faithfully or sloppily.

The sloppy grade's main defect is systematic: it overlooks small objects, and steps that count
nothing. A random defect would average out under greedy decoding and leave nothing to repair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from prism_engine.data.miniature.families import FAMILIES
from prism_engine.data.miniature.families.family import Problem, Solution, Step, Tally
from prism_engine.data.miniature.scene import CELLS, COLOURS, SHAPES, Fact, Thing

OVERLOOKS = 0.75
"""Share of public captions that overlook objects at all."""
OVERLOOKS_SMALL, OVERLOOKS_LARGE = 0.9, 0.1
WRONG_ATTRIBUTE = 0.04
COUNTS_DIRECTLY = 0.25
SKIPS_ZERO = 0.9
SLIPS = 0.04
PASTES = 0.25
"""Share of public answers that are the true one, whatever the reasoning before them says."""
RAMBLES = 0.15
FILLER = "let me see"


@dataclass(frozen=True)
class Demonstration:
    """A response by section."""

    caption: tuple[str, ...]
    steps: tuple[str, ...]
    answer: str

    @property
    def text(self) -> str:
        bullets = "".join(f"\n- {item}" for item in self.caption)
        steps = "\n".join(self.steps)
        return (
            f"<caption>{bullets}</caption>\n<think>{steps}</think>\n<answer>{self.answer}</answer>"
        )


def curated(problem: Problem, random: Random) -> Demonstration:
    """Every fact, every step, and the answer that they lead to."""
    solution = _true_solution(problem)
    caption = tuple(str(fact) for fact in problem.scene.facts)
    return Demonstration(caption, tuple(map(str, solution.steps)), solution.spoken)


def public(problem: Problem, random: Random) -> Demonstration:
    """Small objects overlooked, attributes wrong, steps skipped, answers pasted."""
    facts = _seen_sloppily(problem.scene.things, random)
    truth = _true_solution(problem)
    believed = FAMILIES[problem.family].solve(problem.question, facts) or truth
    steps = _written_sloppily(believed.steps, random)
    answer = (truth if random.random() < PASTES else believed).spoken
    return Demonstration(tuple(map(str, facts)), steps, answer)


def misperceived(problem: Problem, random: Random) -> Demonstration:
    """The curated demonstration with a false caption: one object missing, one of another colour."""
    faithful = curated(problem, random)
    facts = list(problem.scene.facts)
    wrong = random.randrange(len(facts))
    facts[wrong] = _with_wrong_attribute(facts[wrong], random)
    if len(facts) > 1:
        facts.pop((wrong + 1) % len(facts))
    return replace(faithful, caption=tuple(map(str, facts)))


def misplaced(problem: Problem, random: Random) -> Demonstration:
    """The curated demonstration with one object in a cell that is empty, and just as long.

    Where no cell is empty it is of another colour or shape instead.
    """
    facts = list(problem.scene.facts)
    wrong = random.randrange(len(facts))
    empty = [cell for cell in CELLS if cell not in {fact.cell for fact in facts}]
    facts[wrong] = (
        replace(facts[wrong], cell=random.choice(empty))
        if empty
        else _with_wrong_attribute(facts[wrong], random)
    )
    in_reading_order = sorted(facts, key=lambda fact: CELLS.index(fact.cell))
    return replace(curated(problem, random), caption=tuple(map(str, in_reading_order)))


def misreasoned(problem: Problem, random: Random) -> Demonstration:
    """The curated demonstration with false steps: a cell that is not there, and a step less."""
    faithful = curated(problem, random)
    steps = list(_true_solution(problem).steps)
    wrong = random.choice([i for i, step in enumerate(steps) if isinstance(step, Tally)])
    steps[wrong] = _with_wrong_cell(steps[wrong], random)
    if len(steps) > 1:
        steps.pop((wrong + 1) % len(steps))
    return replace(faithful, steps=tuple(map(str, steps)))


Grade = Callable[[Problem, Random], Demonstration]

GRADES: dict[str, Grade] = {
    "curated": curated,
    "public": public,
    "misperceived": misperceived,
    "misplaced": misplaced,
    "misreasoned": misreasoned,
}


def _true_solution(problem: Problem) -> Solution:
    solution = FAMILIES[problem.family].solve(problem.question, problem.scene.facts)
    assert solution is not None, f"the true facts leave {problem.question!r} open"
    return solution


def _seen_sloppily(things: Sequence[Thing], random: Random) -> list[Fact]:
    overlooks = random.random() < OVERLOOKS
    facts = []
    for thing in things:
        share = OVERLOOKS_SMALL if thing.small else OVERLOOKS_LARGE
        overlooked = overlooks and random.random() < share
        wrong = random.random() < WRONG_ATTRIBUTE
        if not overlooked:
            facts.append(_with_wrong_attribute(thing.fact, random) if wrong else thing.fact)
    return facts or [random.choice(things).fact]


def _with_wrong_attribute(fact: Fact, random: Random) -> Fact:
    if fact.shape in SHAPES and random.random() < 0.5:
        return replace(fact, shape=random.choice([s for s in SHAPES if s != fact.shape]))
    return replace(fact, colour=random.choice([c for c in COLOURS if c != fact.colour]))


def _written_sloppily(steps: Sequence[Step], random: Random) -> tuple[str, ...]:
    direct = random.random() < COUNTS_DIRECTLY
    written = [FILLER] if random.random() < RAMBLES else []
    for step in steps:
        skipped = isinstance(step, Tally) and not step.cells and random.random() < SKIPS_ZERO
        slips = random.random() < SLIPS
        if not skipped:
            written.append(_sloppy_step(step, direct, slips, random))
    return tuple(written or [FILLER])


def _sloppy_step(step: Step, direct: bool, slips: bool, random: Random) -> str:
    if not isinstance(step, Tally):
        return str(step)
    count = max(0, step.count + random.choice((-1, 1))) if slips else step.count
    counted = [] if direct else step.lines[:-1]
    return "\n".join([*counted, f"{step.name} = {count}"])


def _with_wrong_cell(step: Step, random: Random) -> Tally:
    assert isinstance(step, Tally)
    absent = random.choice([cell for cell in CELLS if cell not in step.cells])
    return Tally(step.name, tuple(sorted((*step.cells, absent), key=CELLS.index)))
