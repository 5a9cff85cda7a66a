from __future__ import annotations

from typing import Any

from rich.console import Console

from bench.stabilisers import by_arm, table


def arm(name: str, value: float) -> dict[str, Any]:
    estimate = {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 512}
    return {"arm": name, "scores": {"accuracy_greedy": estimate}}


def test_seeds_of_an_arm_stand_together_as_mean_least_and_most():
    seeds = [[arm("SFT", 0.1), arm("Reference", 0.5)], [arm("SFT", 0.3), arm("Reference", 0.7)]]
    scores = by_arm(seeds)
    assert scores["Reference"]["accuracy_greedy"] == [0.5, 0.7]
    assert scores["Reference"]["caption_recall"] == []
    console = Console(width=200)
    with console.capture() as captured:
        console.print(table(scores, 512))
    (row,) = (line for line in captured.get().splitlines() if "Reference" in line)
    assert "60.0 [50.0, 70.0]" in row
