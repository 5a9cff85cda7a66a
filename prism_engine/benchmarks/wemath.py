"""We-Math (Qiao et al., arXiv 2407.01284): composed problems beside the steps that they need."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.breakdown import by
from prism_engine.benchmarks.files import PublishedRow
from prism_engine.benchmarks.four_dimensions import complete_groups, four_dimensions
from prism_engine.benchmarks.published import Item, Published, Split
from prism_engine.benchmarks.statistics import ratio
from prism_engine.contract.events import Estimate
from prism_engine.data.answers import LETTERS, ChoiceAnswer
from prism_engine.data.records import Record

NODES = "**/knowledge_structure_nodes.json"
"""The authors' tree of knowledge concepts, which lies in their repository but not on the hub."""

STEPS = {"2steps_multi": "two", "3steps_multi": "three"}

_LETTER = re.compile(r"(?:^|;)\s*([A-Z])\s*\.\s*(?=[^\s;.])")


def question_and_options(row: PublishedRow) -> str:
    """The question, and the options on a line of their own."""
    return f"{row['question']}\n{row['option']}"


def choices(option: str) -> list[str]:
    """The texts of the options; none where their letters do not follow each other.

    Some texts hold a semicolon with a letter and a full stop behind it; those have no text.
    """
    found = list(_LETTER.finditer(option))
    if not found or [letter[1] for letter in found] != list(LETTERS[: len(found)]):
        return []
    ends = [letter.start() for letter in found[1:]] + [len(option)]
    return [option[letter.end() : end].strip(" ;") for letter, end in zip(found, ends, strict=True)]


def domains(folder: Path) -> dict[str, str]:
    """The domain of each knowledge concept, where the authors' tree lies in the folder."""
    for path in sorted(folder.glob(NODES)):
        nodes = json.loads(path.read_text(encoding="utf-8"))
        return {node["full node"].rpartition("_")[2]: node["root2"] for node in nodes}
    return {}


def with_domain(record: Record, known: Mapping[str, str]) -> Record:
    """The record with the domain of its concept, if it has one concept and that is known."""
    domain = known.get(record.metadata.get("concept", ""))
    if domain is None:
        return record
    return record.model_copy(update={"metadata": {**record.metadata, "domain": domain}})


def domain_accuracies(outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
    """Per domain, the mean over its concepts of the accuracy on their one-step problems.

    A concept counts the same however many problems it has, as in the authors' table.
    """
    steps = [outcome for outcome in outcomes if outcome.record.metadata.get("domain")]
    sizes = Counter(outcome.record.metadata["concept"] for outcome in steps)
    parts = defaultdict[str, list[tuple[float, bool]]](list)
    for outcome in steps:
        said = outcome.record.metadata
        parts[said["domain"]].append((1 / sizes[said["concept"]], outcome.right))
    found = {}
    for domain, weighed in sorted(parts.items()):
        weights = [weight for weight, _ in weighed]
        estimate = ratio([weight * right for weight, right in weighed], weights)
        assert estimate is not None
        name = f"wemath_concept_accuracy/domain={domain}"
        found[name] = estimate.model_copy(update={"n": len(weighed)})
    return found


SPLITS = {
    "testmini": Split(
        files=("data/testmini*.parquet", "testmini*.parquet", "**/testmini.json"),
        rows=1740,
        counts={
            "key": {
                **dict.fromkeys(("2steps_1", "2steps_2", "2steps_multi"), 360),
                **dict.fromkeys(("3steps_1", "3steps_2", "3steps_3", "3steps_multi"), 165),
            }
        },
        distinct={"group": 525},
    )
}
STYLES = {"published": question_and_options}


class WeMath(Published):
    """Loose and strict scores over groups; `score` is the loose one."""

    key = "wemath"
    title = "WeMath"
    hub = "We-Math/We-Math"
    licence = "CC BY-NC 4.0"
    splits = SPLITS
    styles = STYLES
    dimensions = ("steps", "concept")
    grouped_by = "group"

    def items(self, location: str, split: str, style: str) -> Iterator[Item]:
        known: Mapping[str, str] = domains(Path(location)) if Path(location).is_dir() else {}
        for item in super().items(location, split, style):
            yield replace(item, record=with_domain(item.record, known))

    def record(self, row: PublishedRow) -> Record:
        composed = row["key"] in STEPS
        concept = row["knowledge concept"]
        return Record(
            id=f"{row['ID']}-{row['key'].rpartition('_')[2]}",
            question=str(row["question"]),
            answer=ChoiceAnswer(value=row["answer"].strip(), choices=choices(row["option"])),
            metadata={
                "question": question_and_options(row),
                "gold": row["answer"],
                "group": row["ID"],
                "key": row["key"],
                "steps": STEPS.get(row["key"], "one"),
                **(
                    {"concepts": [part.strip() for part in concept.split(";")]}
                    if composed
                    else {"concept": concept}
                ),
            },
        )

    def images(self, row: PublishedRow) -> list[Any]:
        return [row["image"] if row.get("image") is not None else row["image_path"]]

    def breakdown(self, outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
        found = four_dimensions(complete_groups(outcomes))
        score = {"score": found["wemath_score_loose"]} if found else {}
        return {
            **score,
            **found,
            **by(outcomes, *self.dimensions),
            **domain_accuracies(outcomes),
        }
