from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.events import Response, Sample
from prism_engine.contract.structure import caption_items, reasoning_steps
from server.actors import Actor
from server.errors import Invalid
from server.runs import repository as runs
from server.runs.snapshots import columns
from server.samples import repository
from server.samples.schemas import (
    Counts,
    SampleOfRun,
    SamplePage,
    SharedItem,
    SharedItems,
    StepSample,
    Structure,
)
from server.schemas import MOST, FieldProblem

MOST_ITEMS = 500
MOST_SAMPLES = 2000
"""Of a run, the newest first: more would not change what a distribution looks like."""


async def page(
    session: AsyncSession,
    run_id: str,
    step: int | None,
    item: str | None,
    limit: int,
    after: str | None,
) -> SamplePage:
    await runs.find(session, run_id)
    rows = await repository.page(session, run_id, step, item, limit + 1, _place(after))
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return SamplePage(
        data=[StepSample.model_validate(columns(row)) for row in shown],
        next_cursor=last and f"{last.step}.{last.position}.{last.number}",
        steps=await repository.steps(session, run_id, item),
    )


async def shared(
    session: AsyncSession, actor: Actor, run_ids: Sequence[str], wanted: str | None
) -> SharedItems:
    await runs.readable(session, actor, run_ids)
    counts = Counter[str]()
    for run_id in run_ids:
        counts.update(await repository.items(session, run_id))
    least = min(2, len(run_ids))
    items = [item for item, count in sorted(counts.items(), key=_most_first) if count >= least]
    item = wanted if wanted in counts else next(iter(items), None)
    samples = []
    for run_id in run_ids if item is not None else []:
        if row := await repository.newest_of_item(session, run_id, item or ""):
            newest = StepSample.model_validate(columns(row))
            samples.append(SampleOfRun(run_id=run_id, newest=newest))
    return SharedItems(
        items=[SharedItem(item=each, runs=counts[each]) for each in items[:MOST_ITEMS]],
        item=item,
        samples=samples,
    )


def _most_first(entry: tuple[str, int]) -> tuple[int, str]:
    item, count = entry
    return -count, item


async def structure(session: AsyncSession, run_id: str) -> Structure:
    await runs.find(session, run_id)
    rows = await repository.newest(session, run_id, MOST_SAMPLES)
    samples = [Sample.model_validate(row.sample) for row in rows]
    # Thousands of texts are read: others are answered meanwhile.
    return await asyncio.to_thread(_structure, samples)


def _structure(samples: Sequence[Sample]) -> Structure:
    policy = [rollout for sample in samples for rollout in sample.rollouts if rollout.valid]
    # An item that is shown at many steps has one demonstration.
    shown = {
        sample.item: sample.demonstration
        for sample in samples
        if sample.demonstration and sample.demonstration.valid
    }
    supervision = list(shown.values())
    return Structure(
        policy_responses=len(policy),
        supervision_responses=len(supervision),
        caption_items=Counts(
            policy=_histogram(map(_items, policy)), supervision=_histogram(map(_items, supervision))
        ),
        reasoning_steps=Counts(
            policy=_histogram(map(_steps, policy)), supervision=_histogram(map(_steps, supervision))
        ),
    )


def _items(response: Response) -> int:
    return len(caption_items(response.caption.text)) if response.caption else 0


def _steps(response: Response) -> int:
    return reasoning_steps(response.reasoning.text) if response.reasoning else 0


def _histogram(counts: Iterable[int]) -> list[int]:
    """How often each count from 0 on is there."""
    found = Counter(counts)
    return [found[count] for count in range(max(found, default=-1) + 1)]


def _place(after: str | None) -> tuple[int, int, int] | None:
    if after is None:
        return None
    try:
        step, position, number = map(int, after.split("."))
        if max(step, position, number) > MOST:
            raise ValueError("beyond every row")
    except ValueError as error:
        problem = FieldProblem(field="after", message="not a cursor of this list")
        raise Invalid("The cursor cannot be read.", [problem]) from error
    return step, position, number
