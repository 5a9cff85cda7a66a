"""The loop that all training stages share."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from prism_engine.card import write_card
from prism_engine.checkpoint import Part, load_checkpoint, publish, save_checkpoint
from prism_engine.contract.config import PRODUCES, TrainingRun
from prism_engine.contract.events import CheckpointSaved, EventLog, Finished, SamplesDrawn, Started
from prism_engine.interruption import Interruption
from prism_engine.policy.learner import PolicyLearner
from prism_engine.stages.stage import Stage
from prism_engine.versions import versions


class Exportable(Protocol):
    """A model that can be written as an ordinary Hugging Face folder."""

    def export(self, folder: Path) -> None: ...


class Loop:
    """Takes steps until the last one, until the stage is satisfied, or until it is asked to stop.

    Args:
        settings: the run's.
        stage: what is collected and reflected on.
        learner: updates the policy.
        parts: what learns, by name; saved in checkpoints.
        exports: what the run ends with, by role.
        events: where everything that happens is written.
        folder: the run's, beside the events.
        interruption: says when to stop.
    """

    def __init__(
        self,
        settings: TrainingRun,
        stage: Stage,
        learner: PolicyLearner,
        parts: Mapping[str, Part],
        exports: Mapping[str, Exportable],
        events: EventLog,
        folder: Path,
        interruption: Interruption,
    ) -> None:
        self._settings = settings
        self._stage = stage
        self._learner = learner
        self._parts = parts
        self._exports = exports
        self._events = events
        self._folder = folder
        self._interruption = interruption
        self._step = 0

    def resume(self, checkpoint: Path) -> None:
        """Go on after the step with which the checkpoint was saved. Raises `Torn`."""
        self._step = load_checkpoint(checkpoint, self._parts)

    def run(self) -> bool:
        """Take all steps that are left; returns whether they were cut short by a request."""
        self._announce()
        while self._step < self._settings.steps and not self._stage.satisfied():
            self._step += 1
            self._take_step(self._step)
            if self._interruption.requested and self._step < self._settings.steps:
                return self._stop()
            if self._step % self._settings.checkpoint_every == 0:
                self._save()
        self._export()
        self._events.write(Finished, step=self._step)
        return False

    def _take_step(self, step: int) -> None:
        began = time.perf_counter()
        batch = self._stage.collect(step)
        collected = time.perf_counter()
        metrics = self._learner.update(batch, step)
        updated = time.perf_counter()
        metrics |= self._stage.reflect(batch)
        metrics |= {
            "update_seconds": updated - collected,
            "step_seconds": time.perf_counter() - began,
        }
        if "tokens" in metrics:
            metrics["tokens_per_second"] = metrics["tokens"] / metrics["step_seconds"]
        self._events.step_finished(step, metrics)
        if step == 1 or step % self._settings.samples_every == 0:
            self._events.write(SamplesDrawn, step=step, samples=self._stage.show(batch, step))

    def _announce(self) -> None:
        self._events.write(
            Started,
            kind=self._settings.kind,
            steps=self._settings.steps,
            first_step=self._step + 1,
            versions=versions(),
        )

    def _stop(self) -> bool:
        self._save()
        self._events.write(Finished, step=self._step, stopped=True)
        return True

    def _save(self) -> None:
        path, manifest = save_checkpoint(self._folder / "checkpoints", self._step, self._parts)
        role = "policy" if "policy" in PRODUCES[self._settings.kind] else "discriminator"
        self._report(path, manifest.size, "resumable", role)

    def _export(self) -> None:
        for role, model in self._exports.items():
            target = self._folder / "export" / role
            unfinished = target.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            model.export(unfinished)
            write_card(unfinished, self._folder.name, role, self._settings, self._step)
            self._report(target, publish(unfinished, target).size, "exported", role)

    def _report(self, path: Path, size: int, kind: str, role: str) -> None:
        self._events.write(
            CheckpointSaved,
            step=self._step,
            kind=kind,
            role=role,
            path=path.relative_to(self._folder).as_posix(),
            size=size,
        )
