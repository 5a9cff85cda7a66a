"""Whose turn it is, and why every other run waits.

Runs go by priority; then the project goes first that has used the queue's slots least of late; then
whoever has waited longest. Claims follow the same order (`workers.repository.next_queued`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from server.fleet.schemas import ExpectedStart
from server.workers.capacity import Capacity


@dataclass(frozen=True)
class Waiting:
    """A queued run, and what it needs; `held` says why it may not start whatever comes free."""

    run_id: str
    pipeline_id: str
    project_id: str
    queue: str
    priority: int
    queued_at: datetime
    gpus: int | None = None
    gpu_memory: int | None = None
    held: str | None = None
    nodes: int = 1
    kind: str = ""
    steps: int | None = None
    step: int = 0
    max_seconds: int | None = None

    @property
    def gpus_of_slot(self) -> str:
        """What a slot must have, in words; empty where any will do."""
        if not self.gpus:
            return ""
        size = f" of {self.gpu_memory} GB" if self.gpu_memory else ""
        return f"{self.gpus} {'GPU' if self.gpus == 1 else 'GPUs'}{size}"

    @property
    def needs(self) -> str:
        """What it waits for, in words."""
        if self.nodes == 1:
            return self.gpus_of_slot or "a slot"
        return f"{self.nodes} slots{f' with {self.gpus_of_slot} each' if self.gpus else ''}"


@dataclass(frozen=True)
class OpenSlot:
    """A slot of a worker that is heard of; `projects` is None where it works for all.

    `run_id` is what it executes.
    """

    queues: frozenset[str]
    capacity: Capacity
    projects: frozenset[str] | None = None
    draining: bool = False
    run_id: str | None = None

    @property
    def busy(self) -> bool:
        return self.run_id is not None

    def serves(self, run: Waiting) -> bool:
        theirs = self.projects is None or run.project_id in self.projects
        return theirs and run.queue in self.queues

    def could_take(self, run: Waiting) -> bool:
        """Whether it will take such a run once it is free."""
        fits = self.capacity.suits(run.gpus, run.gpu_memory)
        return fits and not self.draining and self.serves(run)


@dataclass(frozen=True)
class Share:
    """What a project holds of the fleet, and how much of it it may hold; None is no limit.

    `used` is the time (s) that it has had of each queue's slots of late, times their GPUs.
    """

    runs: int = 0
    gpus: int = 0
    max_runs: int | None = None
    max_gpus: int | None = None
    used: Mapping[str, float] = field(default_factory=dict)

    def objection(self, gpus: int) -> str | None:
        """Say which quota keeps the project from one more run on a slot with so many GPUs."""
        if self.max_runs is not None and self.runs >= self.max_runs:
            unit = "running run" if self.max_runs == 1 else "running runs"
            return f"The quota of {self.max_runs} {unit} of this project is used"
        if self.max_gpus is None or self.gpus + gpus <= self.max_gpus or gpus == 0:
            return None
        if gpus > self.max_gpus:
            return f"Takes {gpus} GPUs, and the quota of this project is {self.max_gpus}"
        if self.gpus >= self.max_gpus:
            return f"The quota of {self.max_gpus} GPUs of this project is used"
        quota = f"this project's quota of {self.max_gpus}"
        return f"Takes {gpus} GPUs, and {self.gpus} of {quota} are used"


NOTHING_YET = Share()


@dataclass(frozen=True)
class Turn:
    """How many runs of its queue go before a waiting run, and what it waits for.

    It is `held` where no slot that comes free could take it. `starts` is when it probably starts.
    """

    ahead: int
    reason: str
    held: bool = field(default=False, compare=False)
    starts: ExpectedStart | None = None


def turns(
    waiting: Iterable[Waiting], slots: Sequence[OpenSlot], shares: Mapping[str, Share]
) -> dict[str, Turn]:
    """Return the turn of every waiting run, by its id, in the order in which they are claimed.

    A run that could not be claimed whichever slot came free stands in nobody's way and is not
    counted among those ahead.

    Args:
        waiting: all queued runs.
        slots: those of all workers that are heard of.
        shares: by project.
    """
    found: dict[str, Turn] = {}
    ahead = Counter[str]()
    for run in sorted(waiting, key=lambda run: _place(run, shares)):
        held = _held(run, slots, shares.get(run.project_id, NOTHING_YET))
        reason = held or _in_turn(run, ahead[run.queue])
        found[run.run_id] = Turn(ahead[run.queue], reason, held=held is not None)
        ahead[run.queue] += not held
    return found


def _place(run: Waiting, shares: Mapping[str, Share]) -> tuple[int, float, datetime, str]:
    used = shares.get(run.project_id, NOTHING_YET).used.get(run.queue, 0.0)
    return (-run.priority, used, run.queued_at, run.run_id)


def _held(run: Waiting, slots: Sequence[OpenSlot], share: Share) -> str | None:
    """Why no slot could take the run, were it free."""
    if run.held:
        return run.held
    serving = [slot for slot in slots if slot.serves(run)]
    if not serving:
        return f"No worker serves queue {run.queue}"
    working = [slot for slot in serving if not slot.draining]
    if not working:
        return f"Every worker of queue {run.queue} is being drained"
    fitting = [slot for slot in working if slot.capacity.suits(run.gpus, run.gpu_memory)]
    if not fitting:
        return f"No worker of queue {run.queue} has a slot with {run.gpus_of_slot}"
    if len(fitting) < run.nodes:
        return f"Needs {run.needs}, and queue {run.queue} has {len(fitting)}"
    return share.objection(sum(sorted(slot.capacity.gpus for slot in fitting)[: run.nodes]))


def hopeless_gangs(
    waiting: Iterable[Waiting], slots: Sequence[OpenSlot], shares: Mapping[str, Share]
) -> set[str]:
    """Return the runs over several slots that could not be claimed if all of them came free."""
    return {
        run.run_id
        for run in waiting
        if run.nodes > 1 and _held(run, slots, shares.get(run.project_id, NOTHING_YET))
    }


def _in_turn(run: Waiting, ahead: int) -> str:
    place = f"{ahead} {'run' if ahead == 1 else 'runs'} ahead" if ahead else "it is next"
    return f"Waits for {run.needs} on queue {run.queue}; {place}"
