"""`make security`: walk every route, and try the corpus of attacks on both databases."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from rich.table import Table

from bench.console import console
from bench.record import record
from server.access import declarations
from server.app import create_app
from server.database import Database
from server.revisions import upgrade
from server.settings import Settings
from server.signals import Signals
from tests.server.attacks import ATTACKS, Attack
from tests.server.conftest import FAKE_ENGINE, url_of
from tests.server.world import World
from tests.services.postgres import create_database, running_postgres


async def tried(attack: Attack, home: Path, database_url: str) -> list[tuple[str, bool]]:
    """Try an attack on a new installation; return what was tried and whether it worked."""
    database = Database(database_url, Signals())
    await upgrade(database.writer)
    await database.close()
    settings = Settings(home=home / "home", database_url=database_url)
    async with World.started(settings, FAKE_ENGINE) as world:
        return [found async for found in attack(world)]


def main() -> None:
    """Print a line for each attack and dialect, then the figures; fail if one succeeded."""
    with tempfile.TemporaryDirectory(prefix="prism-") as folder, running_postgres() as postgres:
        home = Path(folder)
        routes = declarations(create_app(Settings(home=home / "walk")))
        unprotected = [route.path for route in routes if route.access is None]
        table = Table("attack", "dialect", "tried", "succeeded")
        attempts: list[tuple[str, bool]] = []
        for number, attack in enumerate(ATTACKS):
            for dialect in ("sqlite", "postgresql"):
                place = home / f"{number}-{dialect}"
                place.mkdir()
                url = f"sqlite+aiosqlite:///{place / 'prism.db'}"
                if dialect == "postgresql":
                    url = url_of(create_database(postgres, f"attack{number}"))
                found = asyncio.run(tried(attack, place, url))
                attempts += found
                worked = [what for what, success in found if success]
                name = attack.__name__.replace("_", " ")
                table.add_row(name, dialect, str(len(found)), ", ".join(worked) or "0")
    console.print(table)
    succeeded = sum(success for _, success in attempts)
    record(
        "security",
        {
            "routes": len(routes),
            "unprotected": len(unprotected),
            "attacks": len(attempts),
            "succeeded": succeeded,
        },
    )
    sys.exit(bool(unprotected or succeeded))


if __name__ == "__main__":
    main()
