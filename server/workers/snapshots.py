"""Rows into what is shown of a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from prism_engine.contract.events import DeviceUse
from server.actors import Actor
from server.database import clock
from server.runs.snapshots import columns
from server.tables import Attempt, Pipeline, Run, Worker
from server.workers import repository
from server.workers.presence import is_online
from server.workers.schemas import DeviceSnapshot, SlotRun, SlotSnapshot, WorkerSnapshot

Held = Mapping[tuple[str, int], tuple[Attempt, Run, Pipeline]]


async def snapshots(
    session: AsyncSession, actor: Actor, workers: Sequence[Worker]
) -> list[WorkerSnapshot]:
    """Build the snapshots of workers; runs that the actor may not see keep their slot busy."""
    held = await repository.held_slots(session, [worker.id for worker in workers])
    now = await clock(session)
    return [_snapshot(worker, held, actor, now) for worker in workers]


def _snapshot(worker: Worker, held: Held, actor: Actor, now: datetime) -> WorkerSnapshot:
    slots = [_slot(worker, number, held, actor) for number in range(worker.slots)]
    busy = any(slot.busy for slot in slots)
    return WorkerSnapshot.model_validate(
        columns(worker)
        | {
            "slots": slots,
            "state": _state(worker, busy, now),
            "run_ids": [slot.run.run_id for slot in slots if slot.run],
        }
    )


def _state(
    worker: Worker, busy: bool, now: datetime
) -> Literal["online", "draining", "drained", "offline"]:
    if not is_online(worker, now):
        return "offline"
    if worker.draining_at is None:
        return "online"
    return "draining" if busy else "drained"


def _slot(worker: Worker, number: int, held: Held, actor: Actor) -> SlotSnapshot:
    devices = worker.devices[number] if number < len(worker.devices) else []
    found = held.get((worker.id, number))
    if found is None:
        return SlotSnapshot(number=number, devices=_devices(devices, []), busy=False, run=None)
    attempt, run, pipeline = found
    shown = _slot_run(run, pipeline) if actor.may("read", pipeline.project_id) else None
    return SlotSnapshot(
        number=number, devices=_devices(devices, attempt.device_use or []), busy=True, run=shown
    )


def _devices(
    devices: Sequence[Mapping[str, Any]], uses: Sequence[Mapping[str, Any]]
) -> list[DeviceSnapshot]:
    by_uuid = {use["uuid"]: DeviceUse.model_validate(use) for use in uses}
    return [
        DeviceSnapshot.model_validate({**device, "use": by_uuid.get(device["uuid"])})
        for device in devices
    ]


def _slot_run(run: Run, pipeline: Pipeline) -> SlotRun:
    return SlotRun(
        run_id=run.id,
        run=run.name,
        pipeline_id=pipeline.id,
        pipeline=pipeline.name,
        number=pipeline.number,
    )
