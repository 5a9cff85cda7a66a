"""`make verification`: whether right answers are accepted, wrong ones refused, and hostile ones
answered in time.

The cases are those of the tests. Hostile inputs are given to the verifier while a thread of the
same process goes on as training would; how long it was ever kept waiting is measured too.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from rich.table import Table

from bench.console import console
from bench.record import record
from prism_engine.rewards.answer import verdict
from prism_engine.rewards.answer.mathematics import CALCULATORS, Question
from tests.engine.rewards.answer.cases import (
    Case,
    hostile_cases,
    perturbed_cases,
    written_cases,
)

MOST_SECONDS = 2.0
SHOWN = 20


@dataclass(frozen=True)
class Examined:
    """A case and what the verifier said of it, `exception` if it raised one."""

    case: Case
    verdict: str
    seconds: float


def main() -> None:
    """Go through all cases, print what went wrong, and record the figures."""
    # Starting the first calculator takes a second or two and belongs to no question.
    CALCULATORS.ask(Question("x", "y"))
    ordinary = examine([*written_cases(), *perturbed_cases()])
    with pulse() as pauses:
        hostile = examine(hostile_cases())
    found = [*ordinary, *hostile]
    console.print(table(found))
    for examined in [e for e in found if is_wrong(e)][:SHOWN]:
        console.print(f"{examined.verdict}: {str(examined.case)[:200]}", markup=False)
    record(
        "verification",
        {
            "cases": len(found),
            "wrong_accepted": sum(e.verdict == "right" != e.case.expected for e in found),
            "right_rejected": sum(e.case.expected == "right" != e.verdict for e in found),
            "unparsed": sum(e.verdict == "unparsed" for e in found),
            "exceptions": sum(e.verdict == "exception" for e in found),
            "slowest_s": round(max(e.seconds for e in found), 2),
            "timeouts": sum(e.verdict == "timeout" for e in found),
            "hostile": len(hostile),
            "longest_pause_s": round(max(pauses), 2),
        },
    )


def examine(cases: Sequence[Case]) -> list[Examined]:
    """Ask for every verdict and take the time."""
    return [_examine(case) for case in cases]


def is_wrong(examined: Examined) -> bool:
    """Whether the verdict is another than the case expects, or came too late."""
    return not examined.case.is_met_by(examined.verdict) or examined.seconds > MOST_SECONDS


@contextmanager
def pulse() -> Iterator[list[float]]:
    """A thread that wakes every hundredth of a second and notes how long it really took."""
    pauses, ended = [0.0], threading.Event()

    def beat() -> None:
        last = time.perf_counter()
        while not ended.wait(0.01):
            now = time.perf_counter()
            pauses.append(now - last)
            last = now

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield pauses
    finally:
        ended.set()
        thread.join()


def table(found: Sequence[Examined]) -> Table:
    """Verdicts by type of gold."""
    shown = Table(title="Verdicts by type of gold")
    columns = ("right", "wrong", "unparsed", "timeout", "exception")
    for column in ("type", "cases", *columns, "slowest"):
        shown.add_column(column, justify="left" if column == "type" else "right")
    for kind in dict.fromkeys(e.case.gold.type for e in found):
        of_kind = [e for e in found if e.case.gold.type == kind]
        counts = Counter(e.verdict for e in of_kind)
        slowest = max(e.seconds for e in of_kind)
        shown.add_row(
            kind, str(len(of_kind)), *(str(counts[c]) for c in columns), f"{slowest:.2f} s"
        )
    return shown


def _examine(case: Case) -> Examined:
    began = time.perf_counter()
    try:
        said: str = verdict(case.gold, case.given)
    except Exception:
        console.print_exception()
        said = "exception"
    return Examined(case, said, time.perf_counter() - began)


if __name__ == "__main__":
    main()
