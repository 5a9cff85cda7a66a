"""What follows from each kind of event, in the same transaction that stores it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.events import (
    Audited,
    BenchmarkScored,
    CheckpointSaved,
    DevicesMeasured,
    EnvironmentRecorded,
    Event,
    Finished,
    ItemsJudged,
    Log,
    Output,
    SamplesDrawn,
    Started,
    StepFinished,
)
from server.alerts.rules import raise_alert
from server.artifacts.repository import note_use
from server.audits.service import announce_verdicts
from server.checkpoints import repository as checkpoints
from server.database import clock
from server.metrics import tail
from server.metrics.latest import record_steps
from server.pipelines import repository as pipelines
from server.runs.lifecycle import move
from server.runs.service import settle
from server.signals import Told
from server.tables import (
    Attempt,
    BenchmarkScore,
    BenchmarkVerdicts,
    GameAudit,
    LogLine,
    Run,
    StepSample,
)


@dataclass
class Ingestion:
    """A batch on its way into one attempt's history, its run locked."""

    session: AsyncSession
    run: Run
    attempt: Attempt
    steps: list[tuple[int, StepFinished]] = field(default_factory=list)
    samples: list[dict[str, Any]] = field(default_factory=list)
    images: set[str] = field(default_factory=set)
    audits: list[dict[str, Any]] = field(default_factory=list)
    log_lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def current(self) -> bool:
        """Whether the attempt still speaks for its run."""
        return self.attempt.number == self.run.attempt and self.attempt.ended_at is None

    def add_line(self, position: int, at: datetime, stream: str, text: str) -> None:
        self.run.log_lines += 1
        self.log_lines.append(
            {
                "run_id": self.run.id,
                "number": self.run.log_lines,
                "position": position,
                "attempt": self.attempt.number,
                "at": at,
                "stream": stream,
                "text": text,
            }
        )

    async def finish(self) -> None:
        """Write what was gathered."""
        if self.steps:
            await self._add_steps()
        if self.audits:
            await announce_verdicts(self.session, self.run, self.audits)
            await self.session.execute(insert(GameAudit), self.audits)
        if self.steps or self.audits:
            self.run.version += 1
        if self.samples:
            await self.session.execute(insert(StepSample), self.samples)
        if self.images:
            await note_use(self.session, self.run.id, self.images)
        if self.log_lines:
            await self.session.execute(insert(LogLine), self.log_lines)

    def told(self) -> Told:
        """Return the steps for whoever streams them; nothing else came with them."""
        return Told(
            self.run.id,
            self.attempt.number,
            self.attempt.first_step or 0,
            self.steps[0][0],
            self.steps[-1][0],
            [(event.step, event.metrics) for _, event in self.steps],
        )

    async def _add_steps(self) -> None:
        steps = tail.together((event.step, event.metrics) for _, event in self.steps)
        position, _ = self.steps[0]
        _, newest = self.steps[-1]
        self.attempt.stepped_at, self.attempt.stalled_at = newest.at, None
        if self.current:
            self.run.step = newest.step
        await tail.add(self.session, self.run.id, self.attempt.number, position, steps)
        self.attempt.loose_steps += len(steps)
        await record_steps(self.session, self.run, self.attempt, steps)


async def _environment_recorded(into: Ingestion, event: EnvironmentRecorded, position: int) -> None:
    into.attempt.environment_position = position


async def _started(into: Ingestion, event: Started, position: int) -> None:
    into.attempt.started_at = into.attempt.stepped_at = event.at
    if into.current and into.run.state == "claimed":
        now = await clock(into.session)
        move(into.run, "running", now)
        into.run.started_at = event.at
        pipeline = await pipelines.find(into.session, into.run.pipeline_id)
        await settle(into.session, pipeline, now)


async def _step_finished(into: Ingestion, event: StepFinished, position: int) -> None:
    into.steps.append((position, event))


async def _samples_drawn(into: Ingestion, event: SamplesDrawn, position: int) -> None:
    for number, sample in enumerate(event.samples):
        into.images.update(sample.images)
        into.samples.append(
            {
                "run_id": into.run.id,
                "position": position,
                "number": number,
                "attempt": into.attempt.number,
                "step": event.step,
                "sample": sample.model_dump(mode="json"),
            }
        )


async def _checkpoint_saved(into: Ingestion, event: CheckpointSaved, position: int) -> None:
    await checkpoints.record(
        into.session, into.attempt, event.step, event.kind, event.role, event.size
    )


async def _benchmark_scored(into: Ingestion, event: BenchmarkScored, position: int) -> None:
    key = (into.run.id, event.benchmark, event.arm)
    row = await into.session.get(BenchmarkScore, key)
    if row is None:
        row = BenchmarkScore(run_id=key[0], benchmark=key[1], arm=key[2], attempt=0)
        into.session.add(row)
    # A late word of an older attempt does not replace that of a newer one.
    if row.attempt <= into.attempt.number:
        row.attempt = into.attempt.number
        row.scores = {name: score.model_dump() for name, score in event.scores.items()}
        row.supervision, row.majority = dict(event.supervision), event.majority


async def _items_judged(into: Ingestion, event: ItemsJudged, position: int) -> None:
    key = (into.run.id, event.benchmark, event.arm)
    row = await into.session.get(BenchmarkVerdicts, key)
    if row is None:
        row = BenchmarkVerdicts(run_id=key[0], benchmark=key[1], arm=key[2], attempt=0)
        into.session.add(row)
    if row.attempt <= into.attempt.number:
        row.attempt, row.asked = into.attempt.number, event.asked
        row.groups, row.right = list(event.groups), list(event.right)


async def _audited(into: Ingestion, event: Audited, position: int) -> None:
    into.audits.append(
        {
            "run_id": into.run.id,
            "position": position,
            "attempt": into.attempt.number,
            "step": event.step,
            "at": event.at,
            "audit": event.model_dump(mode="json", exclude={"type", "seq", "at", "step"}),
        }
    )


async def _log(into: Ingestion, event: Log, position: int) -> None:
    into.add_line(position, event.at, event.level, event.message)
    if event.alert is not None:
        run = into.run
        await into.session.run_sync(raise_alert, run.pipeline_id, event.alert, event.message, run)


async def _output(into: Ingestion, event: Output, position: int) -> None:
    for text in event.lines:
        into.add_line(position, event.at, event.stream, text)


async def _devices_measured(into: Ingestion, event: DevicesMeasured, position: int) -> None:
    into.attempt.device_use = [device.model_dump() for device in event.devices]


async def _finished(into: Ingestion, event: Finished, position: int) -> None:
    if into.current:
        into.run.step = event.step


CONSEQUENCES: dict[type[Any], Callable[[Ingestion, Any, int], Awaitable[None]]] = {
    EnvironmentRecorded: _environment_recorded,
    Started: _started,
    StepFinished: _step_finished,
    SamplesDrawn: _samples_drawn,
    CheckpointSaved: _checkpoint_saved,
    BenchmarkScored: _benchmark_scored,
    ItemsJudged: _items_judged,
    Audited: _audited,
    Log: _log,
    Output: _output,
    DevicesMeasured: _devices_measured,
    Finished: _finished,
}
"""Events that are not listed are history and nothing more."""


async def draw_consequences(into: Ingestion, event: Event, position: int) -> None:
    """Do what follows from an event that was given this position."""
    consequence = CONSEQUENCES.get(type(event))
    if consequence is not None:
        await consequence(into, event, position)
