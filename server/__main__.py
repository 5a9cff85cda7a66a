"""`python -m server`: serve, or do one thing with the database and end.

python -m server                     serve
python -m server migrate             bring the database up to date
python -m server status              print the release, the revision and the settings as JSON
python -m server backup FILE         write database, artifacts and keys into one file
python -m server restore FILE        fill an empty home and an empty database from one
python -m server administrator NAME  give an administrator a password, from the terminal or stdin
python -m server openapi             print the OpenAPI document
python -m server reference           print the same as a page to read, in Markdown
python -m server sign-in-link        print a link that signs one browser in, once
python -m server set-up-link         print a link by which a password is set, once
python -m server token NAME          issue a token: --role viewer, member, admin or worker

Links are the first administrator's, or those of the account that is named.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from server import administration
from server.app import create_app
from server.backup import service as backup
from server.errors import CannotStart
from server.lock import only_server
from server.logs import standard_logs
from server.openapi import document
from server.reference.page import page
from server.settings import Settings
from server.signals import Signals
from server.startup import prepare

GRACE_SECONDS = 5
"""How long requests that are being answered may take to end when the server is asked to stop."""

GARBAGE = 10_000
"""New objects before a look for garbage among them.

Streams that are woken together make more than the interpreter's 700 in a moment. It would take them
for lasting ones, and look through all that a thousand streams hold every few seconds while they
wait.
"""

SECONDS_BETWEEN_THREADS = 0.001
"""So long a thread that reads or writes SQLite waits for one that writes to streams, after every
statement; a fifth of what is usual.
"""


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
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=standard_logs(settings.log_format),
        log_level="warning",
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
        proxy_headers=settings.behind_tls_proxy,
    )
    server = Server(app, config)
    with only_server(settings):
        asyncio.run(prepare(settings))
        # What is there now stays: looking through it for garbage would hold up every stream.
        gc.collect()
        gc.freeze()
        gc.set_threshold(GARBAGE)
        sys.setswitchinterval(SECONDS_BETWEEN_THREADS)
        server.run()
    if not server.started:
        raise CannotStart(f"The server could not listen on {settings.host}:{settings.port}.")


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m server", description="PRISM Control's server")
    commands = parser.add_subparsers(dest="command")
    for name in ("migrate", "openapi", "reference", "status"):
        commands.add_parser(name)
    for name in ("backup", "restore"):
        commands.add_parser(name).add_argument("file", type=Path)
    commands.add_parser("administrator").add_argument("name")
    for name in ("sign-in-link", "set-up-link"):
        commands.add_parser(name).add_argument("name", nargs="?")
    token = commands.add_parser("token")
    token.add_argument("name")
    token.add_argument("--role", choices=administration.TOKENS, default="member")
    return parser.parse_args(argv)


def _carry_out(arguments: argparse.Namespace, settings: Settings) -> None:
    match arguments.command:
        case "migrate":
            print(asyncio.run(administration.migrate(settings)))
        case "status":
            print(json.dumps(asyncio.run(administration.status(settings)), indent=2))
        case "backup":
            print(backup.backup(settings, arguments.file))
        case "restore":
            print(backup.restore(settings, arguments.file))
        case "administrator":
            print(asyncio.run(administration.set_administrator(settings, arguments.name)))
        case "openapi":
            print(json.dumps(document(create_app(settings)), indent=2, ensure_ascii=False))
        case "reference":
            print(page(document(create_app(settings))))
        case "sign-in-link":
            print(asyncio.run(administration.link(settings, "sign-in", arguments.name)))
        case "set-up-link":
            print(asyncio.run(administration.link(settings, "set-up", arguments.name)))
        case "token":
            print(asyncio.run(administration.issue_token(settings, arguments.name, arguments.role)))
        case _:
            serve(settings)


def main(argv: Sequence[str]) -> int:
    """Run a command and return the exit code: 0, or 2 with one sentence on stderr."""
    arguments = _arguments(argv)
    try:
        _carry_out(arguments, Settings())
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
