from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from prism_engine.benchmarks.benchmark import Outcome
from prism_engine.benchmarks.hallusion_bench import HallusionBench
from prism_engine.contract.metrics import METRICS
from prism_engine.data.records import Record
from tests.engine.benchmarks.published import measures, written

BENCH = HallusionBench()


def row(category: str, visual: int, figure: int, question: int, gold: int, **changes: Any) -> dict:
    return {
        "category": category, "subcategory": "chart", "visual_input": str(visual), "set_id": "0",
        "figure_id": str(figure), "sample_note": "ours", "question_id": str(question),
        "question": f"Is bar {question} the tallest?", "gt_answer_details": "Bar 1 is the tallest.",
        "gt_answer": str(gold), "filename": "figure.png" if visual else None, **changes,
    }  # fmt: skip


# Two questions about an original and an edited figure; one question without, with and edited.
ROWS = [
    row("VD", 1, 0, 0, 0), row("VD", 1, 0, 1, 1), row("VD", 2, 1, 0, 1), row("VD", 2, 1, 1, 0),
    row("VS", 0, 0, 0, 1), row("VS", 1, 1, 0, 1), row("VS", 2, 2, 0, 0),
]  # fmt: skip


@pytest.fixture
def records(tmp_path: Path) -> list[Record]:
    return written(BENCH, ROWS, tmp_path, split="all").records


def scored(records: list[Record], answers: list[str]) -> dict[str, float]:
    outcomes = [
        Outcome(record, BENCH.verdict(record, answer) == "right", answer)
        for record, answer in zip(records, answers, strict=True)
    ]
    return {name: found.value for name, found in BENCH.breakdown(outcomes).items()}


def test_rows_without_a_figure_are_not_in_the_image_split(tmp_path: Path) -> None:
    image = written(BENCH, ROWS, tmp_path / "image")
    everything = written(BENCH, ROWS, tmp_path / "all", split="all")

    assert (BENCH.name(image), BENCH.name(everything)) == ("HallusionBench", "HallusionBench all")
    assert (len(image), len(everything)) == (6, 7)
    assert [len(record.images) for record in everything.records] == [1, 1, 1, 1, 0, 1, 1]
    assert image.records[0].question == "Is bar 0 the tallest?"
    assert everything.records[4].metadata["pair"] == "VS/chart/0/0"


def test_pairs_and_figures_want_every_answer(records: list[Record]) -> None:
    # Right but for the second question about the edited figure.
    found = scored(records, ["No", "Yes", "Yes", "Yes", "Yes", "Yes", "No"])

    assert found["score"] == pytest.approx(6 / 7)
    assert found["accuracy_pairs"] == pytest.approx(2 / 3)  # VD 0, VS 0, not VD 1
    assert found["accuracy_figures"] == pytest.approx(3 / 4)  # without the one that has no figure
    assert found["accuracy_pairs/category=VD"] == 0.5
    assert found["accuracy_pairs/category=VS"] == 1.0
    assert found["accuracy_pairs/level=easy"] == 1.0
    assert found["accuracy_pairs/level=hard"] == pytest.approx(2 / 3)
    assert found["figures_inconsistent"] == 0.25
    assert found["figures_wrong"] == 0.0
    assert found["accuracy_greedy/category=VD"] == 0.75
    assert found["yes_share"] == pytest.approx(5 / 7)
    assert found["false_positive_share"] == 1.0
    # The original was answered right and the edited one alike: sight or language, nobody knows.
    assert (found["mixed_failures"], found["visual_illusions"]) == (1.0, 0.0)


def test_always_no_is_right_as_often_as_no_is(records: list[Record]) -> None:
    found = scored(records, ["No"] * 7)

    assert found["score"] == pytest.approx(3 / 7)
    assert found["accuracy_pairs"] == 0.0
    assert found["accuracy_figures"] == 0.25
    assert found["yes_share"] == 0.0
    assert found["false_positive_share"] == 0.0
    golds = BENCH.splits["image"].counts["gold"]
    assert golds["no"] / 951 == pytest.approx(0.578, abs=1e-3)


def test_not_knowing_is_right_only_without_the_figure(records: list[Record]) -> None:
    verdicts = [BENCH.verdict(record, "I cannot tell.") for record in records]
    assert verdicts == ["wrong"] * 4 + ["right"] + ["wrong"] * 2
    assert [BENCH.verdict(record, "") for record in records] == ["unparsed"] * 7


def test_without_the_originals_nobody_is_to_blame(tmp_path: Path) -> None:
    records = written(BENCH, ROWS, tmp_path).records
    found = scored(records, ["No"] * 6)

    assert "accuracy_pairs" in found
    assert not {"language_hallucinations", "visual_illusions", "mixed_failures"} & found.keys()


def test_every_number_is_declared(records: list[Record]) -> None:
    assert measures(scored(records, ["Yes"] * 7)) <= METRICS.keys()


def test_sets_are_drawn_together(tmp_path: Path) -> None:
    """Where all of a set is right or wrong, its interval is as wide as that of one item."""
    rows = [
        row("VD", 1, f, q, 1, set_id=str(s)) for s in range(2) for f in range(3) for q in range(3)
    ]
    records = written(BENCH, rows, tmp_path).records
    outcomes = [Outcome(r, r.metadata["set"].endswith("/0"), "Yes") for r in records]

    score = BENCH.breakdown(outcomes)["score"]

    assert (score.value, score.low, score.high, score.n) == (0.5, 0.0, 1.0, 18)
