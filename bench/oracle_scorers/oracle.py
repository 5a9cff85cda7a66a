"""What an oracle is, and how our rules are compared with it."""

from __future__ import annotations

import gzip
import json
import random
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from bench.oracle_scorers.environment import Workplace
from bench.oracle_scorers.spellings import Spelling
from prism_engine.benchmarks import PUBLISHED
from prism_engine.benchmarks.scoring import first_answer

FIXTURES = Path(__file__).parents[2] / "tests" / "bench" / "oracle_scorers"


@dataclass(frozen=True)
class Pair:
    """One item of ours in the authors' schema, and a response to it.

    `means_gold` is true by construction: a stand-in for a model that matches answers tells by it.
    """

    item: Mapping[str, Any]
    response: str
    means_gold: bool

    @property
    def answer(self) -> str:
        """What our rules read."""
        return first_answer(self.response)


@dataclass(frozen=True)
class Compared:
    """What both say of a pair. `ours` is a verdict of our rules."""

    pair: Pair
    official: bool
    ours: str

    @property
    def agree(self) -> bool:
        return self.official == (self.ours == "right")


@dataclass(frozen=True)
class Defect:
    """Something that the official scorer does wrong, and the disagreements that it explains."""

    meaning: str
    explains: Callable[[Compared], bool]


class Oracle(ABC):
    """The authors' scorer of one benchmark."""

    repository: ClassVar[str]
    """Owner and name at GitHub."""
    commit: ClassVar[str]
    paths: ClassVar[tuple[str, ...]]
    """What of the repository is needed."""
    requirements: ClassVar[tuple[str, ...]]
    """What is installed beside it; the authors' own pins where they have any."""
    original: ClassVar[bool] = True
    """False for a reimplementation, where the original cannot run."""
    stand_in: ClassVar[str | None] = None
    """What plays the model that the scorer asks; None if it asks none."""
    defects: ClassVar[Mapping[str, Defect]] = {}

    @abstractmethod
    def pairs(self, generator: random.Random) -> list[Pair]:
        """At least 2,000 pairs."""

    @abstractmethod
    def official(self, workplace: Workplace, pairs: Sequence[Pair]) -> list[bool]:
        """The scorer's verdicts, in the order of the pairs."""

    def tables(self, workplace: Workplace, generator: random.Random) -> dict[str, Any]:
        """How our sums agree with the authors' tables, where these are more than accuracies."""
        return {}


def spelt(
    items: Iterable[tuple[Mapping[str, Any], Iterable[Spelling]]], respond: Callable[[str], str]
) -> list[Pair]:
    """Each item with every spelling of an answer to it, put into a response."""
    return [
        Pair(item, respond(text), means_gold)
        for item, spellings in items
        for text, means_gold in spellings
    ]


def compare(name: str, pairs: Sequence[Pair], official: Sequence[bool]) -> list[Compared]:
    """Our verdicts beside the official ones."""
    ours = our_verdicts(name, pairs)
    return [Compared(*each) for each in zip(pairs, official, ours, strict=True)]


def our_verdicts(name: str, pairs: Iterable[Pair]) -> list[str]:
    """What the rules of our benchmark say of each pair."""
    benchmark = PUBLISHED[name]
    records = {}
    found = []
    for pair in pairs:
        key = json.dumps(pair.item, sort_keys=True)
        if key not in records:
            records[key] = benchmark.record(pair.item)
        found.append(benchmark.verdict(records[key], pair.answer) or "without a gold")
    return found


def explanation(oracle: Oracle, compared: Compared) -> str | None:
    """The first defect that explains a disagreement."""
    named = (name for name, defect in oracle.defects.items() if defect.explains(compared))
    return next(named, None)


def figures(oracle: Oracle, compared: Sequence[Compared]) -> dict[str, Any]:
    """What is reported of one oracle."""
    explained = Counter(explanation(oracle, each) for each in compared if not each.agree)
    unexplained = explained.pop(None, 0)
    return {
        "predictions": len(compared),
        "agree": sum(each.agree for each in compared),
        "explained": explained.total(),
        "unexplained": unexplained,
        "right_in_both": sum(each.agree and each.official for each in compared),
        "repository": oracle.repository,
        "commit": oracle.commit,
        "original": oracle.original,
        **({"stand_in": oracle.stand_in} if oracle.stand_in else {}),
        "defects": {
            name: {"meaning": oracle.defects[name].meaning, "explains": count}
            for name, count in explained.most_common()
            if name is not None
        },
    }


def write_fixture(name: str, compared: Iterable[Compared]) -> None:
    """Keep pairs and official verdicts, so that our rules are compared without the scorer."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps([dict(each.pair.item), each.pair.response, each.pair.means_gold, each.official])
        for each in compared
    ]
    content = ("\n".join(lines) + "\n").encode()
    (FIXTURES / f"{name}.jsonl.gz").write_bytes(gzip.compress(content, mtime=0))


def read_fixture(name: str) -> Iterator[tuple[Pair, bool]]:
    """Pairs with their official verdicts."""
    with gzip.open(FIXTURES / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            item, response, means_gold, official = json.loads(line)
            yield Pair(item, response, means_gold), official
