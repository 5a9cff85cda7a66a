"""HallusionBench (Guan et al., arXiv 2310.14566): yes or no, about a figure and its edited twin.

The authors ask a model whether an answer agrees with a reference; whether it says yes or no is
read by rules here, and a judge can be asked where there is nothing to read. Everything that they
count is counted: by question, by question over all its figures, by figure over all its questions.

Where a question of the kind VS is asked without its figure, that it cannot be known is right, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.breakdown import by
from prism_engine.benchmarks.files import PublishedRow
from prism_engine.benchmarks.hallucination import Reading, failures
from prism_engine.benchmarks.mmmu import LONGEST_ANSWER
from prism_engine.benchmarks.published import Published, Split
from prism_engine.benchmarks.rules.yes_no import yes_or_no
from prism_engine.benchmarks.statistics import ratio
from prism_engine.contract.events import AnswerVerdict, Estimate
from prism_engine.data.answers import TextAnswer
from prism_engine.data.records import Record
from prism_engine.rewards.answer.comparison import has_control_characters

WITHOUT_FIGURE = "0"


def question(row: PublishedRow) -> str:
    """The question alone is the authors' prompt."""
    return str(row["question"])


def yes_or_no_please(row: PublishedRow) -> str:
    """The question with VLMEvalKit's instruction."""
    return f"{row['question']} Please answer yes or no."


def joined(row: PublishedRow, *fields: str) -> str:
    """What tells a question, a figure or a set from others."""
    return "/".join(str(row[field]) for field in fields)


SPLITS = {
    "image": Split(
        files=("data/image-*.parquet", "**/HallusionBench.json", "**/image.json"),
        rows=951,
        counts={"category": {"VD": 591, "VS": 360}, "gold": {"no": 550, "yes": 401}},
        distinct={"pair": 455, "figure": 346},
    ),
    "all": Split(
        files=("**/HallusionBench.json", "data/*image-*.parquet", "**/all.json"),
        rows=1129,
        counts={
            "category": {"VD": 591, "VS": 538},
            "visual_input": {"0": 178, "1": 447, "2": 504},
            "gold": {"no": 645, "yes": 484},
        },
        distinct={"pair": 455},
    ),
}
STYLES = {"published": question, "yes_or_no": yes_or_no_please}


class HallusionBench(Published):
    """Accuracy by question (aAcc), question pair (qAcc) and figure (fAcc), and kinds of failure."""

    key = "hallusion_bench"
    title = "HallusionBench"
    hub = "lmms-lab/HallusionBench"
    licence = "BSD-3-Clause"
    splits = SPLITS
    styles = STYLES
    dimensions = ("category", "subcategory", "visual_input")
    grouped_by = "set"

    def rows(self, location: str, split: str) -> Iterator[tuple[Path, PublishedRow]]:
        """The authors' file holds questions without a figure, too; the image split has none."""
        for folder, row in super().rows(location, split):
            if split == "all" or str(row["visual_input"]) != WITHOUT_FIGURE:
                yield folder, row

    def record(self, row: PublishedRow) -> Record:
        fields = ("category", "subcategory", "set_id", "figure_id", "question_id")
        gold = "yes" if str(row["gt_answer"]) == "1" else "no"
        of_set = joined(row, "category", "subcategory", "set_id")
        return Record(
            id=joined(row, *fields),
            question=str(row["question"]),
            answer=TextAnswer(value=gold),
            metadata={
                "question": str(row["question"]),
                "gold": gold,
                "details": row["gt_answer_details"],
                "set": of_set,
                "pair": f"{of_set}/{row['question_id']}",
                "figure": f"{of_set}/{row['figure_id']}",
                "original": str(row["figure_id"]) == "0",
                "visual_input": str(row["visual_input"]),
                "category": row["category"],
                "subcategory": row["subcategory"],
            },
        )

    def images(self, row: PublishedRow) -> list[Any]:
        if str(row["visual_input"]) == WITHOUT_FIGURE:
            return []
        return [row.get("image") or row["filename"]]

    def verdict(self, record: Record, answer: str) -> AnswerVerdict | None:
        if len(answer) > LONGEST_ANSWER or has_control_characters(answer):
            return "unparsed"
        said = yes_or_no(answer)
        if said is None:
            return "unparsed"
        if said == "uncertain":
            return "right" if may_be_unknown(record) else "wrong"
        return "right" if said == record.metadata["gold"] else "wrong"

    def breakdown(self, outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
        found = {
            "score": _share(outcomes, of=_each),
            **by(outcomes, *self.dimensions),
            **_shares("accuracy_pairs", outcomes, _pair),
            **_shares("accuracy_figures", with_figure(outcomes), _figure),
            **_consistency(with_figure(outcomes)),
            **_bias(outcomes),
            **_failures(outcomes),
        }
        return {name: estimate for name, estimate in found.items() if estimate is not None}


def may_be_unknown(record: Record) -> bool:
    """Whether it is right to say that it cannot be known: a VS question without its figure."""
    return record.metadata["category"] == "VS" and record.metadata["original"]


def with_figure(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Without the questions that are asked without a figure, which belong to none."""
    return [outcome for outcome in outcomes if not may_be_unknown(outcome.record)]


Group = Callable[[Record], Hashable]


def _each(record: Record) -> Hashable:
    return record.id


def _pair(record: Record) -> Hashable:
    return record.metadata["pair"]


def _figure(record: Record) -> Hashable:
    return record.metadata["figure"]


def _share(
    outcomes: Sequence[Outcome], *, of: Group, holds: Callable[[Sequence[bool]], bool] = all
) -> Estimate | None:
    """The share of groups of which something holds; what belongs to one set is drawn together."""
    groups = defaultdict[Hashable, list[Outcome]](list)
    for outcome in outcomes:
        groups[of(outcome.record)].append(outcome)
    sets = defaultdict[Hashable, list[bool]](list)
    for group in groups.values():
        found = holds([outcome.right for outcome in group])
        sets[group[0].record.metadata["set"]].append(found)
    if not sets:
        return None
    return ratio([sum(found) for found in sets.values()], [len(found) for found in sets.values()])


def _shares(name: str, outcomes: Sequence[Outcome], of: Group) -> dict[str, Estimate | None]:
    """Of all, by kind, and of original and edited figures, which the authors call easy and hard."""
    parts = {
        "": outcomes,
        **{
            f"/category={kind}": [each for each in outcomes if _field(each, "category") == kind]
            for kind in ("VD", "VS")
        },
        "/level=easy": [each for each in outcomes if _field(each, "visual_input") != "2"],
        "/level=hard": [each for each in outcomes if _field(each, "visual_input") == "2"],
    }
    return {f"{name}{part}": _share(some, of=of) for part, some in parts.items()}


def _field(outcome: Outcome, name: str) -> Any:
    return outcome.record.metadata[name]


def _consistency(outcomes: Sequence[Outcome]) -> dict[str, Estimate | None]:
    """Figures of which some answers are right and some wrong, and those of which none is right."""
    return {
        "figures_inconsistent": _share(
            outcomes, of=_figure, holds=lambda right: any(right) and not all(right)
        ),
        "figures_wrong": _share(outcomes, of=_figure, holds=lambda right: not any(right)),
    }


def _bias(outcomes: Sequence[Outcome]) -> dict[str, Estimate | None]:
    """How often yes is said, and how often the gold of a wrong answer is no.

    The authors count every wrong answer to a gold of no as a yes, also one that says neither.
    """
    said = [(reading_of(outcome).said, outcome) for outcome in outcomes]
    clear = [(word == "yes", _field(outcome, "set")) for word, outcome in said if word in _CLEAR]
    wrong = [
        (_field(outcome, "gold") == "no", _field(outcome, "set"))
        for outcome in outcomes
        if not outcome.right
    ]
    return {"yes_share": _by_set(clear), "false_positive_share": _by_set(wrong)}


_CLEAR: tuple[Literal["yes", "no"], ...] = ("yes", "no")


def _failures(outcomes: Sequence[Outcome]) -> dict[str, Estimate | None]:
    """Of the failures, which share language, sight, or both are to blame for."""
    blamed = failures([reading_of(outcome) for outcome in outcomes])
    return {
        name: _by_set([(blame == kind, of_set) for blame, of_set in blamed])
        for kind, name in (
            ("language", "language_hallucinations"),
            ("vision", "visual_illusions"),
            ("both", "mixed_failures"),
        )
    }


def reading_of(outcome: Outcome) -> Reading:
    """What an outcome's answer says, and where it belongs."""
    said = yes_or_no(outcome.answer) if outcome.answer is not None else None
    return Reading(
        category=_field(outcome, "category"),
        visual_input=_field(outcome, "visual_input"),
        original=_field(outcome, "original"),
        pair=_field(outcome, "pair"),
        of_set=_field(outcome, "set"),
        gold=_field(outcome, "gold"),
        said=said,
        right=outcome.right,
    )


def _by_set(found: Sequence[tuple[bool, Hashable]]) -> Estimate | None:
    sets = defaultdict[Hashable, list[bool]](list)
    for holds, of_set in found:
        sets[of_set].append(holds)
    if not sets:
        return None
    return ratio([sum(each) for each in sets.values()], [len(each) for each in sets.values()])
