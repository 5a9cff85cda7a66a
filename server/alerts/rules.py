"""What somebody wants to hear of who does not watch: alerts, which webhooks carry.

diverged    the loss or a gradient was no number, and the run failed for it
collapsed   the game has no form or no gap left, by its audit
saturated   the discriminator tells everything apart, by its audit
mismatched  the sampler draws from another policy than the learner teaches, by the run's log
stalled     a run whose worker is heard of has finished no step for long (`stalled.py`)
finished    a pipeline has come to its end, whatever it is
disk_low    the disk of the server or of a worker will be full soon
disk_full   it is, and what would write more is refused
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, insert
from sqlalchemy.orm import Session, UOWTransaction

from server.alerts.schemas import AlertKind
from server.audit_log.recorder import LoggedSession
from server.identifiers import new_id
from server.runs.lifecycle import ENDED
from server.tables import Alert, Run
from server.webhooks.outbox import announce, announce_everywhere, changed_states, of_run

ALARMING = frozenset({"collapsed", "saturated"})
"""Verdicts on the game that are alerts of the same name."""


def raise_alert(
    session: Session, pipeline_id: str, kind: AlertKind, message: str, run: Run | None = None
) -> None:
    """Keep it for the list of alerts, and tell the webhooks of the pipeline's project."""
    row = {
        "id": new_id("alr"),
        "pipeline_id": pipeline_id,
        "run_id": run.id if run else None,
        "step": run.step if run else None,
        "kind": kind,
        "message": message,
    }
    session.connection().execute(insert(Alert), [row])
    about: dict[str, Any] = {} if run is None else {"run": of_run(run)}
    announce(session, pipeline_id, "alert.raised", {"alert": kind, "message": message, **about})


def raise_everywhere(session: Session, kind: AlertKind, message: str) -> None:
    """Keep what concerns the whole installation, and tell the webhooks of all projects."""
    row = {"id": new_id("alr"), "pipeline_id": None, "run_id": None, "step": None}
    session.connection().execute(insert(Alert), [row | {"kind": kind, "message": message}])
    announce_everywhere(session, "alert.raised", {"alert": kind, "message": message})


@event.listens_for(LoggedSession, "after_flush")
def _judge_changes(session: Session, _: UOWTransaction) -> None:
    for row, _former in changed_states(session):
        if isinstance(row, Run):
            if row.state == "failed" and row.exit_kind == "diverged":
                raise_alert(session, row.pipeline_id, "diverged", row.exit_message or "", row)
        elif row.state in ENDED:
            message = f"{row.name} #{row.number} {row.state}"
            raise_alert(session, row.id, "finished", message)
