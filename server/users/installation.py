"""What a first start leaves in the home: the administrator, two tokens and the key file."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from server.actors import PERSON, WORKER
from server.authentication import digest
from server.tokens.service import issue, new_secret
from server.users import repository
from server.users.service import add


async def install(session: AsyncSession, home: Path) -> None:
    """Create what is missing; files and rows that are there stay as they are."""
    administrator = await repository.first_administrator(session)
    if administrator is None:
        administrator = await add(session, "admin", administrator=True)
    read_or_create(home / "key", secrets.token_hex(32))
    for file, user_id, permissions in (
        ("token", administrator.id, PERSON),
        ("worker-token", None, WORKER),
    ):
        secret = read_or_create(home / file, new_secret())
        # The database may be new while the home is not.
        if not await repository.token_exists(session, digest(secret)):
            issue(session, f"local {file}", permissions, secret=secret, user_id=user_id)


def read_or_create(path: Path, content: str) -> str:
    """Return the file's content; a file that is not there is made, for its owner only."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(content + "\n")
    return content
