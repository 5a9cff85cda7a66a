from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import wandb

from worker.mirrors.mirror import Subject

STEP = "prism_step"
"""Every chart's horizontal axis; W&B's own step may not go back when an attempt is resumed."""


class WeightsAndBiases:
    """A run of the same id; `WANDB_PROJECT`, `WANDB_API_KEY`, `WANDB_MODE` say where and how."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._run: Any = None

    def begin(self, first_step: int) -> None:
        subject = self._subject
        subject.folder.mkdir(parents=True, exist_ok=True)
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

    def end(self, succeeded: bool) -> None:
        self._run.finish(exit_code=0 if succeeded else 1)
