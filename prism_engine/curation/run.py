"""A curation from beginning to end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from prism_engine.checkpoint import begin, publish
from prism_engine.contract.config import Curate
from prism_engine.contract.events import (
    CheckpointSaved,
    EventLog,
    Finished,
    GatePassed,
    Log,
    Started,
)
from prism_engine.contract.manifest import read_manifest
from prism_engine.curation.asking import Stopped
from prism_engine.curation.candidate import Candidate, Gate
from prism_engine.curation.export import DATASETS, Passed, export
from prism_engine.curation.parting import Corpus
from prism_engine.data.records import DataSet
from prism_engine.endpoints.keys import Keys
from prism_engine.endpoints.ledger import Ledger
from prism_engine.endpoints.session import Session, open_session
from prism_engine.errors import EngineError
from prism_engine.versions import versions

LEDGER = "ledger.sqlite"


@dataclass(frozen=True)
class Course:
    """The gates in order, and how what passes them is parted."""

    gates: Sequence[Gate]
    part: Callable[[Sequence[Candidate]], Awaitable[Corpus]]


@dataclass(frozen=True)
class Desk:
    """Where a curation works. The ledger outlives the run, so that nothing is paid for again."""

    folder: Path
    ledger: Path
    keys: Keys
    events: EventLog


class Curation:
    """Sends the items of a data set through the gates, and counts.

    Args:
        settings: the run's.
        data: the items.
        desk: where it works.
        course: puts the gates together around a session.
    """

    def __init__(
        self,
        settings: Curate,
        data: DataSet,
        desk: Desk,
        course: Callable[[Session], Course],
    ) -> None:
        self._settings = settings
        self._data = data
        self._desk = desk
        self._course = course
        self._step = 0

    def resume(self, checkpoint: Path) -> None:
        """Take over what an earlier attempt, here or elsewhere, has paid for. Raises `Torn`."""
        read_manifest(checkpoint)
        with closing(Ledger(self._desk.ledger)) as ledger:
            ledger.take_over(checkpoint / LEDGER)

    def run(self) -> bool:
        """Curate; returns whether it was cut short by a request to stop."""
        return asyncio.run(self._run())

    async def _run(self) -> bool:
        desk, settings = self._desk, self._settings
        async with open_session(
            desk.ledger, desk.keys, settings.cap, settings.first_wait
        ) as session:
            course = self._course(session)
            self._announce(len(course.gates))
            try:
                funnel, candidates = await self._sift(course.gates, session.ledger)
                corpus = await course.part(candidates)
            except Stopped:
                return self._stop(session.ledger)
            except EngineError:
                self._report_spending(session.ledger)
                raise
            self._report_spending(session.ledger)
            export(desk.folder / "corpus", corpus, funnel, settings)
            self._report(corpus)
            desk.events.write(Finished, step=len(course.gates))
        return False

    async def _sift(
        self, gates: Sequence[Gate], ledger: Ledger
    ) -> tuple[list[Passed], list[Candidate]]:
        candidates = [
            Candidate(record, self._data.folder_of(record))
            for record in self._data.records[: self._settings.items]
        ]
        funnel = []
        for step, gate in enumerate(gates, start=1):
            given, found = len(candidates), await gate.sift(candidates)
            candidates = found.kept
            passed = Passed(
                gate.name, gate.title, given, len(candidates), found.reasons, found.notes,
                found.dropped,
            )  # fmt: skip
            funnel.append(passed)
            self._step = step
            self._report_gate(step, passed, ledger)
            self._save(step, ledger)
        return funnel, candidates

    def _stop(self, ledger: Ledger) -> bool:
        self._report_spending(ledger)
        self._save(self._step, ledger)
        self._desk.events.write(Finished, step=self._step, stopped=True)
        return True

    def _announce(self, steps: int) -> None:
        self._desk.events.write(
            Started, kind="curate", steps=steps, first_step=1, versions=versions()
        )

    def _report_gate(self, step: int, passed: Passed, ledger: Ledger) -> None:
        spending = ledger.spending()
        self._desk.events.write(
            GatePassed,
            step=step,
            gate=passed.gate,
            title=passed.title,
            given=passed.given,
            kept=passed.kept,
            reasons=passed.reasons,
            notes=passed.notes,
        )
        self._desk.events.step_finished(
            step,
            {
                "items_given": passed.given,
                "items_kept": passed.kept,
                "requests": spending.requests,
                "spent": spending.spent,
            },
        )

    def _report_spending(self, ledger: Ledger) -> None:
        found = ledger.spending()
        self._log(
            f"{found.requests} requests in {found.attempts} attempts, {found.answered} answered; "
            f"${found.spent:.4f} spent, of which ${found.possibly_spent:.4f} for attempts that may "
            f"not have been billed; {found.possibly_paid_twice} requests may have been paid twice; "
            f"{found.interrupted} were under way when an earlier process died"
        )

    def _report(self, corpus: Corpus) -> None:
        sizes = ", ".join(f"{name} {len(getattr(corpus, name))}" for name in DATASETS)
        self._log(f"{self._desk.folder / 'corpus'} holds the data sets: {sizes}")

    def _log(self, message: str) -> None:
        self._desk.events.write(Log, level="info", message=message)

    def _save(self, step: int, ledger: Ledger) -> None:
        """A copy of the ledger, with which the run can go on elsewhere."""
        target = self._desk.folder / "checkpoints" / f"step-{step:06d}"
        unfinished = begin(target)
        ledger.copy_to(unfinished / LEDGER)
        size = publish(unfinished, target).size
        self._desk.events.write(
            CheckpointSaved,
            step=step,
            kind="resumable",
            role="policy",
            path=target.relative_to(self._desk.folder).as_posix(),
            size=size,
        )
