"""What the command line does with the database beside serving it."""

from __future__ import annotations

import getpass
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from server import revisions
from server.actors import PERSON, PERSONAL, ROLES, WORKER, Permission
from server.audit_log.recorder import Acting, LoggedSession, acting
from server.database import Database
from server.errors import CannotStart
from server.settings import Settings, shown
from server.signals import Signals
from server.tokens.service import issue, new_secret
from server.users import repository
from server.users.passwords import Password, hash_password
from server.users.repository import Purpose
from server.users.service import add, new_link

TOKENS: Mapping[str, frozenset[Permission]] = {
    "viewer": PERSONAL | ROLES["viewer"],
    "member": PERSONAL | ROLES["member"],
    "admin": PERSON,
    "worker": WORKER,
}
"""What a token of each role is good for."""


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database, Signals(), LoggedSession)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _writing(settings: Settings) -> AsyncIterator[AsyncSession]:
    with acting(Acting(actor="command line")):
        async with _opened(settings) as database, database.writing() as session:
            yield session


async def migrate(settings: Settings) -> str:
    """Bring the database up to date; returns what there is to say."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with _opened(settings) as database:
        before = await revisions.present(database.writer)
        await revisions.upgrade(database.writer)
    head = revisions.head()
    return f"The database is at revision {head}" + (f", before {before}" if before != head else "")


async def status(settings: Settings) -> dict[str, Any]:
    """Return the release, the revision of the database and every setting, without secrets."""
    return {
        "release": version("prism-control"),
        "revision": await _revision(settings),
        "needs_revision": revisions.head(),
        "settings": shown(settings),
    }


async def _revision(settings: Settings) -> str | None:
    if not settings.database_may_exist:
        return None
    async with _opened(settings) as database:
        try:
            return await revisions.present(database.writer)
        except OperationalError as error:
            return f"out of reach: {error.orig}"


async def link(settings: Settings, purpose: Purpose, name: str | None) -> str:
    """Return a new link. Raises `CannotStart`."""
    async with _writing(settings) as session:
        named, first = repository.named, repository.first_administrator
        user = await (named(session, name) if name else first(session))
        if user is None:
            raise CannotStart("There is no such account; a first start makes the administrator's.")
        return (await new_link(session, settings.public_url, user, purpose)).url


async def issue_token(settings: Settings, name: str, role: str) -> str:
    """Return the secret of a new token, a worker's or the first administrator's.

    Raises:
        CannotStart: there is no administrator yet.
    """
    async with _writing(settings) as session:
        administrator = await repository.first_administrator(session)
        if administrator is None:
            raise CannotStart("There is no administrator yet; start the server once.")
        secret = new_secret()
        owner = None if role == "worker" else administrator.id
        issue(session, name, TOKENS[role], secret=secret, user_id=owner)
    return secret


async def set_administrator(settings: Settings, name: str) -> str:
    """Give an administrator's account a password from the terminal or stdin; returns what to say.

    Raises:
        CannotStart: the password is too short.
    """
    await migrate(settings)
    hashed = await hash_password(_read_password(name))
    async with _writing(settings) as session:
        user = await repository.named(session, name)
        user = user or await add(session, name, administrator=True)
        user.administrator, user.password, user.disabled_at = True, hashed, None
        await repository.delete_sessions(session, user.id)
    return f"{name} is an administrator and signs in with this password"


def _read_password(name: str) -> str:
    if sys.stdin.isatty():
        password = getpass.getpass(f"Password of {name}: ")
    else:
        password = sys.stdin.readline().rstrip("\n")
    try:
        return TypeAdapter(Password).validate_python(password)
    except ValidationError as error:
        raise CannotStart(f"The password cannot be taken: {error.errors()[0]['msg']}.") from None
