"""The loop that all stages share."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prism_engine.checkpoint import Checkpoints, begin, publish, require_space
from prism_engine.contract.config import PRODUCES
from prism_engine.contract.events import (
    CheckpointSaved,
    EventLog,
    Finished,
    Log,
    SamplesDrawn,
    Started,
)
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.single import ALONE
from prism_engine.errors import Diverged
from prism_engine.export import Export
from prism_engine.interruption import Interruption
from prism_engine.memory import spent_on
from prism_engine.policy.learner import PolicyLearner
from prism_engine.stages.stage import Stage
from prism_engine.versions import versions


@dataclass(frozen=True)
class Schedule:
    """How long a run goes on, and after how many steps something of it is kept or shown."""

    kind: str
    steps: int
    checkpoint_every: int
    samples_every: int


class Loop:
    """Takes steps until the last one, until the stage is satisfied, or until it is asked to stop.

    Args:
        schedule: the run's.
        stage: what is collected and reflected on.
        learner: updates the policy.
        checkpoints: of all that learns.
        exports: what the run ends with.
        events: where everything that happens is written.
        folder: the run's, beside the events.
        interruption: says when to stop.
        ranks: that go through the same loop; the first writes.
    """

    def __init__(
        self,
        schedule: Schedule,
        stage: Stage,
        learner: PolicyLearner,
        checkpoints: Checkpoints,
        exports: Sequence[Export],
        events: EventLog,
        folder: Path,
        interruption: Interruption,
        ranks: Ranks = ALONE.ranks,
    ) -> None:
        self._schedule = schedule
        self._stage = stage
        self._learner = learner
        self._checkpoints = checkpoints
        self._exports = exports
        self._events = events
        self._folder = folder
        self._interruption = interruption
        self._ranks = ranks
        self._step = 0
        self._saved_step = 0
        self._metrics: dict[str, float] = {}

    def resume(self, checkpoint: Path) -> None:
        """Go on after the step with which the checkpoint was saved. Raises `Torn`."""
        self._step, self._metrics = self._checkpoints.load(checkpoint)
        self._saved_step = self._step

    def run(self) -> bool:
        """Take all steps that are left; returns whether they were cut short by a request."""
        self._announce()
        while self._step < self._schedule.steps and not self._ranks.any(self._stage.satisfied()):
            self._attempt_step(self._step + 1)
            if self._is_stopped() and self._step < self._schedule.steps:
                return self._stop()
            if self._step % self._schedule.checkpoint_every == 0:
                self._save()
        self._stage.conclude(self._step)
        self._export()
        self._events.write(Finished, step=self._step)
        return False

    def _attempt_step(self, step: int) -> None:
        """Take a step; if it diverges, save what there was before it."""
        before = self._checkpoints.before_step()
        try:
            self._metrics = self._take_step(step)
        except Diverged:
            self._save_last_good(possible=self._checkpoints.take_back(before))
            raise
        self._step = step

    def _take_step(self, step: int) -> dict[str, float]:
        began = time.perf_counter()
        with spent_on("collecting"):
            batch = self._stage.collect(step)
        collected = time.perf_counter()
        with spent_on("learning"):
            metrics = self._learner.update(batch, step)
        updated = time.perf_counter()
        with spent_on("judging"):
            metrics |= self._stage.reflect(batch)
        metrics |= {
            "update_seconds": updated - collected,
            "step_seconds": time.perf_counter() - began,
        }
        metrics |= throughput(metrics)
        self._events.step_finished(step, metrics)
        if step == 1 or step % self._schedule.samples_every == 0:
            self._events.write(SamplesDrawn, step=step, samples=self._stage.show(batch, step))
        return metrics

    def _is_stopped(self) -> bool:
        """Whether any rank was asked to stop: signals reach them at different moments."""
        return self._ranks.any(self._interruption.requested)

    def _announce(self) -> None:
        self._events.write(
            Started,
            kind=self._schedule.kind,
            steps=self._schedule.steps,
            first_step=self._step + 1,
            versions=versions(),
        )

    def _stop(self) -> bool:
        self._save()
        self._events.write(Finished, step=self._step, stopped=True)
        return True

    def _save_last_good(self, *, possible: bool) -> None:
        if possible and self._step > self._saved_step:
            self._save()
        if not possible:
            message = (
                f"step {self._step + 1} had changed weights already when it diverged, so that "
                f"there is no checkpoint of step {self._step}; the last is of {self._saved_step}"
            )
            self._events.write(Log, level="warning", message=message)

    def _save(self) -> None:
        on_time = self._step % self._schedule.checkpoint_every == 0
        best_by = self._checkpoints.best_by
        if on_time and best_by is not None and best_by not in self._metrics:
            message = f"step {self._step} did not measure {best_by}, so it cannot be the best"
            self._events.write(Log, level="warning", message=message)
        saved = self._checkpoints.save(self._step, self._metrics, competes=on_time)
        self._saved_step = self._step
        produces = PRODUCES[self._schedule.kind]
        role = "discriminator" if produces == {"discriminator"} else "policy"
        self._report(saved.path, saved.size, "resumable", role, best=saved.best)

    def _export(self) -> None:
        for export in self._exports:
            with export.model.whole():
                if self._ranks.is_first:
                    self._write(export)

    def _write(self, export: Export) -> None:
        target = self._folder / "export" / export.role
        require_space(self._folder, export.size)
        unfinished = begin(target)
        export.write(unfinished, self._step, self._metrics)
        self._report(target, publish(unfinished, target).size, "exported", export.role)

    def _report(self, path: Path, size: int, kind: str, role: str, *, best: bool = False) -> None:
        self._events.write(
            CheckpointSaved,
            step=self._step,
            kind=kind,
            role=role,
            path=path.relative_to(self._folder).as_posix(),
            size=size,
            best=best,
        )


def throughput(metrics: Mapping[str, float]) -> dict[str, float]:
    """What part of a step's time each phase took, and tokens by second of the step and of phases.

    A phase whose time was not measured is left out.
    """
    step = metrics["step_seconds"]
    phases = [name for name in ("rollout", "judge", "update") if f"{name}_seconds" in metrics]
    measured = {f"{name}_share": metrics[f"{name}_seconds"] / step for name in phases}
    if "tokens" in metrics:
        measured["tokens_per_second"] = metrics["tokens"] / step
    counted = {"rollout": "rollout_tokens", "judge": "rollout_tokens", "update": "tokens"}
    return measured | {
        f"{name}_tokens_per_second": metrics[counted[name]] / metrics[f"{name}_seconds"]
        for name in phases
        if counted[name] in metrics
    }
