"""`python -m server`: serve, or do one thing with the database and end.

python -m server                serve
python -m server migrate        bring the database up to date
python -m server openapi        print the OpenAPI document
python -m server sign-in-link   print a link that signs one browser in, once
python -m server set-up-link    print a link by which a password is set, once
python -m server token NAME     issue a token: --role viewer, member, admin or worker

Links are the first administrator's, or those of the account that is named.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from types import FrameType

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from server.actors import PERSON, PERSONAL, ROLES, WORKER, Permission
from server.app import create_app
from server.audit_log.recorder import Acting, LoggedSession, acting
from server.database import Database
from server.errors import CannotStart
from server.lock import only_server
from server.openapi import document
from server.revisions import upgrade
from server.settings import Settings
from server.signals import Signals
from server.tokens.service import issue, new_secret
from server.users import repository
from server.users.repository import Purpose
from server.users.service import new_link

GRACE_SECONDS = 5

TOKENS: Mapping[str, frozenset[Permission]] = {
    "viewer": PERSONAL | ROLES["viewer"],
    "member": PERSONAL | ROLES["member"],
    "admin": PERSON,
    "worker": WORKER,
}
"""What a token of each role is good for."""


class Server(uvicorn.Server):
    """Ends streams and long polls when it is asked to stop: they would wait for ever."""

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._signals: Signals = app.state.parts.signals

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take SIGTERM and SIGINT."""
        self._signals.close()
        super().handle_exit(sig, frame)


def serve(settings: Settings) -> None:
    """Serve until a signal comes. Raises `CannotStart`."""
    refuse_open_door(settings)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
        proxy_headers=settings.behind_tls_proxy,
    )
    server = Server(app, config)
    with only_server(settings):
        server.run()
    if not server.started:
        raise CannotStart(f"The server could not listen on {settings.host}:{settings.port}.")


def refuse_open_door(settings: Settings) -> None:
    """Refuse to be reachable from other machines without TLS in front. Raises `CannotStart`."""
    if not settings.loopback and not settings.behind_tls_proxy:
        raise CannotStart(
            f"PRISM_HOST={settings.host} can be reached from other machines: put a proxy that "
            "ends TLS in front and set PRISM_BEHIND_TLS_PROXY=true, or listen on 127.0.0.1."
        )


async def migrate(settings: Settings) -> None:
    """Bring the database up to date."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.database, Signals())
    await upgrade(database.writer)
    await database.close()


async def link(settings: Settings, purpose: Purpose, name: str | None) -> str:
    """Return a new link. Raises `CannotStart`."""
    database = Database(settings.database, Signals(), LoggedSession)
    async with database.writing() as session:
        named, first = repository.named, repository.first_administrator
        user = await (named(session, name) if name else first(session))
        if user is None:
            raise CannotStart("There is no such account; a first start makes the administrator's.")
        made = await new_link(session, settings.public_url, user, purpose)
    await database.close()
    return made.url


async def issue_token(settings: Settings, name: str, role: str) -> str:
    """Return the secret of a new token, a worker's or the first administrator's.

    Raises:
        CannotStart: there is no administrator yet.
    """
    database = Database(settings.database, Signals(), LoggedSession)
    async with database.writing() as session:
        administrator = await repository.first_administrator(session)
        if administrator is None:
            raise CannotStart("There is no administrator yet; start the server once.")
        secret = new_secret()
        owner = None if role == "worker" else administrator.id
        issue(session, name, TOKENS[role], secret=secret, user_id=owner)
    await database.close()
    return secret


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m server", description="PRISM Control's server")
    commands = parser.add_subparsers(dest="command")
    for name in ("migrate", "openapi"):
        commands.add_parser(name)
    for name in ("sign-in-link", "set-up-link"):
        commands.add_parser(name).add_argument("name", nargs="?")
    token = commands.add_parser("token")
    token.add_argument("name")
    token.add_argument("--role", choices=TOKENS, default="member")
    return parser.parse_args(argv)


def main(argv: Sequence[str]) -> int:
    """Run a command and return the exit code: 0, or 2 with one sentence on stderr."""
    arguments = _arguments(argv)
    try:
        settings = Settings()
        match arguments.command:
            case "migrate":
                asyncio.run(migrate(settings))
            case "openapi":
                print(json.dumps(document(create_app(settings)), indent=2, ensure_ascii=False))
            case "sign-in-link" | "set-up-link" as command:
                purpose: Purpose = "sign-in" if command == "sign-in-link" else "set-up"
                with acting(Acting(actor="command line")):
                    print(asyncio.run(link(settings, purpose, arguments.name)))
            case "token":
                with acting(Acting(actor="command line")):
                    print(asyncio.run(issue_token(settings, arguments.name, arguments.role)))
            case _:
                serve(settings)
    except CannotStart as error:
        print(error.detail, file=sys.stderr)
        return 2
    except ValidationError as error:
        for problem in error.errors():
            print(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
