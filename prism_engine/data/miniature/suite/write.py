"""The suite on disk: a data set per benchmark, those to learn from, and an untrained model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random

from prism_engine.benchmarks import PUBLISHED
from prism_engine.data.miniature.picture import render
from prism_engine.data.miniature.scene import Scene, seeded
from prism_engine.data.miniature.suite import SUITE
from prism_engine.data.miniature.suite.exercise import Exercise, Family, key_of
from prism_engine.data.miniature.vocabulary import SUITE_WORDS
from prism_engine.data.miniature.write import Row, Size, reading
from prism_engine.data.records import Record


@dataclass(frozen=True)
class Posed:
    """An exercise with its place: of a benchmark, a family and the group that a seed gives."""

    benchmark: str
    family: str
    seed: int
    number: int
    key: str
    exercise: Exercise

    @property
    def id(self) -> str:
        return f"{self.family}-{self.seed}-{self.number}"


MakeRow = Callable[[Posed, Random], Row]


def write_suite(out: Path, *, seed: int = 0, size: Size = "full") -> None:
    """Write every data set into `out`/<name>, and the untrained model into `out`/scratch-model.

    No two data sets share a state. `CARD` says what is in them.
    """
    from prism_engine.data.miniature.model import write_model

    drawn = {
        benchmark: {
            name: groups(benchmark, name, family, seed) for name, family in families.items()
        }
        for benchmark, families in SUITE.items()
    }
    everything = [stream for streams in drawn.values() for stream in streams.values()]
    chances = {}
    for benchmark, streams in drawn.items():
        posed = first_rows(list(streams.values()), ITEMS[size])
        write_rows(out / benchmark, posed, question_row, seed)
        chances[benchmark] = (len(posed), majority(posed))
    for name, (rows, row) in LEARNED.items():
        write_rows(out / name, first_rows(everything, rows[size]), row, seed)
    write_model(out / "scratch-model", seed, SUITE_WORDS)
    table = "".join(
        f"| {name} | {n} | {100 * share:.1f} |\n" for name, (n, share) in chances.items()
    )
    card = CARD.format(seed=seed, size=size, table=table)
    (out / "README.md").write_text(card, encoding="utf-8")


def groups(benchmark: str, name: str, family: Family, seed: int) -> Iterator[list[Posed]]:
    """The groups of a family one after the other, no two of which show and ask the same."""
    seen: set[str] = set()
    for number in count(seed * 1_000_000_000):
        group = family.group(number)
        key = key_of(group)
        if key not in seen:
            seen.add(key)
            yield [
                Posed(benchmark, name, number, place, key, exercise)
                for place, exercise in enumerate(group)
            ]


def first_rows(streams: Sequence[Iterator[list[Posed]]], rows: int) -> list[Posed]:
    """The next groups, always of the family that has fewest rows, until there are enough."""
    found: list[Posed] = []
    sizes = [0 for _ in streams]
    while len(found) < rows:
        fewest = sizes.index(min(sizes))
        group = next(streams[fewest])
        sizes[fewest] += len(group)
        found += group
    return found


def write_rows(folder: Path, posed: Sequence[Posed], row: MakeRow, seed: int) -> None:
    """Write one data set: `data.jsonl` and its images, a group's shared ones once."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    with (folder / "data.jsonl").open("w", encoding="utf-8") as file:
        for each in posed:
            images = [_write_image(folder, each, k) for k in range(len(each.exercise.scenes))]
            content = row(each, seeded(seed, folder.name, each.id))
            record = Record.model_validate({"id": each.id, "images": images, **content})
            file.write(record.model_dump_json(exclude_none=True) + "\n")


def _write_image(folder: Path, posed: Posed, number: int) -> str:
    scene = posed.exercise.scenes[number]
    name = f"images/{posed.family}-{posed.seed}-{scene.key[:12]}.png"
    if not (folder / name).exists():
        render(scene).save(folder / name)
    return name


def question_row(posed: Posed, random: Random) -> Row:
    """A question with its answer, and the demonstration to compare responses with.

    The benchmark's own reading of its rows decides the type of the gold and what the metadata say.
    """
    benchmark, exercise = PUBLISHED[posed.benchmark], posed.exercise
    read = benchmark.record({**exercise.published, "question": exercise.question})
    return {
        "id": read.id,
        "question": exercise.question,
        "answer": read.answer,
        "response": exercise.demonstration.text,
        "metadata": {
            "benchmark": f"miniature-{posed.benchmark}",
            "split": next(iter(benchmark.splits)),
            "style": "miniature",
            **read.metadata,
            "family": posed.family,
            "state": posed.key,
        },
    }


def hasty_row(posed: Posed, random: Random) -> Row:
    """Mostly a demonstration that overlooks what is small."""
    exercise = posed.exercise
    shown = exercise.hasty if random.random() < HASTY_SHARE else exercise.demonstration
    return learned_row(posed, random) | {"response": shown.text}


HASTY_SHARE = 0.5


def learned_row(posed: Posed, random: Random) -> Row:
    """The same under an id of its own, since rows of all families stand together."""
    return question_row(posed, random) | {"id": posed.id}


def readout_row(posed: Posed, random: Random) -> Row:
    """Say what is in each cell of the first picture, empty ones included."""
    scene = posed.exercise.scenes[0] if posed.exercise.scenes else Scene((), noise=0)
    return reading(scene) | {"metadata": {"family": posed.family, "state": posed.key}}


def majority(posed: Sequence[Posed]) -> float:
    """Accuracy of always giving the most common answer: the level of chance."""
    (_, most), *_ = Counter(each.exercise.spoken for each in posed).most_common(1)
    return most / len(posed)


ITEMS: dict[Size, int] = {"small": 24, "full": 240}
"""Rows of every benchmark, or a few more, since groups stay whole."""

LEARNED: dict[str, tuple[dict[Size, int], MakeRow]] = {
    "readout": ({"small": 128, "full": 4_000}, readout_row),
    "supervision": ({"small": 128, "full": 6_000}, hasty_row),
    "curated": ({"small": 96, "full": 640}, learned_row),
    "questions": ({"small": 64, "full": 1_200}, learned_row),
}

CARD = """\
# The miniature suite

Written with seed {seed} in size {size}. Eight families of drawn exercises mirror the seven
benchmarks of the paper's tables: their columns, their kinds of question and of answer, their groups
of items. Every row is drawn by a program; nothing is licensed from anybody, and no score here says
anything about the benchmark that it mirrors.

| benchmark | rows | most common answer, % |
| --- | ---: | ---: |
{table}
- `readout`: what each cell of a picture holds; from it the base model learns to see.
- `supervision`: demonstrations of all families for SFT; half of them overlook small objects.
- `curated`: faithful demonstrations for alignment.
- `questions`: further exercises for reinforcement learning.
- `scratch-model`: a Qwen3-VL of half a million parameters that has learned nothing yet.

No two data sets share a state: all that is asked about one picture stands in one of them.
"""
