"""What was looked up a moment ago and need not be looked up for every request."""

from __future__ import annotations

from time import monotonic
from typing import Generic, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from server.audit_log.recorder import LoggedSession
from server.signals import Signals, Topic
from server.tables import (
    Checkpoint,
    Membership,
    Pipeline,
    Project,
    Run,
    Study,
    Table,
    Token,
    User,
)
from server.tables import Session as SignedInBrowser

LOOKED_UP_EVERY = 1.0
"""So many seconds what was found to be holds."""

Found = TypeVar("Found")


class Recent(Generic[Found]):
    """Who somebody is, or whose something, by what it is known by.

    What this process changes of that counts at once; of what another process changes this one
    hears within `LOOKED_UP_EVERY`.
    """

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._found: dict[str, Found] = {}
        self._rings = 0
        self._until = 0.0

    def rings(self) -> int:
        """Return how often something changed; take it before looking, give it to `remember`."""
        return self._signals.rings("access")

    def find(self, key: str) -> Found | None:
        rings, now = self.rings(), monotonic()
        if rings != self._rings or now > self._until:
            self._found.clear()
            self._rings, self._until = rings, now + LOOKED_UP_EVERY
        return self._found.get(key)

    def remember(self, key: str, found: Found, rings: int) -> None:
        """Keep what was looked up, unless something has changed since."""
        if rings == self.rings() == self._rings:
            self._found[key] = found


PEOPLE: frozenset[type[Table]] = frozenset({Membership, SignedInBrowser, Token, User})
THINGS: frozenset[type[Table]] = frozenset({Checkpoint, Pipeline, Project, Run, Study})
"""They never change their project, but may cease to be there."""

ACCESS: Topic = "access"


@event.listens_for(LoggedSession, "after_flush")
def _note(session: Session, _: UOWTransaction) -> None:
    changed = {type(row) for row in (*session.new, *session.dirty, *session.deleted)}
    gone = {type(row) for row in session.deleted}
    if PEOPLE & changed or THINGS & gone:
        session.info.setdefault("topics", set()).add(ACCESS)


@event.listens_for(LoggedSession, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    mapper = state.bind_mapper
    if mapper is None or not (state.is_update or state.is_delete):
        return
    if mapper.class_ in PEOPLE or (mapper.class_ in THINGS and state.is_delete):
        state.session.info.setdefault("topics", set()).add(ACCESS)
