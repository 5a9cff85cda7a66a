"""Carrying out a pipeline's runs in one process.

Exit codes, by which a worker knows what became of a run:

0  done
2  the recipe, the data, a model or a checkpoint cannot be used
3  a fault of this program
4  memory ran out
5  loss or gradient stopped being finite numbers
6  asked to stop, and saved
7  the disk is full or failed; nobody's mistake, and the run may go on elsewhere
"""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch
from transformers.utils import logging

from prism_engine.build import Workplace, build
from prism_engine.contract.config import Pipeline, Run
from prism_engine.contract.events import EventLog, ExitKind, Failed
from prism_engine.contract.manifest import Torn
from prism_engine.endpoints.keys import Keys
from prism_engine.errors import (
    BudgetSpent,
    Diverged,
    EndpointDown,
    ForbiddenAddress,
    InvalidData,
    InvalidModel,
    InvalidReward,
    NoSpace,
)
from prism_engine.interruption import Interruption
from prism_engine.memory import is_shortage, spent_on

STOPPED = 6
EXIT_CODES: dict[ExitKind, int] = {
    "config": 2,
    "code": 3,
    "out_of_memory": 4,
    "diverged": 5,
    "infrastructure": 7,
}

MISTAKES = (InvalidData, InvalidModel, InvalidReward, Torn, ForbiddenAddress, BudgetSpent)


def run_pipeline(
    pipeline: Pipeline,
    names: Sequence[str],
    out: Path,
    checkpoint: Path | None,
    threads: int,
    interruption: Interruption,
    keys: Keys | None = None,
    ledger: Path | None = None,
) -> int:
    """Carry out the named runs, one after the other; returns the exit code.

    `keys` are the secrets of endpoints, and `ledger` the file of what they are asked, if it is not
    to lie in the run's folder.
    """
    logging.disable_progress_bar()
    torch.set_num_threads(threads)
    for name in names:
        with EventLog(out / name / "events.jsonl") as events:
            workplace = Workplace(
                pipeline.name, name, out, pipeline.seed, events, interruption,
                keys or Keys({}), ledger,
            )  # fmt: skip
            code = _run(pipeline.runs[name], workplace, checkpoint)
        if code:
            return code
    return 0


def _run(settings: Run, workplace: Workplace, checkpoint: Path | None) -> int:
    try:
        with spent_on("loading"):
            job = build(settings, workplace)
            if checkpoint is not None:
                job.resume(checkpoint)
        return STOPPED if job.run() else 0
    except Exception as error:
        kind = _kind(error)
        if kind == "code":
            traceback.print_exc()
        print(f"{workplace.name}: {error}", file=sys.stderr)
        # A disk that is full has no room for this either; the exit code says it too.
        with suppress(OSError):
            workplace.events.write(Failed, kind=kind, message=f"{type(error).__name__}: {error}")
        return EXIT_CODES[kind]


def _kind(error: Exception) -> ExitKind:
    if isinstance(error, MISTAKES):
        return "config"
    if isinstance(error, Diverged):
        return "diverged"
    if is_shortage(error):
        return "out_of_memory"
    if isinstance(error, NoSpace | EndpointDown) or _is_of_the_disk(error):
        return "infrastructure"
    return "code"


def _is_of_the_disk(error: Exception) -> bool:
    """Whether a disk is full or broken. safetensors says it in words only."""
    numbers = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
    if isinstance(error, OSError):
        return error.errno in numbers
    return any(f"(os error {number})" in str(error) for number in numbers)
