"""Puts what webhooks are told into their outbox, in the transaction in which it comes true.

No endpoint has to think of it: whoever changes the state of a run or a pipeline, it is announced
if it is committed, and only then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session, UOWTransaction
from sqlalchemy.orm.attributes import get_history

from server.audit_log.recorder import LoggedSession
from server.identifiers import new_id
from server.runs.lifecycle import ENDED
from server.tables import Pipeline, Run, Webhook, WebhookDelivery
from server.webhooks.schemas import WebhookTopic


def announce(
    session: Session, pipeline_id: str, topic: WebhookTopic, data: Mapping[str, Any]
) -> None:
    """Have every webhook of the pipeline's project told that asked for the topic."""
    wanting = (
        select(Webhook.id, Webhook.topics, Pipeline.project_id, Pipeline.number, Pipeline.name)
        .join(Pipeline, Pipeline.project_id == Webhook.project_id)
        .where(Pipeline.id == pipeline_id)
    )
    told = [row for row in session.connection().execute(wanting) if topic in row.topics]
    if not told:
        return
    pipeline = {"id": pipeline_id, "number": told[0].number, "name": told[0].name}
    payload = envelope(topic, {"project_id": told[0].project_id, "pipeline": pipeline, **data})
    rows = [
        {"id": new_id("msg"), "webhook_id": row.id, "topic": topic, "payload": payload}
        for row in told
    ]
    session.connection().execute(insert(WebhookDelivery), rows)
    session.info.setdefault("topics", set()).add("webhooks")


def announce_everywhere(session: Session, topic: WebhookTopic, data: Mapping[str, Any]) -> None:
    """Have every webhook told that asked for the topic, whatever its project."""
    wanting = select(Webhook.id, Webhook.topics, Webhook.project_id)
    rows = [
        {
            "id": new_id("msg"),
            "webhook_id": row.id,
            "topic": topic,
            "payload": envelope(topic, {"project_id": row.project_id, **data}),
        }
        for row in session.connection().execute(wanting)
        if topic in row.topics
    ]
    if rows:
        session.connection().execute(insert(WebhookDelivery), rows)
        session.info.setdefault("topics", set()).add("webhooks")


def envelope(topic: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body that Standard Webhooks asks for."""
    return {"type": topic, "timestamp": datetime.now(UTC).isoformat(), "data": dict(data)}


def of_run(run: Run) -> dict[str, Any]:
    """What an event says of the run that it is about."""
    return {
        "id": run.id,
        "name": run.name,
        "kind": run.kind,
        "state": run.state,
        "attempt": run.attempt,
        "step": run.step,
        "steps": run.steps,
    }


@event.listens_for(LoggedSession, "after_flush")
def _announce_changes(session: Session, _: UOWTransaction) -> None:
    for row, former in changed_states(session):
        if isinstance(row, Run):
            ended = {"kind": row.exit_kind, "message": row.exit_message or ""}
            data = {
                "run": of_run(row),
                "former_state": former,
                "exit": ended if row.exit_kind else None,
            }
            announce(session, row.pipeline_id, "run.state_changed", data)
        elif row.state in ENDED:
            announce(session, row.id, "pipeline.finished", {"state": row.state})


def changed_states(session: Session) -> Iterator[tuple[Run | Pipeline, str]]:
    """Give what changed its state in this flush, with the state before."""
    for row in session.dirty:
        if isinstance(row, Run | Pipeline) and (former := _former_state(row)) is not None:
            yield row, former


def _former_state(row: Run | Pipeline) -> str | None:
    """The state that a change has replaced; None where it is the same."""
    former = get_history(row, "state").deleted
    return former[0] if former and former[0] != row.state else None
