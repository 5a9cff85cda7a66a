"""The miniature world on disk: ordinary data sets, and a model that has learned nothing yet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import Literal

from prism_engine.data.miniature.demonstration import GRADES, Demonstration
from prism_engine.data.miniature.families import FAMILIES
from prism_engine.data.miniature.families.family import Problem, tally
from prism_engine.data.miniature.picture import render
from prism_engine.data.miniature.scene import COLOURS, SHAPES, Scene, seeded

Size = Literal["small", "full"]
Row = dict[str, object]


@dataclass(frozen=True)
class Split:
    """One data set: how many rows, and how a problem becomes one."""

    rows: dict[Size, int]
    row: Callable[[Problem, Random], Row]


def write_world(out: Path, *, seed: int = 0, size: Size = "full") -> None:
    """Write every data set into `out`/<name>, and the untrained model into `out`/scratch-model.

    No two data sets share a problem. `CARD` says what is in them.
    """
    from prism_engine.data.miniature.model import write_model

    problems = distinct_problems(["counting"], seed=seed)
    for name, split in SPLITS.items():
        chosen = [next(problems) for _ in range(split.rows[size])]
        write_data(out / name, chosen, split.row, seed=seed)
    write_model(out / "scratch-model", seed)
    (out / "README.md").write_text(CARD.format(seed=seed, size=size), encoding="utf-8")


def distinct_problems(
    families: Sequence[str], *, seed: int, difficulty: int = 2
) -> Iterator[Problem]:
    """Problems of the families in turn, no two of which look and ask the same."""
    seen: set[str] = set()
    for number in count():
        family = FAMILIES[families[number % len(families)]]
        problem = family.problem(seed * 1_000_000_000 + number, difficulty)
        if problem.key not in seen:
            seen.add(problem.key)
            yield problem


def write_data(
    folder: Path, problems: Sequence[Problem], row: Callable[[Problem, Random], Row], *, seed: int
) -> None:
    """Write one data set: `data.jsonl` and its images."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    with (folder / "data.jsonl").open("w", encoding="utf-8") as file:
        for problem in problems:
            name = f"{problem.family}-{problem.seed}"
            random = seeded(seed, folder.name, problem.key)
            image = f"images/{name}.png"
            render(problem.scene).save(folder / image)
            content = {"id": name, "images": [image], **row(problem, random)}
            file.write(json.dumps(content) + "\n")


def base_row(problem: Problem, random: Random) -> Row:
    """What an instruct model can do before it is fine-tuned: see, or describe and count."""
    return random.choice((readout_row, tally_row))(problem, random)


def readout_row(problem: Problem, random: Random) -> Row:
    """Say what is in each cell, empty ones included.

    Naming the cells in a fixed order costs nothing to learn, so that all there is to learn is how
    to see.
    """
    return reading(problem.scene)


def reading(scene: Scene) -> Row:
    """The conversation in which every cell of a scene is read."""
    held = {fact.cell: f"{fact.colour} {fact.shape}" for fact in scene.facts}
    lines = "".join(f"\n- {cell} {held.get(cell, 'none')}" for cell in scene.cells)
    return _conversation("Read", f"<caption>{lines}</caption>")


def tally_row(problem: Problem, random: Random) -> Row:
    """Describe the picture faithfully, and count the objects of one colour or shape."""
    attribute = random.choice(COLOURS + SHAPES)
    facts = problem.scene.facts
    counted = tally(attribute, facts)
    response = Demonstration(tuple(map(str, facts)), (str(counted),), str(counted.count))
    return _conversation(f"Count {attribute}", response.text)


def _conversation(asked: str, said: str) -> Row:
    turns = [("user", asked), ("assistant", said)]
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def graded_row(grade: str) -> Callable[[Problem, Random], Row]:
    """A question with its answer and a demonstration of the given grade."""

    def row(problem: Problem, random: Random) -> Row:
        demonstration = GRADES[grade](problem, random)
        return {**question_row(problem, random), "response": demonstration.text}

    return row


def question_row(problem: Problem, random: Random) -> Row:
    """A question with its answer alone."""
    solution = FAMILIES[problem.family].solve(problem.question, problem.scene.facts)
    assert solution is not None
    return {
        "question": problem.question,
        "answer": solution.answer.model_dump(include={"type", "value"}),
        "metadata": {
            "benchmark": "miniature",
            "family": problem.family,
            "difficulty": problem.difficulty,
            "key": problem.key,
        },
    }


def mixed_row(problem: Problem, random: Random) -> Row:
    """A public demonstration, or now and then a curated one, as in the paper's mixture."""
    grade = "curated" if random.random() < CURATED_SHARE else "public"
    return graded_row(grade)(problem, random)


CURATED_SHARE = 0.08
"""107 thousand of the paper's 1.37 million demonstrations are curated."""

CARD = """\
# The miniature world

Written with seed {seed} in size {size}. Every row is drawn by a program; nothing is licensed from
anybody, and nothing here says anything about real images.

- `readout`: what each cell holds, or a faithful description and one count. From it the base model
  learns what an instruct model can do before it is fine-tuned: to see, and to count.
- `public`: sloppy demonstrations for SFT, and a few curated ones among them. Small objects are
  overlooked, steps that count nothing are skipped, attributes are wrong, answers are pasted.
- `curated`: faithful demonstrations for alignment.
- `questions`: questions with answers alone, for reinforcement learning.
- `validation`, `test`: held out, with curated demonstrations to compare with.
- `curated-sft`: faithful demonstrations for SFT, as many as there are among the public ones.
- `scratch-model`: a Qwen3-VL of half a million parameters that has learned nothing yet.

No two data sets share a problem. All of them hold the counting family alone: a model of this size
learns one family in the minutes that a demonstration may take, not three. The other families are
there for whoever has more time.
"""

SPLITS: dict[str, Split] = {
    "readout": Split({"small": 128, "full": 12_000}, base_row),
    "public": Split({"small": 128, "full": 12_000}, mixed_row),
    "curated": Split({"small": 64, "full": 1_024}, graded_row("curated")),
    "questions": Split({"small": 64, "full": 2_560}, question_row),
    "validation": Split({"small": 32, "full": 512}, graded_row("curated")),
    "test": Split({"small": 32, "full": 512}, graded_row("curated")),
    "curated-sft": Split({"small": 64, "full": 960}, graded_row("curated")),
}
