from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Label, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import Actor
from server.database import clock
from server.fleet import turns, waiting_time
from server.fleet.recent_use import recently_used, seconds_held
from server.fleet.schemas import ExpectedStart, UsageBy, UsageRow
from server.fleet.turns import OpenSlot, Share, Turn, Waiting
from server.fleet.waiting_time import NOW, UNKNOWN, Span, around
from server.runs.pace import seconds_a_step, seconds_left
from server.scoping import within
from server.studies import limits
from server.tables import Attempt, Event, GangMember, Pipeline, Project, Run, Token, Worker
from server.workers.capacity import capacity_of

PEERS = 100
"""So many of the newest runs that succeeded say how long others will take."""

USAGE_KEYS: Mapping[UsageBy, Sequence[Label[Any]]] = {
    "project": (),
    "person": (Pipeline.created_by.label("person"),),
    "run": (
        Pipeline.created_by.label("person"),
        Run.id.label("run_id"),
        Run.name.label("run"),
        Pipeline.id.label("pipeline_id"),
        Pipeline.name.label("pipeline"),
    ),
}
"""What use is summed up by, beside the project."""


async def present_turns(session: AsyncSession, planned: Iterable[Waiting] = ()) -> dict[str, Turn]:
    """The turn of every waiting run, and of what is `planned`, in the order of their claims."""
    waiting = [*await queued(session), *planned]
    held = await limits.full_studies(session, {run.pipeline_id for run in waiting})
    waiting = [replace(run, held=held.get(run.pipeline_id)) for run in waiting]
    slots, holdings = await open_slots(session), await shares(session, waiting)
    found = turns.turns(waiting, slots, holdings)
    by_id = {run.run_id: run for run in waiting}
    order = [by_id[run_id] for run_id, turn in found.items() if not turn.held]
    starts = await expected_starts(session, order, slots, holdings)
    return {run_id: replace(turn, starts=starts.get(run_id)) for run_id, turn in found.items()}


async def queued(session: AsyncSession, queues: Collection[str] | None = None) -> list[Waiting]:
    """All waiting runs, or those of some queues."""
    query = (
        select(
            Run.id,
            Run.pipeline_id,
            Pipeline.project_id,
            Run.queue,
            Run.priority,
            Run.queued_at,
            Run.gpus,
            Run.gpu_memory,
            Run.nodes,
            Run.kind,
            Run.steps,
            Run.step,
            Run.max_seconds,
        )
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Run.state == "queued", true() if queues is None else Run.queue.in_(queues))
    )
    # A queued run has been queued at some time, whatever the column could hold.
    return [
        Waiting(row.id, row.pipeline_id, row.project_id, row.queue, row.priority, row.queued_at,
                row.gpus, row.gpu_memory, None, row.nodes, row.kind, row.steps, row.step,
                row.max_seconds)
        for row in await session.execute(query)
        if row.queued_at is not None
    ]  # fmt: skip


async def hopeless_gangs(
    session: AsyncSession, waiting: Sequence[Waiting], shares: Mapping[str, Share]
) -> set[str]:
    """The runs over several slots that the fleet is too small for, or their project's quota."""
    if all(run.nodes == 1 for run in waiting):
        return set()
    return turns.hopeless_gangs(waiting, await open_slots(session), shares)


async def waiting_rows(session: AsyncSession) -> dict[str, tuple[Run, Pipeline, Project]]:
    """All queued runs by id, each with what it belongs to."""
    query = (
        select(Run, Pipeline, Project)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .join(Project, Project.id == Pipeline.project_id)
        .where(Run.state == "queued")
    )
    rows = await session.execute(query)
    return {run.id: (run, pipeline, project) for run, pipeline, project in rows}


async def open_slots(session: AsyncSession) -> list[OpenSlot]:
    """Slots of all workers that are heard of."""
    columns = (Attempt.worker_id, Attempt.slot, Attempt.run_id)
    held = select(*columns).where(Attempt.ended_at.is_(None))
    nodes = (
        select(GangMember.worker_id, GangMember.slot, Attempt.run_id)
        .join(Attempt, Attempt.id == GangMember.attempt_id)
        .where(GangMember.ended_at.is_(None), Attempt.ended_at.is_(None))
    )
    executed = {
        (worker_id, slot): run_id
        for worker_id, slot, run_id in await session.execute(held.union_all(nodes))
    }
    query = (
        select(Worker, Token.queues, Token.projects)
        .join(Token, Token.id == Worker.token_id)
        .where(Worker.online_until > await clock(session))
    )
    return [
        OpenSlot(
            queues=frozenset(worker.queues if queues is None else {*worker.queues} & {*queues}),
            capacity=capacity_of(worker, slot),
            projects=None if projects is None else frozenset(projects),
            draining=worker.draining_at is not None,
            run_id=executed.get((worker.id, slot)),
        )
        for worker, queues, projects in await session.execute(query)
        for slot in range(worker.slots)
    ]


async def expected_starts(
    session: AsyncSession,
    order: Sequence[Waiting],
    slots: Sequence[OpenSlot],
    holdings: Mapping[str, Share],
) -> dict[str, ExpectedStart]:
    """When the first runs of the order probably start, where it can be known."""
    order = order[: waiting_time.MOST]
    if not order:
        return {}
    now = await clock(session)
    executed = await executed_runs(session, {slot.run_id for slot in slots if slot.run_id})
    paces = await paces_seen(session, executed)
    left = {
        run.id: _time_left(run, attempt, project, paces, now) for run, attempt, project in executed
    }
    studies = await limits.limited_studies(session, {run.pipeline_id for run in order})
    bound = {project for project, share in holdings.items() if share.max_runs or share.max_gpus}
    found = waiting_time.waiting_times(
        order,
        slots,
        [left.get(slot.run_id, UNKNOWN) if slot.run_id else NOW for slot in slots],
        {run.run_id: _duration(run, paces) for run in order},
        {run.run_id: run.project_id for run in order if run.project_id in bound}
        | {run.run_id: studies[run.pipeline_id] for run in order if run.pipeline_id in studies},
    )
    return {
        run_id: ExpectedStart(
            earliest=now + timedelta(seconds=span.low), latest=now + timedelta(seconds=span.high)
        )
        for run_id, span in found.items()
    }


Executed = tuple[Run, Attempt, str]
"""A run, its present attempt and its project."""


async def executed_runs(session: AsyncSession, run_ids: Collection[str]) -> list[Executed]:
    query = (
        select(Run, Attempt, Pipeline.project_id)
        .join(Attempt, and_(Attempt.run_id == Run.id, Attempt.number == Run.attempt))
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Run.id.in_(run_ids))
    )
    rows = await session.execute(query)
    return [(run, attempt, project_id) for run, attempt, project_id in rows]


def _time_left(
    run: Run,
    attempt: Attempt,
    project_id: str,
    paces: Mapping[tuple[str, str], Span],
    now: datetime,
) -> Span:
    """What an executed run still takes, by its own pace or else by that of others of its kind."""
    left = seconds_left(run, attempt)
    elapsed = (now - attempt.claimed_at).total_seconds()
    if left is None:
        span = paces.get((project_id, run.kind), UNKNOWN).times(run.steps or 1).after(elapsed)
    else:
        span = around([left])
    if run.max_seconds is not None:
        span = span.at_most(max(0.0, run.max_seconds - elapsed))
    return span if run.desired_state == "run" else Span(0.0, span.high)


async def paces_seen(
    session: AsyncSession, executed: Iterable[Executed]
) -> dict[tuple[str, str], Span]:
    """Seconds a step by project and kind, of what is executed and of what newly succeeded.

    Of runs without steps it is all their seconds. Those that needed several attempts are left out:
    what these took is not all in one.
    """
    query = (
        select(Pipeline.project_id, Run.kind, Run.steps, Run.claimed_at, Run.finished_at)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Run.state == "succeeded", Run.attempt == 1)
        .order_by(Run.id.desc())
        .limit(PEERS)
    )
    seen = defaultdict[tuple[str, str], list[float]](list)
    for run, attempt, project_id in executed:
        if (pace := seconds_a_step(run, attempt)) is not None and run.steps is not None:
            seen[project_id, run.kind].append(pace)
    for project_id, kind, steps, claimed_at, finished_at in await session.execute(query):
        if claimed_at is not None and finished_at is not None:
            seconds = (finished_at - claimed_at).total_seconds()
            seen[project_id, kind].append(seconds / (steps or 1))
    return {key: around(values) for key, values in seen.items()}


def _duration(run: Waiting, paces: Mapping[tuple[str, str], Span]) -> Span:
    steps = 1 if run.steps is None else max(0, run.steps - run.step)
    pace = paces.get((run.project_id, run.kind), UNKNOWN)
    return pace.times(steps).at_most(run.max_seconds)


async def shares(session: AsyncSession, waiting: Iterable[Waiting]) -> dict[str, Share]:
    """What each project that waits holds and may hold, and what it has used of late."""
    projects = {run.project_id for run in waiting}
    holdings = await share_of(session, Project.id.in_(projects))
    # Who is alone shares with nobody.
    if len(projects) > 1:
        now = await clock(session)
        used = await recently_used(session, now)
        holdings = {id_: replace(share, used=used[id_]) for id_, share in holdings.items()}
    return holdings


async def share_of(session: AsyncSession, projects: ColumnElement[bool]) -> dict[str, Share]:
    """What projects hold at present and may hold, by project."""
    held = (
        select(
            Pipeline.project_id, func.count().label("runs"), func.sum(Attempt.gpus).label("gpus")
        )
        .select_from(Attempt)
        .join(Run, Run.id == Attempt.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .where(Attempt.ended_at.is_(None))
        .group_by(Pipeline.project_id)
        .subquery()
    )
    query = (
        select(Project.id, held.c.runs, held.c.gpus, Project.max_runs, Project.max_gpus)
        .outerjoin(held, held.c.project_id == Project.id)
        .where(projects)
    )
    return {
        project_id: Share(runs or 0, gpus or 0, max_runs, max_gpus)
        for project_id, runs, gpus, max_runs, max_gpus in await session.execute(query)
    }


async def visible_projects(session: AsyncSession, actor: Actor) -> Sequence[Project]:
    """Projects that the actor sees, by name."""
    query = select(Project).where(within(Project.id, actor)).order_by(Project.name)
    return (await session.scalars(query)).all()


async def usage(
    session: AsyncSession, whose: ColumnElement[bool], by: UsageBy, since: datetime, limit: int
) -> list[UsageRow]:
    """What has been used since a moment, the most first."""
    seconds = seconds_held(since, await clock(session))
    keys = [Project.id.label("project_id"), Project.name.label("project"), *USAGE_KEYS[by]]
    gpu_seconds = func.sum(seconds * Attempt.gpus).label("gpu_seconds")
    slot_seconds = func.sum(seconds).label("slot_seconds")
    query = (
        select(*keys, func.count(Run.id.distinct()).label("runs"), gpu_seconds, slot_seconds)
        .select_from(Attempt)
        .join(Run, Run.id == Attempt.run_id)
        .join(Pipeline, Pipeline.id == Run.pipeline_id)
        .join(Project, Project.id == Pipeline.project_id)
        .where(whose, *_executed_since(since))
        .group_by(*keys)
        .order_by(gpu_seconds.desc(), slot_seconds.desc(), *keys)
        .limit(limit)
    )
    rows = (await session.execute(query)).mappings()
    return [UsageRow.model_validate(dict(row)) for row in rows]


async def measured(session: AsyncSession, run_id: str, limit: int) -> Sequence[Event]:
    """The newest events that say what a run's devices did, newest first."""
    query = (
        select(Event)
        .where(Event.run_id == run_id, Event.source == "worker", Event.type == "devices_measured")
        .order_by(Event.position.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


def _executed_since(since: datetime) -> tuple[ColumnElement[bool], ...]:
    # What was imported was executed by somebody else.
    return (
        Attempt.worker_id.is_not(None),
        or_(Attempt.ended_at.is_(None), Attempt.ended_at > since),
    )
