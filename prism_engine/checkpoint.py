"""Checkpoints: everything that a run needs to go on exactly where it was.

`checkpoints/step-000040/` holds `state.json`, `<part>.safetensors` with weights and optimizer of
every part that learns, and `manifest.json`, written last. The folder gets its name when all of it
is on the disk: whatever dies in the middle leaves a folder of another name, or one that its
manifest refuses. Nothing in it is a pickle. Random numbers need no saving: see `randomness.py`.
"""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from safetensors.torch import load_file, save_file
from torch import Tensor

from prism_engine.contract.manifest import Manifest, read_manifest, write_manifest
from prism_engine.contract.metrics import METRICS
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.single import ALONE
from prism_engine.errors import NoSpace

UNFINISHED, DELETED = ".unfinished", ".deleted"

OVERHEAD = 2**20
"""Bytes that a checkpoint takes beside its tensors, and more than that."""


class Part(Protocol):
    """Something that learns, with all that an exact resume of it needs."""

    def state(self) -> dict[str, Tensor]: ...

    def load_state(self, state: Mapping[str, Tensor]) -> None: ...


@runtime_checkable
class Marked(Protocol):
    """A part whose state may be spread over ranks, so that asking for it is work for all."""

    @property
    def mark(self) -> Tensor:
        """Is written to whenever the state changes."""
        ...


@dataclass(frozen=True)
class Saved:
    """A checkpoint that has been written. `best` if no earlier one was better."""

    path: Path
    size: int
    best: bool


@dataclass(frozen=True)
class Best:
    """The step whose checkpoint is the best so far, and by which value of the metric."""

    step: int
    value: float


@dataclass(frozen=True)
class Noted:
    """A tensor that a part gave, and how often it had been written to by then."""

    value: Tensor
    version: int

    def is_changed(self, other: Tensor) -> bool:
        """Whether `other` is the very same tensor and has been written to."""
        return other.data_ptr() == self.value.data_ptr() and other._version != self.version


Before = Mapping[str, Mapping[str, Noted]]
"""Where all parts were, by part and tensor."""


class Checkpoints:
    """The resumable checkpoints of a run: the newest few, and the best.

    Args:
        folder: where they are kept.
        parts: what learns, by name.
        kept: the newest so many stay.
        best_by: metric by whose value in the saved step the best one is told; None for no best.
        ranks: whose parts they are; the first writes.
    """

    def __init__(
        self,
        folder: Path,
        parts: Mapping[str, Part],
        kept: int,
        best_by: str | None,
        ranks: Ranks = ALONE.ranks,
    ) -> None:
        self._folder = folder
        self._parts = parts
        self._kept = kept
        self.best_by = best_by
        self._ranks = ranks
        self._best: Best | None = None

    def save(self, step: int, metrics: Mapping[str, float], *, competes: bool = True) -> Saved:
        """Write all parts after a step, and delete the oldest checkpoint.

        One that only an interruption brought about does not compete for the best, so that the
        best is the same with and without interruptions.

        Raises:
            NoSpace: the disk has too little room; nothing was written.
        """
        states = {name: _saveable(part.state()) for name, part in self._parts.items()}
        if competes:
            self._note_best(step, metrics)
        target = self._folder / f"step-{step:06d}"
        size = (
            self._write(target, states, self._state(step, metrics)) if self._ranks.is_first else 0
        )
        return Saved(target, size, self._best is not None and self._best.step == step)

    def _write(
        self, target: Path, states: Mapping[str, Mapping[str, Tensor]], content: Mapping[str, Any]
    ) -> int:
        """Write a checkpoint and delete what is too old; returns its size in bytes."""
        self._clear_away()
        require_space(self._folder, sum(t.nbytes for s in states.values() for t in s.values()))
        unfinished = begin(target)
        for name, state in states.items():
            save_file(state, unfinished / f"{name}.safetensors")
        (unfinished / "state.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
        manifest = publish(unfinished, target)
        self._delete_older_than(content["step"])
        return manifest.size

    def load(self, checkpoint: Path) -> tuple[int, dict[str, float]]:
        """Bring all parts back; returns the finished step and its metrics. Raises `Torn`."""
        read_manifest(checkpoint)
        for name, part in self._parts.items():
            part.load_state(load_file(checkpoint / f"{name}.safetensors"))
        state = json.loads((checkpoint / "state.json").read_text("utf-8"))
        best = state["best"]
        if best is not None and best["metric"] == self.best_by:
            self._best = Best(best["step"], best["value"])
        return state["step"], state["metrics"]

    def before_step(self) -> Before:
        """Note where all parts are, at next to no cost."""
        return {
            name: {key: Noted(value, value._version) for key, value in _near(part).items()}
            for name, part in self._parts.items()
        }

    def take_back(self, before: Before) -> bool:
        """Bring all parts back to where they were, if no weight has changed since.

        Weights are not copied for that. What a part says in new tensors every time, such as a
        place in the data, can be given back to it.
        """
        for name, part in self._parts.items():
            for key, value in _near(part).items():
                noted = before[name].get(key)
                if noted and noted.is_changed(value):
                    return False
        for name, part in self._parts.items():
            if not isinstance(part, Marked):
                part.load_state({key: noted.value for key, noted in before[name].items()})
        return True

    def _state(self, step: int, metrics: Mapping[str, float]) -> dict[str, Any]:
        best = self._best
        return {
            "step": step,
            "metrics": {
                name: value
                for name, value in metrics.items()
                if not METRICS[name].timing and math.isfinite(value)
            },
            "best": best and {"metric": self.best_by, "step": best.step, "value": best.value},
        }

    def _note_best(self, step: int, metrics: Mapping[str, float]) -> None:
        if self.best_by is None or self.best_by not in metrics:
            return
        value = metrics[self.best_by]
        sign = 1 if METRICS[self.best_by].better == "up" else -1
        if self._best is None or sign * value > sign * self._best.value:
            self._best = Best(step, value)

    def _delete_older_than(self, newest: int) -> None:
        """Leave the newest and the best.

        A run that was resumed finds checkpoints of later steps, which it will write over.
        """
        steps = sorted(step for path in self._folder.iterdir() if (step := _step_of(path)))
        older = [step for step in steps if step <= newest][: -self._kept]
        for step in older:
            if self._best is None or step != self._best.step:
                delete(self._folder / f"step-{step:06d}")

    def _clear_away(self) -> None:
        """Remove what an earlier process had begun to write or to delete when it died."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.iterdir():
            if path.suffix in (UNFINISHED, DELETED):
                shutil.rmtree(path)


def require_space(folder: Path, size: int) -> None:
    """Raises `NoSpace` unless the folder's disk has room for `size` bytes of tensors."""
    free = shutil.disk_usage(folder).free
    if free < size + OVERHEAD:
        raise NoSpace(folder, size + OVERHEAD, free)


def begin(target: Path) -> Path:
    """An empty folder to write what will be `target`."""
    unfinished = target.with_suffix(UNFINISHED)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    return unfinished


def publish(unfinished: Path, target: Path) -> Manifest:
    """Write the manifest and give a complete folder its name, so that it is there whole or not."""
    manifest = write_manifest(unfinished)
    for path in [*unfinished.rglob("*"), unfinished]:
        _force_to_disk(path)
    if target.exists():
        delete(target)
    os.replace(unfinished, target)
    _force_to_disk(target.parent)
    return manifest


def delete(folder: Path) -> None:
    """Take its name away from a folder first: one that is half deleted must not look whole."""
    deleted = folder.with_suffix(DELETED)
    os.replace(folder, deleted)
    shutil.rmtree(deleted)


def _near(part: Part) -> Mapping[str, Tensor]:
    """What tells whether a part has changed: its mark, or else all of its state."""
    return {"mark": part.mark} if isinstance(part, Marked) else part.state()


def _saveable(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.detach().contiguous() for name, tensor in state.items()}


def _step_of(path: Path) -> int | None:
    number = path.name.removeprefix("step-")
    return int(number) if number.isdigit() else None


def _force_to_disk(path: Path) -> None:
    """Without it a name may survive a power cut that what it names does not."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
