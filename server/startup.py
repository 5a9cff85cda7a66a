"""What has to hold before the server listens; what does not is a sentence with its remedy."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

from server import revisions
from server.database import Database
from server.errors import CannotStart
from server.settings import Settings
from server.signals import Signals
from server.users import repository as users


async def prepare(settings: Settings) -> None:
    """Make the home and a new database's tables, and refuse to start where that is not safe.

    Raises:
        CannotStart: the address is open to others, nobody can sign in there, or the database is
            out of reach or of another revision.
    """
    refuse_open_door(settings)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = Database(settings.database, Signals())
    try:
        await revisions.create_or_require_head(database.writer)
        if settings.reachable_from_elsewhere:
            await _require_administrator(settings, database)
    except OperationalError as error:
        raise _out_of_reach(database, error) from error
    finally:
        await database.close()


def refuse_open_door(settings: Settings) -> None:
    """Refuse to be reachable from other machines without TLS in front. Raises `CannotStart`."""
    if settings.reachable_from_elsewhere and not settings.behind_tls_proxy:
        raise CannotStart(
            f"PRISM_HOST={settings.host} can be reached from other machines: put a proxy that "
            "ends TLS in front and set PRISM_BEHIND_TLS_PROXY=true, or listen on 127.0.0.1."
        )


async def _require_administrator(settings: Settings, database: Database) -> None:
    async with database.reading() as session:
        if not await users.administrator_can_sign_in(session):
            raise CannotStart(
                f"PRISM_HOST={settings.host} can be reached from other machines, and no "
                "administrator has a password or an account of the provider yet: "
                "run `python -m server administrator NAME`, which asks for a password."
            )


def _out_of_reach(database: Database, error: OperationalError) -> CannotStart:
    reason = str(error.orig).strip().splitlines()[0]
    url = database.url.render_as_string(hide_password=True)
    return CannotStart(
        f"The database {url} cannot be used ({reason}); check PRISM_DATABASE_URL and that it runs."
    )
