from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import wandb

from prism_engine.contract.events import Response
from worker.mirrors.mirror import Subject
from worker.mirrors.samples import ShownSample, cut, verdict

STEP = "prism_step"
"""Every chart's horizontal axis; W&B's own step may not go back when an attempt is resumed."""

COLUMNS: list[str | int] = [
    "item", "question", "gold", "demonstration", "rollout", "verdict", "advantage",
]  # fmt: skip


class WeightsAndBiases:
    """A run of the same id; `WANDB_PROJECT`, `WANDB_API_KEY`, `WANDB_MODE` say where and how."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._run: Any = None

    def begin(self, first_step: int) -> None:
        subject = self._subject
        subject.folder.mkdir(parents=True, exist_ok=True)
        # Tables wait there to be sent; else that would be below the user's home.
        os.environ.setdefault("WANDB_DATA_DIR", str(subject.folder / "data"))
        self._run = wandb.init(
            id=subject.run_id,
            name=subject.run,
            group=subject.pipeline,
            job_type=subject.kind,
            config=dict(subject.config),
            resume="allow",
            dir=str(subject.folder),
            # What is mirrored is what was said in events. Files and the machine are not.
            settings=wandb.Settings(
                console="off",
                disable_git=True,
                save_code=False,
                x_disable_meta=True,
                x_disable_stats=True,
            ),
        )
        self._run.define_metric(STEP)
        self._run.define_metric("*", step_metric=STEP)

    def numbers(self, step: int, at: datetime, values: Mapping[str, float]) -> None:
        self._run.log({**values, STEP: step})

    def samples(self, step: int, at: datetime, samples: Sequence[ShownSample]) -> None:
        """Log a table with a row for every rollout of a step's items, and the images beside it."""
        rows = [_row(one, rollout) for one in samples for rollout in one.rollouts]
        images = [
            wandb.Image(str(one.image), caption=one.sample.item) for one in samples if one.image
        ]
        logged: dict[str, Any] = {STEP: step}
        if rows:
            logged["samples"] = wandb.Table(columns=COLUMNS, data=rows)
        if images:
            logged["sample_images"] = images
        self._run.log(logged)

    def end(self, succeeded: bool) -> None:
        self._run.finish(exit_code=0 if succeeded else 1)


def _row(one: ShownSample, rollout: Response) -> list[Any]:
    sample = one.sample
    return [
        sample.item,
        cut(sample.question),
        sample.gold,
        cut(sample.demonstration.text) if sample.demonstration else None,
        cut(rollout.text),
        verdict(rollout),
        rollout.advantage,
    ]
