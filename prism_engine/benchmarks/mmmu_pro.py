"""MMMU-Pro (Yue et al., arXiv 2409.02813): MMMU with up to ten options, or all of it in a picture.

Its authors rank by the mean of two settings: ten options as text, and question and options in one
picture. Both are one data set here, and each is a split of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.breakdown import by
from prism_engine.benchmarks.files import PublishedRow, find_folder, read_rows
from prism_engine.benchmarks.mmmu import MMMU, OF_A_SUBJECT, lettered, marked
from prism_engine.benchmarks.published import Split
from prism_engine.benchmarks.statistics import ratio
from prism_engine.contract.events import Estimate
from prism_engine.data.records import Record

STANDARD, VISION, FOUR_OPTIONS = "standard (10 options)", "vision", "standard (4 options)"

ROWS = 1730
LETTERS_OF_GOLDS = {
    "A": 204, "B": 211, "C": 200, "D": 200, "E": 182, "F": 161, "G": 144, "H": 165, "I": 133,
    "J": 130,
}  # fmt: skip
PATTERNS: Mapping[str, tuple[str, ...]] = {
    setting: (f"{setting}/test-*.parquet", f"**/{setting}.json")
    for setting in (STANDARD, VISION, FOUR_OPTIONS)
}
SETTINGS: Mapping[str, tuple[str, ...]] = {
    "both": (STANDARD, VISION), STANDARD: (STANDARD,), VISION: (VISION,),
    FOUR_OPTIONS: (FOUR_OPTIONS,),
}  # fmt: skip
"""Of which settings a split consists."""

IN_THE_IMAGE = "Answer the multiple-choice question in the image."
"""Our words, where the authors' files have no question."""

LAST_LINE = (
    "The last line of your response should be of the following format: 'Answer: $LETTER' (without "
    "quotes) where LETTER is one of options."
)
BY_LETTER = "Answer with the option letter from the given choices directly."
THINKING = f"{LAST_LINE} Think step by step before answering."
BY_STEPS = f"Answer the preceding multiple choice question. {THINKING}"
COPIED_OUT = f"Write out the multiple-choice question in the image and then solve it. {THINKING}"


def direct(row: PublishedRow) -> str:
    """The authors' prompt for an answer at once."""
    if row["setting"] == VISION:
        return f"{BY_LETTER} {LAST_LINE}"
    return marked(f"{lettered(row)}\n{BY_LETTER}")


def by_steps(row: PublishedRow) -> str:
    """The authors' prompt for a chain of thought."""
    return COPIED_OUT if row["setting"] == VISION else marked(f"{lettered(row)}\n{BY_STEPS}")


def lmms_eval(row: PublishedRow) -> str:
    """The prompt of lmms-eval, under which PRISM's tables were made: it spells the options out."""
    if row["setting"] == VISION:
        return f"{lettered({**row, 'question': ''}).strip()}\n\n{BY_LETTER}"
    return marked(f"{lettered(row)}\n\n{BY_LETTER}")


def plain(row: PublishedRow) -> str:
    """No instruction, for a policy that has a form of its own."""
    if row["setting"] == VISION:
        return IN_THE_IMAGE
    return marked(lettered(row))


SPLITS = {
    split: Split(
        files=tuple(pattern for setting in settings for pattern in PATTERNS[setting]),
        rows=ROWS * len(settings),
        counts={
            "setting": dict.fromkeys(settings, ROWS),
            **(
                {"letter": {each: n * len(settings) for each, n in LETTERS_OF_GOLDS.items()}}
                if FOUR_OPTIONS not in settings
                else {}
            ),
        },
        distinct={"subject": len(OF_A_SUBJECT)},
    )
    for split, settings in SETTINGS.items()
}
STYLES = {
    "published": direct,
    "published_cot": by_steps,
    "lmms_eval": lmms_eval,
    "plain": plain,
}


class MMMUPro(MMMU):
    """The mean of both settings' accuracies, and accuracy by setting, discipline and subject."""

    key = "mmmu_pro"
    title = "MMMU-Pro"
    hub = "MMMU/MMMU_Pro"
    splits = SPLITS
    styles = STYLES
    dimensions = ("setting", "discipline", "subject", "topic_difficulty")
    grouped_by = "item"

    def rows(self, location: str, split: str) -> Iterator[tuple[Path, PublishedRow]]:
        for setting in SETTINGS[split]:
            folder = find_folder(location, PATTERNS[setting])
            for row in read_rows(folder, PATTERNS[setting]):
                yield folder, {"question": IN_THE_IMAGE, **row, "setting": setting}

    def record(self, row: PublishedRow) -> Record:
        record = super().record(row)
        metadata = {
            **record.metadata, "setting": row["setting"], "item": record.id,
            "letter": row["answer"],
        }  # fmt: skip
        del metadata["question_type"], metadata["subfield"]
        identity = f"{row['setting']}/{record.id}"
        return record.model_copy(update={"id": identity, "metadata": metadata})

    def images(self, row: PublishedRow) -> list[Any]:
        return [row["image"]] if row["setting"] == VISION else super().images(row)

    def breakdown(self, outcomes: Sequence[Outcome]) -> dict[str, Estimate]:
        return {"score": mean_of_settings(outcomes), **by(outcomes, *self.dimensions)}


def mean_of_settings(outcomes: Sequence[Outcome]) -> Estimate:
    """The plain mean of the settings' accuracies; both settings of an item are drawn together."""
    sizes = Counter(outcome.record.metadata["setting"] for outcome in outcomes)
    right, weight = Counter[str](), Counter[str]()
    for outcome in outcomes:
        share = 1 / (len(sizes) * sizes[outcome.record.metadata["setting"]])
        weight[outcome.record.metadata["item"]] += share
        right[outcome.record.metadata["item"]] += share * outcome.right
    found = ratio([right[item] for item in weight], list(weight.values()))
    assert found is not None
    return found.model_copy(update={"n": len(outcomes)})
