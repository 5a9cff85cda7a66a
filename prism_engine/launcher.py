"""Starting the ranks of a run on this node, and seeing that they end together.

The process that was asked for the run starts one process a rank, with the variables that torchrun
would give them, and stays their only parent: whoever started it sees one engine. Ranks tell it why
they fail; it finds out which was the first, ends the others, and says so in the run's events.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from prism_engine.contract.config import InvalidRecipe, Problem, TrainingRun
from prism_engine.contract.events import EventLog, ExitKind, Failed
from prism_engine.errors import EXIT_CODES, STOPPED
from prism_engine.interruption import PARENT_PIPE

REPORT = "PRISM_RANK_REPORT"
"""Names the file in which a rank says why it fails."""

GRACE = 5.0
"""Seconds in which the other ranks may notice by themselves that one is gone."""


@dataclass(frozen=True)
class Meeting:
    """Where ranks meet, and which of their nodes this is."""

    address: str
    port: int
    node: int
    nodes: int


@dataclass(frozen=True)
class Failure:
    """Why a rank ended. In the aftermath of another's end it only lost whom it worked with."""

    rank: int
    kind: ExitKind
    message: str
    aftermath: bool = False

    def __str__(self) -> str:
        return f"rank {self.rank}: {self.message}"


def is_rank() -> bool:
    """Whether this process is a rank that somebody has started."""
    return "RANK" in os.environ


def launch(run: TrainingRun, folder: Path, command: Sequence[str]) -> int:
    """Carry out a run on the ranks of this node; returns the exit code.

    Args:
        run: what is carried out.
        folder: the run's, where its events are.
        command: carries it out as one rank.

    Raises:
        InvalidRecipe: it is over several nodes, and nobody said where they meet.
    """
    meeting = meeting_of(os.environ, run.resources.nodes, folder.name)
    count = processes_of(run, os.environ)
    with tempfile.TemporaryDirectory(prefix="prism-ranks-") as reports, _parent_pipe() as pipe:
        ranks = [
            Rank.start(command, meeting, local, count, Path(reports), pipe)
            for local in range(count)
        ]
        try:
            with _passing_on(ranks) as heard:
                failures = _see_through(ranks)
        finally:
            for rank in ranks:
                rank.kill()
    if heard and any(rank.process.returncode == -signal.SIGTERM for rank in ranks):
        # One that had not begun to listen could only end, and so does the whole.
        os.kill(os.getpid(), signal.SIGTERM)
    if not failures:
        codes = {rank.process.returncode for rank in ranks}
        return STOPPED if codes == {STOPPED} else 0
    return _report(_culprit(failures), meeting, folder)


def meeting_of(environment: Mapping[str, str], nodes: int, name: str) -> Meeting:
    """Where the environment says that a run meets, or here if this is its only node."""
    if nodes == 1:
        return Meeting("127.0.0.1", _free_port(), 0, 1)
    missing = [
        name for name in ("MASTER_ADDR", "MASTER_PORT", "GROUP_RANK") if name not in environment
    ]
    if missing:
        message = (
            f"{nodes} nodes meet where {', '.join(missing)} in the environment says; a server's "
            "workers set it, and by hand it is set on each node"
        )
        raise InvalidRecipe([Problem(field=f"runs.{name}.resources.nodes", message=message)])
    return Meeting(
        environment["MASTER_ADDR"],
        int(environment["MASTER_PORT"]),
        int(environment["GROUP_RANK"]),
        nodes,
    )


def processes_of(run: TrainingRun, environment: Mapping[str, str]) -> int:
    """How many ranks there are on each node."""
    seen = [device for device in environment.get("CUDA_VISIBLE_DEVICES", "").split(",") if device]
    return run.distribution.processes or run.resources.gpus or len(seen) or 1


@dataclass(frozen=True)
class Rank:
    """One process of the run."""

    number: int
    process: subprocess.Popen[bytes]
    report: Path

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        meeting: Meeting,
        local: int,
        count: int,
        reports: Path,
        pipe: int,
    ) -> Rank:
        number = meeting.node * count + local
        report = reports / f"{number}.json"
        variables = {
            "MASTER_ADDR": meeting.address,
            "MASTER_PORT": str(meeting.port),
            "WORLD_SIZE": str(meeting.nodes * count),
            "RANK": str(number),
            "GROUP_RANK": str(meeting.node),
            "LOCAL_WORLD_SIZE": str(count),
            "LOCAL_RANK": str(local),
            REPORT: str(report),
            PARENT_PIPE: str(pipe),
        }
        process = subprocess.Popen(
            command, env=os.environ | variables, stdin=subprocess.DEVNULL, pass_fds=[pipe]
        )
        return cls(number, process, report)

    def kill(self) -> None:
        """End it, and wait until it has ended."""
        self.process.kill()
        self.process.wait()

    def failure(self) -> Failure | None:
        """Why it has ended, if that was no good end and it has."""
        code = self.process.poll()
        if code in (None, 0, STOPPED):
            return None
        if code < 0:
            message = f"killed by {signal.Signals(-code).name}"
            return Failure(self.number, "infrastructure", message)
        if not self.report.exists():
            return Failure(self.number, "code", f"ended with exit code {code}")
        return Failure(self.number, **json.loads(self.report.read_text("utf-8")))


def report_failure(kind: ExitKind, message: str, *, aftermath: bool) -> None:
    """Tell the launcher why this rank fails."""
    said = json.dumps({"kind": kind, "message": message, "aftermath": aftermath})
    Path(os.environ[REPORT]).write_text(said, "utf-8")


def _see_through(ranks: Sequence[Rank]) -> list[Failure]:
    """Wait for the end of all, which is near once one has failed; returns failures by time."""
    failures: dict[int, Failure] = {}
    deadline = float("inf")
    while any(rank.process.poll() is None for rank in ranks):
        for rank in ranks:
            if rank.number not in failures and (failure := rank.failure()):
                failures[rank.number] = failure
                deadline = min(deadline, time.monotonic() + GRACE)
        if time.monotonic() > deadline:
            return list(failures.values())
        time.sleep(0.05)
    for rank in ranks:
        if rank.number not in failures and (failure := rank.failure()):
            failures[rank.number] = failure
    return list(failures.values())


def _culprit(failures: Sequence[Failure]) -> Failure:
    """The first that did not merely notice that another was gone."""
    return next((failure for failure in failures if not failure.aftermath), failures[0])


def _report(failure: Failure, meeting: Meeting, folder: Path) -> int:
    """Say which rank failed; returns the exit code."""
    if failure.aftermath and meeting.nodes > 1:
        # Whose rank it was knows more, and should be heard first.
        time.sleep(GRACE)
    print(failure, file=sys.stderr, flush=True)
    if meeting.node == 0:
        with EventLog(folder / "events.jsonl") as events:
            events.write(Failed, kind=failure.kind, message=str(failure))
    return EXIT_CODES[failure.kind]


@contextmanager
def _passing_on(ranks: Sequence[Rank]) -> Iterator[list[int]]:
    """Let the ranks hear that this process is asked to stop; gives what it has heard so far."""
    heard: list[int] = []

    def pass_on(number: int, frame: object) -> None:
        heard.append(number)
        for rank in ranks:
            if rank.process.poll() is None:
                rank.process.send_signal(number)

    before = signal.signal(signal.SIGTERM, pass_on)
    try:
        yield heard
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _parent_pipe() -> Iterator[int]:
    """The reading end of a pipe that closes with this process, or with the parent of it."""
    reading, writing = os.pipe()
    # Its end must be closed once, by whoever comes first.
    open_end = [writing]

    def close() -> None:
        for descriptor in open_end[:]:
            open_end.remove(descriptor)
            os.close(descriptor)

    if parent := os.environ.get(PARENT_PIPE):
        threading.Thread(target=_follow, args=(int(parent), close), daemon=True).start()
    try:
        yield reading
    finally:
        close()
        os.close(reading)


def _follow(descriptor: int, close: Callable[[], None]) -> None:
    while os.read(descriptor, 1):
        pass
    close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
