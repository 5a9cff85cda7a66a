"""`python -m server`: serve, or do one thing with the database and end.

python -m server                serve
python -m server migrate        bring the database up to date
python -m server openapi        print the OpenAPI document
python -m server sign-in-link   print a link that signs one browser in, once
python -m server token NAME     issue a token: --role viewer, member, admin or worker
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from types import FrameType
from typing import get_args

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from server.app import create_app
from server.database import Database
from server.errors import CannotStart
from server.lock import only_server
from server.openapi import document
from server.revisions import upgrade
from server.settings import Settings
from server.signals import Signals
from server.users.schemas import UserRole
from server.users.service import new_link, new_token

GRACE_SECONDS = 5


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


async def sign_in_link(settings: Settings) -> str:
    """Return a new link."""
    database = Database(settings.database, Signals())
    async with database.writing() as session:
        link = await new_link(session, settings.public_url)
    await database.close()
    return link.url


async def issue_token(settings: Settings, name: str, role: UserRole) -> str:
    """Return the secret of a new token."""
    database = Database(settings.database, Signals())
    async with database.writing() as session:
        secret = await new_token(session, name, role)
    await database.close()
    return secret


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m server", description="PRISM Control's server")
    commands = parser.add_subparsers(dest="command")
    for name in ("migrate", "openapi", "sign-in-link"):
        commands.add_parser(name)
    token = commands.add_parser("token")
    token.add_argument("name")
    token.add_argument("--role", choices=get_args(UserRole), default="member")
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
            case "sign-in-link":
                print(asyncio.run(sign_in_link(settings)))
            case "token":
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
