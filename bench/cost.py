"""What a step of ours costs: seconds against rollouts, size of image and length of completions.

    seconds = step + read · T + look · T² + place · R + token · G·R + see · G·R·(T + R/2)

for one prompt of T tokens, its image's among them, and G completions of R tokens each. Every
coefficient is at least 0 and fitted by least squares of relative errors. Without sharing, a prompt
is read G times, and the terms of T alone count G times.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from bench.step import Case, Engine, questions

TERMS = ("step", "read", "look", "place", "token", "see")
GROUPS = (4, 8, 16, 32)
POINTS = [
    *((224, 32, group) for group in GROUPS),
    *((48, tokens, 8) for tokens in (8, 32, 128)),
    *((224, tokens, 8) for tokens in (8, 128, 256)),
    (48, 128, 32), (448, 8, 4), (448, 32, 8), (1024, 8, 4), (1024, 64, 8),
]  # fmt: skip
"""Side of the image, tokens of a completion, completions."""

PAGE = Path(__file__).parents[1] / "docs" / "cost.md"
BEGIN, END = "<!-- figures -->", "<!-- end -->"

REPEATS = 4
"""The first does not count."""


@dataclass(frozen=True)
class Point:
    """A measured step of one prompt."""

    side: int  # pixels
    prompt: int  # T
    tokens: int  # R
    group: int  # G
    seconds: float
    naive_seconds: float

    def terms(self, readings: int) -> list[int | float]:
        """What each coefficient is multiplied by where the prompt is read so often."""
        answered = self.group * self.tokens
        return [
            1,
            readings * self.prompt,
            readings * self.prompt**2,
            self.tokens,
            answered,
            answered * (self.prompt + self.tokens / 2),
        ]


def measure_cost(folder: Path) -> dict[str, Any]:
    """Measure all points and fit both ways of going about a step."""
    points = [measure_point(folder, *point) for point in POINTS]
    return {
        "ours": fitted([p.terms(1) for p in points], [p.seconds for p in points]),
        "naive": fitted([p.terms(p.group) for p in points], [p.naive_seconds for p in points]),
        "seconds_per_rollout": slopes(points),
        "points": [vars(point) for point in points],
    }


def measure_point(folder: Path, side: int, tokens: int, group: int) -> Point:
    """Medians of a step that shares and of one that does not, in turns."""
    asked = questions(folder, side, [""])
    engine = Engine(folder, Case(side, tokens, group, prompts=1, naive=REPEATS), asked)
    for _ in range(REPEATS):
        engine.turn()
    ours, naive = (
        statistics.median(step["all"] for step in steps[1:])
        for steps in (engine.shared, engine.naive)
    )
    return Point(side, engine.prompts(1).input_ids.shape[1], tokens, group, ours, naive)


def fitted(terms: Sequence[Sequence[float]], seconds: Sequence[float]) -> dict[str, Any]:
    """Coefficients by term, and how far off they are, as a share of what was measured."""
    measured = np.array(seconds)
    matrix = np.array(terms) / measured[:, None]
    coefficients = not_negative(matrix, np.ones(len(measured)))
    errors = np.abs(matrix @ coefficients - 1)
    return {
        "seconds": {name: float(f"{c:.4g}") for name, c in zip(TERMS, coefficients, strict=True)},
        "median_error": round(float(np.median(errors)), 4),
        "largest_error": round(float(errors.max()), 4),
    }


def not_negative(matrix: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least squares without negative coefficients: the best over all choices of terms."""
    width = matrix.shape[1]
    best, least = np.zeros(width), float("inf")
    for count in range(1, width + 1):
        for kept in map(list, combinations(range(width), count)):
            # Terms differ by many powers of ten, which columns of one length make up for.
            lengths = np.linalg.norm(matrix[:, kept], axis=0)
            solution = np.linalg.lstsq(matrix[:, kept] / lengths, target, rcond=None)[0] / lengths
            error = float(np.linalg.norm(matrix[:, kept] @ solution - target))
            if solution.min() >= 0 and error < least:
                best, least = np.zeros(width), error
                best[kept] = solution
    return best


def slopes(points: Sequence[Point]) -> dict[str, float]:
    """Seconds that one more rollout costs at 224 pixels and 32 tokens, and the ratio of both."""
    line = [p for p in points if (p.side, p.tokens) == (224, 32)]
    groups = [point.group for point in line]
    ours, naive = (
        float(np.polyfit(groups, seconds, 1)[0])
        for seconds in ([p.seconds for p in line], [p.naive_seconds for p in line])
    )
    return {"ours": round(ours, 5), "naive": round(naive, 5), "ratio": round(naive / ours, 2)}


def cost_table(cost: dict[str, Any]) -> Table:
    """Measured beside fitted, and the coefficients."""
    rollout = cost["seconds_per_rollout"]
    title = (
        f"What a step costs; one more rollout at 224 px and 32 tokens: {rollout['ours']} s, "
        f"naive {rollout['naive']} s"
    )
    shown = Table(
        "Image", "Tokens", "Rollouts", "Ours s", "Fitted", "Naive s", "Fitted", title=title
    )
    for point in (Point(**point) for point in cost["points"]):
        cells = [
            point.seconds,
            predicted(cost["ours"], point.terms(1)),
            point.naive_seconds,
            predicted(cost["naive"], point.terms(point.group)),
        ]
        row = (point.side, point.tokens, point.group)
        shown.add_row(*map(str, row), *(f"{cell:.3f}" for cell in cells))
    return shown


def write_page(cost: dict[str, Any], machine: str, page: Path = PAGE) -> None:
    """Put the coefficients into the documentation, between its two marks."""
    ours, naive, rollout = cost["ours"], cost["naive"], cost["seconds_per_rollout"]
    rows = [
        (f"seconds, {machine}", "ours", "naive"),
        ("---", "---", "---"),
        *((f"`{term}`", ours["seconds"][term], naive["seconds"][term]) for term in TERMS),
        ("median error", f"{ours['median_error']:.1%}", f"{naive['median_error']:.1%}"),
        ("one more rollout at 224 px, 32 tokens", rollout["ours"], rollout["naive"]),
    ]
    figures = "".join(f"| {name} | {one} | {other} |\n" for name, one, other in rows)
    before, rest = page.read_text("utf-8").split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n{figures}{END}{after}", "utf-8")


def predicted(fit: dict[str, Any], terms: Sequence[float]) -> float:
    """Seconds of a step by a fit."""
    return sum(c * term for c, term in zip(fit["seconds"].values(), terms, strict=True))
