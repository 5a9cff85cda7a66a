"""Writes down every change that somebody makes, in the transaction that makes it.

No endpoint has to think of it: whatever row of an audited table is added, changed or deleted while
a request of a person is answered is noted with what it was before and is after. What workers
report, and what the server does by itself, is history of another kind: it has the event log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from server.database import database_clock
from server.tables import (
    AccountLink,
    Change,
    CheckpointName,
    Dataset,
    EndpointKey,
    Invitation,
    Membership,
    Model,
    OwnPanels,
    Pipeline,
    PipelineTag,
    Project,
    Run,
    RunTag,
    SavedView,
    Study,
    Table,
    Token,
    User,
    Webhook,
    Worker,
)
from server.tables import Session as SignedInBrowser

AUDITED: frozenset[type[Table]] = frozenset(
    {
        AccountLink, CheckpointName, Dataset, EndpointKey, Invitation, Membership, Model,
        OwnPanels, Pipeline, PipelineTag, Project, Run, RunTag, SavedView, SignedInBrowser, Study,
        Token, User, Webhook, Worker,
    }
)  # fmt: skip

UNSAID = {"version", "seen_at", "online_until", "used_at", "pipelines"}
"""Columns that follow from other changes, or from mere reading."""


@dataclass
class Acting:
    """Whose changes these are; of a request before its sender is known it is nobody."""

    actor_id: str = ""
    actor: str = "nobody"
    address: str = ""
    request_id: str = ""
    logged: bool = True


ACTING: ContextVar[Acting | None] = ContextVar("acting", default=None)


@contextmanager
def acting(who: Acting) -> Iterator[None]:
    """Note what changes in this block as somebody's doing."""
    before = ACTING.set(who)
    try:
        yield
    finally:
        ACTING.reset(before)


def act_as(actor_id: str, actor: str, *, logged: bool = True) -> None:
    """Say who sent the request that is being answered."""
    if who := ACTING.get():
        who.actor_id, who.actor, who.logged = actor_id, actor, logged


class LoggedSession(Session):
    """A database session that notes what changes."""


@event.listens_for(LoggedSession, "after_flush")
def _note(session: Session, _: UOWTransaction) -> None:
    who = ACTING.get()
    if who is None or not who.logged:
        return
    rows = [*_created(session), *_changed(session), *_deleted(session)]
    if rows:
        by = {
            "at": database_clock(),
            "actor_id": who.actor_id,
            "actor": who.actor,
            "address": who.address,
            "request_id": who.request_id,
        }
        for row in rows:
            session.connection().execute(insert(Change).values(row | by))


@event.listens_for(LoggedSession, "do_orm_execute")
def _refuse_what_would_go_unseen(state: ORMExecuteState) -> None:
    """Refuse statements that change audited rows without loading them."""
    who = ACTING.get()
    if who is None or not who.logged or not (state.is_update or state.is_delete):
        return
    mapper = state.bind_mapper
    if mapper is not None and mapper.class_ in AUDITED:
        raise RuntimeError(f"{mapper.class_.__name__} is audited: load its rows and change those")


def _created(session: Session) -> Iterator[dict[str, Any]]:
    for row in session.new:
        # What a pipeline's runs are is in its recipe.
        if type(row) in AUDITED and not isinstance(row, Run):
            yield _entry(session, row, "create", None, _columns(row))


def _changed(session: Session) -> Iterator[dict[str, Any]]:
    for row in session.dirty:
        if type(row) not in AUDITED:
            continue
        before, after = {}, {}
        for name in _said(row):
            history = inspect(row).attrs[name].history
            if history.has_changes():
                before[name] = _plain(history.deleted[0] if history.deleted else None)
                after[name] = _plain(history.added[0] if history.added else None)
        before, after = (
            {name: old for name, old in before.items() if old != after[name]},
            {name: new for name, new in after.items() if new != before[name]},
        )
        if after:
            yield _entry(session, row, "change", before, after)


def _deleted(session: Session) -> Iterator[dict[str, Any]]:
    for row in session.deleted:
        if type(row) in AUDITED:
            yield _entry(session, row, "delete", _columns(row), None)


def _entry(
    session: Session,
    row: Any,
    action: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> dict[str, Any]:
    return {
        "action": action,
        "kind": row.__tablename__,
        "object_id": ":".join(map(str, inspect(row).mapper.primary_key_from_instance(row))),
        "project_id": _project(session, row),
        "before": before,
        "after": after,
    }


def _project(session: Session, row: Any) -> str | None:
    if isinstance(row, Project):
        return row.id
    if isinstance(row, RunTag):
        row = session.get(Run, row.run_id)
    if isinstance(row, Run | PipelineTag):
        pipeline = session.get(Pipeline, row.pipeline_id)
        return pipeline.project_id if pipeline else None
    project_id: str | None = getattr(row, "project_id", None)
    return project_id


def _said(row: Any) -> list[str]:
    columns = inspect(row).mapper.columns
    return [c.key for c in columns if not c.info.get("secret") and c.key not in UNSAID]


def _columns(row: Any) -> dict[str, Any]:
    loaded = inspect(row).dict
    return {name: _plain(loaded[name]) for name in _said(row) if name in loaded}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
