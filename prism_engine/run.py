"""Carrying out a pipeline's runs in this process, be it one of several.

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
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch
import torch.distributed as dist
from transformers.utils import logging

from prism_engine.build import Workplace, build
from prism_engine.contract.config import Pipeline, Run
from prism_engine.contract.events import EnvironmentRecorded, EventLog, ExitKind, Failed
from prism_engine.contract.manifest import Torn
from prism_engine.distributed.group import Group
from prism_engine.distributed.ranks import Ranks
from prism_engine.distributed.silence import SilentLog
from prism_engine.endpoints.keys import Keys
from prism_engine.environment import code_version, environment_of
from prism_engine.errors import (
    EXIT_CODES,
    STOPPED,
    BudgetSpent,
    Diverged,
    EndpointDown,
    ForbiddenAddress,
    InvalidData,
    InvalidModel,
    InvalidReward,
    InvalidSampler,
    MissingPackage,
    NobodyCame,
    NoSpace,
    UnsuitableMachine,
)
from prism_engine.interruption import Interruption
from prism_engine.launcher import REPORT, is_rank, report_failure
from prism_engine.memory import is_shortage, spent_on

MISTAKES = (
    InvalidData, InvalidModel, InvalidReward, InvalidSampler, MissingPackage, Torn,
    UnsuitableMachine, ForbiddenAddress, BudgetSpent,
)  # fmt: skip


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
    if not torch.cuda.is_available():
        # Whoever saves a model asks DeepSpeed, where it is installed, whether it is one of its own;
        # it would look for a GPU and complain that there is none.
        os.environ["DS_ACCELERATOR"] = "cpu"
    try:
        ranks = _meet(interruption)
    except NobodyCame as error:
        report_failure("infrastructure", str(error), aftermath=False)
        return EXIT_CODES["infrastructure"]
    for name in names:
        with _log(out / name, ranks) as events:
            workplace = Workplace(
                pipeline.name, name, out, pipeline.seed, events, interruption,
                keys or Keys({}), ledger, ranks,
            )  # fmt: skip
            code = _run(pipeline.runs[name], workplace, checkpoint)
        if code:
            return code
    ranks.close()
    return 0


def _meet(interruption: Interruption) -> Ranks:
    """Whoever carries out the run together, be it this process alone."""
    if not is_rank():
        return Ranks()
    with interruption.ending():
        return Group.meet()


def _log(folder: Path, ranks: Ranks) -> EventLog:
    """Where events go: those of the first rank are the run's."""
    return EventLog(folder / "events.jsonl") if ranks.is_first else SilentLog()


def _run(settings: Run, workplace: Workplace, checkpoint: Path | None) -> int:
    try:
        _record(settings, workplace)
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
            _report(workplace.events, kind, error)
        return EXIT_CODES[kind]


def _record(settings: Run, workplace: Workplace) -> None:
    """Write down what the run is carried out with, before anything of it can go wrong."""
    if workplace.ranks.is_first:
        environment = environment_of(settings, workplace.seed, workplace.ranks.count)
        _, patches = code_version()
        workplace.events.write(EnvironmentRecorded, environment=environment, patches=patches)


def _report(events: EventLog, kind: ExitKind, error: Exception) -> None:
    message = f"{type(error).__name__}: {error}"
    if REPORT in os.environ:
        report_failure(kind, message, aftermath=_is_aftermath(error))
    else:
        events.write(Failed, kind=kind, message=message)


def _is_aftermath(error: Exception) -> bool:
    """Whether the rank only noticed that another was gone. gloo says so in words only."""
    lost = ("Connection closed by peer", "Connection reset by peer", "Broken pipe", "gloo")
    return isinstance(error, dist.DistError) or any(sign in str(error) for sign in lost)


def _kind(error: Exception) -> ExitKind:
    if isinstance(error, MISTAKES):
        return "config"
    if isinstance(error, Diverged):
        return "diverged"
    if is_shortage(error):
        return "out_of_memory"
    if isinstance(error, NoSpace | EndpointDown) or _is_of_the_disk(error) or _is_aftermath(error):
        return "infrastructure"
    return "code"


def _is_of_the_disk(error: Exception) -> bool:
    """Whether a disk is full or broken. safetensors says it in words only."""
    numbers = (errno.ENOSPC, errno.EDQUOT, errno.EIO)
    if isinstance(error, OSError):
        return error.errno in numbers
    return any(f"(os error {number})" in str(error) for number in numbers)
