"""Policies compared item by item. What was compared once is remembered: verdicts never change."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.events import Estimate
from server.benchmarks import repository
from server.benchmarks.pairing import paired
from server.benchmarks.repository import Asked
from server.benchmarks.schemas import PairedDifference
from server.tables import BenchmarkVerdicts

Key = tuple[str, str, str]
"""A run, a benchmark and an arm: what has a score."""

MOST_REMEMBERED = 10_000

_remembered: dict[tuple[Asked, Asked], PairedDifference] = {}


async def compared(session: AsyncSession, others: Mapping[Key, Key]) -> dict[Key, PairedDifference]:
    """Each score against another, where both were asked the same and judged alike.

    Thousands of verdicts are read only for pairs that nobody has asked about yet.
    """
    runs = {run_id for pair in others.items() for run_id, *_ in pair}
    asked = {each.key: each for each in await repository.asked(session, runs)}
    pairs = [
        (asked[key], asked[other])
        for key, other in others.items()
        if key in asked and other in asked and asked[key].asked == asked[other].asked
    ]
    unknown = [pair for pair in pairs if pair not in _remembered]
    if unknown:
        await _compare(session, unknown)
    return {ours.key: _remembered[ours, theirs] for ours, theirs in pairs}


async def _compare(session: AsyncSession, pairs: list[tuple[Asked, Asked]]) -> None:
    if len(_remembered) + len(pairs) > MOST_REMEMBERED:
        _remembered.clear()
    runs = {each.run_id for pair in pairs for each in pair}
    verdicts = await repository.verdicts(session, runs)
    for ours, theirs in pairs:
        found = _difference(verdicts[ours.key], verdicts[theirs.key])
        _remembered[ours, theirs] = found


def _difference(ours: BenchmarkVerdicts, theirs: BenchmarkVerdicts) -> PairedDifference:
    found = paired(ours.right, theirs.right, ours.groups)
    return PairedDifference(
        arm=theirs.arm,
        difference=Estimate(value=found.difference, low=found.low, high=found.high, n=found.items),
        groups=found.groups,
        only_this=found.only_first,
        only_other=found.only_second,
        p=found.p,
    )
